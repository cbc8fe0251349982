"""Indicators: what there are, what they come to, and the facts behind."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, StringConstraints

from cti_api.border import Day, Line, Slug
from cti_api.errors import Conflict, InputError
from cti_api.figures import BEGINNING, Figures, Question, indicator, may_answer, refuse
from cti_api.kpi.answer import Answer
from cti_api.kpi.behind import Behind
from cti_api.kpi.facts import Scope
from cti_api.kpi.indicators import INDICATORS, Indicator
from cti_api.kpi.measures import Measure, Split
from cti_api.store.kpi_rebuild import Standing
from cti_api.store.kpi_rows import MARK
from cti_api.web import paging
from cti_api.web.attempts import Separator
from cti_api.web.handed import Everything
from cti_api.web.kpi_csv import csv_of
from cti_api.web.kpi_shown import IndicatorCard, RowBehind, card_of, row_of
from cti_api.web.media import CSV

router = APIRouter(prefix="/kpi", tags=["indicators"])

MOST_ROWS: Final = 500
MOST_DAYS: Final = 731
"""Days that are told apart at once: for one agent or brand each of them is looked up."""

IndicatorId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,39}$")]
Month = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]


class Format(StrEnum):
    JSON = "json"
    CSV = "csv"


class CountingNow(BaseModel):
    """How far counting has come."""

    state: Literal["emptying", "counting", "whole"]
    """`emptying`: what was counted is being forgotten; `whole`: figures are told."""
    counted: int
    """The number of the last event that is counted."""
    goal: int
    """Of the one up to which has to be."""


class Asking(BaseModel):
    """What may be asked of figures."""

    first: date
    last: date
    by: Split | None
    scope: Scope | None
    of: str
    where: dict[Split, str]
    named: bool
    """Something was said of it; else it is of this month."""

    def question(self) -> Question:
        """Raises `InputError` for two values at once."""
        if len(self.where) > 1:
            raise InputError("Figures are of one brand, agent, list, service or reason at a time.")
        return Question(
            first=self.first,
            last=self.last,
            by=self.by,
            scope=self.scope,
            of=self.of,
            where=next(iter(self.where.items()), None),
        )


def _figures(handed: Everything) -> Figures:
    if handed.figures is None:
        raise Conflict("No figures are counted here.")
    return handed.figures


Kept = Annotated[Figures, Depends(_figures)]


def _asking(
    handed: Everything,
    kept: Kept,
    first: Annotated[Day | None, Query(alias="from", description="First day, in the company's time zone.")] = None,
    last: Annotated[Day | None, Query(alias="to", description="Last day, included; without it today.")] = None,
    month: Annotated[Month | None, Query(description="Instead of two days: `2026-11`.")] = None,
    by: Annotated[Split | None, Query(description="What it is told apart by.")] = None,
    campaign: Slug | None = None,
    queue: Slug | None = None,
    survey: Slug | None = None,
    brand: Line | None = None,
    agent: Line | None = None,
    list_: Annotated[Line | None, Query(alias="list")] = None,
    service: Line | None = None,
    reason: Line | None = None,
) -> Asking:
    """Without days: this month, up to today."""
    scopes = {Scope.CAMPAIGN: campaign, Scope.QUEUE: queue, Scope.SURVEY: survey}
    chosen = [(scope, of) for scope, of in scopes.items() if of is not None]
    if len(chosen) > 1:
        raise InputError("Figures are of one campaign, queue or survey at a time.")
    scope, of = chosen[0] if chosen else (None, "")
    splits = {
        Split.BRAND: brand, Split.AGENT: agent, Split.LIST: list_, Split.SERVICE: service, Split.REASON: reason
    }  # fmt: skip
    where = {split: value for split, value in splits.items() if value is not None}
    named = any(each is not None for each in (first, last, month, by, scope)) or bool(where)
    begins, ends = _days(first, last, month, handed.clock.now().astimezone(kept.zone).date())
    refuse_days(by, begins, ends)
    return Asking(first=begins, last=ends, by=by, scope=scope, of=of, where=where, named=named)


def has_too_many_days(by: Split | None, first: date, last: date) -> bool:
    """Whether more days are to be told apart than anybody looks at."""
    return by is Split.DAY and (last - first).days >= MOST_DAYS


def refuse_days(by: Split | None, first: date, last: date) -> None:
    """Raise `InputError` where there are too many."""
    if has_too_many_days(by, first, last):
        raise InputError(f"By day at most two years, {MOST_DAYS} days, are told apart: ask for fewer, or by month.")


def _days(first: date | None, last: date | None, month: str | None, today: date) -> tuple[date, date]:
    if month is not None:
        if first is not None or last is not None:
            raise InputError("Ask for a month, or for days.")
        begins = date.fromisoformat(f"{month}-01")
        return begins, (begins + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    ends = last or (max(today, first) if first is not None else today)
    begins = first or ends.replace(day=1)
    if begins > ends:
        raise InputError("The first day is after the last.")
    return begins, ends


Asked = Annotated[Asking, Depends(_asking)]


@router.get("", response_model=list[IndicatorCard], responses={200: {"content": {CSV: {}}}})
async def indicators(
    kept: Kept,
    asked: Asked,
    only: Annotated[tuple[IndicatorId, ...], Query(alias="id", max_length=100)] = (),
    format: Format = Format.JSON,  # noqa: A002 - the query's own name
    separator: Separator = Separator.COMMA,
) -> Any:
    """Every indicator there is, or those of these ids. Where something is asked about a time, a campaign … each comes
    with its answer; of all together those without one are told without."""
    wanted = [indicator(each) for each in dict.fromkeys(only)] or list(INDICATORS.values())
    answers: dict[str, Answer] = {}
    if asked.named or format is Format.CSV:
        question = asked.question()
        answers = await kept.ask([each.id for each in wanted if only or may_answer(each, question)], question)
    if format is Format.CSV:
        return await _csv(wanted, kept, asked, answers, separator, "indicadores")
    return [card_of(each, kept, asked.first, asked.last, answers.get(each.id)) for each in wanted]


@router.get("/counting")
async def counting(handed: Everything) -> CountingNow:
    """How far counting has come. Until all is counted figures are refused (503): they would be of a part."""
    return _counting(await handed.store.kpi.standing())


@router.post("/rebuild", status_code=HTTPStatus.ACCEPTED)
async def rebuild(handed: Everything, kept: Kept) -> CountingNow:
    """Forget all that was counted and count it anew from the events, beside everything else. It ends with the same rows
    unless something was wrong with them; `GET /kpi/counting` says how far it is."""
    del kept
    await handed.store.kpi.rebuild()
    return _counting(await handed.store.kpi.standing())


def _counting(standing: Standing) -> CountingNow:
    state: Literal["emptying", "counting", "whole"] = "whole" if standing.is_whole else "counting"
    return CountingNow(
        state="emptying" if standing.emptying else state, counted=standing.counted, goal=standing.goal
    )  # fmt: skip


@router.get("/{indicator_id}", response_model=IndicatorCard, responses={200: {"content": {CSV: {}}}})
async def figure(
    indicator_id: IndicatorId,
    kept: Kept,
    asked: Asked,
    format: Format = Format.JSON,  # noqa: A002 - the query's own name
    separator: Separator = Separator.COMMA,
) -> Any:
    """One indicator with its answer: value, interval, beside its target, and the counts behind."""
    wanted = indicator(indicator_id)
    answers = await kept.ask([wanted.id], asked.question())
    if format is Format.CSV:
        return await _csv([wanted], kept, asked, answers, separator, wanted.id)
    return card_of(wanted, kept, asked.first, asked.last, answers[wanted.id])


@router.get("/{indicator_id}/rows")
async def rows(
    indicator_id: IndicatorId,
    handed: Everything,
    kept: Kept,
    asked: Asked,
    request: Request,
    response: Response,
    hour: Annotated[int | None, Query(ge=0, le=23)] = None,
    measure: Annotated[tuple[Measure, ...], Query(description="Only what counts for one of these.")] = (),
    after: paging.After = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 100,
) -> list[RowBehind]:
    """The facts that the figure was made of, newest first. What is rare is looked for page by page: one may be short,
    or empty, and have another after it."""
    wanted = indicator(indicator_id)
    await kept.refuse_parts()
    where = dict(asked.where)
    refuse(wanted, Question(first=asked.first, last=asked.last, by=asked.by, scope=asked.scope, of=asked.of))
    if hour is not None:
        where[Split.HOUR] = str(hour)
    strangers = set(measure) - set(wanted.formula.measures)
    if strangers:
        raise InputError(f"{wanted.id} is not made of {', '.join(sorted(strangers))}.")
    behind = Behind(
        measures=frozenset(measure or wanted.formula.measures),
        first=BEGINNING if wanted.from_beginning else asked.first,
        last=asked.last,
        scope=asked.scope,
        of=asked.of,
        where=where,
    )
    found, following = await handed.store.kpi_rows.page(behind, kept.zone, paging.mark_of(after, MARK), limit)
    if following is not None:
        paging.say_next(request, response, following)
    return [row_of(fact, wanted, kept) for fact in found]


async def _csv(
    wanted: list[Indicator],
    kept: Figures,
    asked: Asking,
    answers: Mapping[str, Answer],
    separator: Separator,
    name: str,
) -> Response:
    """Every group, however many: in a spreadsheet nobody sees what was left out. Off the loop, where calls go on."""
    cards = (card_of(each, kept, asked.first, asked.last, answers.get(each.id), most=None) for each in wanted)
    text = await asyncio.to_thread(csv_of, cards, "," if separator is Separator.COMMA else ";")
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)
