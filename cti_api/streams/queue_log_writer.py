"""Writes events into a file as Asterisk's ``queue_log`` has them: each line once, also when this process is killed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cti_api.clock import Clock
from cti_api.errors import InputError, NotFound, StoreUnavailable
from cti_api.model.events import Event
from cti_api.model.ids import AgentId
from cti_api.queue_file import parse_queue
from cti_api.relay import Relay
from cti_api.store.store import Store
from cti_api.streams.log_file import Kept, LogFile
from cti_api.streams.place import KEPT_SECONDS, Place
from cti_api.streams.queue_log import Floor, as_kept, from_kept, lines_of, signs_in

READER: Final = "queue_log"
AGAIN_SECONDS: Final = 5.0
"""After the disk or the store could not be used."""

log = logging.getLogger(__name__)


class QueueLog:
    """The file's reader of the events."""

    def __init__(self, path: Path, store: Store, clock: Clock) -> None:
        self.place = Place(READER, store.outbox, clock)
        self._store = store
        self._file = LogFile(path)
        self._floor = Floor()
        self._said = 0
        """Up to which event the file is said to be true."""

    async def run(self, relay: Relay) -> None:
        """Write until cancelled. A disk that is full is waited for, and so is the store."""
        while True:
            try:
                await self._begin()
                while True:
                    await self._round(relay)
            except (OSError, StoreUnavailable) as error:
                reason = str(error)
            finally:
                self.place.connected = False
                await asyncio.to_thread(self._file.close)
            log.warning("events wait for the queue_log", extra={"reason": reason, "seconds": AGAIN_SECONDS})
            await asyncio.sleep(AGAIN_SECONDS)

    async def _begin(self) -> None:
        """From where the file is true; the first time of all, with what happens from now on."""
        await self.place.take()
        self._floor = Floor()
        now = Kept(seq=self.place.seq, known=as_kept(self._floor))
        kept = await asyncio.to_thread(self._file.begin, now)
        if kept.seq <= await self._store.outbox.head():  # else a store was put back that knows less
            self.place.seq = kept.seq
            try:
                self._floor = from_kept(kept.known)
            except (TypeError, KeyError, AttributeError) as error:
                log.warning("who was on the line is not known any more", extra={"reason": str(error)})
        await self._say(self.place.seq)
        self.place.connected = True

    async def _say(self, seq: int, lines: tuple[str, ...] = ()) -> None:
        await asyncio.to_thread(self._file.add, lines, seq, as_kept(self._floor))
        self._said = seq

    async def _round(self, relay: Relay) -> None:
        batch = await relay.next(self.place.seq, KEPT_SECONDS)
        if not batch:
            if self._said < self.place.seq:
                await self._say(self.place.seq)
            await self.place.keep()
            return
        self._floor, lines = await self._lines(batch)
        seq = batch[-1].seq or 0
        if lines:  # what has none is read again, at worst, from where the last one was
            await self._say(seq, lines)
        self.place.sent += len(batch)
        await self.place.dealt_with(seq)

    async def _lines(self, batch: Sequence[Event]) -> tuple[Floor, tuple[str, ...]]:
        floor, lines = self._floor, list[str]()
        for event in batch:
            serves = await self._served(AgentId(event.agent_id or "")) if signs_in(floor, event) else ()
            floor, told = lines_of(floor, event, serves)
            lines += told
        return floor, tuple(lines)

    async def _served(self, agent_id: AgentId) -> tuple[str, ...]:
        """Queues and campaigns whose people this agent takes."""
        try:
            agent = await self._store.agents.get(agent_id)
        except NotFound:
            return ()
        queues = list[str]()
        for stored in await self._store.queues.all():
            try:
                spec = parse_queue(stored.spec_text)
            except InputError:
                continue
            if spec.rank_of(agent_id, agent.campaigns) is not None:
                queues.append(spec.id)
        return (*queues, *agent.campaigns)
