"""Answers what a figure is, of which days, told apart by what: the one way in which board, API, reports and Prometheus
come to a number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

from cti_api.clock import Clock
from cti_api.errors import InputError, StillCounting
from cti_api.kpi.answer import Answer, answer
from cti_api.kpi.facts import Scope
from cti_api.kpi.indicators import INDICATORS, Indicator, Target
from cti_api.kpi.measures import Measure, Split
from cti_api.kpi.seats import SEATS, so_far, told_apart
from cti_api.kpi_goals import Goals
from cti_api.store.kpi import Asked, Kpi, Sums

OF_ALL: Final = frozenset({Split.HOUR, Split.DAY, Split.MONTH})
"""By these every indicator may be told apart that is of a span of time."""
OWN_SPLIT: Final = {Scope.CAMPAIGN: Split.CAMPAIGN, Scope.QUEUE: Split.QUEUE, Scope.SURVEY: Split.SURVEY}
"""What tells the things of a scope apart."""
BEGINNING: Final = date(2000, 1, 1)
"""Before everything that was ever counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Of which days, `first` and `last` included, in the company's time zone; whose; told apart by what."""

    first: date
    last: date
    by: Split | None = None
    scope: Scope | None = None
    of: str = ""
    """The campaign, queue or survey; with `scope`."""
    where: tuple[Split, str] | None = None
    """Only of this brand, agent …"""


class Figures:
    """Answers questions about figures."""

    def __init__(
        self,
        kpi: Kpi,
        zone: tzinfo,
        targets: Mapping[str, Target],
        clock: Clock | None = None,
        goals: Goals | None = None,
    ) -> None:
        """`zone`: the company's; `targets`: the settings', before the indicators' own; `goals`: of one campaign or
        queue, what its own file promises, before both. With a `clock` the states that agents are in count up to now;
        without one, those that are over alone."""
        self.zone = zone
        self._kpi, self._targets, self._clock, self._goals = kpi, targets, clock, goals

    async def ask(self, ids: Iterable[str], question: Question) -> dict[str, Answer]:
        """The answer for each of the indicators. Raises `InputError` for one that there is not, or a split or scope
        that it does not have, `StillCounting` while everything is counted anew."""
        wanted = [indicator(each) for each in dict.fromkeys(ids)]
        for each in wanted:
            refuse(each, question)
        await self.refuse_parts()
        seen = await self._kpi.seen()
        spans = [each for each in wanted if not each.from_beginning]
        answers = await self._answers(spans, question, seen)
        answers |= await self._answers(
            [each for each in wanted if each.from_beginning], replace(question, first=BEGINNING), seen
        )
        return {each.id: answers[each.id] for each in wanted}

    async def refuse_parts(self) -> None:
        """Raise `StillCounting` while figures would be of a part of what happened."""
        standing = await self._kpi.standing()
        if not standing.is_whole:
            done = 0 if standing.emptying else standing.counted
            raise StillCounting(
                f"The figures are being counted anew, {done} of {standing.goal} events: ask again later."
            )

    def target(self, asked: Indicator) -> Target | None:
        """What it is to reach, of everything: as the settings say, else its own."""
        return self._targets.get(asked.id, asked.target)

    async def _answers(
        self, wanted: list[Indicator], question: Question, seen: frozenset[Measure]
    ) -> dict[str, Answer]:
        """Of these, all by one look at the sums."""
        if not wanted:
            return {}
        asked = Asked(
            measures=tuple(dict.fromkeys(measure for each in wanted for measure in each.formula.measures)),
            first=question.first,
            last=question.last,
            by=question.by,
            scope=question.scope,
            of=question.of,
            where=question.where,
        )
        sums = await self._sums(asked)
        goals = await self._goals.of(question.scope, question.of) if self._goals is not None else {}
        seen |= {measure for own in sums.values() for measure in own}  # an agent's very first state is not over yet
        return {
            each.id: answer(each, _own(each, sums), seen, by=question.by, target=goals.get(each.id, self.target(each)))
            for each in wanted
        }

    async def _sums(self, asked: Asked) -> Sums:
        """With what agents' states come to that are not over: who has been ready since nine has been so until now."""
        if self._clock is None or asked.scope is not None or SEATS.isdisjoint(asked.measures):
            return await self._kpi.sums(asked)
        begins = datetime.combine(asked.first, time(), self.zone)
        ends = min(self._clock.now(), datetime.combine(asked.last + timedelta(days=1), time(), self.zone))
        if ends <= begins:
            return await self._kpi.sums(asked)
        sums, stays = await self._kpi.sums_and_stays(asked)
        facts = so_far(stays, begins, ends, self.zone)
        for group, measure, amount in told_apart(facts, asked.by, asked.where, self.zone):
            if measure in asked.measures:
                own = sums.setdefault(group, {})
                own[measure] = own.get(measure, 0.0) + amount
        return sums


def _own(asked: Indicator, sums: Sums) -> Sums:
    """Of the sums that were asked for together, the groups in which there is anything of this indicator's."""
    mine = asked.formula.measures
    found = {
        group: {measure: counts[measure] for measure in mine if measure in counts} for group, counts in sums.items()
    }
    return {group: counts for group, counts in found.items() if counts}


def indicator(name: str) -> Indicator:
    """The indicator of that name. Raises `InputError` that names them all."""
    if (found := INDICATORS.get(name)) is None:
        raise InputError(f"There is no indicator {name!r}; there are {', '.join(sorted(INDICATORS))}.")
    return found


def splits_of(asked: Indicator) -> frozenset[Split]:
    """By what it may be told apart."""
    return asked.splits if asked.from_beginning else asked.splits | OF_ALL


def refuse(asked: Indicator, question: Question) -> None:
    """Raise `InputError` for a question that the indicator has no answer to."""
    refuse_split(asked, question.by)
    refuse_split(asked, question.where[0] if question.where is not None else None)
    refuse_split(asked, OWN_SPLIT[question.scope] if question.scope else None)
    if Split.SURVEY in asked.splits:
        _refuse_beside_queue(asked, question)


def _refuse_beside_queue(asked: Indicator, question: Question) -> None:
    """An answer is the survey's; which queue its call came through is told of days and surveys, beside nothing else."""
    parts = (
        question.where[0] if question.where else None,
        OWN_SPLIT[question.scope] if question.scope else None,
        question.by,
    )
    told = [each for each in parts if each not in (None, Split.DAY, Split.MONTH, Split.SURVEY)]
    if Split.QUEUE in told and len(told) > 1:
        raise InputError(f"{asked.id} is not told apart by {' and '.join(filter(None, told))} at once.")


def may_answer(asked: Indicator, question: Question) -> bool:
    """Whether the indicator has an answer to it."""
    try:
        refuse(asked, question)
    except InputError:
        return False
    return True


def refuse_split(asked: Indicator, by: Split | None) -> None:
    """Raise `InputError` for a split that the indicator does not have."""
    if by is not None and by not in splits_of(asked):
        allowed = ", ".join(sorted(splits_of(asked)))
        raise InputError(f"{asked.id} is not told apart by {by}; it is by {allowed}.")
