"""The decisions of the last hour: small, in order, and a sample of them worth an event."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dialer.pacing.explained import KEPT, MOST_ENTRIES, Explanations, told
from dialer.pacing.interface import Decision, Reason

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
NOBODY = Decision(reason=Reason.NO_FREE_AGENT, budget_left=1.0)
ONE = Decision(1, reason=Reason.ONE_PER_FREE_AGENT, expected_free_agents=1.0, expected_answers=0.5)
SPENT = Decision(reason=Reason.ABANDONMENT_BUDGET)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def of(*decisions: tuple[float, Decision]) -> Explanations:
    made = Explanations()
    for second, decision in decisions:
        made.add(decision, 100, 3, at(second))
    return made


def test_decisions_in_a_row_that_say_the_same_are_one_with_the_latest_figures() -> None:
    later = NOBODY._replace(budget_left=2.0)
    first, second = of((0, NOBODY), (0.5, NOBODY), (1, later), (1.5, ONE))
    assert (first.first, first.last, first.times, first.decision) == (at(0), at(1), 3, later)
    assert (second.times, second.decision) == (1, ONE)
    shown = told(first)
    assert (shown.place, shown.reason, shown.why, shown.budget_left) == (0, "no_free_agent", "no agent is free", 2.0)
    assert (shown.live_answers, shown.abandoned) == (100, 3)


def test_an_hour_is_kept_and_what_is_older_goes() -> None:
    made = of((0, NOBODY), (10, ONE), (KEPT.total_seconds() + 5, NOBODY))
    assert [entry.decision for entry in made] == [ONE, NOBODY]
    assert [entry.decision for entry in made.since(at(20))] == [NOBODY]


def test_whoever_asks_for_how_it_stands_gets_what_was_decided_since_the_beginning() -> None:
    status = of((0, ONE), (1, NOBODY), (2, ONE._replace(cancel=("a", "b")))).status()
    assert (status.placed, status.cancelled) == (2, 2)
    assert status.reasons == {"one_per_free_agent": 2, "no_free_agent": 1}
    assert status.latest is not None
    assert status.latest.cancel == 2
    assert Explanations().status().latest is None


def test_a_sample_is_told_when_the_reason_is_another_or_a_minute_has_passed() -> None:
    made, times = Explanations(), []
    script = {0: NOBODY, 3: SPENT, 20: SPENT, 40: NOBODY, 41: ONE, 42: NOBODY}
    decision = NOBODY
    for second in range(150):
        decision = script.get(second, decision)
        made.add(decision, 0, 0, at(second))
        if made.worth_telling(at(second)) is not None:
            times.append(second)
    assert times == [0, 10, 40, 100]


@given(st.lists(st.sampled_from([NOBODY, ONE, SPENT]), min_size=1, max_size=200), st.floats(0.02, 60))
def test_however_it_goes_the_memory_is_bounded_and_every_decision_counted(
    decisions: list[Decision], apart: float
) -> None:
    made, events = Explanations(), 0
    for place, decision in enumerate(decisions):
        made.add(decision, 0, 0, at(place * apart))
        events += made.worth_telling(at(place * apart)) is not None
    assert len(list(made)) <= MOST_ENTRIES
    assert sum(made.reasons.values()) == len(decisions)
    assert events <= 1 + len(decisions) * apart / 10
    entries = list(made)
    assert all(one.last <= two.first for one, two in pairwise(entries))


def test_an_hour_of_changes_at_every_tick_does_not_outgrow_its_bound() -> None:
    made = of(*((tick / 2, (NOBODY, ONE)[tick % 2]) for tick in range(7200)))
    assert len(list(made)) == MOST_ENTRIES
    assert made.placed == 3600
