"""What is left of a row when its person is erased: nothing, the row with its personal columns blank, or what only says
that something happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from cti_api.model.leads import ERASED, FINAL_LEAD_STATES, LeadState
from cti_api.model.messages import WAITING, MessageState
from cti_api.model.surveys import STILL_TO_ASK, InvitationState, Outcome, TranscriptState

ERASED_NUMBER: Final = "+9990000000"
"""What stands where a number stood. Nobody can have it: ITU-T E.164 keeps +999 for services that do not exist yet."""

PAYLOAD_KEPT: Final = frozenset(
    {
        "trunk", "result", "disposition", "effective", "success", "answer_to_agent_seconds", "bytes", "talk_seconds",
        "lead_state", "lead_reason", "appointment_id", "calendar", "starts_at", "ends_at", "moved_from", "sequence",
        "called", "message_id", "action", "channel", "says_no", "task_id", "survey", "sitting_id", "invitation_id",
        "trigger", "question", "owner", "due_at", "outcome", "deadline", "queue", "verdict", "cause", "held_seconds",
        "ended_by", "contact", "reason", "live_answers", "abandoned", "brand", "placed_at", "wrap_up_seconds", "list",
        "began_at", "agent", "service", "scores", "system", "case_id", "opened_at", "resolved_at", "outcome_before",
        "contract_id", "decided_at", "renewed",
    }
)  # fmt: skip
"""Entries of an event that say what happened and not to whom; the tallies are made of them. All others go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasing:
    """What an erasure has to know to say what is left of a row."""

    at: datetime
    campaign_of: Mapping[str, str] = field(default_factory=dict)
    """Of each attempt."""
    choices: Mapping[tuple[str, str, str], frozenset[str]] = field(default_factory=dict)
    """By campaign, disposition and field: what an agent can choose there, which is no text of a person's."""


Row = Mapping[str, Any]
Left = Callable[[Row, Erasing], dict[str, Any] | None]
"""What of a row is written anew; None: the row is deleted."""


def deleted(_row: Row, _erasing: Erasing) -> None:
    """Nothing is left."""
    return


def kept(_row: Row, _erasing: Erasing) -> dict[str, Any]:
    """The row is of no person; it is only shown with theirs."""
    return {}


def blank(**columns: Any) -> Left:
    """These columns with these values; the rest stays."""
    return lambda _row, _erasing: dict(columns)


def phone(row: Row, _erasing: Erasing) -> dict[str, Any] | None:
    """One stays, as nobody's: a lead has a number to be dialled next, and an erased one has this."""
    return {"e164": ERASED_NUMBER} if row["position"] == 0 else None


def lead(row: Row, erasing: Erasing) -> dict[str, Any]:
    gone: dict[str, Any] = {
        "fields": {}, "counts": {}, "timezone": "", "reason": ERASED, "callback_agent": None, "not_before": None,
        "valid_from": None, "valid_until": None, "line": None, "phone_index": 0, "former_state": None,
        "lease_until": None,
    }  # fmt: skip
    if row["state"] in FINAL_LEAD_STATES:
        return gone
    return {**gone, "state": LeadState.CLOSED.value, "state_since": erasing.at}


def disposition(row: Row, erasing: Erasing) -> dict[str, Any]:
    """What was chosen stays, since reports count it; what was written goes."""
    campaign = erasing.campaign_of.get(row["attempt_id"], "")
    choices = erasing.choices
    chosen = {
        name: value
        for name, value in row["fields"].items()
        if value in choices.get((campaign, row["code"], name), frozenset())
    }
    return {"fields": chosen}


def message(row: Row, erasing: Erasing) -> dict[str, Any]:
    """That it went out, and what became of it; one that has not yet, never does. WhatsApp's ids have the number in
    them (`wamid.` and what base64 makes of it), so the provider's goes too."""
    gone: dict[str, Any] = {"recipient": "", "e164": None, "content": {}, "reason": ERASED, "provider_id": ""}
    if row["state"] not in WAITING:
        return gone
    return {**gone, "state": MessageState.DROPPED.value, "state_since": erasing.at}


def invitation(row: Row, erasing: Erasing) -> dict[str, Any]:
    """That somebody was asked, and of which kind of service; nobody is, any more."""
    if row["state"] not in STILL_TO_ASK:
        return {"service_key": None}
    return {"service_key": None, "state": InvitationState.EXPIRED.value, "state_since": erasing.at}


def sitting(row: Row, erasing: Erasing) -> dict[str, Any]:
    """What was answered stays, of nobody; who is answering now is not listened to any more."""
    gone: dict[str, Any] = {"e164": None, "erased_at": row["erased_at"] or erasing.at}
    if row["outcome"] is None:
        gone |= {"outcome": Outcome.PARTIAL.value, "ended_at": erasing.at}
    return gone


def comment(row: Row, _erasing: Erasing) -> dict[str, Any]:
    """That there was one; it is written out no more."""
    gone = {"recording": "", "transcript_text": ""}
    return (
        gone
        if row["transcript_state"] == TranscriptState.DONE
        else {**gone, "transcript_state": TranscriptState.FAILED.value}
    )


def said_recording(row: Row, erasing: Erasing) -> dict[str, Any]:
    return {**(comment(row, erasing) or {}), "e164": ERASED_NUMBER}


def event(row: Row, _erasing: Erasing) -> dict[str, Any]:
    return {"payload": {name: value for name, value in row["payload"].items() if name in PAYLOAD_KEPT}}
