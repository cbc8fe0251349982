"""What an answer may cost: never nothing, never above the highest, dearer when there is much left, learned slowly."""

from __future__ import annotations

from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.pacing.price import FIRST_PRICE_PER_CAP, FROZEN, HIGHEST, LOWEST_PER_CAP, MOST_HASTE, RiskPrice

CAP = 0.03
TO_COME = 500.0
JUST_ENOUGH = 0.7
"""A budget with which the answers to come are spent at the price that was learned: neither more nor less haste."""


def price(pacer: RiskPrice) -> float:
    return pacer.threshold(JUST_ENOUGH, TO_COME)


class Played:
    """A price that calls are placed at, of which as many are abandoned as was expected."""

    def __init__(self) -> None:
        self.price = RiskPrice(CAP)
        self._expected = 0.0

    def placed(self, gain: float, risk: float) -> None:
        self.price.placed(gain, risk)
        self._expected += risk
        while self._expected >= 1.0:
            self._expected -= 1.0
            self.price.abandoned()


def test_a_cold_start_has_the_first_price() -> None:
    assert price(RiskPrice(CAP)) == pytest.approx(FIRST_PRICE_PER_CAP * CAP)
    assert price(RiskPrice(CAP)) > FROZEN


def test_the_more_is_left_the_more_an_answer_may_cost_up_to_three_times_the_haste() -> None:
    prices = [RiskPrice(CAP).threshold(budget, TO_COME) for budget in (-12.0, -3.0, 0.0, 3.0, 12.0, 25.0)]
    assert prices == sorted(prices)
    assert len(set(prices)) == len(prices)
    most = FIRST_PRICE_PER_CAP * CAP * MOST_HASTE**0.5
    assert RiskPrice(CAP).threshold(1000.0, TO_COME) == RiskPrice(CAP).threshold(2000.0, TO_COME) == pytest.approx(most)


def test_at_the_end_what_is_left_is_all_there_is_to_go_by() -> None:
    assert RiskPrice(CAP).threshold(0.2, 0.0) < RiskPrice(CAP).threshold(0.2, TO_COME)
    assert RiskPrice(CAP).threshold(3.0, 0.0) > RiskPrice(CAP).threshold(3.0, TO_COME)


def test_what_is_overspent_makes_the_price_fall_until_nothing_more_is_gained_by_it() -> None:
    one, six, twenty = (RiskPrice(CAP).threshold(-debt, 10_000.0) for debt in (1.0, 6.0, 20.0))
    assert six < one / 4
    assert twenty == pytest.approx(six, rel=0.05)


def test_calls_that_cost_less_than_they_earn_let_the_next_cost_more_and_the_other_way_round() -> None:
    cheap, dear = RiskPrice(CAP), RiskPrice(CAP)
    before = price(cheap)
    for _ in range(200):
        cheap.placed(gain=0.3, risk=0.0)
        dear.placed(gain=0.3, risk=0.05)
    assert price(dear) < before < price(cheap)


def test_the_price_settles_where_calls_cost_what_they_earn() -> None:
    played = Played()
    for _ in range(20_000):
        played.placed(gain=0.3, risk=0.3 * 0.1 * price(played.price))  # the average call costs a tenth of the last
    assert 0.1 * price(played.price) == pytest.approx(CAP, rel=0.01)


def test_people_who_are_abandoned_more_often_than_was_expected_make_calls_dearer() -> None:
    foreseen, surprised = RiskPrice(CAP), RiskPrice(CAP)
    for n in range(200):
        for pacer in (foreseen, surprised):
            pacer.placed(gain=0.3, risk=0.05)
        if n % 20 == 0:
            foreseen.abandoned()
        if n % 5 == 0:
            surprised.abandoned()
    assert price(surprised) < price(foreseen)


def test_it_learns_down_to_a_lowest_and_up_to_one() -> None:
    dear, free = Played(), RiskPrice(CAP)
    for _ in range(5000):
        dear.placed(gain=0.3, risk=0.3)
        free.placed(gain=1.0, risk=0.0)
    assert price(dear.price) == pytest.approx(LOWEST_PER_CAP * CAP)
    assert price(free) == pytest.approx(1.0)
    assert free.threshold(1000.0, TO_COME) == HIGHEST


@given(
    st.floats(0.0, 0.5),
    st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(-1e-12, 5.0), st.booleans()), max_size=20),
    st.floats(-1e4, 1e4),
    st.floats(0.0, 1e6),
)
def test_it_is_a_price_whatever_happens(
    cap: float, placed: list[tuple[float, float, bool]], budget: float, to_come: float
) -> None:
    pacer = RiskPrice(cap)
    for gain, risk, abandoned in placed:
        pacer.placed(gain, risk)
        if abandoned:
            pacer.abandoned()
        pacer.threshold(budget, to_come)
    found = pacer.threshold(budget, to_come)
    assert isfinite(found)
    assert 0.0 < found <= HIGHEST


def test_where_each_half_hour_must_keep_the_cap_half_of_it_is_spent_whatever_is_left_of_the_day() -> None:
    each = RiskPrice(CAP, half_hour=True)
    assert {each.threshold(budget, TO_COME) for budget in (-5.0, 0.0, 20.0)} == {price(RiskPrice(CAP / 2))}
    played = Played()
    played.price = each
    for _ in range(2000):
        played.placed(0.3, 0.3 * CAP)
    assert price(each) < price(RiskPrice(CAP / 2))
