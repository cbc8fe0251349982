"""Limits: what there is room for, and the one that bound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.pacing.interface import Decision, Reason
from dialer.pacing.limits import Room, TokenBucket, bound


def room(lines: int = 99, campaign_channels: int = 99, calls_per_second: int = 99, leads: int = 99) -> Room:
    return Room(lines=lines, campaign_channels=campaign_channels, calls_per_second=calls_per_second, leads=leads)


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (room(lines=2), Reason.LINES),
        (room(campaign_channels=2), Reason.CAMPAIGN_CHANNELS),
        (room(calls_per_second=2), Reason.CALLS_PER_SECOND),
        (room(leads=2), Reason.HOPPER),
    ],
)
def test_the_tightest_limit_binds_and_is_named(limits: Room, reason: Reason) -> None:
    assert bound(Decision(5, ("call",), Reason.RATIO), limits) == Decision(2, ("call",), reason)


def test_a_decision_within_every_limit_keeps_its_reason() -> None:
    asked = Decision(5, (), Reason.RATIO)
    assert bound(asked, room(lines=5)) is asked


@given(st.integers(-5, 300), st.lists(st.integers(-2, 200), min_size=4, max_size=4))
def test_no_limit_is_ever_exceeded_and_nothing_is_raised(dial: int, limits: list[int]) -> None:
    decision = bound(Decision(dial), room(*limits))
    assert decision.dial <= max(dial, 0)
    assert decision.dial <= max(*(0, min(limits)))
    assert decision.dial >= min(dial, max(min(limits), 0))


def test_a_bucket_lets_a_seconds_worth_go_and_then_its_rate() -> None:
    bucket = TokenBucket.full(2.0, now=10.0)
    assert bucket.allowed(10.0) == 2
    bucket = bucket.take(2, 10.0)
    assert [bucket.allowed(10.0 + t) for t in (0.0, 0.49, 0.5, 1.0, 60.0)] == [0, 0, 1, 2, 2]


def test_a_slow_bucket_lets_one_call_go_at_a_time() -> None:
    bucket = TokenBucket.full(0.1, now=0.0).take(1, 0.0)
    assert (bucket.allowed(9.9), bucket.allowed(10.0), bucket.allowed(100.0)) == (0, 1, 1)


def test_ten_tenths_of_a_call_are_one_call() -> None:
    bucket = TokenBucket.full(1.0, now=0.0).take(1, 0.0)
    for tenth in range(1, 11):
        assert bucket.allowed(tenth / 10) == (tenth == 10)
        bucket = bucket.take(0, tenth / 10)


def test_more_than_allowed_cannot_be_taken() -> None:
    with pytest.raises(ValueError, match="3 calls taken where 2 were allowed"):
        TokenBucket.full(2.0, now=0.0).take(3, 0.0)


def test_a_changed_rate_keeps_what_the_bucket_holds() -> None:
    bucket = TokenBucket.full(4.0, now=0.0).take(4, 0.0).at_rate(1.0, 0.5)
    assert bucket.allowed(0.5) == 1  # half a second at 4/s gave two, one is the new depth
    assert bucket.take(1, 0.5).allowed(1.4) == 0


steps = st.lists(st.tuples(st.floats(-0.5, 3.0), st.integers(0, 20)), max_size=60)


@given(st.floats(0.05, 50.0), steps)
def test_calls_per_second_are_never_exceeded(per_second: float, steps: list[tuple[float, int]]) -> None:
    bucket, now, gone = TokenBucket.full(per_second, 0.0), 0.0, [(0.0, 0)]
    for wait, wanted in steps:
        now += wait  # a clock that jumps back gives nothing away
        calls = min(wanted, bucket.allowed(now))
        bucket = bucket.take(calls, now)
        gone.append((max(now, gone[-1][0]), calls))
    for index, (start, _) in enumerate(gone):
        total = 0
        for at, calls in gone[index:]:
            total += calls
            assert total <= max(per_second, 1.0) + per_second * (at - start) + 1e-6
