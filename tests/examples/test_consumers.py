"""The example consumers, as programs of their own, against the real things: each has every event once, in order."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import httpx
import pytest
from prometheus_client import CollectorRegistry

from cti_api.clock import SystemClock
from cti_api.metrics.families import Families
from cti_api.metrics.observe import Observer
from cti_api.relay import Relay
from cti_api.settings import LimitSettings
from cti_api.sounds import CampaignSounds
from cti_api.store.store import Store
from cti_api.stream_settings import MqttSettings, StreamSettings
from cti_api.streams.sse import EventStream
from cti_api.streams.streams import Streams
from cti_api.web.app import create_app
from cti_api.web.handed import Handed
from cti_api.web.serve import serve_unix
from tests.cti_api.conftest import store, url
from tests.support.consuming import becomes, settings_for
from tests.support.dialer_port import QuietDialer
from tests.support.free_port import free_port
from tests.support.mosquitto import PASSWORD, broker
from tests.support.store import event

__all__ = ["store", "url"]

CONSUMERS = Path(__file__).parents[2] / "examples/consumers"
SECRET = "only-for-the-tests-55"


@dataclass
class Program:
    """An example consumer, and the numbers of the events that it showed."""

    process: asyncio.subprocess.Process
    shown: list[int] = field(default_factory=list)

    async def until(self, seq: int) -> list[int]:
        async with asyncio.timeout(60):
            while not self.shown or max(self.shown) < seq:
                assert self.process.stdout is not None
                line = await self.process.stdout.readline()
                assert line, "it ended"
                self.shown.append(json.loads(line)["seq"])
        return self.shown


@asynccontextmanager
async def consumer(name: str, folder: Path, *arguments: str) -> AsyncIterator[Program]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(CONSUMERS / f"{name}.py"), *arguments, cwd=folder, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield Program(process)
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def vocero(store: Store, folder: Path, mqtt: MqttSettings, streams: StreamSettings) -> AsyncIterator[Path]:
    """The parts of `vocero up` that events go through; gives the socket."""
    clock, registry, relay = SystemClock(), CollectorRegistry(), Relay(store.outbox)
    told = Streams(mqtt, streams, store, clock, Random(1))
    handed = Handed(
        store=store, dialer=QuietDialer(store, clock), clock=clock, observer=Observer(Families(registry)),
        registry=registry, sounds=CampaignSounds(folder), recordings=folder, journal=folder / "journal",
        events=EventStream(relay), streams=told,
    )  # fmt: skip
    path, ready = folder / "vocero.sock", asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        work = [
            tasks.create_task(relay.run()),
            tasks.create_task(told.run(relay)),
            tasks.create_task(serve_unix(create_app(handed, LimitSettings()), path, ready.set)),
        ]
        await ready.wait()
        yield path
        for task in work:
            task.cancel()


@pytest.fixture
def engine() -> str:
    return "sqlite"


async def test_by_server_sent_events(store: Store, tmp_path: Path) -> None:
    async with vocero(store, tmp_path, MqttSettings(), StreamSettings()) as path:
        await store.outbox.append(event(), event())
        async with consumer("sse", tmp_path, "--socket", str(path)) as program:
            assert await program.until(2) == [1, 2]
            place = tmp_path / "sse.place"
            await becomes(lambda: place.exists() and place.read_text() == "2")
        await store.outbox.append(event())
        async with consumer("sse", tmp_path, "--socket", str(path)) as program:
            assert await program.until(3) == [3]


async def test_by_mqtt(store: Store, tmp_path: Path) -> None:
    (tmp_path / "crm.secret").write_text(PASSWORD)
    with broker(tmp_path / "broker") as mosquitto:
        account = ("--port", str(mosquitto.port), "--user", "crm", "--password-file", "crm.secret")
        async with vocero(store, tmp_path, settings_for(mosquitto), StreamSettings()) as path:
            await store.outbox.append(event(), event())
            async with consumer("mqtt", tmp_path, "--socket", str(path), *account) as program:
                assert await program.until(2) == [1, 2]
                await asyncio.to_thread(mosquitto.kill)
                await store.outbox.append(event())
                await asyncio.to_thread(mosquitto.start)
                assert await program.until(3) == [1, 2, 3]


async def test_by_webhook(store: Store, tmp_path: Path) -> None:
    (tmp_path / "hook.secret").write_text(SECRET)
    port = free_port()
    settings = StreamSettings.model_validate(
        {"webhooks": {"crm": {"url": f"http://127.0.0.1:{port}/", "secret": SECRET}}, "inside_hosts": ["127.0.0.1"]}
    )
    arguments = ("--secret-file", "hook.secret", "--port", str(port))
    await store.outbox.append(event(lead_id=1))
    await store.outbox.number()
    await store.outbox.join("webhook:crm")  # it is told of the second and of what comes after
    await store.outbox.append(event(lead_id=1))
    async with vocero(store, tmp_path, MqttSettings(), settings) as path:
        missed = ("--since", "0", "--socket", str(path))
        async with consumer("webhook", tmp_path, *arguments, *missed) as program:
            assert await program.until(2) == [1, 2]
            await store.outbox.append(event(lead_id=1))
            assert await program.until(3) == [1, 2, 3]
            async with httpx.AsyncClient() as stranger:
                answer = await stranger.post(f"http://127.0.0.1:{port}/", content=b"{}")
            assert answer.status_code == 401
