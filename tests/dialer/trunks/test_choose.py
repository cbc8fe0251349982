"""Which trunk takes the next call."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cti_api.model.ids import TrunkId
from dialer.trunks.breaker import BreakerState, TrunkHealth
from dialer.trunks.choose import NoTrunk, TrunkUse, WhyNot, choose_trunk, none_works

A, B = TrunkId("a"), TrunkId("b")
NOW = 1000.0
FAILING = TrunkHealth(state=BreakerState.OPEN, evidence_from=995.0, probed_at=995.0)
PROBE_DUE = TrunkHealth(state=BreakerState.OPEN, evidence_from=900.0, probed_at=985.0)


def use(**more: Any) -> TrunkUse:
    facts = {"health": TrunkHealth(), "channels": 10, "calls_per_hour": 100, "live_calls": 0}
    return TrunkUse(**(facts | more))


def test_the_first_in_the_order_of_preference_takes_the_call() -> None:
    assert choose_trunk((B, A), {A: use(), B: use()}, NOW) == B


def test_a_trunk_that_is_full_failing_or_spent_is_passed_over() -> None:
    for other in (
        use(live_calls=10),
        use(health=FAILING),
        use(calls_last_hour=100),
        use(rate_left=0),
    ):
        assert choose_trunk((A, B), {A: other, B: use()}, NOW) == B


def test_when_none_can_each_ones_reason_is_told() -> None:
    uses = {A: use(health=FAILING), B: use(live_calls=10)}
    unknown = TrunkId("c")
    assert choose_trunk((A, B, unknown), uses, NOW) == NoTrunk(
        ((A, WhyNot.FAILING), (B, WhyNot.CHANNELS), (unknown, WhyNot.UNKNOWN))
    )
    assert choose_trunk((A,), {A: use(calls_last_hour=100)}, NOW) == NoTrunk(((A, WhyNot.HOURLY_CAP),))
    assert choose_trunk((A,), {A: use(rate_left=0)}, NOW) == NoTrunk(((A, WhyNot.CALLS_PER_SECOND),))


def test_a_preferred_trunk_whose_probe_is_due_is_tried_while_another_stands_in() -> None:
    assert choose_trunk((A, B), {A: use(health=PROBE_DUE), B: use()}, NOW) == A
    assert use(health=PROBE_DUE).room(NOW) == 1


def test_no_trunks_is_an_alarm_of_failing_trunks_not_of_full_ones() -> None:
    assert none_works((A, B), {A: use(health=FAILING), B: use(health=PROBE_DUE)})
    assert none_works((A,), {})
    assert not none_works((A, B), {A: use(health=FAILING), B: use(live_calls=10)})


def test_a_call_that_met_silence_holds_its_line_for_thirty_two_seconds() -> None:
    trunk = use(channels=3, live_calls=1, silent_calls=(NOW - 33.0, NOW - 31.9, NOW - 28.0))
    assert trunk.lines_free(NOW) == 0
    assert trunk.lines_free(NOW + 0.1) == 1
    assert trunk.lines_free(NOW + 4.0) == 2


@given(
    st.integers(1, 50), st.integers(1, 100), st.integers(0, 60), st.integers(0, 120), st.integers(0, 10),
    st.lists(st.floats(900, 1000), max_size=10), st.sampled_from([TrunkHealth(), FAILING, PROBE_DUE]),
)  # fmt: skip
def test_a_chosen_trunk_is_within_all_its_limits(
    channels: int, per_hour: int, live: int, spent: int, rate: int, silent: list[float], health: TrunkHealth
) -> None:
    trunk = TrunkUse(
        health=health, channels=channels, calls_per_hour=per_hour, live_calls=live, silent_calls=tuple(silent),
        calls_last_hour=spent, rate_left=rate,
    )  # fmt: skip
    chosen = choose_trunk((A,), {A: trunk}, NOW)
    held = sum(NOW - placed < 32.0 for placed in silent)
    fits = live + held < channels and spent < per_hour and rate > 0 and health is not FAILING
    assert (chosen == A) == fits
    assert (trunk.room(NOW) > 0) == fits
    assert live + held + trunk.room(NOW) <= max(channels, live + held)
