"""A store of ten million calls, all of one campaign, three events to each; SQLite on this machine's disk, whose pages
the machine has not read lately. How long the board's questions take, and the answer to "what is there on record of this
person?", and to erase them.

It needs about 20 GB beside the project while it runs.
"""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
from prometheus_client import CollectorRegistry

from cti_api.clock import SystemClock
from cti_api.metrics.families import Families
from cti_api.metrics.observe import Observer
from cti_api.settings import LimitSettings
from cti_api.sounds import CampaignSounds
from cti_api.store.migrate import upgrade
from cti_api.store.store import Store
from cti_api.web.app import create_app
from cti_api.web.handed import Handed
from tests.bench.figure import Figure
from tests.support.big_store import CAMPAIGN, OF_MANY, QUEUE, BigStore, fill
from tests.support.dialer_port import QuietDialer

CALLS = 10_000_000
CLOCK = SystemClock()


async def figures(calls: int = CALLS) -> list[Figure]:
    """Everything measured here."""
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as name:
        folder = Path(name)
        file = folder / "vocero.db"
        await upgrade(f"sqlite:///{file}", CLOCK)
        began = time.monotonic()
        big = fill(file, calls)
        took = time.monotonic() - began
        size = file.stat().st_size / 1e9
        found = [
            Figure(f"a store of {calls:,} calls made", took, "s"),
            Figure(f"a store of {calls:,} calls", size, "GB"),
        ]
        began = time.monotonic()
        async with Store.open(f"sqlite:///{file}", clock=CLOCK) as store:
            found.append(Figure(f"a store of {calls:,} calls looked through and opened", time.monotonic() - began, "s"))
            found += await board(store, file, big)
            return found + await asked(store, folder, big)


async def board(store: Store, file: Path, big: BigStore) -> list[Figure]:
    """What the board has of the store (`cti_api.board.gather`): when it is opened, and each time after."""
    day = big.last_day
    found = []
    for name, ask in (
        ("campaigns", store.campaigns.all),
        ("a campaign's calls and leads by state", lambda: store.campaigns.counts(CAMPAIGN)),
        ("a campaign's appointments", lambda: store.appointments.counts(CAMPAIGN)),
        ("a campaign's missed callbacks", lambda: store.callbacks.missed_in(CAMPAIGN)),
        ("a queue's callers of the day", lambda: store.queues.calls_since(QUEUE, day)),
    ):
        forget_pages(file)
        seconds = await _timed(ask)
        found.append(Figure(f"board: {name}, of {big.calls:,} calls, first", seconds[0] * 1000, "ms"))
        found.append(Figure(f"board: {name}, again, slowest", max(seconds[1:]) * 1000, "ms", "≤ 300"))
    return found


async def asked(store: Store, folder: Path, big: BigStore) -> list[Figure]:
    """What is asked of a person with few calls, and of one with many, first with nothing of the store in memory."""
    found = []
    registry = CollectorRegistry()
    handed = Handed(
        store=store,
        dialer=QuietDialer(store, CLOCK),
        clock=CLOCK,
        observer=Observer(Families(registry)),
        registry=registry,
        sounds=CampaignSounds(folder / "sounds"),
        recordings=folder / "recordings",
        journal=folder / "journal.csv",
        store_folder=folder,
    )
    transport = httpx.ASGITransport(create_app(handed, LimitSettings()))
    async with httpx.AsyncClient(transport=transport, base_url="http://vocero/api/v1", timeout=600) as api:
        who = {"few calls": big.few, f"{OF_MANY:,} calls": big.many}
        for what, lead in who.items():
            number = big.number(lead)
            for name, path, body in (
                ("evidence by number", "/evidence", {"who": number}),
                ("evidence by key", "/evidence", {"who": f"key:K{lead}"}),
                ("leads why by number", "/leads/why", {"words": number}),
                ("leads why by id", "/leads/why", {"words": str(lead)}),
            ):
                forget_pages(folder / "vocero.db")
                seconds = await _timed(lambda p=path, b=body: api.post(p, json=b))
                found.append(Figure(f"{name}, {what} of {big.calls:,}, first", seconds[0], "s", "≤ 2"))
                found.append(Figure(f"{name}, {what}, again, median", statistics.median(seconds[1:]), "s"))
        for name, words in (("the end of a number", big.number(big.few)[-7:]), ("a name", f"número {big.few}")):
            forget_pages(folder / "vocero.db")
            seconds = await _timed(lambda w=words: api.post("/leads/why", json={"words": w}))
            found.append(Figure(f"leads why by {name}, of {big.leads:,} leads, first", seconds[0], "s", "≤ 2"))
            found.append(Figure(f"leads why by {name}, again, median", statistics.median(seconds[1:]), "s"))
        for what, lead in who.items():
            forget_pages(folder / "vocero.db")
            body = {"who": big.number(lead), "by": "bench", "reason": "bench"}
            seconds = await _timed(lambda b=body: api.post("/privacy/erasures", json=b), times=1)
            found.append(Figure(f"erase, {what} of {big.calls:,}", seconds[0], "s"))
    return found


async def _timed(ask: Callable[[], Awaitable[Any]], times: int = 4) -> list[float]:
    took = []
    for _ in range(times):
        began = time.monotonic()
        answer = await ask()
        took.append(time.monotonic() - began)
        assert not isinstance(answer, httpx.Response) or answer.is_success, answer.text[:500]
    return took


def forget_pages(file: Path) -> None:
    """What the machine keeps of the file in memory is let go, as after a night. By another process: whoever closes a
    file that SQLite has open in the same one takes its locks away."""
    subprocess.run(
        ["dd", f"of={file}", "oflag=nocache", "conv=notrunc,fdatasync", "count=0"],
        check=True,
        stderr=subprocess.DEVNULL,
    )
