"""Formulas: what is shown is what is computed."""

import pytest

from cti_api.kpi.formula import Formula, Spread
from cti_api.kpi.measures import Measure
from cti_api.kpi.proportion import wilson

SHARE = Formula(part={Measure.EFFECTIVE: 1}, whole={Measure.CALLS_MADE: 1}, spread=Spread.WILSON)
NPS = Formula(
    part={Measure.NPS_PROMOTERS: 1, Measure.NPS_DETRACTORS: -1},
    whole={Measure.NPS_ANSWERS: 1},
    times=100,
    spread=Spread.NPS,
)


def test_a_share_is_one_sum_over_another():
    assert SHARE.value({Measure.EFFECTIVE: 3, Measure.CALLS_MADE: 12}) == 0.25
    assert SHARE.interval({Measure.EFFECTIVE: 3, Measure.CALLS_MADE: 12}) == wilson(3, 12)


def test_of_nothing_there_is_no_share():
    assert SHARE.value({}) is None
    assert SHARE.interval({}) is None


def test_a_sum_alone_is_zero_of_nothing():
    assert Formula(part={Measure.CALLS_MADE: 1}).value({}) == 0.0


def test_promoters_less_detractors():
    counts = {Measure.NPS_PROMOTERS: 6, Measure.NPS_DETRACTORS: 2, Measure.NPS_ANSWERS: 10}
    assert NPS.value(counts) == pytest.approx(40.0)
    low, high = NPS.interval(counts)
    assert -100 <= low < 40 < high <= 100


def test_scores_have_the_interval_of_their_mean():
    formula = Formula(
        part={Measure.CES_TOTAL: 1},
        whole={Measure.CES_ANSWERS: 1},
        spread=Spread.MEAN,
        squares=Measure.CES_SQUARES,
    )
    counts = {Measure.CES_TOTAL: 4 + 5 + 6, Measure.CES_ANSWERS: 3, Measure.CES_SQUARES: 16 + 25 + 36}
    low, high = formula.interval(counts)
    assert (low + high) / 2 == pytest.approx(formula.value(counts)) == pytest.approx(5.0)
    assert high - low == pytest.approx(2 * 1.959963984540054 / 3**0.5)


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        (SHARE, "effective / calls_made"),
        (NPS, "100 × (nps_promoters − nps_detractors) / nps_answers"),
        (Formula(part={Measure.CALLS_MADE: 1}), "calls_made"),
        (
            Formula(
                part={Measure.APPOINTMENTS_KEPT: 1},
                whole={Measure.APPOINTMENTS_KEPT: 1, Measure.APPOINTMENTS_MISSED: 1},
            ),
            "appointments_kept / (appointments_kept + appointments_missed)",
        ),
    ],
)
def test_a_formula_can_be_read(formula, words):
    assert formula.words(lambda measure: measure.value) == words
