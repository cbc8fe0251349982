"""A process that serves and is killed, again and again, and whoever sends it dispositions until each is answered."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from random import Random

import httpx

from cti_api.clock import SystemClock
from cti_api.model.ids import AttemptId
from cti_api.store.store import Store
from vocero.lab.child import DIES_WITH_PARENT

ROOT = Path(__file__).parents[2]
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
async def worker_of(module: str, *arguments: str) -> AsyncIterator[Worker]:
    """One that runs `module`, which becomes two for each line that it reads, and says the number of the second."""
    process = await asyncio.create_subprocess_exec(
        *(*DIES_WITH_PARENT, sys.executable, "-m", module, *arguments),
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


class Sender:
    """Sends each disposition until there is an answer, as a console does whose server is away."""

    def __init__(self, socket: Path, made: Sequence[AttemptId], random: Random) -> None:
        transport = httpx.AsyncHTTPTransport(uds=str(socket), verify=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://vocero/api/v1", timeout=30)
        self._made, self._random = made, random
        self.answered: dict[str, tuple[AttemptId, int]] = {}
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
                answer = None
            if answer is None or answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
                self.sent_again += 1
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            assert answer.status_code == HTTPStatus.OK, answer.text
            told: dict[str, int] = answer.json()
            return told


async def kill_while_it_is_told(worker: Worker, sender: Sender, times: int, random: Random) -> None:
    """So many times, whatever it is doing just then; each time some dispositions were answered before."""
    async with asyncio.TaskGroup() as tasks:
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


async def assert_each_is_there_once(url: str, sender: Sender) -> None:
    """What was answered, and nothing else, in the version that the answer said."""
    async with Store.open(url, clock=SystemClock()) as store:
        attempts = {attempt for attempt, _ in sender.answered.values()}
        kept = {attempt: await store.dispositions.versions(attempt) for attempt in attempts}
    told = Counter(each.fields["motivo"] for versions in kept.values() for each in versions if each.code == "sin_cita")
    assert told == Counter(dict.fromkeys(sender.answered, 1))
    for said, (attempt, version) in sender.answered.items():
        assert kept[attempt][version - 1].fields == {"motivo": said}
