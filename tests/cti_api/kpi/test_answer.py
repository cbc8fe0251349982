"""Answers: a value beside its target, and what is not known."""

import pytest

from cti_api.kpi.answer import Judged, answer, judged
from cti_api.kpi.indicators import INDICATORS, Target
from cti_api.kpi.measures import Measure, Split

EFFECTIVENESS = INDICATORS["effectiveness"]
SEEN = frozenset({Measure.EFFECTIVE, Measure.CALLS_MADE})


def counts(effective: int, made: int) -> dict[Measure, float]:
    return {Measure.EFFECTIVE: effective, Measure.CALLS_MADE: made}


def test_an_indicator_without_facts_says_which_it_lacks_instead_of_zero():
    told = answer(INDICATORS["retention"], {}, SEEN)
    assert told.figures == ()
    assert told.lacking == (Measure.CONTRACTS_RENEWED, Measure.CONTRACTS_DUE)


def test_once_a_call_was_closed_nobody_abandoned_is_none_and_not_unknown():
    told = answer(INDICATORS["abandonment"], {"": {Measure.LIVE_ANSWERS: 40}},
                  frozenset({Measure.ATTEMPTS, Measure.LIVE_ANSWERS}))  # fmt: skip
    assert (told.lacking, told.figures[0].value, told.figures[0].judged) == ((), 0.0, Judged.GOOD)


def test_hours_come_in_their_order():
    told = answer(EFFECTIVENESS, {"10": counts(1, 2), "9": counts(1, 2), "21": counts(1, 2)}, SEEN, by=Split.HOUR)
    assert [each.group for each in told.figures] == ["9", "10", "21"]


def test_where_nothing_happened_in_this_time_there_is_no_value_and_nothing_lacks():
    told = answer(EFFECTIVENESS, {}, SEEN)
    assert told.lacking == ()
    assert [(each.group, each.value) for each in told.figures] == [("", None)]


def test_a_group_each_with_what_stands_behind_it():
    told = answer(EFFECTIVENESS, {"b": counts(1, 4), "a": counts(3, 4)}, SEEN, by=Split.BRAND)
    assert [(each.group, each.value) for each in told.figures] == [("a", 0.75), ("b", 0.25)]
    assert told.figures[0].counts == counts(3, 4)


@pytest.mark.parametrize(
    ("value", "target", "said"),
    [
        (0.90, Target(good=0.90), Judged.GOOD),
        (0.8999, Target(good=0.90), Judged.BAD),
        (0.75, Target(good=0.80, low=0.70), Judged.WATCH),
        (0.69, Target(good=0.80, low=0.70), Judged.BAD),
        (0.03, Target(good=0.03, higher_is_better=False), Judged.GOOD),
        (0.031, Target(good=0.03, higher_is_better=False), Judged.BAD),
        (0.04, Target(good=0.03, low=0.05, higher_is_better=False), Judged.WATCH),
    ],
)
def test_a_value_beside_its_target(value, target, said):
    assert judged(value, target) is said


def test_the_settings_target_goes_before_the_indicators_own():
    told = answer(INDICATORS["csat"], {"": {Measure.CSAT_SATISFIED: 8, Measure.CSAT_ANSWERS: 10}},
                  frozenset({Measure.CSAT_SATISFIED, Measure.CSAT_ANSWERS}), target=Target(good=0.8))  # fmt: skip
    assert told.figures[0].judged is Judged.GOOD


def test_the_best_hour_is_the_surest_and_not_the_luckiest():
    told = answer(EFFECTIVENESS, {"9": counts(1, 1), "10": counts(60, 100), "11": counts(40, 100)}, SEEN, by=Split.HOUR)
    assert told.best == "10"


def test_of_two_alike_none_is_the_best():
    same = {"9": counts(30, 50), "10": counts(30, 50), "11": counts(1, 50)}
    assert answer(EFFECTIVENESS, same, SEEN, by=Split.HOUR).best is None


def test_of_too_few_there_is_no_best():
    assert answer(EFFECTIVENESS, {"9": counts(5, 5)}, SEEN, by=Split.HOUR).best is None


def test_a_target_looks_the_way_its_indicator_does():
    with_target = [each for each in INDICATORS.values() if each.target is not None]
    assert all(each.target.higher_is_better is each.higher_is_better for each in with_target)
    assert {each.id for each in with_target if not each.higher_is_better} == {"abandonment"}


def test_where_less_is_better_the_best_has_surely_the_least():
    abandonment = INDICATORS["abandonment"]
    sums = {
        "a": {Measure.ABANDONED: 0, Measure.LIVE_ANSWERS: 20},
        "b": {Measure.ABANDONED: 2, Measure.LIVE_ANSWERS: 1000},
    }
    seen = frozenset(abandonment.formula.measures)
    assert answer(abandonment, sums, seen, by=Split.CAMPAIGN).best == "b"
