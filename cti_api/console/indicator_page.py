"""The indicators: what each comes to, of everything or of one campaign, queue or survey, and what is behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import StringConstraints

from cti_api.border import Day
from cti_api.console.shown import page
from cti_api.figures import BEGINNING, Question, indicator, may_answer, refuse
from cti_api.kpi import written
from cti_api.kpi.behind import COUNTED_IN, Behind
from cti_api.kpi.facts import FactKind, Scope
from cti_api.kpi.indicators import INDICATORS, Indicator
from cti_api.kpi.measures import Split
from cti_api.kpi.words import MEASURES, SPLITS
from cti_api.store.kpi_rows import MARK
from cti_api.web import paging
from cti_api.web.handed import Everything, Handed
from cti_api.web.kpi import IndicatorId, Kept, has_too_many_days, refuse_days
from cti_api.web.kpi_shown import IndicatorCard, card_of

router = APIRouter(prefix="/tablero/indicadores", include_in_schema=False)

MOST_ROWS: Final = 50
SCRIPT: Final = "board/indicators.js"
_SIGNS: Final = {"good": "good", "watch": "warn", "bad": "bad"}
_GROUPS: Final = (
    ("outbound", frozenset({FactKind.CALL})),
    ("outbound", frozenset({FactKind.LEAD})),
    ("inbound", frozenset({FactKind.CALLER})),
    ("agents", frozenset({FactKind.CALL, FactKind.CALLER})),
    ("agents", frozenset({FactKind.SEAT})),
    ("appointments", frozenset({FactKind.APPOINTMENT})),
    ("surveys", frozenset({FactKind.SITTING})),
    ("cases", frozenset({FactKind.CASE})),
    ("cases", frozenset({FactKind.CONTRACT})),
)
"""Under which heading an indicator stands, by the facts that tell of the first of its measures."""

Of = Annotated[str, StringConstraints(pattern=r"^(|(campaign|queue|survey):[a-z][a-z0-9-]{0,39})$")]
"""Whose figures: ``queue:soporte``; empty: everything's."""


class Chosen:
    """What whoever looks has chosen: the days, and whose."""

    def __init__(self, first: date, last: date, today: date, of: str) -> None:
        self.first, self.last, self.today, self.of = first, last, today, of

    def question(self, by: Split | None = None) -> Question:
        scope, _, name = self.of.partition(":")
        return Question(first=self.first, last=self.last, by=by, scope=Scope(scope) if scope else None, of=name)

    @property
    def query(self) -> str:
        """For the links of the page; the days and names need no escaping."""
        return f"from={self.first}&to={self.last}&of={self.of}"

    @property
    def spans(self) -> list[tuple[str, date, date]]:
        """Days that are asked for often."""
        month = self.today.replace(day=1)
        before, yesterday = month - timedelta(days=1), self.today - timedelta(days=1)
        return [
            ("today", self.today, self.today),
            ("yesterday", yesterday, yesterday),
            ("month", month, self.today),
            ("last_month", before.replace(day=1), before),
        ]


def _chosen(
    handed: Everything,
    kept: Kept,
    first: Annotated[Day | None, Query(alias="from")] = None,
    last: Annotated[Day | None, Query(alias="to")] = None,
    of: Of = "",
) -> Chosen:
    """Without days this month, up to today; the earlier of two is the first."""
    today = handed.clock.now().astimezone(kept.zone).date()
    ends = last or today
    begins = first or ends.replace(day=1)
    return Chosen(min(begins, ends), max(begins, ends), today, of)


Asked = Annotated[Chosen, Depends(_chosen)]


@router.get("")
async def indicators(request: Request, handed: Everything, kept: Kept, asked: Asked) -> Response:
    """All that can be told of what was chosen."""
    question = asked.question()
    able = [each for each in INDICATORS.values() if may_answer(each, question)]
    answers = await kept.ask([each.id for each in able], question)
    groups: dict[str, list[IndicatorCard]] = {}
    for each in able:
        card = card_of(each, kept, asked.first, asked.last, answers[each.id])
        groups.setdefault(_group(each), []).append(card)
    return _page(request, "indicators.html", asked=asked, groups=groups, scopes=await _scopes(handed))


@router.get("/{indicator_id}")
async def behind(
    indicator_id: IndicatorId, request: Request, handed: Everything, kept: Kept, asked: Asked,
    by: Split | None = None, after: paging.After = None,
) -> Response:  # fmt: skip
    """One of them, told apart, with the facts that it was made of."""
    wanted = indicator(indicator_id)
    refuse(wanted, asked.question(by))
    refuse_days(by, asked.first, asked.last)
    answers = await kept.ask([wanted.id], asked.question(by))
    whose = asked.question()
    facts, following = await handed.store.kpi_rows.page(
        Behind(
            measures=frozenset(wanted.formula.measures),
            first=BEGINNING if wanted.from_beginning else whose.first,
            last=whose.last,
            scope=whose.scope,
            of=whose.of,
        ),
        kept.zone,
        paging.mark_of(after, MARK),
        MOST_ROWS,
    )
    return _page(
        request, "indicator.html", asked=asked, by=by, card=card_of(wanted, kept, asked.first, asked.last,
        answers[wanted.id]), facts=facts, following=paging.word_of(following) if following is not None else None,
        splits=_in_order(wanted, asked), zone=kept.zone, group_said=partial(_said, await _names(handed)),
    )  # fmt: skip


def _page(request: Request, template: str, **values: Any) -> Response:
    return page(
        request, template, script=SCRIPT, signs=_SIGNS, amount=written.amount, count=written.count,
        measures=MEASURES, split_words=SPLITS, **values,
    )  # fmt: skip


def _group(wanted: Indicator) -> str:
    kinds = {kind for kind, told in COUNTED_IN.items() if wanted.formula.measures[0] in told}
    return next(word for word, those in _GROUPS if those == kinds)


def _in_order(wanted: Indicator, asked: Chosen) -> Iterable[Split]:
    able = (each for each in Split if may_answer(wanted, asked.question(each)))
    return [each for each in able if not has_too_many_days(each, asked.first, asked.last)]


async def _names(handed: Handed) -> dict[tuple[Split, str], str]:
    """What is called by a name that figures do not have."""
    names = {(Split.AGENT, str(view.agent.id)): view.agent.name for view in handed.dialer.agents()}
    for word, those in await _scopes(handed):
        names |= {(Split(word), value.partition(":")[2]): title for value, title in those}
    return names


def _said(names: Mapping[tuple[Split, str], str], by: Split, value: str) -> str:
    return names.get((by, value)) or written.group(by, value)


async def _scopes(handed: Handed) -> list[tuple[str, list[tuple[str, str]]]]:
    """What figures may be of: a word, and values with their names."""
    campaigns = [(f"campaign:{each.id}", each.title) for each in reversed(await handed.store.campaigns.all())]
    queues = [(f"queue:{view.spec.id}", view.spec.title) for view in handed.dialer.queues()]
    surveys = [(f"survey:{each.id}", each.title) for each in await handed.store.surveys.all()]
    return [(word, those) for word, those in (("campaign", campaigns), ("queue", queues), ("survey", surveys)) if those]
