"""Asks Asterisk what is true, and brings book, board and store into line with it.

After each (re)connect before anything is dialled, and every 15 s in between, since events only make the truth faster.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Final

from cti_api.errors import VoceroError
from cti_api.model.agents import AgentState
from cti_api.model.calls import Attempt, AttemptState
from cti_api.model.ids import CHANNEL_ID, AgentId, AttemptId
from dialer.agents.board import Seat
from dialer.calls.machine import Call
from dialer.calls.settle import Adopt, CloseAs, LookAgain, call_of, settle
from dialer.engine.abandonment import count_over
from dialer.engine.book import Flight
from dialer.engine.caller_settling import CallerSettling
from dialer.engine.closing import Closing
from dialer.engine.connecting import Connecting
from dialer.engine.consulting import Consulting
from dialer.engine.desk import Desk
from dialer.engine.floor import Floor
from dialer.engine.journal_file import Journal, read_journal
from dialer.engine.progress import Progress
from dialer.telephony import CallOrphaned
from dialer.truth import Truth

SWEEP_SECONDS: Final = 15.0
"""How often Asterisk's truth is asked while all is well (failure catalogue F6)."""

RETRY_SECONDS: Final = 0.5
ADOPTED_AGAIN_SECONDS: Final = 2.0
STRANGER_SECONDS: Final = 5.0
"""A channel that carries an id of ours but belongs to no open attempt is hung up after this (design rule 2.1.6)."""

log = logging.getLogger(__name__)


class Settling:
    """One loop: wait for a reason to ask, ask, carry out the verdicts."""

    def __init__(
        self,
        floor: Floor,
        connecting: Connecting,
        progress: Progress,
        closing: Closing,
        desk: Desk,
        callers: CallerSettling,
        consulting: Consulting,
    ) -> None:
        self._floor = floor
        self._callers = callers
        self._consulting = consulting
        self._progress = progress
        self._connecting = connecting
        self._closing = closing
        self._desk = desk
        self._asked = asyncio.Event()
        self._reasons = 0
        """How often there was a reason to ask beside the sweep."""
        self._strangers: dict[str, float] = {}
        self._missed: dict[AttemptId, datetime] = {}
        """When, over the present session, the channel of an open attempt was first not there."""

    def link_came_up(self) -> None:
        """A new session: nothing is dialled until the truth was asked."""
        self._floor.reconciled = False
        self._missed.clear()
        self.ask_again()

    def ask_again(self) -> None:
        """Something is in doubt: do not wait for the next sweep."""
        self._reasons += 1
        self._asked.set()

    async def run(self) -> None:
        wait = SWEEP_SECONDS
        while True:
            try:
                async with asyncio.timeout(wait):
                    await self._asked.wait()
            except TimeoutError:
                pass
            self._asked.clear()
            if not self._floor.link_up:
                wait = SWEEP_SECONDS
                continue
            try:
                wait = await self.settle_once()
            except VoceroError as error:
                log.warning("the truth could not be asked", extra={"reason": str(error)})
                wait = RETRY_SECONDS

    async def settle_once(self) -> float:
        """Ask once and carry out every verdict. Returns the seconds until it should be asked again."""
        floor, reasons = self._floor, self._reasons
        # What is held or written before the question; a call placed while Asterisk answers is not in doubt, and one
        # that ends meanwhile is over, whatever the answer says.
        asked_for = {f.id for f in floor.book.live() if f.asked_for}
        held = {f.id for f in floor.book} | floor.book.closing
        phones = self._desk.phones()
        await floor.recorder.drained()
        callers = frozenset(caller.id for caller in floor.callers)
        calls = await floor.store.queues.open_calls()
        stored = await floor.store.attempts.unsettled()
        held |= {f.id for f in floor.book} | floor.book.closing
        truth = await floor.telephony.truth()
        watched = {f.id: f.call for f in floor.book.live() if f.id in asked_for}
        attempts = [a for a in stored if a.id in watched or a.id not in held]
        journal = await self._journal(attempts, watched, truth)
        again = SWEEP_SECONDS
        now = floor.clock.now()
        up = {c.channel_id for c in truth.channels}
        self._missed = {a.id: self._missed.get(a.id, now) for a in attempts if a.id not in up}
        for verdict in settle(attempts, truth, journal.traces, now, self._missed, watched, whole=journal.whole):
            if verdict.attempt.id in held and verdict.attempt.id not in floor.book:
                continue
            match verdict:
                case Adopt():
                    if verdict.attempt.id not in floor.book:
                        # Its end may have come while it was in no book: look once more, soon.
                        again = min(again, ADOPTED_AGAIN_SECONDS)
                    await self._adopt(verdict)
                case CloseAs():
                    await self._close(verdict)
                case LookAgain(at=at):
                    again = min(again, max(0.1, (at - now).total_seconds()))
        await self._resume_wrap_ups([a for a in stored if a.state is AttemptState.WRAP_UP and a.id not in held])
        await self._callers.settle(callers, calls, truth)
        self._desk.phones_seen(truth, phones)
        self._consulting.seen(truth)
        again = min(again, self._strange(truth))
        if not floor.reconciled:
            log.info("reconciled with Asterisk", extra={"channels": len(truth.channels), "open": len(attempts)})
        if reasons == self._reasons:
            # Else the link came up anew, or fell into doubt, while this answer was on its way.
            floor.reconciled = floor.link_up
        self._desk.tend()
        self._connecting.match()
        floor.wake.set()
        return again

    async def _journal(self, attempts: list[Attempt], watched: dict[AttemptId, Call], truth: Truth) -> Journal:
        """The journal, where it has something to say: of calls that nobody held, or whose channel is gone. It grows by
        megabytes a day, and a sweep that finds all as it should be does not open it."""
        up = {c.channel_id for c in truth.channels}
        asked_of = [a.created_at for a in attempts if a.id not in watched or a.id not in up]
        if not asked_of:
            return Journal({}, whole=True)
        return await asyncio.to_thread(read_journal, self._floor.journal, min(asked_of))

    async def _flight(self, attempt: Attempt, call: Call) -> Flight:
        """The flight of that attempt: the book's own, else a new one with `call`."""
        known = self._floor.book.get(attempt.id)
        if known is not None:
            return known
        floor = self._floor
        age = (floor.clock.now() - attempt.created_at).total_seconds()
        flight = Flight(
            attempt=attempt,
            lead=await floor.store.leads.get(attempt.lead_id),
            spec=await floor.spec(attempt.campaign_id),
            call=call,
            placed_monotonic=floor.clock.monotonic() - age,
            disposition=attempt.disposition,
            disposition_fields=attempt.disposition_fields,
        )
        floor.book.add(flight)
        return flight

    async def _adopt(self, verdict: Adopt) -> None:
        flight = await self._flight(verdict.attempt, verdict.call)
        if not flight.live:
            return
        if (seat := self._free_seat(verdict.agent_id)) is not None:
            self._desk.adopted(seat, flight)
        for event in verdict.events:
            # The one event that leads back: old news of it would part a person and an agent who were joined since. It
            # is only needed where its own event may have been lost.
            if not (isinstance(event, CallOrphaned) and self._floor.reconciled):
                self._progress.take(event)

    async def _close(self, verdict: CloseAs) -> None:
        flight = await self._flight(verdict.attempt, verdict.call)
        if not flight.live:
            return
        seat = self._free_seat(verdict.call.agent_id)
        if verdict.call.connected_at is not None and seat is not None:
            # A talk that ended while nobody watched: its agent says what became of it, as after any other.
            if seat.status.state is AgentState.WRAP_UP:
                seat.attempt_id = flight.id
            else:
                self._desk.adopted(seat, flight)
        flight.call = verdict.call
        self._closing.call_over(flight, verdict.result)

    def _free_seat(self, agent_id: AgentId | None) -> Seat | None:
        """That agent's seat, unless another call has it already."""
        return next((s for s in self._floor.board if s.agent.id == agent_id and s.in_no_call), None)

    async def _resume_wrap_ups(self, attempts: list[Attempt]) -> None:
        """Calls that ended before a restart and still want their disposition: the limit begins anew."""
        for attempt in attempts:
            flight = await self._flight(attempt, call_of(attempt))
            flight.result = attempt.result
            count_over(self._floor, flight)
            flight.wrap_up_until = self._floor.clock.now() + timedelta(seconds=flight.spec.wrap_up_seconds)
            seat = self._free_seat(attempt.agent_id)
            if seat is not None and seat.status.state is AgentState.WRAP_UP:
                seat.attempt_id = flight.id

    def _strange(self, truth: Truth) -> float:
        """Hang up channels of ours that belong to no open attempt and no seat; seconds until the next look."""
        now = self._floor.clock.monotonic()
        legs = {s.leg_id for s in self._floor.board} | self._floor.guests
        outside = {c.bridge_id for c in truth.channels if c.handed_on} | {
            c.bridge_id for c in truth.callers if c.handed_on and c.bridge_id
        }
        strange = {
            c.channel_id
            for c in truth.channels
            if CHANNEL_ID.match(c.channel_id)
            and not c.handed_on
            and c.bridge_id not in outside
            and c.channel_id not in self._floor.book
            and c.channel_id not in legs
            and not (c.bridge_id and (c.exten in self._floor.book or c.exten in self._floor.callers))
        }
        self._strangers = {c: self._strangers.get(c, now) for c in strange}
        for channel_id, since in self._strangers.items():
            if now - since >= STRANGER_SECONDS:
                log.warning("a channel without an attempt is hung up", extra={"channel": channel_id})
                self._floor.spawn(self._connecting.hang_up(channel_id), name=f"stranger[{channel_id}].hang_up")
        oldest = min(self._strangers.values(), default=None)
        return SWEEP_SECONDS if oldest is None else max(0.5, oldest + STRANGER_SECONDS - now)
