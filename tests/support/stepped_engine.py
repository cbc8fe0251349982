"""The engine without its loops, on a clock that a test moves and a store that answers at once.

A test asks for one round of dialling, ends the calls that came of it, and goes on to the next instant: a year passes
in minutes. The engine may be killed in any write and in any Originate; it is begun anew from the store's file, as a
process would be.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Concatenate

import sqlalchemy as sa

from cti_api.law.rules import Pack
from cti_api.model.agents import Agent, AgentConnect
from cti_api.model.calls import CallResult
from cti_api.model.ids import AgentId, AttemptId, CampaignId, TrunkId
from cti_api.store.database import P, T, run_noting_appends
from cti_api.store.failures import in_our_words
from cti_api.store.sqlite import FileLock, dialer_lock
from cti_api.store.store import Store
from dialer.agents.states import Move
from dialer.engine.book import Flight
from dialer.engine.engine import Engine
from dialer.engine.floor import Floor
from dialer.engine.trunks import TrunkLimits, Trunks
from dialer.telephony import PlaceCall, Request, TelephonyEvent
from dialer.truth import ChannelSeen, Truth

TRUNK = TrunkId("operador-a")
AGENTS = tuple(AgentId(f"agente-{n}") for n in range(20))
"""Always ready, in every campaign."""

MANY = 1_000_000


class Killed(BaseException):
    """``kill -9``: nothing catches it, nothing is tidied up."""


class MovedClock:
    """Stands still between the test's moves."""

    def __init__(self, now: datetime) -> None:
        self._began = self._now = now

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return (self._now - self._began).total_seconds()

    def move_to(self, now: datetime) -> None:
        self._now = max(now, self._now)

    def move_by(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


class Fate:
    """Kills about once in so many of the moments in which it could."""

    def __init__(self, random: Random, once_in: int) -> None:
        self._random = random
        self._once_in = once_in
        self.is_armed = False

    def may_kill(self) -> None:
        if self.is_armed and self._random.randrange(self._once_in) == 0:
            raise Killed


class PromptDatabase:
    """`cti_api.store.database.Database` on one connection to SQLite, with nobody waited for, not even the disk."""

    lone_writer = True

    def __init__(self, path: Path, fate: Fate) -> None:
        self.news = asyncio.Event()
        self._path = path
        self._fate = fate
        self._engine = sa.create_engine(
            f"sqlite:///{path}", poolclass=sa.StaticPool, connect_args={"isolation_level": None}
        )
        sa.event.listen(self._engine, "connect", _careless)
        sa.event.listen(self._engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))

    @property
    def writable(self) -> bool:
        return True

    async def read(self, work: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        with in_our_words(), self._engine.begin() as connection:
            return work(connection, *args, **kwargs)

    async def write(self, work: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        with in_our_words(), self._engine.begin() as connection:
            result, _ = run_noting_appends(connection, work, args, kwargs)
            self._fate.may_kill()
        self._fate.may_kill()
        return result

    async def write_lightly(
        self, work: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self.write(work, *args, **kwargs)

    async def rebuild(self, work: Callable[[sa.Connection], T]) -> T:
        return await self.write(work)

    def exclusive_lock(self) -> FileLock:
        return dialer_lock(self._path)

    async def close(self) -> None:
        self._engine.dispose()


def _careless(connection: sqlite3.Connection, _record: object) -> None:
    """A process that is killed loses nothing of what it wrote: only a power cut would."""
    for pragma in ("journal_mode=WAL", "synchronous=OFF", "foreign_keys=ON", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")


class Telephone:
    """Takes Originates, and knows which channels are up; `dials` says what comes of each and writes it down."""

    def __init__(self, clock: MovedClock, fate: Fate, dials: Callable[[PlaceCall], None]) -> None:
        self._clock = clock
        self.fate = fate
        self._dials = dials
        self.ringing: set[AttemptId] = set()
        """Channels that Asterisk still has."""
        self.started_at = clock.now() - timedelta(days=1)

    async def events(self) -> AsyncIterator[TelephonyEvent]:
        raise AssertionError("a test tells the engine how calls end")
        yield

    async def perform(self, request: Request) -> None:
        assert isinstance(request, PlaceCall), request
        self.fate.may_kill()
        self._clock.move_by(0.2)
        self._dials(request)
        self.ringing.add(request.attempt_id)
        self.fate.may_kill()

    async def truth(self) -> Truth:
        channels = (
            ChannelSeen(
                channel_id=attempt, name="", up=False, ringing=True, bridge_id="", exten="", agent_id=None,
                age_seconds=1.0,
            )
            for attempt in self.ringing
        )  # fmt: skip
        return Truth(asterisk_started_at=self.started_at, channels=tuple(channels), reachable_agents=frozenset(AGENTS))


class SteppedEngine:
    """One process's life, from `begin` to its end or its death."""

    def __init__(
        self, folder: Path, clock: MovedClock, telephone: Telephone, fate: Fate, packs: tuple[Pack, ...]
    ) -> None:
        self.clock = clock
        self._telephone = telephone
        self._database = PromptDatabase(folder / "vocero.db", fate)
        limits = TrunkLimits(id=TRUNK, channels=MANY, calls_per_hour=MANY, calls_per_second=float(MANY))
        self.floor = Floor(
            store=Store(self._database),
            telephony=telephone,
            clock=clock,
            random=Random(1),
            packs=packs,
            trunks=Trunks([limits], clock, channels=MANY, calls_per_second=float(MANY)),
            journal=folder / "vocero.csv",
        )
        self.engine = Engine(self.floor, folder)

    @property
    def store(self) -> Store:
        return self.floor.store

    async def begin(self) -> None:
        """Take everything up from the store, and ask Asterisk what is true until all is settled."""
        await self.engine.load()
        for seat in self.floor.board:
            seat.phone_reachable = True
            self.floor.board.move(seat.agent.id, Move.LOG_IN, self.clock.now(), source="agent")
        self.floor.link_up, self.floor.link_trouble = True, ""
        self.engine.settling.link_came_up()
        for _ in range(2):  # the second time after the grace
            await self.engine.settling.settle_once()
            await self.write()
            self.clock.move_by(3)

    async def round(self) -> None:
        """Ask every campaign's pacer once, and place what it says."""
        await self.engine.dialing._round()
        await self.write()

    async def end(self, flight: Flight, result: CallResult, disposition: str = "", **entered: str) -> None:
        """The call is over; a person who talked was disposed of at once."""
        call, now = flight.call, self.clock.now()
        if result in (CallResult.CONNECTED, CallResult.ABANDONED, CallResult.CALLER_HUNG_UP, CallResult.MACHINE):
            call = replace(call, rang=True, answered_at=call.placed_at)
        if result is CallResult.CONNECTED:
            call = replace(call, connected_at=now, agent_id=AGENTS[0])
            flight.disposition, flight.disposition_fields = disposition, entered
        flight.call = replace(call, ended_at=now)
        self._telephone.ringing.discard(flight.id)
        self.engine.closing.call_over(flight, result)
        await self.write()

    async def write(self) -> None:
        """What the recorder was given, as its own loop writes it."""
        if not self.floor.recorder.depth:
            return
        writing = asyncio.create_task(self.floor.recorder.run())
        drained = asyncio.create_task(self.floor.recorder.drained())
        done, _ = await asyncio.wait({writing, drained}, return_when=asyncio.FIRST_COMPLETED)
        for task in {writing, drained} - done:
            task.cancel()
        await asyncio.sleep(0)
        if writing in done:
            writing.result()

    async def close(self) -> None:
        await self._database.close()


def agents_of(campaigns: tuple[CampaignId, ...]) -> list[Agent]:
    return [Agent(id=name, name=name, campaigns=campaigns, connect=AgentConnect.RUNG) for name in AGENTS]
