"""Payloads of surveys, cases and contracts: a part of `cti_api.streams.payloads`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cti_api.model.events import EventKind as K
from cti_api.model.surveys import Action, Figure, Outcome
from cti_api.streams.fields import (
    Field,
    Told,
    instant,
    maybe,
    number,
    one_of,
    records,
    sometimes,
    text,
    truth,
    whole,
)

_INVITATION: Final[Mapping[str, Field]] = {
    "survey": text("The survey."),
    "invitation_id": whole("The invitation's number."),
    "deadline": instant("Until when they may be asked."),
}
_SERVED: Final[Mapping[str, Field]] = {
    "agent": text("Who served; empty: nobody knows."),
    "queue": text("In which queue; empty: none."),
    "service": text("The kind of service; empty: nobody knows."),
}
_CASE: Final[Mapping[str, Field]] = {
    "system": text("Which system has it; `vocero`: this one."),
    "case_id": text("That system's own for it: the same one is the same case."),
    "service": sometimes(text("The kind of request.")),
    "owner": sometimes(text("Who is to see to it, or has.")),
    "brand": sometimes(text("The brand that it is about.")),
    "survey": sometimes(text("The survey in which it came up.")),
}

ASKED: Final[Mapping[K, Told]] = {
    # ------------------------------------------------------------ surveys
    K.SURVEY_INVITED: Told(when="somebody is to be asked about a service", payload={**_INVITATION, **_SERVED}),
    K.SURVEY_PLANNED: Told(
        when="they became a lead of the campaign that asks", of=("campaign_id", "lead_id"), payload=_INVITATION
    ),
    K.SURVEY_FOLLOWED: Told(
        when="an answer set something off",
        payload={
            "survey": text("The survey."),
            "sitting_id": text("The conversation: 32 hex digits."),
            "trigger": text("Which of the survey's triggers."),
            "action": one_of(Action, "What follows."),
            "question": text("The question that was answered."),
            "owner": text("Who is to act; empty: nobody."),
            "due_at": maybe(instant("By when.")),
            "queue": text("Where the person is put through to; empty: nowhere."),
        },
    ),
    K.SURVEY_ENDED: Told(
        when="a conversation is over",
        payload={
            "survey": text("The survey."),
            "sitting_id": text("The conversation: 32 hex digits."),
            "outcome": one_of(Outcome, "How it ended."),
            "outcome_before": maybe(
                one_of(Outcome, "How it had ended before, with an earlier call; null: it had not.")
            ),
            "invitation_id": maybe(whole("The invitation's number; null: they were not invited.")),
            "began_at": instant("When it began; who is called again goes on in the same one."),
            **_SERVED,
            "scores": records(
                "Each answer that a figure is made of.",
                {
                    "figure": one_of(Figure, "Of which."),
                    "value": number("On the question's scale."),
                    "satisfied": truth("CSAT: it counts as satisfied."),
                    "new": truth("Given since the conversation ended before."),
                },
            ),
        },
    ),
    K.SURVEY_EXPIRED: Told(
        when="whoever was invited is asked no more, and answered nothing that counts",
        payload={"survey": text("The survey."), "invitation_id": whole("The invitation's number.")},
    ),
    # ------------------------------------------------------------ cases and contracts
    K.CASE_OPENED: Told(
        when="somebody has to see to something: after an answer to a survey, or another system says so",
        payload={**_CASE, "opened_at": instant("When.")},
    ),
    K.CASE_RESOLVED: Told(
        when="it is seen to",
        payload={
            **_CASE,
            "opened_at": sometimes(instant("When it was opened.")),
            "resolved_at": instant("When."),
            "effective": truth("To the end: it needs no more."),
        },
    ),
    K.CONTRACT_DECIDED: Told(
        when="a contract that was to be renewed was, or was not",
        payload={
            "system": text("Which system has it."),
            "contract_id": text("That system's own for this renewal."),
            "renewed": truth("It was."),
            "decided_at": instant("When."),
            "service": sometimes(text("The kind of contract.")),
            "owner": sometimes(text("Who saw to it.")),
            "brand": sometimes(text("The brand that it is about.")),
        },
    ),
}
