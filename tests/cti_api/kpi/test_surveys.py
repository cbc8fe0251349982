"""A survey's figures: what brute force gives, and intervals that hold what they promise."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import fmean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_api.kpi.proportion import Z_95, of_mean, wilson
from cti_api.kpi.surveys import Asked, AskedTally, CaseTally, Counted, QuestionFigures, figures_of, nps_interval
from cti_api.model.surveys import InvitationState, Outcome, Survey
from cti_api.survey_file.parse import parse_survey

SURVEY: Survey = parse_survey("""\
id: corta
title: Corta
timezone: America/Bogota
greeting: Hola.
questions:
  - {id: nota, kind: scale, ask: ¿Cuánto?, from: 1, to: 5, step: 0.5, figure: csat, satisfied_from: 4}
  - {id: amigo, kind: scale, ask: ¿Nos recomienda?, from: 0, to: 10, figure: nps}
  - {id: facil, kind: scale, ask: ¿Fácil?, from: 1, to: 7, figure: ces}
  - {id: vuelve, kind: yes_no, ask: ¿Vuelve?}
  - {id: algo, kind: open, ask: ¿Algo más?}
""")


def counted(question: str, scores: list[float], group: str = "") -> list[Counted]:
    return [
        Counted(group=group, question=question, value=f"{score:g}", score=score, count=count)
        for score, count in Counter(scores).items()
    ]


def of(question: str, scores: list[float]) -> QuestionFigures:
    (figures,) = figures_of(SURVEY, counted(question, scores), [Asked(group="")])
    return next(each for each in figures.questions if each.id == question)


def by_bisection(part: int, whole: int, z: float) -> tuple[float, float]:
    """Where the score test just does not refuse, found by halving: Wilson's interval by its definition."""
    share = part / whole

    def refused(p: float) -> bool:
        return abs(share - p) > z * math.sqrt(p * (1 - p) / whole)

    ends = []
    for outside in (0.0, 1.0):
        inside, far = share, outside
        if not refused(far):
            ends.append(far)
            continue
        for _ in range(80):
            middle = (inside + far) / 2
            inside, far = (inside, middle) if refused(middle) else (middle, far)
        ends.append(inside)
    return ends[0], ends[1]


@given(st.integers(0, 200), st.integers(1, 200))
def test_wilson_is_what_its_definition_gives(part: int, whole: int) -> None:
    if part > whole:
        part, whole = whole, part
    low, high = wilson(part, whole) or (2.0, -1.0)
    expected = by_bisection(part, whole, Z_95)
    assert low == pytest.approx(expected[0], abs=1e-9)
    assert high == pytest.approx(expected[1], abs=1e-9)
    assert 0 <= low <= part / whole <= high <= 1


def test_wilson_is_as_published() -> None:
    # R: prop.test(81, 263, correct = FALSE); Newcombe 1998, table I, method 3
    low, high = wilson(81, 263) or (0.0, 0.0)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    assert wilson(0, 0) is None
    with pytest.raises(ValueError, match="3 of 2"):
        wilson(3, 2)


@given(st.lists(st.integers(2, 10).map(lambda n: n / 2), min_size=1, max_size=60))
def test_csat_is_the_share_of_the_satisfied(scores: list[float]) -> None:
    found = of("nota", scores)
    satisfied = [score for score in scores if score >= 4]
    assert found.value == pytest.approx(len(satisfied) / len(scores))
    assert found.interval == wilson(len(satisfied), len(scores))
    assert found.good is (len(satisfied) / len(scores) >= 0.9)
    assert found.mean == pytest.approx(fmean(scores))
    assert sum(found.distribution.values()) == found.answered == len(scores)


@given(st.lists(st.integers(0, 10).map(float), min_size=1, max_size=60))
def test_nps_is_promoters_less_detractors(scores: list[float]) -> None:
    found = of("amigo", scores)
    worth = [1 if score >= 9 else -1 if score <= 6 else 0 for score in scores]
    assert found.value == pytest.approx(100 * fmean(worth))
    assert found.interval is not None
    # the adjusted Wald, by hand: the plain one over the answers and three more, as fractions of people
    n = len(worth) + 3
    mean = sum(worth) / n
    spread = math.sqrt((sum(abs(each) for each in worth) + 1.5) / n - mean * mean)
    assert found.interval.low == pytest.approx(max(-100, 100 * (mean - Z_95 * spread / math.sqrt(n))))
    assert found.interval.high == pytest.approx(min(100, 100 * (mean + Z_95 * spread / math.sqrt(n))))


@given(st.lists(st.integers(1, 7).map(float), min_size=2, max_size=60))
def test_ces_is_the_mean_with_its_interval(scores: list[float]) -> None:
    found = of("facil", scores)
    assert found.value == pytest.approx(fmean(scores))
    half = Z_95 * stdev(scores) / math.sqrt(len(scores))
    assert found.interval is not None
    assert found.interval.low == pytest.approx(max(1, fmean(scores) - half), abs=1e-6)
    assert found.interval.high == pytest.approx(min(7, fmean(scores) + half), abs=1e-6)


def test_the_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """Over samples of 40 drawn from known shares; seeded, so that it always comes out the same."""
    random, held = Random(5), Counter[str]()
    rounds, promoters, detractors = 2000, 0.5, 0.2
    for _ in range(rounds):
        drawn = [random.random() for _ in range(40)]
        up, down = sum(each < promoters for each in drawn), sum(each > 1 - detractors for each in drawn)
        share, net = wilson(up, 40), nps_interval(up, down, 40)
        assert share is not None
        assert net is not None
        held["share"] += share.low <= promoters <= share.high
        held["net"] += net.low <= 100 * (promoters - detractors) <= net.high
    assert {name: 0.93 <= count / rounds <= 0.975 for name, count in held.items()} == {"share": True, "net": True}


def test_nothing_answered_is_no_figure() -> None:
    (figures,) = figures_of(SURVEY, [], [Asked(group="", waiting=3)])
    assert [each.value for each in figures.questions] == [None] * 5
    assert (figures.response_rate, figures.completion_rate, figures.response_interval) == (None, None, None)
    assert of_mean(5.0, 25.0, 1, 1, 5) is None
    assert nps_interval(0, 0, 0) is None


def test_yes_and_no_have_words_and_a_scale_has_its_numbers() -> None:
    assert of("vuelve", []).labels == {"si": "Sí", "no": "No"}
    assert of("nota", []).labels == {}


def test_answers_of_an_earlier_version_that_the_question_has_no_more_are_left_out() -> None:
    found = of("nota", [4.0, 9.0])
    assert (found.answered, found.value) == (1, 1.0)


def test_areas_are_measured_by_how_long_they_take_and_how_often_they_are_late() -> None:
    now = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
    tally, hour = CaseTally(now), timedelta(hours=1)
    assert tally.figures().mean_resolution_seconds is None
    for opened, due, done in ((9, 8, 7), (9, 8, 5), (3, 1, None), (3, -1, None), (4, None, 3)):
        tally.add(now - opened * hour, due and now - due * hour, done and now - done * hour)
    found = tally.figures()
    assert (found.opened, found.done, found.late, found.mean_resolution_seconds) == (5, 3, 3, 7 / 3 * 3600)


def test_groups_are_told_apart_and_people_counted_once() -> None:
    tally = AskedTally()
    tally.add_invitations("ana", InvitationState.FINISHED, 6)
    tally.add_invitations("ana", InvitationState.PARTIAL, 2)
    tally.add_invitations("ana", InvitationState.EXPIRED, 1)
    tally.add_invitations("ana", InvitationState.WAITING, 50)
    tally.add_sittings("ana", Outcome.SILENT, 1)
    tally.add_sittings("luis", Outcome.REFUSED, 4)
    answers = [*counted("nota", [5.0, 1.0], "ana"), *counted("nota", [4.5], "luis")]
    answers.append(Counted(group="ana", question="algo", value="", score=None, count=2))
    answers.append(Counted(group="ana", question="vuelve", value="si", score=None, count=2))
    ana, luis = figures_of(SURVEY, answers, tally.asked())
    assert (ana.response_rate, ana.completion_rate) == (0.8, 0.75)
    assert (luis.response_rate, luis.completion_rate) == (0.0, None)
    assert [(each.id, each.answered) for each in ana.questions if each.answered] == [
        ("nota", 2), ("vuelve", 2), ("algo", 2),
    ]  # fmt: skip
    assert ana.questions[3].distribution == {"si": 2, "no": 0}
