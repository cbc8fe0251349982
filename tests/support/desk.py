"""The console on loopback, for a browser: over a real store and a dialer that calls nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from fastapi import FastAPI

from cti_api.access.actors import Role
from cti_api.access.tokens import digest_of, new_token
from cti_api.clock import SystemClock
from cti_api.settings import LimitSettings
from cti_api.store.store import Store
from cti_api.store.users import NewUser
from cti_api.streams.presence import Presence
from cti_api.streams.seats import Seats
from cti_api.web.app import create_console_app
from cti_api.web.handed import Handed
from cti_api.web.known import ConsoleKeeper
from cti_api.web.serve import StrangersMay, serve_tcp
from tests.support.console import ANY_HASH
from tests.support.cutting_proxy import CuttingProxy
from tests.support.dialer_port import QuietDialer
from tests.support.free_port import free_port


@dataclass(slots=True)
class Desk:
    """Where the pages are."""

    origin: str
    handed: Handed
    app: FastAPI
    tasks: asyncio.TaskGroup
    beat_seconds: float
    grace_seconds: float
    following: asyncio.Task[None] | None = None
    presence: Presence = field(default_factory=Presence)
    wire: CuttingProxy | None = None
    """What browsers reach it through, where it is led over one."""

    @property
    def dialer(self) -> QuietDialer:
        assert isinstance(self.handed.dialer, QuietDialer)
        return self.handed.dialer

    def look_after(self) -> None:
        """Streams are served from now on."""
        self.presence = Presence(self.grace_seconds)
        seats = Seats(self.handed.dialer, self.handed.clock, presence=self.presence, beat_seconds=self.beat_seconds)
        self.following = self.tasks.create_task(seats.run())
        self.app.state.handed = replace(self.handed, seats=seats)

    def fall_silent(self) -> None:
        """Every stream ends, and none is served until `look_after`."""
        assert self.following is not None
        self.following.cancel()
        self.app.state.handed = self.handed

    async def cookie(self, name: str, role: Role, agent_id: str | None = None) -> Any:
        return await cookie_of(self.handed.store, self.origin, name, role, agent_id)


async def cookie_of(store: Store, origin: str, name: str, role: Role, agent_id: str | None = None) -> Any:
    """Of somebody new who signed in, for a browser's context."""
    now, link, token = SystemClock().now(), digest_of(new_token()), new_token()
    await store.users.add(NewUser(id=name, name=name.title(), role=role, agent_id=agent_id), link, now)
    await store.users.use_link(link, ANY_HASH, now)
    await store.sessions.begin(name, ANY_HASH, digest_of(token), now)
    return {"name": "vocero", "value": token, "url": origin, "sameSite": "Strict", "httpOnly": True}


@asynccontextmanager
async def desk(
    handed: Handed,
    *,
    beat_seconds: float = 5.0,
    grace_seconds: float = 10.0,
    masked: frozenset[Role] = frozenset(),
    wired: bool = False,
) -> AsyncIterator[Desk]:
    """`masked`: who are shown telephone numbers with dots in them; `wired`: led over a wire that can be cut."""
    port = free_port()
    async with AsyncExitStack() as stack:
        wire = await stack.enter_async_context(CuttingProxy(port)) if wired else None
        ready, origin = asyncio.Event(), f"http://127.0.0.1:{wire.port if wire is not None else port}"
        app = create_console_app(handed, LimitSettings(), ConsoleKeeper(base_url=origin, masked=masked))
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        may = StrangersMay(connections=400, long_answers=True)
        serving = tasks.create_task(serve_tcp(app, "127.0.0.1", port, ready.set, may=may))
        await ready.wait()
        opened = Desk(origin, handed, app, tasks, beat_seconds, grace_seconds, wire=wire)
        opened.look_after()
        try:
            yield opened
        finally:
            serving.cancel()
            if opened.following is not None:
                opened.following.cancel()
