"""What the end of a call does beyond its own record: to its number, its trunk, its campaign."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignState
from cti_api.model.ids import AgentId, CampaignId
from cti_api.model.leads import LeadState
from dialer.calls.outcome import SILENT_LINE_SECONDS, TrunkSign
from dialer.engine.abandonment import open_tally
from dialer.engine.book import Book, Flight
from dialer.telephony import CallAnswered, CallDialed, CallEnded
from dialer.trunks.breaker import ENOUGH_SEEN, SILENT_IN_A_ROW
from tests.dialer.engine.conftest import CAMPAIGN, TRUNK
from tests.support.house import House


async def guard_refuses(house: House, why: str) -> str:
    """The next call is refused by the dialplan; its attempt id."""
    await house.sign_in("ana")
    attempt = await house.call()
    refusal = [("Event", "UserEvent"), ("UserEvent", "VoceroGuard"), ("Attempt", attempt), ("Why", why)]
    await house.asterisk.say(refusal)
    await house.asterisk.ends(attempt, 21)
    return attempt


@pytest.mark.parametrize("why", ["number", "trunk"])
async def test_a_refusal_by_the_guard_consumes_no_lead_and_stops_the_campaign_until_it_is_started_again(
    house: House, why: str
) -> None:
    attempt = await guard_refuses(house, why)
    assert (await house.until_closed(attempt)).result is CallResult.NEVER_DIALED
    run = house.engine.campaigns.runs[CAMPAIGN]
    await house.until(lambda: (run.state, run.alarm) == (CampaignState.PAUSED, f"guard:{why}"), "the campaign stops")
    lead = await house.engine.floor.store.leads.get((await house.stored(attempt)).lead_id)
    assert (lead.state, lead.attempts_made) == (LeadState.WAITING, 0)
    placed = len(house.asterisk.calls)
    await house.engine.campaigns.start(CampaignId(CAMPAIGN))
    await house.until(lambda: len(house.asterisk.calls) > placed, "it dials again")
    assert run.alarm == ""


@pytest.mark.parametrize("why", ["channels", "hourly"])
async def test_a_cap_of_the_guard_passes_by_itself(house: House, why: str) -> None:
    attempt = await guard_refuses(house, why)
    assert (await house.until_closed(attempt)).result is CallResult.NEVER_DIALED
    await house.until(lambda: len(house.asterisk.calls) > 1, "it dials on")
    assert house.engine.campaigns.runs[CAMPAIGN].state is CampaignState.RUNNING


async def test_the_number_of_a_silent_call_is_nobodys_until_its_invite_is_dead(house: House) -> None:
    await house.sign_in("ana")
    attempt = await house.call()
    floor = house.engine.floor
    number = floor.book.get(attempt).attempt.number.e164
    house.engine.progress.take(CallDialed(attempt, 18, None))
    await house.asterisk.ends(attempt, 18)
    assert (await house.until_closed(attempt)).result is CallResult.TRUNK_FAILED
    now = floor.clock.monotonic()
    assert number in floor.book.numbers(now)
    assert number not in floor.book.numbers(now + SILENT_LINE_SECONDS)


def test_a_number_is_held_until_the_later_of_two_ends() -> None:
    book = Book()
    book.hold("+573001234567", 40.0)
    book.hold("+573001234567", 35.0)
    assert [book.numbers(at) for at in (39.9, 40.0)] == [{"+573001234567"}, set()]


async def test_a_number_that_another_call_may_still_ring_is_refused_by_the_gate(house: House) -> None:
    floor = house.engine.floor
    [lead] = await floor.store.leads.reserve(
        CAMPAIGN, 1, floor.clock.now(), floor.clock.now() + timedelta(minutes=1), for_agents=()
    )
    floor.book.hold(lead.phone.e164, floor.clock.monotonic() + SILENT_LINE_SECONDS)
    decision = await house.engine.placing.gate(await floor.spec(CAMPAIGN), lead)
    assert decision.rule == "one_call_per_number"


async def test_a_trunk_that_does_not_take_our_password_is_given_up_and_consumes_no_lead(house: House) -> None:
    await house.sign_in("ana", "luis", "eva")
    floor = house.engine.floor
    await house.call()
    await house.until(lambda: len(house.asterisk.calls) == SILENT_IN_A_ROW, "everybody is called")
    attempts = list(house.asterisk.calls)
    for attempt in attempts:
        house.engine.progress.take(CallDialed(attempt, 21, 401))
        await house.asterisk.ends(attempt, 21)
        await house.until_closed(attempt)
    assert floor.trunks.states() == {TRUNK: "open"}
    assert floor.trunks.alarms() == {TRUNK: "locked_out"}
    leads = [await floor.store.leads.get((await house.stored(attempt)).lead_id) for attempt in attempts]
    assert {(lead.state, lead.attempts_made) for lead in leads} == {(LeadState.WAITING, 0)}
    assert [lead.counts for lead in leads] == [{"trunk_failed": 1}, {"trunk_failed": 1}, {}]


async def test_an_answer_that_nobody_gave_does_not_raise_the_abandonment_budget(house: House) -> None:
    await house.sign_in("ana", "luis")
    await house.call()
    await house.until(lambda: len(house.asterisk.calls) == 2, "both are called")
    floor = house.engine.floor
    ana = floor.board.seat(AgentId("ana"))
    first, second = (floor.book.get(attempt) for attempt in house.asterisk.calls)
    assert answered_and_over(house, first) is CallResult.CALLER_HUNG_UP
    assert floor.tallies[CAMPAIGN].in_window(floor.clock.now())[0] == 1, "one such answer is a person who hung up"
    for _ in range(ENOUGH_SEEN):
        floor.trunks.ended(first, TrunkSign.WORKS)
    assert floor.trunks.alarms() == {TRUNK: "false_answers"}
    assert answered_and_over(house, second) is CallResult.CALLER_HUNG_UP
    assert floor.tallies[CAMPAIGN].in_window(floor.clock.now())[0] == 1
    assert ana.calls == 0
    for flight in (first, second):
        await house.until_closed(flight.id)
    again = await open_tally(floor, await floor.spec(CAMPAIGN))
    assert again.days == floor.tallies[CAMPAIGN].days, "and a restart does not bring it back"


def answered_and_over(house: House, flight: Flight) -> CallResult | None:
    """Answered and gone in the same moment; AMD had no time to say anything."""
    for event in (CallAnswered(flight.id), CallEnded(flight.id, 16)):
        house.engine.progress.take(event)
    return flight.result
