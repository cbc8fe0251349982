"""Means with what can be told of few shifts."""

from __future__ import annotations

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.simulate.comparison import row
from dialer.simulate.intervals import interval, ratio_interval
from dialer.simulate.measures import Shift

VALUES = st.lists(st.floats(0, 1000), min_size=1, max_size=50)


def shift(seed: int, abandoned: int, answered: int, exhausted_at: float | None = None) -> Shift:
    return Shift(
        seed=seed, utilisation=0.8, talk=0.7, wait=40.0, dialed=900, answered=answered, abandoned=abandoned,
        connected=answered - abandoned, canceled=0, taken_for_machine=0, most_lines=9, refused=0, half_hours=0.1 * seed,
        exhausted_at=exhausted_at,
    )  # fmt: skip


def test_one_shift_says_nothing_of_the_next() -> None:
    assert interval([0.8]).half == 0.0


def test_a_known_case_comes_out_as_in_the_books() -> None:
    found = interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert (found.mean, round(found.error, 4), round(found.half, 3)) == (3.0, 0.7071, 1.966)
    assert (round(found.low, 3), round(found.high, 3)) == (1.034, 4.966)
    assert interval([0.0, 1.0] * 50).half == pytest.approx(1.96 * interval([0.0, 1.0] * 50).error)


@given(VALUES)
def test_an_interval_is_around_its_mean(values: list[float]) -> None:
    found = interval(values)
    assert found.low <= found.mean <= found.high
    assert min(values) - 1e-6 <= found.mean <= max(values) + 1e-6


@given(VALUES)
def test_a_share_of_equal_wholes_is_the_mean_of_the_shares(values: list[float]) -> None:
    share, plain = ratio_interval(values, [1000.0] * len(values)), interval([value / 1000 for value in values])
    assert isclose(share.mean, plain.mean, abs_tol=1e-9)
    assert isclose(share.half, plain.half, abs_tol=1e-6)


def test_nobody_who_answered_is_no_share() -> None:
    assert ratio_interval([0, 0], [0, 0]).mean == 0.0


def test_a_row_is_of_all_its_shifts_together() -> None:
    found = row("p", [shift(1, 2, 100), shift(2, 8, 100, 3600.0), shift(3, 0, 100, 7200.0)], 0.03)
    assert found.abandonment.mean == pytest.approx(10 / 300)
    assert found.over == 1, "eight of a hundred; two are within one of three"
    assert found.exhausted is not None and found.exhausted.mean == 5400.0
    assert (found.exhausted_in, found.leads_left) == (2, None)
    assert found.half_hours == pytest.approx(0.2)
