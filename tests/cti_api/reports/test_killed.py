"""kill -9 while reports that were missed are sent: each is at the mail server once, or in doubt and told."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from cti_api.clock import SystemClock
from cti_api.reports.run import OVER, RunState
from cti_api.store.store import Store
from tests.support.killing import Worker, worker_of
from tests.support.report_post import MailServer
from tests.support.report_worker import weekly
from tests.support.shift import until
from tests.support.wire_smtp import wire_smtp

WEEKS = 10
SINCE = datetime(2026, 8, 30, tzinfo=UTC)
"""A Sunday: the first is due the next morning."""


class WatchedServer(MailServer):
    """Tells of each thing that it is asked, and takes a moment to say that it has a letter."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random
        self.moments: asyncio.Queue[str] = asyncio.Queue()

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        self.moments.put_nowait("mail")
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, *about: Any) -> str:  # noqa: N802
        self.moments.put_nowait("rcpt")
        return await super().handle_RCPT(*about)

    async def handle_DATA(self, *about: Any) -> str:  # noqa: N802
        self.moments.put_nowait("data")
        said = await super().handle_DATA(*about)
        await asyncio.sleep(self._random.uniform(0.0, 0.01))
        self.moments.put_nowait("said")
        return said


async def kill(worker: Worker, server: WatchedServer, times: int, random: Random) -> None:
    """So many times, whatever it is doing just then."""
    for _ in range(times):
        async with asyncio.timeout(30):
            for _ in range(random.randint(1, 6)):
                await server.moments.get()
        await asyncio.sleep(random.uniform(0.0, 0.01))
        worker.kill()
        await worker.start()
        while not server.moments.empty():
            server.moments.get_nowait()


@pytest.mark.parametrize(
    ("engine", "names", "times"),
    [
        ("sqlite", 2, 10),
        pytest.param("sqlite", 20, 100, marks=[pytest.mark.long, pytest.mark.timeout(600)]),
        pytest.param("postgresql", 20, 100, marks=[pytest.mark.long, pytest.mark.timeout(600)]),
    ],
)
async def test_each_report_that_was_missed_is_sent_once(url: str, names: int, times: int) -> None:
    random = Random(times)
    server = WatchedServer(random)
    now = SINCE + timedelta(weeks=WEEKS)
    async with Store.open(url, clock=SystemClock()) as store, wire_smtp(server) as port:
        await store.report_runs.names({each.name for each in weekly(names).scheduled}, SINCE)

        async def all_over() -> bool:
            runs = await store.report_runs.list(most=1000)
            return bool(runs) and all(run.state in OVER for run in runs)

        about = (url, str(port), now.isoformat(), str(names))
        async with worker_of("tests.support.report_worker", *about) as worker:
            await kill(worker, server, times, random)
            await until(all_over, 120, "all are over")

            runs = await store.report_runs.list(most=1000)
            assert len(runs) == names * WEEKS
            had = [str(letter["Message-ID"]) for letter in server.letters]
            assert len(had) == len(set(had)), "nothing is there twice"
            doubt = [run for run in runs if run.state is RunState.IN_DOUBT]
            assert {run.message_id for run in runs if run.state is RunState.SENT} <= set(had)
            assert {run.state for run in runs} <= {RunState.SENT, RunState.IN_DOUBT}
            told = [each for each in await store.outbox.number() if each.payload.get("state") == "in_doubt"]
            assert {each.payload["run_id"] for each in told} == {run.id for run in doubt}

            # whoever looks after the mail looks for those in doubt, and has the missing ones sent again
            missing = [run for run in doubt if run.message_id not in had]
            for run in missing:
                await store.report_runs.again(run.id, "ana", now)
            await until(all_over, 30, "all are over again")
    assert set(server.told().values()) == {1}, "each week's of each report is there once"
    assert len(server.letters) == names * WEEKS
    assert len(doubt) < times, "most are killed where it is known that nothing went"
