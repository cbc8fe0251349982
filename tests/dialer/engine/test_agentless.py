"""Campaigns without agents: whoever was invited is called, led by the IVR, and called again until they answered."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from cti_api.errors import Conflict
from cti_api.model.agents import AgentState
from cti_api.model.calls import AttemptState, CallResult
from cti_api.model.campaigns import CampaignState
from cti_api.model.events import EventKind
from cti_api.model.ids import AgentId, AttemptId, CampaignId
from cti_api.model.leads import LeadState
from cti_api.model.phone import PhoneNumber
from cti_api.model.surveys import Answer, AnsweredBy, NewSitting, Outcome
from cti_api.store.store import Store
from dialer.engine.campaigns import CampaignRun
from tests.support.agentless import SURVEY, SURVEY_FILE, agentless_file, invite
from tests.support.house import House
from tests.support.store import new_leads, number

ASKS = CampaignId("encuesta")
SCORE = Answer(question="nota", value="5", score=5.0, by=AnsweredBy.KEY)


@pytest.fixture
async def store(house: House) -> AsyncIterator[Store]:
    """With the survey, and an IVR of as many lines as anybody needs."""
    floor = house.engine.floor
    floor.ivr_lines = lambda: 100
    await floor.store.surveys.publish(SURVEY, "Satisfacción", SURVEY_FILE, floor.clock.now())
    yield floor.store


async def asking(house: House, people: int, **entries: Any) -> CampaignRun:
    """The campaign is running, and so many people are invited."""
    floor = house.engine.floor
    text = agentless_file(ASKS, list(floor.trunks), **entries).decode()
    await floor.store.campaigns.create(ASKS, "Encuesta", text, floor.clock.now())
    for n in range(people):
        await invite(floor.store, number(n), f"OT-{n}", floor.clock.now())
    await house.engine.invitations.hand_over(await floor.spec(ASKS))
    await house.engine.campaigns.start(ASKS)
    return house.engine.campaigns.runs[ASKS]


async def calls(house: House, count: int) -> list[str]:
    await house.until(lambda: len(house.asterisk.calls) >= count, f"{count} people are called")
    return house.asterisk.calls


async def met(house: House, attempt: str) -> str:
    """The person answers, and the IVR leads them."""
    await house.asterisk.answers_call(attempt)
    await house.asterisk.is_led(attempt)
    flight = house.engine.floor.book.get(attempt)
    assert flight is not None
    await house.until(lambda: flight.call.state is AttemptState.CONNECTED, "the call is connected")
    return attempt


async def sits(house: House, attempt: str, *answers: Answer, outcome: Outcome | None = None) -> None:
    """What the IVR writes of this call's survey."""
    store, now = house.engine.floor.store, house.engine.floor.clock.now
    asked = await store.surveys.asked_in(AttemptId(attempt))
    new = NewSitting(survey_id=asked.survey_id, invitation_id=asked.invitation_id, attempt_id=AttemptId(attempt))
    sitting = await store.sittings.begin(new, now())
    await store.sittings.keep(sitting.id, now(), answers, outcome=outcome)


async def lead_becomes(house: House, attempt: str, state: LeadState) -> str:
    """Its reason."""
    record = await house.until_closed(attempt)
    lead = await house.engine.floor.store.leads.get(record.lead_id)
    assert lead.state is state
    return lead.waiting_reason


async def test_everybody_who_is_invited_is_called_at_once_as_far_as_there_are_lines(house: House, store: Store) -> None:
    run = await asking(house, 5, lines=3)
    placed = await calls(house, 3)
    originates = house.asterisk.named("Originate")
    assert all("__VOCERO_MEETS=ivr" in each.every("Variable") for each in originates)
    await house.until(lambda: "every line of the IVR" in run.last_decision, "the campaign says why it waits")
    assert len(placed) == 3
    await met(house, placed[0])
    await sits(house, placed[0], SCORE, outcome=Outcome.FINISHED)
    assert len(house.asterisk.calls) == 3, "who is led has a line"
    await house.asterisk.ends(placed[0])
    await calls(house, 4)


async def test_the_survey_s_end_is_the_call_s_disposition(house: House, store: Store) -> None:
    await asking(house, 1)
    (attempt,) = await calls(house, 1)
    await met(house, attempt)

    async def is_on_record() -> bool:
        record = await house.stored(attempt)
        return (record.state, record.agent_id) == (AttemptState.CONNECTED, None)

    await house.until_so(is_on_record, "the call is connected, with no agent")
    await sits(house, attempt, SCORE)
    await house.asterisk.ends(attempt)

    async def over() -> bool:
        return (await house.stored(attempt)).state is AttemptState.WRAP_UP

    await house.until_so(over, "the call waits for what became of the survey")
    await sits(house, attempt, SCORE, outcome=Outcome.FINISHED)
    assert await lead_becomes(house, attempt, LeadState.COMPLETED) == "completed:finished"
    closed = await house.stored(attempt)
    assert (closed.result, closed.disposition) == (CallResult.CONNECTED, "finished")
    await store.outbox.number()
    told = [each for each in await store.outbox.since(0) if each.attempt_id == attempt or each.lead_id]
    kinds = {each.kind for each in told}
    assert {EventKind.SURVEY_PLANNED, EventKind.CALL_CONNECTED, EventKind.SURVEY_ENDED} <= kinds
    assert {each.campaign_id for each in told} == {ASKS}


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.PARTIAL, LeadState.WAITING),
        (Outcome.REFUSED, LeadState.CLOSED),
    ],
)
async def test_whoever_has_not_answered_to_the_end_is_called_again_unless_they_refused(
    house: House, store: Store, outcome: Outcome, state: LeadState
) -> None:
    await asking(house, 1, most=5)
    (attempt,) = await calls(house, 1)
    await met(house, attempt)
    answers = (SCORE,) if outcome is Outcome.PARTIAL else ()
    await sits(house, attempt, *answers, outcome=outcome)
    await house.engine.campaigns.pause(ASKS)
    await house.asterisk.ends(attempt)
    await lead_becomes(house, attempt, state)
    if state is LeadState.WAITING:
        await house.engine.campaigns.start(ASKS)
        again = (await calls(house, 2))[1]
        asked = await store.surveys.asked_in(AttemptId(again))
        new = NewSitting(survey_id=SURVEY, invitation_id=asked.invitation_id, attempt_id=AttemptId(again))
        sitting = await store.sittings.begin(new, house.engine.floor.clock.now())
        assert sitting.answers == answers, "they go on where they were"


async def test_a_survey_of_which_nothing_is_heard_does_not_hold_the_call_for_ever(house: House, store: Store) -> None:
    await asking(house, 1, wrap_up="0 s")
    (attempt,) = await calls(house, 1)
    await met(house, attempt)
    await house.asterisk.ends(attempt)
    assert await lead_becomes(house, attempt, LeadState.COMPLETED) == "completed:connected"


async def test_an_agent_of_the_campaign_is_never_sent_to_who_is_led(house: House, store: Store) -> None:
    floor = house.engine.floor
    for seat in floor.board:
        changed = type(seat.agent)(
            id=seat.agent.id, name=seat.agent.name, connect=seat.agent.connect, campaigns=(ASKS,)
        )
        floor.board.put(changed, floor.clock.now())
    await house.sign_in("ana")
    run = await asking(house, 1)
    (attempt,) = await calls(house, 1)
    await house.asterisk.answers_call(attempt)
    flight = floor.book.get(attempt)
    assert flight is not None
    await house.until(lambda: flight.call.live_at is not None, "the person answered")
    await met(house, attempt)
    assert house.asterisk.joins() == []
    with pytest.raises(Conflict, match="has no agents"):
        await house.engine.by_hand.dial(AgentId("ana"), run, PhoneNumber("+573009999999"))


async def test_people_whom_the_ivr_does_not_meet_stop_the_campaign_with_the_third(house: House, store: Store) -> None:
    run = await asking(house, 6, lines=1)
    for nth in range(3):
        attempt = (await calls(house, nth + 1))[nth]
        await house.asterisk.answers_call(attempt)
        await house.asterisk.gives_up(attempt)
        await house.asterisk.ends(attempt)
        assert (await house.until_closed(attempt)).result is CallResult.ABANDONED
    await house.until(lambda: (run.state, run.alarm) == (CampaignState.PAUSED, "ivr"), "the campaign stops")
    assert len(house.asterisk.calls) == 3
    await house.engine.campaigns.start(ASKS)
    await met(house, (await calls(house, 4))[3])


async def test_a_campaign_uses_three_lines_until_somebody_was_met_and_again_when_somebody_was_not(
    house: House, store: Store
) -> None:
    run = await asking(house, 9, lines=6)
    placed = await calls(house, 3)
    await house.until(lambda: "every line of the IVR" in run.last_decision, "it waits to see")
    assert len(placed) == 3
    await met(house, placed[0])
    await calls(house, 6)
    await house.asterisk.answers_call(placed[1])
    await house.asterisk.gives_up(placed[1])
    for attempt in placed[:3]:
        await house.asterisk.ends(attempt)
    await house.until_closed(placed[1])
    await house.until(lambda: "every line of the IVR" in run.last_decision, "it waits again")
    assert len(house.asterisk.calls) == 6


@pytest.mark.parametrize(
    ("lines", "alarm", "says"),
    [(None, "no_ivr", ""), (lambda: 0, "", "every line of the IVR leads somebody")],
)
async def test_without_a_line_of_the_ivr_nobody_is_called(
    house: House, store: Store, lines: Callable[[], int] | None, alarm: str, says: str
) -> None:
    house.engine.floor.ivr_lines = lines
    run = await asking(house, 2)
    await house.until(lambda: run.alarm == alarm and says in run.last_decision, "the campaign says so")
    assert house.asterisk.calls == []


async def test_two_campaigns_do_not_count_on_the_same_line(house: House, store: Store) -> None:
    house.engine.floor.ivr_lines = lambda: 3
    await asking(house, 2)
    await calls(house, 2)
    other = CampaignId("otra-encuesta")
    floor = house.engine.floor
    text = agentless_file(other, list(floor.trunks)).decode()
    await store.campaigns.create(other, "Otra", text, floor.clock.now())
    for n in range(10, 14):
        await invite(store, number(n), f"OT-{n}", floor.clock.now())
    await house.engine.campaigns.pause(ASKS)
    await house.engine.invitations.hand_over(await floor.spec(other))
    await house.engine.campaigns.start(other)
    run = house.engine.campaigns.runs[other]
    await calls(house, 3)
    await house.until(lambda: "every line of the IVR" in run.last_decision, "it waits for a line")
    assert len(house.asterisk.calls) == 3


async def test_a_campaign_whose_survey_nobody_published_is_not_started(house: House, store: Store) -> None:
    with pytest.raises(Conflict, match="no survey otra-cosa: publish it first"):
        await asking(house, 1, survey="otra-cosa")


async def test_the_campaign_waits_for_whoever_is_invited_yet_until_it_is_drained(house: House, store: Store) -> None:
    run = await asking(house, 1)
    (attempt,) = await calls(house, 1)
    await met(house, attempt)
    await sits(house, attempt, SCORE, outcome=Outcome.FINISHED)
    await house.asterisk.ends(attempt)
    await house.until_closed(attempt)
    await invite(store, number(50), "OT-50", house.engine.floor.clock.now())
    await calls(house, 2)
    assert run.state is CampaignState.RUNNING
    await house.engine.campaigns.drain(ASKS)
    await house.asterisk.ends(house.asterisk.calls[1])
    await house.until(lambda: ASKS not in house.engine.campaigns.runs, "it is over")


async def test_after_an_agents_call_the_agent_wraps_up_while_the_person_is_asked(house: House, store: Store) -> None:
    run = await house.campaign("ventas", new_leads(1, first=70), survey_after=SURVEY, wrap_up="60 s")
    await house.sign_in("ana")
    (attempt,) = await calls(house, 1)
    await house.talk_in(attempt, "ana")
    leg = house.asterisk.legs["ana"]
    await house.engine.desk.hang_up(AgentId("ana"))
    (redirect,) = [each for each in house.asterisk.named("Redirect") if each["Exten"] == "over"]
    assert (redirect["Channel"], redirect["Context"]) == (leg, "vocero-agent")
    await house.asterisk.is_surveyed(attempt)
    await house.is_in("ana", AgentState.WRAP_UP)
    await house.engine.settling.settle_once()
    house.engine.closing.dispose(house.engine.floor.book.get(attempt), "hablado", {})
    closed = await house.until_closed(attempt)
    assert (closed.result, closed.disposition, closed.agent_id) == (CallResult.CONNECTED, "hablado", "ana")
    await house.engine.settling.settle_once()
    assert house.asterisk.named("Hangup") == [], "whom the IVR asks is no stranger"
    assert run.state is CampaignState.RUNNING
