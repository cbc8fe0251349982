"""The control API on a real Unix socket, in a thread, over a store and a dialer that calls nobody.

    python -m tests.support.control_server FOLDER

serves at FOLDER/vocero.sock until interrupted, to look at the command line by hand.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from random import Random
from typing import TypeVar, cast
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from cti_api.clock import SystemClock
from cti_api.figures import Figures
from cti_api.metrics.families import Families
from cti_api.metrics.observe import Observer
from cti_api.relay import Relay
from cti_api.settings import LimitSettings
from cti_api.sounds import CampaignSounds
from cti_api.store.migrate import upgrade
from cti_api.store.store import Store
from cti_api.stream_settings import MqttSettings, StreamSettings
from cti_api.streams.sse import EventStream
from cti_api.streams.streams import Streams
from cti_api.web.app import create_app
from cti_api.web.handed import Handed
from cti_api.web.serve import serve_unix
from ivr.call.studio import Studio
from ivr.tree.published import PublishedTrees
from tests.support.dialer_port import QuietDialer
from tests.support.report_post import desk

T = TypeVar("T")
LONGEST_SECONDS = 20.0
ZONE = ZoneInfo("America/Bogota")
CODES = 7
"""Of this seed are the codes of sessions for recording prompts."""
WITH_A_HOOK = StreamSettings.model_validate(
    {"webhooks": {"crm": {"url": "https://crm.example.com/hook", "secret": "only-for-the-tests"}}}
)
"""Nobody is told: the server only shows it."""


@cache
def _app() -> FastAPI:
    """Made once, for a tenth of a second a server; each hands it what it has."""
    return create_app(cast(Handed, None), LimitSettings())


class ControlServer:
    """A running server, and a way to do something inside of it."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "vocero.sock"
        self._url = f"sqlite:///{folder / 'vocero.db'}"
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._task: asyncio.Task[None]
        self.dialer: QuietDialer
        self.store: Store
        self.studio: Studio

    def run(self) -> None:
        """Serve until stopped."""
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        clock, registry = SystemClock(), CollectorRegistry()
        await upgrade(self._url, clock)
        async with Store.open(self._url, clock=clock) as self.store:
            self.dialer = QuietDialer(self.store, clock)
            self.studio = Studio(self.socket.parent / "prompts", ["6015550109"], clock, Random(CODES))
            relay = Relay(self.store.outbox)
            handed = Handed(
                store=self.store,
                dialer=self.dialer,
                clock=clock,
                observer=Observer(Families(registry)),
                registry=registry,
                sounds=CampaignSounds(self.socket.parent / "sounds"),
                recordings=self.socket.parent / "recordings",
                journal=self.socket.parent / "journal.csv",
                store_folder=self.socket.parent,
                trees=PublishedTrees(),
                studio=self.studio,
                events=EventStream(relay),
                reports=desk(self.store, clock),
                figures=Figures(self.store.kpi, ZONE, {}),
                streams=Streams(MqttSettings(), WITH_A_HOOK, self.store, clock, Random(1)),
            )
            app = _app()
            app.state.handed = handed
            async with asyncio.TaskGroup() as tasks:
                self._task = tasks.create_task(serve_unix(app, self.socket, self._ready.set))

    def do(self, what: Callable[[], Awaitable[T]]) -> T:
        """Run a coroutine in the server's own loop."""

        async def inside() -> T:
            return await what()

        return asyncio.run_coroutine_threadsafe(inside(), self._loop).result(LONGEST_SECONDS)

    def wait(self) -> None:
        assert self._ready.wait(LONGEST_SECONDS)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._task.cancel)


@contextmanager
def control_server(folder: Path) -> Iterator[ControlServer]:
    server = ControlServer(folder)
    thread = threading.Thread(target=server.run, name="control server")
    thread.start()
    server.wait()
    try:
        yield server
    finally:
        server.stop()
        thread.join(LONGEST_SECONDS)


if __name__ == "__main__":
    ControlServer(Path(sys.argv[1])).run()
