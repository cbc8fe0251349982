"""What a survey's answers come to. Shares are 0..1; every interval is of 95 %.

* **CSAT** = satisfied / answered, satisfied being a score of the question's `satisfied_from` and above; with Wilson's
  interval. This is P4's satisfied / attended of those who were asked: good from `GOOD_FROM`.
* **NPS** = 100 · (promoters − detractors) / answered; promoters give 9 or 10, detractors 0 to 6. F. F. Reichheld, "The
  One Number You Need to Grow", Harvard Business Review 81 (2003). Its interval is the adjusted Wald, which adds ¾ of a
  promoter, ¾ of a detractor and 1½ passives: B. Rocks, "Interval Estimation for the Net Promoter Score", The American
  Statistician 70 (2016), 365-372. It holds where the plain one has no width: all answers alike.
* **CES** = the mean of the scale, the easier the higher (1 to 7 in its second version: M. Dixon, N. Toman, R. DeLisi,
  "The Effortless Experience", 2013); with the interval of a mean.
* **response rate** = who answered at least one question / who were asked or could be asked no more.
* **completion rate** = who answered to the end / who answered at least one question.
* **resolution time** (P3) = the mean, over cases that are done, of the time from the answer to that.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from cti_api.kpi.proportion import Z_95, Interval, of_mean, wilson
from cti_api.model.surveys import NO, YES, Figure, InvitationState, Outcome, Question, QuestionKind, Survey

GOOD_FROM: Final = 0.90
"""P4: satisfaction from here on is good, below it is low."""
PROMOTERS_FROM: Final = 9
DETRACTORS_TO: Final = 6
_ADDED_PROMOTERS, _ADDED_DETRACTORS, _ADDED = 0.75, 0.75, 3.0
"""Rocks 2016."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """So many people gave this answer."""

    group: str
    """The agent, queue or kind of service, as was asked for; empty: nothing was."""
    question: str
    value: str
    score: float | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How many were asked, and how it went. Those of an invitation are counted by it, the others by their sitting."""

    group: str
    finished: int = 0
    partial: int = 0
    refused: int = 0
    silent: int = 0
    """On the line, without an answer; and not to be asked again."""
    expired: int = 0
    """Never reached in time."""
    waiting: int = 0
    """Still to be asked."""

    @property
    def answered(self) -> int:
        return self.finished + self.partial

    @property
    def over(self) -> int:
        return self.answered + self.refused + self.silent + self.expired


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionFigures:
    """One question's answers."""

    id: str
    title: str
    kind: QuestionKind
    answered: int
    distribution: dict[str, int]
    """How many gave each answer, those that nobody gave included; empty for comments."""
    mean: float | None = None
    mean_interval: Interval | None = None
    figure: Figure | None = None
    value: float | None = None
    """CSAT 0..1, NPS −100..100, CES on the question's scale."""
    interval: Interval | None = None
    good: bool | None = None
    """CSAT: whether it is `GOOD_FROM`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyFigures:
    """A survey's, of all or of one agent, queue or kind of service."""

    group: str
    asked: Asked
    response_rate: float | None
    response_interval: Interval | None
    completion_rate: float | None
    completion_interval: Interval | None
    questions: tuple[QuestionFigures, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One answer that a figure is made of."""

    question: str
    figure: Figure
    value: float
    satisfied: bool
    """CSAT alone."""


def figures_of(survey: Survey, counted: Iterable[Counted], asked: Iterable[Asked]) -> tuple[SurveyFigures, ...]:
    """Of every group, by its name."""
    answers: dict[str, dict[str, Counter[str]]] = {}
    for each in counted:
        own = answers.setdefault(each.group, {}).setdefault(each.question, Counter())
        own[_canonical(each)] += each.count
    people = {each.group: each for each in asked}
    groups = sorted(answers.keys() | people.keys())
    return tuple(_of_group(survey, group, answers.get(group, {}), people.get(group)) for group in groups)


def _canonical(counted: Counted) -> str:
    return counted.value if counted.score is None else f"{counted.score:g}"


def _of_group(survey: Survey, group: str, answers: Mapping[str, Counter[str]], asked: Asked | None) -> SurveyFigures:
    asked = asked or Asked(group=group)
    return SurveyFigures(
        group=group,
        asked=asked,
        response_rate=_share(asked.answered, asked.over),
        response_interval=wilson(asked.answered, asked.over),
        completion_rate=_share(asked.finished, asked.answered),
        completion_interval=wilson(asked.finished, asked.answered),
        questions=tuple(_of_question(question, answers.get(question.id, Counter())) for question in survey.questions),
    )


def _of_question(question: Question, answers: Mapping[str, int]) -> QuestionFigures:
    """Answers that the question does not know any more, from an earlier version of the file, are not counted."""
    known = _values(question)
    distribution = {value: answers.get(value, 0) for value in known}
    plain = QuestionFigures(
        id=question.id,
        title=question.title,
        kind=question.kind,
        answered=answers.get("", 0) if question.kind is QuestionKind.OPEN else sum(distribution.values()),
        distribution=distribution,
    )
    if question.kind is not QuestionKind.SCALE or not plain.answered:
        return plain if question.figure is None else replace(plain, figure=question.figure)
    scores = {float(value): count for value, count in distribution.items() if count}
    total = math.fsum(score * count for score, count in scores.items())
    squares = math.fsum(score * score * count for score, count in scores.items())
    mean_interval = of_mean(total, squares, plain.answered, question.low, question.high)
    found = replace(plain, mean=total / plain.answered, mean_interval=mean_interval, figure=question.figure)
    match question.figure:
        case Figure.CSAT:
            satisfied = sum(count for score, count in scores.items() if is_satisfied(question, score))
            share = satisfied / plain.answered
            return replace(found, value=share, interval=wilson(satisfied, plain.answered), good=share >= GOOD_FROM)
        case Figure.NPS:
            promoters = sum(count for score, count in scores.items() if score >= PROMOTERS_FROM)
            detractors = sum(count for score, count in scores.items() if score <= DETRACTORS_TO)
            return replace(
                found,
                value=100.0 * (promoters - detractors) / plain.answered,
                interval=nps_interval(promoters, detractors, plain.answered),
            )
        case Figure.CES:
            return replace(found, value=found.mean, interval=mean_interval)
        case None:
            return found


def is_satisfied(question: Question, score: float) -> bool:
    """Of a CSAT question's score."""
    return score >= (question.satisfied_from if question.satisfied_from is not None else question.high)


def scores_of(survey: Survey, answers: Mapping[str, float | None]) -> tuple[Score, ...]:
    """What one person's answers, by question, count for; a score that the question does not know counts nowhere."""
    return tuple(
        Score(
            question=question.id,
            figure=question.figure,
            value=score,
            satisfied=question.figure is Figure.CSAT and is_satisfied(question, score),
        )
        for question in survey.questions
        if question.figure is not None and question.kind is QuestionKind.SCALE
        if (score := answers.get(question.id)) is not None and f"{score:g}" in _values(question)
    )


def nps_interval(promoters: int, detractors: int, answered: int) -> Interval | None:
    """The adjusted Wald of the net promoter score, −100..100; None of nothing."""
    if not answered:
        return None
    whole = answered + _ADDED
    up, down = (promoters + _ADDED_PROMOTERS) / whole, (detractors + _ADDED_DETRACTORS) / whole
    net = up - down
    half = Z_95 * math.sqrt((up + down - net * net) / whole)
    return Interval(100 * max(-1.0, net - half), 100 * min(1.0, net + half))


def _values(question: Question) -> Sequence[str]:
    match question.kind:
        case QuestionKind.SCALE:
            steps = round((question.high - question.low) / question.step)
            return [f"{question.low + place * question.step:g}" for place in range(steps + 1)]
        case QuestionKind.YES_NO:
            return (YES, NO)
        case QuestionKind.CHOICE:
            return [choice.value for choice in question.choices]
        case QuestionKind.OPEN:
            return ()


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFigures:
    """How areas saw to what they were told."""

    opened: int
    done: int
    late: int
    """Done after they were due, or due and not done."""
    mean_resolution_seconds: float | None
    """Of those that are done, by the clock, nights included; None while none is."""


class CaseTally:
    """Adds up cases one at a time, in any order."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._opened = self._done = self._late = 0
        self._seconds = 0.0

    def add(self, opened_at: datetime, due_at: datetime | None, done_at: datetime | None) -> None:
        self._opened += 1
        self._late += due_at is not None and (done_at or self._now) > due_at
        if done_at is not None:
            self._done += 1
            self._seconds += (done_at - opened_at).total_seconds()

    def figures(self) -> CaseFigures:
        mean = self._seconds / self._done if self._done else None
        return CaseFigures(opened=self._opened, done=self._done, late=self._late, mean_resolution_seconds=mean)


@dataclass(slots=True)
class AskedTally:
    """Adds up who was asked, group by group: each invitation once, and each sitting that has none."""

    _counts: dict[str, Counter[str]] = field(default_factory=dict)

    def add_invitations(self, group: str, state: InvitationState, count: int) -> None:
        self._add(group, state.value, count)

    def add_sittings(self, group: str, outcome: Outcome, count: int) -> None:
        """Of sittings without an invitation that are over."""
        self._add(group, outcome.value, count)

    def asked(self) -> tuple[Asked, ...]:
        return tuple(Asked(group=group, **counts) for group, counts in self._counts.items())

    def _add(self, group: str, what: str, count: int) -> None:
        self._counts.setdefault(group, Counter())[what] += count
