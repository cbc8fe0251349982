"""The pacer in the engine: what it is told, on whom it counts, what it may cancel, and what is kept of its reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from cti_api.model.agents import AgentState
from cti_api.model.calls import CallResult
from cti_api.model.campaigns import PacingMode
from cti_api.model.events import EventKind as Told
from cti_api.model.ids import AgentId, CampaignId
from cti_api.ports import PacingDecision
from cti_api.sip_accounts import SipAccounts
from dialer.engine.abandonment import open_tally
from dialer.engine.campaigns import CampaignRun
from dialer.engine.pacing import learned
from dialer.engine.port import EnginePort
from dialer.engine.snapshot import snapshot_of
from dialer.pacing.interface import Decision, Event, EventKind, Reason, Snapshot
from tests.dialer.engine.conftest import CAMPAIGN, one_process
from tests.support.house import House
from tests.support.little_asterisk import LittleAsterisk
from tests.support.store import new_leads, number

K = EventKind


class Scripted:
    """A pacer that writes down what it is told and sees, and places a call for each free agent."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.seen: list[Snapshot] = []
        self.cancel: tuple[str, ...] = ()
        self.idle = False

    def observe(self, event: Event) -> None:
        self.events.append(event)

    def decide(self, snap: Snapshot) -> Decision:
        self.seen.append(snap)
        in_flight = len(snap.ringing) + len(snap.in_amd) + len(snap.waiting)
        dial = 0 if self.idle else max(snap.free - in_flight, 0)
        return Decision(dial, self.cancel, Reason.AGENTS_EXPECTED, 1.5, 0.5)

    @property
    def kinds(self) -> list[EventKind]:
        return [event.kind for event in self.events]


async def at_work(house: House, *agents: str) -> tuple[CampaignRun, Scripted]:
    """The campaign started, with a scripted pacer that has seen the agents."""
    run, pacer = await house.start(CAMPAIGN), Scripted()
    assert run.pacing is not None
    run.pacing.pacer = pacer
    await house.sign_in(*agents)
    await house.until(lambda: len(house.asterisk.calls) == len(agents), "each agent has a call on its way")
    return run, pacer


async def test_a_talk_is_told_from_the_dialling_to_the_end_of_the_wrap_up(house: House) -> None:
    _, pacer = await at_work(house, "ana")
    (attempt,) = house.asterisk.calls
    await house.asterisk.rings(attempt)
    await house.talk_in(attempt, "ana")
    await house.asterisk.ends(attempt)
    await house.is_in("ana", AgentState.WRAP_UP)
    house.engine.desk.make_ready(AgentId("ana"))
    await house.until(lambda: K.WRAP_END in pacer.kinds, "the end of the wrap-up is told")
    assert pacer.kinds[:7] == [K.AGENT_ON, K.DIALED, K.ANSWERED, K.HUMAN, K.CONNECTED, K.TALK_END, K.WRAP_END]
    assert [event.t for event in pacer.events] == sorted(event.t for event in pacer.events)
    named = [(event.call_id, event.agent_id) for event in pacer.events[1:6]]
    assert named == [(attempt, None)] * 3 + [(None, "ana")] * 2


@pytest.mark.parametrize(
    ("cause", "kind", "result"),
    [(17, K.FAILED, CallResult.BUSY), (19, K.NO_ANSWER, CallResult.NO_ANSWER)],
)
async def test_a_call_that_nobody_takes_is_told_with_what_became_of_it(
    house: House, cause: int, kind: EventKind, result: CallResult
) -> None:
    _, pacer = await at_work(house, "ana")
    (attempt,) = house.asterisk.calls
    await house.asterisk.rings(attempt)
    await house.asterisk.ends(attempt, cause)
    await house.until(lambda: kind in pacer.kinds, f"it is told as {kind}")
    assert (await house.until_closed(attempt)).result is result


async def test_who_meets_nobody_is_told_as_abandoned_once_and_as_a_person_before(house: House) -> None:
    _, pacer = await at_work(house, "ana")
    (attempt,) = house.asterisk.calls
    house.engine.desk.pause(AgentId("ana"), "baño")
    await house.asterisk.answers_call(attempt)
    await house.asterisk.gives_up(attempt)
    await house.until(lambda: K.ABANDONED in pacer.kinds, "the person is told of as abandoned")
    assert (pacer.seen[-1].answered, pacer.seen[-1].abandoned) == (1, 1), "while they hear the message already"
    await house.asterisk.ends(attempt)
    await house.until_closed(attempt)
    house.engine.desk.make_ready(AgentId("ana"))
    await house.until(lambda: pacer.kinds.count(K.AGENT_ON) == 2, "ana is back")
    counted = Counter(pacer.kinds)
    assert (counted[K.HUMAN], counted[K.ABANDONED], counted[K.AGENT_OFF]) == (1, 1, 1)


async def test_a_call_that_an_agent_waits_for_from_the_start_is_none_of_the_pacers(house: House) -> None:
    run, pacer = await at_work(house)
    pacer.idle = True
    await house.sign_in("ana")
    attempt = await house.engine.by_hand.dial(AgentId("ana"), run, number(200))
    await house.until(lambda: attempt in house.asterisk.calls, "ana's own call is placed")
    await house.talk_in(attempt, "ana")
    await house.asterisk.ends(attempt)
    await house.is_in("ana", AgentState.WRAP_UP)
    house.engine.desk.make_ready(AgentId("ana"))
    house.engine.desk.pause(AgentId("ana"), "baño")
    await house.until(lambda: K.AGENT_OFF in pacer.kinds, "ana's pause is told")
    assert pacer.kinds == [K.AGENT_ON, K.AGENT_OFF]
    assert not any(snap.ringing or snap.waiting for snap in pacer.seen)


async def test_a_ringing_call_is_given_up_only_after_the_legal_ring_and_counted(house: House) -> None:
    run, pacer = await at_work(house, "ana")
    (attempt,) = house.asterisk.calls
    await house.asterisk.rings(attempt)
    flight = house.engine.floor.book.get(attempt)
    assert flight is not None
    await house.until(lambda: flight.call.ringing_at is not None, "it rings")
    pacer.cancel = (attempt,)
    seen = len(pacer.seen)
    house.engine.floor.wake.set()
    await house.until(lambda: len(pacer.seen) > seen + 2, "it was given up more than once")
    assert house.asterisk.named("Hangup") == [], "it has not rung for fifteen seconds"
    assert run.pacing is not None
    assert run.pacing.explanations.cancelled == 0, "what may not be hung up is not counted as given up"
    assert flight.call.ringing_at is not None
    flight.call = replace(flight.call, ringing_at=flight.call.ringing_at - timedelta(seconds=15))
    closed = await house.until_closed(attempt)
    assert closed.result is CallResult.CANCELED_BY_DIALER
    pacer.cancel = ()
    await house.until(lambda: K.CANCELLED in pacer.kinds, "it is told as cancelled")
    assert run.pacing.explanations.cancelled == 1, "however often the pacer said it"


async def test_a_pacer_sees_agents_as_they_are_and_no_time_before_something_began(house: House) -> None:
    """An agent may pause while another campaign's calls are placed; a clock that was set back is noticed later."""
    run, _ = await at_work(house, "ana")
    floor = house.engine.floor
    see = partial(
        snapshot_of, CAMPAIGN, floor.book, floor.board,
        window_began=floor.clock.now(), share=replace(run.share, free=frozenset({AgentId("ana")})),
        lines_free=1, leads_left=1, answered=0, abandoned=0,
    )  # fmt: skip
    assert see(now=floor.clock.now()).free == 1
    house.engine.desk.pause(AgentId("ana"), "baño")
    seen = see(now=floor.clock.now() - timedelta(hours=1))
    assert (seen.free, [call.elapsed for call in seen.ringing]) == (0, [0.0])


async def test_decisions_are_explained_and_a_sample_of_them_is_an_event(house: House) -> None:
    await at_work(house, "ana")
    port = EnginePort(house.engine, SipAccounts(Path("none")), house.engine.floor.clock.now())

    async def told() -> bool:
        return Told.PACING_DECISION in {one.kind for one in await house.engine.floor.store.outbox.number()}

    explained = await port.explain(CAMPAIGN, 60)
    assert {type(one) for one in explained} == {PacingDecision}
    assert sum(one.place * one.times for one in explained) == len(house.asterisk.calls)
    assert explained[-1].why == "agents are expected to be free when the calls are answered"
    status = await port.campaign_status(CAMPAIGN)
    assert status.pacing is not None
    assert status.pacing.placed == len(house.asterisk.calls)
    await house.until_so(told, "a decision is told")
    await house.engine.campaigns.pause(CAMPAIGN)
    await house.engine.campaigns.cancel(CAMPAIGN)
    assert await port.explain(CAMPAIGN, 60) == (), "it is at work no more"


async def test_busy_agents_of_another_campaign_with_the_same_wishes_are_not_counted_twice(house: House) -> None:
    floor = house.engine.floor
    _, pacer = await at_work(house, "ana", "luis")
    for attempt, agent in zip(tuple(house.asterisk.calls), ("ana", "luis"), strict=True):
        await house.talk_in(attempt, agent)
    await house.until(lambda: len(pacer.seen[-1].talking) == 2, "both are its own")
    other = CampaignId("otra")
    text = (await floor.store.campaigns.get(CAMPAIGN)).spec_text.replace('"id": "turno"', '"id": "otra"')
    await floor.store.campaigns.create(other, "Otra", text, floor.clock.now())
    await floor.store.leads.add(other, new_leads(3, first=100), floor.clock.now())
    for seat in floor.board:
        floor.board.put(replace(seat.agent, campaigns=(CAMPAIGN, other)), floor.clock.now())
    second = await house.start(other)
    assert second.pacing is not None
    second.pacing.pacer = theirs = Scripted()
    await house.until(lambda: bool(theirs.seen) and len(theirs.seen[-1].talking) == 1, "one is the other's")
    await house.until(lambda: len(pacer.seen[-1].talking) == 1, "and one is not")
    mine, other_ones = ({agent.agent_id for agent in one.seen[-1].talking} for one in (pacer, theirs))
    assert mine | other_ones == {"ana", "luis"}


# ------------------------------------------------------------------ a restart in the middle of the window


@pytest.fixture
async def twice(url: str, tmp_path: Path, asterisk: LittleAsterisk) -> AsyncIterator[tuple[str, Path, LittleAsterisk]]:
    """What two processes in a row have in common."""
    yield url, tmp_path, asterisk


@pytest.mark.parametrize("window", ["campaign_day", "rolling_24h"])
async def test_a_restart_in_the_middle_of_a_window_forgets_nothing(
    twice: tuple[str, Path, LittleAsterisk], window: str
) -> None:
    """Neither what was counted, nor the call whose disposition is awaited, nor what the calls were like."""
    url, folder, asterisk = twice
    entries = {"mode": PacingMode.PREDICTIVE.value, "abandonment": {"window": window}}
    async with one_process(url, folder, asterisk, **entries) as house:
        await house.sign_in("ana")
        await house.start(CAMPAIGN)
        left = await house.call()
        house.engine.desk.pause(AgentId("ana"), "baño")
        await asterisk.answers_call(left)
        await asterisk.gives_up(left)
        await asterisk.ends(left)
        assert (await house.until_closed(left)).result is CallResult.ABANDONED
        house.engine.desk.make_ready(AgentId("ana"))
        talked = await house.talk("ana")
        await asterisk.ends(talked)
        await house.is_in("ana", AgentState.WRAP_UP)
        now = house.engine.floor.clock.now()
        assert house.engine.floor.tallies[CAMPAIGN].in_window(now) == (2, 1)
    async with one_process(url, folder, asterisk) as again:
        floor = again.engine.floor
        await again.until(lambda: floor.book.get(talked) is not None, "the call that awaits its disposition is known")
        now = floor.clock.now()
        assert floor.tallies[CAMPAIGN].in_window(now) == (2, 1), "the store has one of them, the book the other"
        run = again.engine.campaigns.runs[CAMPAIGN]
        assert (await open_tally(floor, run.spec)).in_window(now) == (2, 1)
        flight = floor.book.get(talked)
        assert flight is not None
        again.engine.closing.close(flight)
        await again.until_closed(talked)
        assert floor.tallies[CAMPAIGN].in_window(now) == (2, 1), "closed, it counts no second time"
        assert run.pacing is not None
        told = Counter(event.kind for event in await learned(floor, run.spec, run.pacing.began))
    assert (told[K.DIALED], told[K.ANSWERED], told[K.HUMAN]) == (2, 2, 2)
    assert (told[K.ABANDONED], told[K.CONNECTED], told[K.TALK_END], told[K.WRAP_END]) == (1, 1, 1, 1)
