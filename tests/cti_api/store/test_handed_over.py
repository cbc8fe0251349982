"""From an invitation to a lead, and back from a call: exactly once, and one service at a time."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from cti_api.clock import SystemClock
from cti_api.errors import Conflict, NotFound
from cti_api.model.calls import CallResult
from cti_api.model.events import EventKind
from cti_api.model.ids import AttemptId
from cti_api.model.leads import Lead, LeadState, NewLead
from cti_api.model.surveys import Answer, AnsweredBy, Invitation, NewInvitation, NewSitting, Outcome
from cti_api.store.store import Store
from tests.support.agentless import SURVEY, SURVEY_FILE, agentless_file
from tests.support.ids import new_attempt_id
from tests.support.store import CAMPAIGN, T0, at, attempt_for, closed, move, number

DAY = 86_400.0
SCORE = Answer(question="nota", value="2", score=2.0, by=AnsweredBy.KEY)


@pytest.fixture
async def store(url: str, tmp_path: Path) -> Any:
    async with Store.open(url, clock=SystemClock(), erasure_key=tmp_path / "erasure.key") as opened:
        await opened.campaigns.create(CAMPAIGN, "Encuesta", agentless_file(CAMPAIGN, ["principal"]).decode(), T0)
        await opened.surveys.publish(SURVEY, "Satisfacción", SURVEY_FILE, T0)
        yield opened


async def invited(store: Store, key: str, n: int = 0, seconds: float = 0, name: str = "") -> Invitation:
    new = NewInvitation(
        key=key, name=name or f"Cliente {n}", phone=number(n), service_at=at(seconds), service=f"servicio {key}"
    )
    made, _ = await store.surveys.invite(SURVEY, new, 5 * DAY, at(seconds))
    return made


async def handed_over(store: Store, invitation: Invitation, seconds: float = 1) -> Lead:
    lead_id = await store.surveys.hand_over(invitation.id, CAMPAIGN, at(seconds))
    assert lead_id is not None
    return await store.leads.get(lead_id)


async def called(store: Store, seconds: float, state: LeadState, reason: str) -> AttemptId:
    """The next lead's call, which is over; its lead is done with, or not."""
    (lead,) = await store.leads.reserve(CAMPAIGN, 1, at(seconds), at(seconds + 60))
    attempt = attempt_for(lead, at(seconds))
    await store.attempts.open(attempt)
    await store.attempts.close(closed(attempt, CallResult.CONNECTED, at(seconds + 30)), move(state, reason))
    return attempt.id


async def waiting(store: Store, seconds: float = 10) -> list[str]:
    return [each.key for each in await store.surveys.to_call(SURVEY, at(seconds), 100, CAMPAIGN)]


async def test_handed_over_at_once_by_many_it_is_one_lead_and_told_once(store: Store) -> None:
    invitation = await invited(store, "a")
    leads = await asyncio.gather(*(store.surveys.hand_over(invitation.id, CAMPAIGN, at(1)) for _ in range(6)))
    assert len(set(leads)) == 1
    await store.outbox.number()
    (told,) = [each for each in await store.outbox.since(0) if each.kind is EventKind.SURVEY_PLANNED]
    assert (told.campaign_id, told.lead_id) == (CAMPAIGN, leads[0])
    assert await waiting(store) == []


async def test_a_second_service_waits_until_the_campaign_is_done_with_the_first(store: Store) -> None:
    first = await handed_over(store, await invited(store, "primera"))
    second = await invited(store, "segunda", seconds=100)
    assert await store.surveys.hand_over(second.id, CAMPAIGN, at(101)) is None
    assert await waiting(store, 101) == [], "nobody looks at it in vain"
    asked = await store.surveys.asked_in(await called(store, 200, LeadState.WAITING, "retry:partial"))
    assert asked.lead_id == first.id
    assert await waiting(store, 300) == []
    await called(store, 400, LeadState.COMPLETED, "completed:finished")
    assert await waiting(store, 500) == ["segunda"]
    again = await handed_over(store, second, 501)
    assert (again.id, again.state, again.attempts_made) == (first.id, LeadState.READY, 0)
    assert again.valid_until == at(100 + 5 * DAY)
    assert again.fields == {"encuesta": SURVEY, "servicio": "servicio segunda"}
    asked = await store.surveys.asked_in(await called(store, 600, LeadState.COMPLETED, "completed:finished"))
    assert asked.invitation_id == second.id
    (over,) = await store.rounds.of_lead(first.id)
    assert (over.state, over.reason, over.attempts_made) == (LeadState.COMPLETED, "completed:finished", 2)


async def test_who_was_never_reached_about_the_first_service_is_asked_about_the_second(store: Store) -> None:
    await handed_over(store, await invited(store, "primera"))
    second = await invited(store, "segunda", seconds=100)
    await called(store, 200, LeadState.EXHAUSTED, "exhausted")
    await handed_over(store, second, 300)
    asked = await store.surveys.asked_in(await called(store, 400, LeadState.WAITING, "retry:silent"))
    assert asked.invitation_id == second.id, "not about both in one call"


async def test_who_said_no_is_handed_over_and_never_called(store: Store) -> None:
    await store.suppression.add({number(0)}, "carta", at(0))
    lead = await handed_over(store, await invited(store, "a"))
    assert lead.state is LeadState.SUPPRESSED
    assert await store.leads.reserve(CAMPAIGN, 5, at(10), at(70)) == []
    second = await invited(store, "b", seconds=20)
    assert await store.surveys.hand_over(second.id, CAMPAIGN, at(30)) is None
    assert await waiting(store, 30) == []


async def test_who_says_no_between_two_services_is_not_called_about_the_second(store: Store) -> None:
    await handed_over(store, await invited(store, "primera"))
    second = await invited(store, "segunda", seconds=100)
    await called(store, 200, LeadState.COMPLETED, "completed:finished")
    await store.suppression.add({number(0)}, "carta", at(250))
    lead = await handed_over(store, second, 300)
    assert lead.state is LeadState.COMPLETED
    assert await waiting(store, 310) == []


async def test_who_was_erased_is_not_handed_over(store: Store) -> None:
    invitation = await invited(store, "a")
    await store.erasures.erase(number(0).e164, [number(0).e164], "mesa", "pedido", at(5))
    with pytest.raises(Conflict, match="over"):
        await store.surveys.hand_over(invitation.id, CAMPAIGN, at(6))
    assert await waiting(store) == []


async def test_two_people_of_one_telephone_are_each_asked(store: Store) -> None:
    mother, son = await invited(store, "a", name="Rosa"), await invited(store, "b", name="Pablo")
    leads = {(await handed_over(store, each)).contact.name for each in (mother, son)}
    assert leads == {"Rosa", "Pablo"}


async def test_a_call_of_somebody_who_was_not_invited_asks_nothing(store: Store) -> None:
    await store.leads.add(CAMPAIGN, [NewLead(name="De una lista", phones=(number(7),))], T0)
    for attempt in (await called(store, 10, LeadState.COMPLETED, "x"), new_attempt_id()):
        with pytest.raises(NotFound, match="asks nobody anything"):
            await store.surveys.asked_in(attempt)


async def test_how_surveys_ended_is_known_by_their_calls_and_events_have_the_campaign(store: Store) -> None:
    await handed_over(store, await invited(store, "a"))
    attempt = await called(store, 10, LeadState.WAITING, "retry:partial")
    asked = await store.surveys.asked_in(attempt)
    new = NewSitting(survey_id=SURVEY, invitation_id=asked.invitation_id, attempt_id=attempt)
    sitting = await store.sittings.begin(new, at(11))
    assert await store.sittings.outcomes([attempt]) == {}
    await store.sittings.keep(sitting.id, at(12), [SCORE], outcome=Outcome.PARTIAL)
    assert await store.sittings.outcomes([attempt, new_attempt_id()]) == {attempt: Outcome.PARTIAL}
    await store.outbox.number()
    (ended,) = [each for each in await store.outbox.since(0) if each.kind is EventKind.SURVEY_ENDED]
    assert (ended.campaign_id, ended.attempt_id) == (CAMPAIGN, attempt)
