"""What a waiting caller is told, and whom no campaign may count on because of them."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from cti_api.model.ids import AgentId, QueueId
from dialer.queues.discipline import Rule, in_order
from dialer.queues.foresight import (
    LAST_POSITION,
    STEPS_MINUTES,
    UNKNOWN_HANDLING_SECONDS,
    Occupied,
    expected_wait_seconds,
    handling_seconds,
    positions,
    spoken_for,
    told,
)
from tests.support.queues import SOPORTE, VENTAS, before, caller


def busy(name: str, seconds: float, *queues: QueueId, wrapping: bool = False) -> Occupied:
    ranks = dict.fromkeys(queues or (SOPORTE,), 1)
    return Occupied(agent_id=AgentId(name), wrapping=wrapping, since=before(seconds), ranks=ranks)


def test_the_next_of_three_agents_hears_a_short_wait() -> None:
    assert told(1, 3, 180.0).minutes == 2
    assert told(1, 3, 60.0).minutes == 1


def test_nothing_is_said_of_a_wait_that_nobody_will_end() -> None:
    assert told(1, 0, 180.0).minutes is None


def test_nothing_is_said_beyond_the_last_step_and_no_place_far_back() -> None:
    far = told(LAST_POSITION + 1, 1, 300.0)
    assert (far.position, far.minutes) == (None, None)


def test_before_any_call_was_seen_the_handling_is_a_guess_and_then_the_calls_outweigh_it() -> None:
    assert handling_seconds([]) == UNKNOWN_HANDLING_SECONDS
    assert 60.0 < handling_seconds([60.0] * 49) < 65.0


@given(st.integers(1, 50), st.integers(1, 40), st.floats(1.0, 3600.0))
def test_who_stands_further_back_is_never_told_a_shorter_wait(position: int, agents: int, handling: float) -> None:
    here, behind = told(position, agents, handling).minutes, told(position + 1, agents, handling).minutes
    assert behind is None or (here is not None and here <= behind)
    assert here in (None, *STEPS_MINUTES)


def test_the_mean_is_that_of_a_line_played_by_hand() -> None:
    """Four busy agents whose calls end at exponential times: the third caller is served by the third end of a call."""
    random, waits = Random(7), []
    for _ in range(4000):
        clock = 0.0
        for _ in range(3):
            clock += random.expovariate(4 / 120.0)
        waits.append(clock)
    expected = expected_wait_seconds(3, 4, 120.0)
    assert expected is not None
    assert abs(sum(waits) / len(waits) - expected) < 0.05 * expected
    within = told(3, 4, 120.0).minutes
    assert within is not None
    assert sum(wait < within * 60 for wait in waits) / len(waits) > 0.75


def test_each_caller_has_their_place_in_their_own_queue() -> None:
    waiting = (caller("a", 30), caller("b", 20, VENTAS), caller("c", 10))
    rules = dict.fromkeys((SOPORTE, VENTAS), Rule(priority=0, longest_wait_seconds=60, overflow_to=None))
    assert positions(in_order(waiting, rules)) == {"a": 1, "b": 1, "c": 2}


def test_waiting_callers_have_spoken_for_whoever_is_free_first() -> None:
    occupied = [busy("ana", 10), busy("eva", 90), busy("luis", 3, wrapping=True)]
    assert spoken_for([caller("a", 5)], occupied) == {"luis"}
    assert spoken_for([caller("a", 5), caller("b", 4)], occupied) == {"luis", "eva"}


def test_only_agents_who_serve_the_queue_are_spoken_for() -> None:
    assert spoken_for([caller("a", 5, VENTAS)], [busy("ana", 10), busy("eva", 5, VENTAS)]) == {"eva"}
    assert spoken_for([caller("a", 5, VENTAS)], [busy("ana", 10)]) == frozenset()


def test_more_callers_than_agents_leave_none_and_break_nothing() -> None:
    assert spoken_for([caller(f"c{n}", n) for n in range(5)], [busy("ana", 1)]) == {"ana"}


def test_a_kept_place_has_spoken_only_for_whoever_may_call() -> None:
    kept, ana = caller("a", 5, kept=True), busy("ana", 10)
    assert spoken_for([kept], [ana]) == frozenset()
    assert spoken_for([kept], [replace(ana, calls_back=frozenset({SOPORTE}))]) == {"ana"}
