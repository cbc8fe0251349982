"""Agents' time: a state ends with the next one, and counts for nothing while no dialer runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from cti_api.kpi.measures import Measure, Split
from cti_api.kpi.seats import Stay, moved, so_far, told_apart
from cti_api.model.agents import AgentState
from cti_api.model.events import Event, EventKind
from tests.support.store import at, event


def state(name: str, when: float, agent: str = "ana", reason: str = "") -> Event:
    return event(EventKind.AGENT_STATE, at(when), agent_id=agent, payload={"state": name, "reason": reason})


def started(when: float, seen_until: float | None) -> Event:
    seen = at(seen_until).isoformat() if seen_until is not None else None
    return event(EventKind.DIALER_STARTED, at(when), payload={"owner": "box, pid 1", "seen_until": seen})


def lived(*events: Event) -> tuple[dict[str, Stay], dict[Measure, float]]:
    """The stays after these events, and the time that was over by then."""
    stays: dict[str, Stay] = {}
    seconds: dict[Measure, float] = {}
    for each in events:
        others, facts = moved(stays, each, UTC)
        stays |= {stay.agent: stay for stay in others}
        for fact in facts:
            for measure, amount in fact.counts.items():
                seconds[measure] = seconds.get(measure, 0.0) + amount
    return stays, seconds


def test_a_state_lasts_until_the_next() -> None:
    stays, seconds = lived(state("ready", 0), state("busy", 300), state("ready", 360))
    assert seconds == {Measure.READY_SECONDS: 300.0, Measure.BUSY_SECONDS: 60.0}
    assert stays == {"ana": Stay(agent="ana", state=AgentState.READY, since=at(360))}


def test_what_a_killed_dialer_left_counts_until_it_was_last_seen_and_goes_on_with_the_next() -> None:
    killed = (state("ready", 0), started(5000, seen_until=600))
    stays, seconds = lived(*killed)
    assert seconds == {Measure.READY_SECONDS: 600.0}
    assert stays["ana"] == Stay(agent="ana", state=AgentState.NOT_READY, since=at(5000), reason="technical")
    _, seconds = lived(*killed, state("ready", 5060))
    assert seconds == {Measure.READY_SECONDS: 600.0, Measure.NOT_READY_SECONDS: 60.0}


@pytest.mark.parametrize("kept", ["not_ready", "wrap_up", "logged_off"])
def test_who_needs_no_telephone_is_taken_up_as_they_were(kept: str) -> None:
    stays, _ = lived(state(kept, 0, reason="almuerzo"), started(5000, seen_until=600))
    assert (stays["ana"].state, stays["ana"].reason, stays["ana"].since) == (kept, "almuerzo", at(5000))


def test_the_first_dialer_of_a_store_ends_nothing() -> None:
    assert lived(started(0, None), state("ready", 10), state("logged_off", 20))[1] == {Measure.READY_SECONDS: 10.0}


def test_a_dialer_that_was_last_seen_before_the_state_began_gives_it_no_time() -> None:
    assert lived(state("ready", 598), started(5000, seen_until=596))[1] == {}


def test_a_dialer_whose_clock_is_behind_counts_no_time_again() -> None:
    behind = (state("ready", 0), started(300, seen_until=600))
    stays, _ = lived(*behind)
    assert stays["ana"].since == at(600)
    _, seconds = lived(*behind, state("ready", 700), state("logged_off", 800))
    assert seconds == {Measure.READY_SECONDS: 700.0, Measure.NOT_READY_SECONDS: 100.0}


@pytest.mark.parametrize("seed", range(20))
def test_in_whichever_order_it_is_told_no_moment_counts_twice(seed: int) -> None:
    random = Random(seed)
    stays: dict[str, Stay] = {}
    until: dict[str, datetime] = {}
    for _ in range(60):
        when = random.uniform(0, 20_000)
        starts = started(when, random.choice((None, random.uniform(0, 20_000))))
        moves = state(random.choice([*AgentState]), when, random.choice(("ana", "luis")))
        others, facts = moved(stays, random.choice((starts, moves)), UTC)
        stays |= {stay.agent: stay for stay in others}
        for fact in facts:
            agent, (seconds,) = fact.splits[Split.AGENT], fact.counts.values()
            assert fact.at >= until.get(agent, fact.at)
            until[agent] = fact.at + timedelta(seconds=seconds)
        assert all(stay.since >= until.get(stay.agent, stay.since) for stay in stays.values())


def test_an_open_state_counts_from_where_the_question_begins_until_now() -> None:
    stays = [
        Stay(agent="ana", state=AgentState.READY, since=at(-7200)),
        Stay(agent="luis", state=AgentState.NOT_READY, since=at(60), reason="almuerzo"),
        Stay(agent="sol", state=AgentState.LOGGED_OFF, since=at(0)),
    ]
    facts = list(so_far(stays, at(0), at(360), UTC))
    assert list(told_apart(facts, Split.AGENT, None, UTC)) == [
        ("ana", Measure.READY_SECONDS, 360.0), ("luis", Measure.NOT_READY_SECONDS, 300.0),
    ]  # fmt: skip
    assert list(told_apart(facts, Split.REASON, None, UTC)) == [("almuerzo", Measure.NOT_READY_SECONDS, 300.0)]
    assert list(told_apart(facts, Split.HOUR, (Split.AGENT, "ana"), UTC)) == [("14", Measure.READY_SECONDS, 360.0)]
