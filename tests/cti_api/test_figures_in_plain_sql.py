"""Every figure by everything that it may be told apart by is what plain SQL makes of the same events."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from cti_api.clock import SystemClock
from cti_api.figures import BEGINNING, Figures, Question, may_answer
from cti_api.kpi.answer import Answer
from cti_api.kpi.indicators import INDICATORS
from cti_api.kpi.measures import Measure, Split
from cti_api.model.events import Event
from cti_api.store.kpi_tables import COUNTED
from cti_api.store.store import Store
from tests.support.counted_life import Life
from tests.support.hostile_life import hostile
from tests.support.plain_figures import FORMULAS, PlainFigures, Plainly, in_one_way

WHERE = (Split.BRAND, Split.AGENT, Split.LIST, Split.REASON, Split.SERVICE, Split.CAMPAIGN, Split.QUEUE, Split.SURVEY)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Events, and the company's zone."""

    zone: ZoneInfo
    events: tuple[Event, ...]
    first: date
    last: date


def tidy(seed: int, calls: int) -> History:
    life = Life(first=datetime(2026, 2, 27, 13, tzinfo=UTC), days=3, calls=calls, agents=max(4, calls // 10), seed=seed)
    return History(
        zone=ZoneInfo("America/Bogota"), events=tuple(life.events()), first=date(2026, 2, 1), last=date(2026, 3, 31)
    )


def told_badly(seed: int, calls: int) -> History:
    """Over the night in which Madrid's clocks go forward."""
    random = Random(f"badly {seed}")
    name, night = random.choice(
        (
            ("Europe/Madrid", datetime(2026, 3, 29, 0, 30, tzinfo=UTC)),
            ("Europe/Madrid", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
            ("America/St_Johns", datetime(2026, 3, 8, 5, 0, tzinfo=UTC)),
            ("Asia/Kolkata", datetime(2026, 3, 8, 5, 0, tzinfo=UTC)),
        )
    )  # fmt: skip
    zone = ZoneInfo(name)
    life = Life(first=night - timedelta(hours=28), days=2, calls=calls, agents=max(4, calls // 10), seed=seed)
    midnight = datetime(night.year, night.month, night.day, tzinfo=zone).astimezone(UTC)
    first = night.date() - timedelta(days=1)
    return History(
        zone=zone, events=tuple(hostile(life.events(), random, midnight)), first=first, last=first + timedelta(days=40)
    )


def empty(seed: int, calls: int) -> History:
    del seed, calls
    return History(zone=ZoneInfo("America/Bogota"), events=(), first=date(2026, 2, 1), last=date(2026, 3, 31))


async def count(store: Store, history: History, most: int) -> None:
    for first in range(0, len(history.events), 1000):
        await store.outbox.append(*history.events[first : first + 1000])
    while await store.outbox.number():
        pass
    while await store.kpi.ingest(history.zone, most) is not None:
        pass


async def rows(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Everything that was counted."""
    return await store._database.read(
        lambda tx: {
            table.name: [tuple(row) for row in tx.execute(sa.select(table).order_by(*table.primary_key.columns))]
            for table in COUNTED
        }
    )


def questions(history: History, plain: PlainFigures, random: Random) -> Iterator[Question]:
    """By every split, of all days, of a day, of a part; and of one brand, agent … each."""
    spans = (
        (history.first, history.last),
        (history.first + timedelta(days=1), history.first + timedelta(days=1)),
        (date(2026, 2, 1), date(2027, 1, 1)),
    )
    for first, last in spans:
        for by in (None, *Split):
            yield Question(first=first, last=last, by=by)
    for split in WHERE:
        values = plain.values(split)
        for value in random.sample(values, min(2, len(values))):
            for by in (
                None,
                Split.DAY,
                Split.MONTH,
                Split.CAMPAIGN,
                *((Split.REASON,) if split is Split.BRAND else ()),
                *((Split.SURVEY,) if split is Split.QUEUE else ()),
            ):
                yield Question(first=history.first, last=history.last, by=by, where=(split, value))


async def differences(store: Store, file: Path, history: History, random: Random) -> tuple[int, list[str]]:
    """How many figures were asked for, and what was answered otherwise."""
    plain = PlainFigures(file, history.zone)
    figures = Figures(store.kpi, history.zone, {})
    asked, found = 0, []
    for question in questions(history, plain, random):
        able = [name for name, indicator in INDICATORS.items() if may_answer(indicator, question)]
        for name, answer in (await figures.ask(able, question)).items():
            plainly = Plainly(
                indicator=name,
                measures=answer.indicator.formula.measures,
                first=BEGINNING if answer.indicator.from_beginning else question.first,
                last=question.last,
                by=question.by,
                where=question.where,
            )
            asked += 1
            found += [f"{name} {question}: {each}" for each in told_apart(answer, plain.answer(plainly), question.by)]
    plain.close()
    return asked, found


def told_apart(
    answer: Answer, expected: dict[str, tuple[float | None, dict[Measure, float]]], by: Split | None
) -> Iterator[str]:
    if answer.lacking:
        if any(counts[measure] for _, counts in expected.values() for measure in answer.lacking):
            yield f"lacks {answer.lacking}, of which there is {expected}"
        return
    told = {
        in_one_way(each.group) if by is Split.BRAND else each.group: each
        for each in answer.figures
        if any(each.counts.values())
    }
    if set(told) != set(expected):
        yield f"groups {sorted(told)}, expected {sorted(expected)}"
        return
    for group, (value, counts) in expected.items():
        if told[group].counts != counts:
            yield f"{group!r} counts {told[group].counts}, expected {counts}"
        elif (value is None) != (told[group].value is None) or (
            value is not None and told[group].value != pytest.approx(value, rel=1e-12)
        ):
            yield f"{group!r} is {told[group].value}, expected {value}"


async def look(template: Path, folder: Path, history: History, seed: int) -> int:
    """How many figures were compared. One store is counted in one go and the other in bites of odd sizes: what is in
    their tables is the same, and is again when it is counted anew."""
    random = Random(seed)
    file, other = (Path(shutil.copy(template, folder / f"{name}-{seed}.db")) for name in ("one", "other"))
    clock = SystemClock()
    async with (
        Store.open(f"sqlite:///{file}", clock=clock) as store,
        Store.open(f"sqlite:///{other}", clock=clock) as bitten,
    ):
        await count(store, history, 10**6)
        await count(bitten, history, random.randint(7, 90))
        made = await rows(store)
        assert await rows(bitten) == made
        await bitten.kpi.rebuild()
        while await bitten.kpi.empty(random.randint(50, 500)):
            pass
        assert (
            await count(bitten, History(zone=history.zone, events=(), first=history.first, last=history.last), 333)
            is None
        )
        assert await rows(bitten) == made
        asked, found = await differences(store, file, history, random)
    assert found == []
    return asked


def test_there_is_a_plain_formula_of_every_indicator() -> None:
    assert set(FORMULAS) == set(INDICATORS)


@pytest.mark.parametrize("history", [tidy, told_badly, empty])
async def test_every_figure_is_what_plain_sql_makes_of_the_events(
    history, sqlite_template: Path, tmp_path: Path
) -> None:
    assert await look(sqlite_template, tmp_path, history(3, 40), 3) > 300


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("history", [tidy, told_badly])
async def test_every_figure_is_what_plain_sql_makes_of_many_histories(
    history, sqlite_template: Path, tmp_path: Path
) -> None:
    for seed in range(100, 120):
        assert await look(sqlite_template, tmp_path, history(seed, 200), seed) > 1000
