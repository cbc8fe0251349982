"""What leads calls in tests: the smallest handlers that still do something a caller notices."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from ivr.agi.server import AgiServer, Handler, ServerLimits
from ivr.agi.session import AgiSession, CallLimits
from ivr.agi.verbs import Next
from vocero.asterisk_site import SHIPPED
from vocero.lab.ports import LOOPBACK

PROMPT = str(SHIPPED / "sounds/abandoned")
"""Nine seconds of voice (the shipped sounds are no longer, and every one is there)."""
PIP = str(SHIPPED / "sounds/pip")


@dataclass
class Leads:
    """A handler made of a function."""

    how: Callable[[AgiSession], Awaitable[None]]
    calls: list[AgiSession] = field(default_factory=list)

    async def answer(self, call: AgiSession) -> None:
        self.calls.append(call)
        await self.how(call)


@dataclass
class FrontDesk:
    """A menu that asks for a key until it has one of 1 and 2, three times at most; then it hangs up."""

    most_keys: int = 500
    """A call in which more are pressed is ended politely (S14)."""
    chosen: list[str] = field(default_factory=list)
    """What each caller chose; empty for one who did not."""

    async def answer(self, call: AgiSession) -> None:
        await call.answer()
        key, pressed = "", 0
        for _ in range(3):
            key, _ = await call.play(PROMPT, keys="0123456789*#", seconds=12)
            key = key or await call.wait_for_key(2)
            while key and key not in "12" and pressed < self.most_keys:
                pressed += 1
                key = await call.wait_for_key(1)
            if key:
                break
        self.chosen.append(key if key in "12" else "")
        await call.leave(Next.HANG_UP)


@dataclass
class Walk:
    """Sends each call one way after the other, whenever it comes, and hangs up at the end."""

    ways: list[Callable[[AgiSession], Awaitable[None]]]
    came: list[tuple[str, str]] = field(default_factory=list)
    """Id and `returned` of each coming."""

    async def answer(self, call: AgiSession) -> None:
        await call.answer()
        came_before = [one for one, _ in self.came].count(call.inbound.id)
        self.came.append((call.inbound.id, call.inbound.returned))
        await self.ways[came_before](call) if came_before < len(self.ways) else await call.leave(Next.HANG_UP)

    @property
    def returned(self) -> list[str]:
        """Why the one call that there was came, each time."""
        assert len({one for one, _ in self.came}) == 1
        return [why for _, why in self.came]


@contextlib.asynccontextmanager
async def serving(
    handler: Handler,
    port: int = 0,
    limits: ServerLimits | None = None,
    call_limits: CallLimits | None = None,
) -> AsyncIterator[AgiServer]:
    """A server as long as the block lasts; it stops in good order, with no task left."""
    server = AgiServer(handler, LOOPBACK, port, limits, call_limits)
    stop, ready = asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.run(stop, ready.set), name="agi.server")
        await ready.wait()
        try:
            yield server
        finally:
            stop.set()
