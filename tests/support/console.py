"""The door for people who sign in and for other systems, with clients that are already through it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import cast

import httpx
from fastapi import FastAPI

from cti_api.access.actors import Role, Scope
from cti_api.access.sessions import csrf_of
from cti_api.access.tokens import digest_of, new_key, new_token
from cti_api.settings import LimitSettings
from cti_api.store.store import Store
from cti_api.store.users import NewUser
from cti_api.web.app import create_console_app
from cti_api.web.handed import Handed
from cti_api.web.known import ConsoleKeeper

ORIGIN = "https://consola.example.com"
PASSWORD = "cuatro palabras bien sueltas"
ANY_HASH = "$argon2id$ not the hash of anything"


def console_app(masked: frozenset[Role] = frozenset(), second_factor_for: frozenset[Role] = frozenset()) -> FastAPI:
    """It is handed the rest by `Console`."""
    keeper = ConsoleKeeper(base_url=ORIGIN, masked=masked, second_factor_for=second_factor_for)
    return create_console_app(cast(Handed, None), LimitSettings(upload_megabytes=2), keeper)


class Console:
    """One app over a test's store."""

    def __init__(self, app: FastAPI, handed: Handed, stack: AsyncExitStack) -> None:
        self.app, self.handed = app, handed
        self._stack = stack

    @property
    def store(self) -> Store:
        return self.handed.store

    async def stranger(self, address: str = "203.0.113.7") -> httpx.AsyncClient:
        """Nobody we know."""
        transport = httpx.ASGITransport(self.app, client=(address, 40000))
        client = httpx.AsyncClient(transport=transport, base_url=f"{ORIGIN}/api/v1")
        return await self._stack.enter_async_context(client)

    async def person(self, name: str, role: Role, agent_id: str | None = None) -> httpx.AsyncClient:
        """Somebody who signed in, in a browser."""
        await self.entered(name, role, agent_id)
        return await self.signed_in(name)

    async def signed_in(self, name: str, token: str | None = None) -> httpx.AsyncClient:
        """A browser of somebody who is entered; with another's `token` another tab of that browser."""
        client = await self.stranger()
        if token is None:
            token = new_token()
            kept = (await self.store.users.get(name)).password_hash or ""
            await self.store.sessions.begin(name, kept, digest_of(token), self.handed.clock.now())
        client.headers.update({"Cookie": f"__Host-vocero={token}", "Origin": ORIGIN, "X-CSRF-Token": csrf_of(token)})
        return client

    async def entered(self, name: str, role: Role, agent_id: str | None = None, password_hash: str = ANY_HASH) -> None:
        """With a password that nobody typed."""
        now, link = self.handed.clock.now(), digest_of(new_token())
        await self.store.users.add(NewUser(id=name, name=name.title(), role=role, agent_id=agent_id), link, now)
        await self.store.users.use_link(link, password_hash, now)

    async def key(self, name: str, *scopes: Scope, days: float | None = None) -> httpx.AsyncClient:
        """Another system."""
        client, brought, now = await self.stranger(), new_key(), self.handed.clock.now()
        until = now + timedelta(days=days) if days is not None else None
        await self.store.machine_keys.add(name, digest_of(brought), frozenset(scopes), until, now)
        client.headers["Authorization"] = f"Bearer {brought}"
        return client


@asynccontextmanager
async def console(app: FastAPI, handed: Handed) -> AsyncIterator[Console]:
    app.state.handed = handed
    async with AsyncExitStack() as stack:
        yield Console(app, handed, stack)
