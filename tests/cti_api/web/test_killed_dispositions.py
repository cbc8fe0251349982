"""kill -9 while dispositions come in: each one that was answered is there once, however often it had to be sent."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import httpx
import pytest

from cti_api.clock import SystemClock
from cti_api.model.agents import Agent
from cti_api.model.calls import CallResult
from cti_api.model.ids import AgentId, AttemptId
from cti_api.store.store import Store
from tests.support.store import CAMPAIGN, T0, at, attempt_for, closed, move, new_leads
from tests.support.store_file import new_store
from vocero.lab.child import DIES_WITH_PARENT

ROOT = Path(__file__).parents[3]
ANA = AgentId("ana")
CALLS = 8
SENDERS = 8
AGAIN_SECONDS = 0.005


class Worker:
    """A process that serves, and whoever makes another after it was killed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None and process.stdout is not None
        self._ask, self._told = process.stdin, process.stdout
        self._serving = 0

    async def start(self) -> None:
        self._ask.write(b"again\n")
        self._serving = int(await self._told.readline())

    def kill(self) -> None:
        os.kill(self._serving, signal.SIGKILL)


@asynccontextmanager
async def worker_over(folder: Path) -> AsyncIterator[Worker]:
    process = await asyncio.create_subprocess_exec(
        *(*DIES_WITH_PARENT, sys.executable, "-m", "tests.support.disposing_worker", str(folder)),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    worker = Worker(process)
    await worker.start()
    try:
        yield worker
    finally:
        worker.kill()
        process.kill()
        await process.wait()


async def calls(url: str) -> list[AttemptId]:
    """Calls of Ana's that are over."""
    made = []
    async with Store.open(url, clock=SystemClock()) as store:
        await store.campaigns.create(CAMPAIGN, "Mantenimiento", "id: mantenimiento\n", T0)
        await store.agents.add(Agent(id=ANA, name="Ana", campaigns=(CAMPAIGN,)), T0)
        await store.leads.add(CAMPAIGN, new_leads(CALLS), T0)
        for lead in await store.leads.reserve(CAMPAIGN, CALLS, T0, at(60)):
            attempt = attempt_for(lead, agent_id=ANA)
            await store.attempts.open(attempt)
            await store.attempts.close(closed(attempt, CallResult.CONNECTED, at(5), disposition="nada"), move())
            made.append(attempt.id)
    return made


class Sender:
    """Sends each disposition until there is an answer, as a console does whose server is away."""

    def __init__(self, folder: Path, made: list[AttemptId], random: Random) -> None:
        transport = httpx.AsyncHTTPTransport(uds=str(folder / "vocero.sock"), verify=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://vocero/api/v1")
        self._made, self._random = made, random
        self.answered: dict[str, tuple[str, int]] = {}
        """What was said → the call and the version."""
        self.sent_again = 0
        self.news: asyncio.Queue[str] = asyncio.Queue()
        """What was answered, as it comes."""
        self.enough = asyncio.Event()

    async def close(self) -> None:
        await self._client.aclose()

    async def work(self, name: int) -> None:
        number = 0
        while not self.enough.is_set():
            number += 1
            said, attempt = f"{name}-{number}", self._random.choice(self._made)
            answer = await self._until_answered(said, attempt)
            if number % 5 == 0:  # the answer was lost on its way
                assert (await self._until_answered(said, attempt)) == answer
            assert said not in self.answered
            self.answered[said] = (attempt, answer["version"])
            self.news.put_nowait(said)

    async def _until_answered(self, said: str, attempt: AttemptId) -> dict[str, int]:
        body = {"attempt_id": attempt, "code": "sin_cita", "fields": {"motivo": said}}
        headers = {"Idempotency-Key": f"sending-{said}"}
        while True:
            try:
                answer = await self._client.post("/dispositions", json=body, headers=headers)
            except httpx.TransportError:
                self.sent_again += 1
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            assert answer.status_code == 200, answer.text
            told: dict[str, int] = answer.json()
            return told


@pytest.mark.parametrize("times", [20, pytest.param(500, marks=[pytest.mark.long, pytest.mark.timeout(1800)])])
async def test_each_disposition_that_was_answered_is_there_once(tmp_path: Path, times: int) -> None:
    random, url = Random(times), await new_store(tmp_path)
    made = await calls(url)
    sender = Sender(tmp_path, made, random)
    async with worker_over(tmp_path) as worker, asyncio.TaskGroup() as tasks:
        for name in range(SENDERS):
            tasks.create_task(sender.work(name))
        for _ in range(times):
            async with asyncio.timeout(30):
                for _ in range(random.randint(1, 12)):
                    await sender.news.get()
            worker.kill()
            await worker.start()
        sender.enough.set()
    await sender.close()
    assert sender.sent_again >= times, "it was away each time"
    async with Store.open(url, clock=SystemClock()) as store:
        kept = {attempt: await store.dispositions.versions(attempt) for attempt in made}
    told = Counter(each.fields["motivo"] for versions in kept.values() for each in versions if each.code != "nada")
    assert told == Counter(dict.fromkeys(sender.answered, 1))
    for said, (attempt, version) in sender.answered.items():
        assert kept[AttemptId(attempt)][version - 1].fields == {"motivo": said}
