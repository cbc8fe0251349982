"""What the figures cost: counting what happens, and asking for every indicator, with up to ten million calls in the
store; SQLite on this machine's disk, PostgreSQL where it is said. In a process that is as prompt as the product's.

It needs about 15 GB beside the project while it runs. Agents' states are told only as they sign in and out: each talk
would make four facts more.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from cti_api.clock import SystemClock
from cti_api.counting import Counting
from cti_api.figures import Figures, Question, may_answer
from cti_api.kpi.business_hours import BY_THE_CLOCK
from cti_api.kpi.indicators import INDICATORS
from cti_api.kpi.measures import Split
from cti_api.model.events import Event
from cti_api.relay import Relay
from cti_api.store.migrate import upgrade
from cti_api.store.store import Store
from cti_api.web.kpi import MOST_DAYS, has_too_many_days
from tests.bench.bench_evidence import forget_pages
from tests.bench.figure import Figure
from tests.support.big_figures import FIRST, ZONE, Lives, count_first, live_on
from tests.support.counted_life import Life
from tests.support.postgres import running_server
from tests.support.store import event
from vocero.promptness import be_prompt

CLOCK = SystemClock()
DAYS, A_DAY = 14, 8_334
BIG = {"1 million": 9, "10 million": 86}
"""So often are the two weeks lived."""
WRITES = 300
MORE_DAYS = 5


async def figures() -> list[Figure]:
    """Everything measured here."""
    be_prompt()
    found = []
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as name:
        folder = Path(name)
        found += await counting(f"sqlite:///{folder}/new.db", "SQLite")
        found += await beside_writers(f"sqlite:///{folder}/writers.db")
        found += await asyncio.to_thread(counting_on_postgres)
        first = folder / "first.db"
        await upgrade(f"sqlite:///{first}", CLOCK)
        async with Store.open(f"sqlite:///{first}", clock=CLOCK) as store:
            await count_first(store, Lives(days=DAYS, calls=A_DAY, times=1))
        for words, times in BIG.items():
            found += await with_many(Path(shutil.copy(first, folder / "big.db")), words, times)
    return found


async def with_many(file: Path, words: str, times: int) -> list[Figure]:
    lives = Lives(days=DAYS, calls=A_DAY, times=times)
    began = time.monotonic()
    live_on(file, lives)
    found = [
        Figure(f"a store of {words} calls made", time.monotonic() - began, "s"),
        Figure(f"a store of {words} calls", size_of(file) / 1e9, "GB"),
    ]
    async with Store.open(f"sqlite:///{file}", clock=CLOCK) as store:
        rates = []
        for nth in range(MORE_DAYS):
            day = replace(lives.life, first=lives.life.first + timedelta(days=nth), days=1, calls=4000, seed=nth)
            rates.append(await _rate(store, [lives.moved(each, times) for each in day.events()]))
        rate = statistics.median(rates)
        found.append(
            Figure(f"events a second, median of {MORE_DAYS} days, beside {words} calls", rate, "1/s", "≥ 5000")
        )
        found += await every_indicator(store, file, words, lives)
    return found


def size_of(file: Path) -> int:
    return file.stat().st_size


async def counting(url: str, engine: str) -> list[Figure]:
    """A day of 6,000 calls placed and 1,500 taken, caught up with."""
    await upgrade(url, CLOCK)
    found = []
    async with Store.open(url, clock=CLOCK) as store:
        for nth, (noise, words) in enumerate(((True, "all that happens"), (False, "only what figures are made of"))):
            life = Life(first=FIRST + timedelta(days=nth), days=1, calls=6000, seed=nth, noise=noise)
            rate = await _rate(store, list(life.events()))
            found.append(Figure(f"events counted a second, {words}, {engine}", rate, "1/s", "≥ 5000"))
    return found


def counting_on_postgres() -> list[Figure]:
    """The same, on a server that does not wait for its disk, as counting does not ask it to."""
    with running_server() as server:
        return asyncio.run(counting(server.url(server.new_database()), "PostgreSQL"))


async def _rate(store: Store, events: list[Event]) -> float:
    await _happen(store, events)
    began = time.monotonic()
    while await store.kpi.ingest(ZONE, store.kpi.at_once) is not None:
        pass
    return len(events) / (time.monotonic() - began)


async def _happen(store: Store, events: list[Event]) -> None:
    for first in range(0, len(events), 2000):
        await store.outbox.append(*events[first : first + 2000])
    while await store.outbox.number(2000):
        pass


async def beside_writers(url: str) -> list[Figure]:
    """How long a durable write takes while years of events are caught up with, and how fast that goes meanwhile."""
    await upgrade(url, CLOCK)
    async with Store.open(url, clock=CLOCK) as store:
        alone = await _writes(store)
        await _happen(store, list(Life(first=FIRST, days=4, calls=6000).events()))
        relay = Relay(store.outbox)
        began, before = time.monotonic(), await store.outbox.cursor("kpi")
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(Counting(store.kpi, ZONE, BY_THE_CLOCK).run(relay))
            beside = await _writes(store)
            took, counted = time.monotonic() - began, await store.outbox.cursor("kpi") - before
            task.cancel()
    return [
        Figure("a write, nothing else, p99", alone, "ms"),
        Figure(f"a write beside catching up, {store.kpi.at_once} events at once, p99", beside, "ms", "≤ 100"),
        Figure("events caught up with a second beside writers", counted / took, "1/s"),
        Figure("a million events are caught up with in", 1e6 * took / counted, "s"),
    ]


async def _writes(store: Store) -> float:
    took = []
    for _ in range(WRITES):
        began = time.monotonic()
        await store.outbox.append(event())
        took.append((time.monotonic() - began) * 1000)
        await asyncio.sleep(0.01)
    return statistics.quantiles(took, n=100)[-1]


async def every_indicator(store: Store, file: Path, words: str, lives: Lives) -> list[Figure]:
    """Each by itself, by each split: of a day, a month, a year and all days; of one agent, brand, campaign ... only."""
    answers = Figures(store.kpi, ZONE, {})
    slow: dict[str, list[tuple[float, str]]] = {"first": [], "again, median of three": []}
    for question in _questions(lives):
        for name, indicator in INDICATORS.items():
            if not may_answer(indicator, question) or has_too_many_days(question.by, question.first, question.last):
                continue
            said = f"{name} by {question.by or 'nothing'}, {(question.last - question.first).days + 1} days"
            said += f", of one {question.where[0]}" if question.where else ""
            forget_pages(file)
            first, *again = [await _took(answers, name, question) for _ in range(4)]
            slow["first"].append((first, said))
            slow["again, median of three"].append((statistics.median(again), said))
    found = []
    for when, those in slow.items():
        took = sorted(those)
        median = statistics.median(each for each, _ in took)
        found.append(Figure(f"{len(took)} questions of {words} calls, {when}, median", median, "ms"))
        found += [Figure(f"slowest {when}: {said}", each, "ms", "≤ 300") for each, said in took[:-4:-1]]
    return found


async def _took(answers: Figures, name: str, question: Question) -> float:
    """In ms."""
    began = time.monotonic()
    await answers.ask([name], question)
    return (time.monotonic() - began) * 1000


def _questions(lives: Lives) -> Iterator[Question]:
    last = FIRST.date() + timedelta(days=lives.days * lives.times - 1)
    spans = {
        "day": (last, last),
        "month": (last - timedelta(days=40), last - timedelta(days=11)),
        "year": (last - timedelta(days=365), last),
        "two years": (last - timedelta(days=MOST_DAYS - 1), last),
        "all": (date(2020, 1, 1), last),
    }
    wheres = (
        (Split.AGENT, "agente-7"), (Split.BRAND, "Kia"), (Split.LIST, "lista-1.csv"), (Split.REASON, "Precio"),
        (Split.CAMPAIGN, f"campana-0-{(lives.times - 1) // 6}"), (Split.QUEUE, "cola-1"), (Split.SERVICE, "garantía"),
    )  # fmt: skip
    for first, until in spans.values():
        for by in (None, *Split):
            yield Question(first=first, last=until, by=by)
        for where in wheres:
            for by in (None, Split.DAY, Split.MONTH, Split.CAMPAIGN):
                yield Question(first=first, last=until, by=by, where=where)
        yield Question(first=first, last=until, by=Split.REASON, where=(Split.BRAND, "Kia"))
