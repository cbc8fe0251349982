"""One stream for each console: its agent as the engine has them, at once and after each change.

One task looks for all consoles, whenever the engine says that something happened, and hands each the view of its own
agent where that is another one. Nothing is queued: a console that is slow gets the newest view, and none that is past.
What the engine does not tell of (a telephone that comes or goes) is found by looking anyway, `LOOK_SECONDS` later.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from cti_api.clock import Clock
from cti_api.errors import VoceroError
from cti_api.model.ids import AgentId
from cti_api.ports import AgentView, DialerPort
from cti_api.streams.presence import CONSOLE, Presence, is_to_be_paused, may_go_on

BEAT_SECONDS: Final = 5.0
"""After so long without a change the page is told that it still hears us; after three times that it says that it does
not."""

LOOK_SECONDS: Final = 0.25
GATHER_SECONDS: Final = 0.05
"""Pause after a look: a call that begins changes several things in a few milliseconds."""

MOST_CLIENTS: Final = 500
"""At a time, as `cti_api.streams.sse` has it."""

log = logging.getLogger(__name__)


class Seats:
    """Follows the engine (`run`) and tells each console of its agent (`read`)."""

    def __init__(
        self,
        dialer: DialerPort,
        clock: Clock,
        *,
        presence: Presence | None = None,
        beat_seconds: float = BEAT_SECONDS,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._dialer = dialer
        self._clock = clock
        self._presence = presence or Presence()
        self._beat_seconds = beat_seconds
        self._look_seconds = look_seconds
        self._seen: dict[AgentId, AgentView] = {}
        self._changed: dict[AgentId, asyncio.Event] = {}
        self._following: Counter[AgentId] = Counter()
        self._ended = False

    @property
    def clients(self) -> int:
        return self._following.total()

    @property
    def is_full(self) -> bool:
        return self.clients >= MOST_CLIENTS

    async def run(self) -> None:
        """Look whenever something happened, until cancelled."""
        try:
            while True:
                news = self._dialer.news()
                self._look()
                await self._free_who_left()
                await asyncio.sleep(GATHER_SECONDS)
                try:
                    async with asyncio.timeout(self._look_seconds):
                        await news.wait()
                except TimeoutError:
                    pass
        finally:
            self._ended = True
            self._wake(*self._changed)

    async def read(self, agent_id: AgentId, *, is_console: bool) -> AsyncGenerator[AgentView | None, None]:
        """An agent now, and after each change; None where nothing has changed for a while. Ends with `run`.

        `is_console`: a person sits before it, and is missed when it ends.
        """
        with self._followed(agent_id, is_console=is_console):
            if is_console:
                await self._come_back(agent_id)
            told: AgentView | None = None
            while not self._ended:
                changed = self._changed.setdefault(agent_id, asyncio.Event())
                view = self._seen.get(agent_id)
                if view is not None and view is not told:
                    told = view
                    yield view
                    continue
                try:
                    async with asyncio.timeout(self._beat_seconds):
                        await changed.wait()
                except TimeoutError:
                    yield None

    def _look(self) -> None:
        if not self._following:
            self._seen.clear()
            return
        changed = []
        for view in self._dialer.agents():
            agent_id = view.agent.id
            if agent_id in self._following and not _alike(self._seen.get(agent_id), view):
                self._seen[agent_id] = view
                changed.append(agent_id)
        self._wake(*changed)

    def _wake(self, *agents: AgentId) -> None:
        for agent_id in agents:
            if (waiting := self._changed.pop(agent_id, None)) is not None:
                waiting.set()

    @contextmanager
    def _followed(self, agent_id: AgentId, *, is_console: bool) -> Iterator[None]:
        self._following[agent_id] += 1
        if is_console:
            self._presence.opened(agent_id)
        self._seen.pop(agent_id, None)
        self._look()
        try:
            yield
        finally:
            self._following[agent_id] -= 1
            if self._following[agent_id] <= 0:
                del self._following[agent_id]
                self._seen.pop(agent_id, None)
                self._changed.pop(agent_id, None)
            if is_console:
                self._presence.closed(agent_id, self._clock.monotonic())

    async def _free_who_left(self) -> None:
        for agent_id in self._presence.left(self._clock.monotonic()):
            view = self._view(agent_id)
            if view is None or not is_to_be_paused(view.status):
                continue
            log.warning("console lost", extra={"agent": agent_id, "state": view.status.state.value})
            await self._ask(agent_id, back=False)

    async def _come_back(self, agent_id: AgentId) -> None:
        view = self._view(agent_id)
        if view is not None and may_go_on(view.status):
            await self._ask(agent_id, back=True)

    async def _ask(self, agent_id: AgentId, *, back: bool) -> None:
        try:
            if back:
                await self._dialer.ready(agent_id, source="system")
            else:
                await self._dialer.pause(agent_id, CONSOLE, source="system")
        except VoceroError as error:  # they moved in this moment
            log.info("a console came or went in vain", extra={"agent": agent_id, "reason": str(error)})

    def _view(self, agent_id: AgentId) -> AgentView | None:
        return next((view for view in self._dialer.agents() if view.agent.id == agent_id), None)


def _alike(before: AgentView | None, now: AgentView) -> bool:
    """A caller who is on the way waits a little longer at each look: that is no change."""
    return before is not None and replace(before, waited_seconds=now.waited_seconds) == now
