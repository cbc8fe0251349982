"""Finds callers again whom nobody watched: after a start, or a lost link."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from cti_api.model.agents import AgentState
from cti_api.model.ids import AgentId, InboundId
from cti_api.model.queues import InboundCall, InboundOutcome
from dialer.agents.board import Seat
from dialer.agents.states import Move
from dialer.calls.journal import Trace
from dialer.engine.caller_closing import CallerClosing
from dialer.engine.callers import Caller, CallerState, Known
from dialer.engine.calling_back import known_of
from dialer.engine.floor import Floor
from dialer.engine.journal_file import read_journal
from dialer.engine.reception import FIRST_WORD, Reception
from dialer.telephony import CallerQueued
from dialer.truth import CallerSeen, Truth, held_for

ENTERING = frozenset({"enter", "number", "lead", "come"})
LEAVING = frozenset({"sorry", "waited", "nobody", "asked", "back"})
"""Extensions of the queue's context."""

ON_THE_LINE = frozenset({CallerState.WAITING, CallerState.OFFERED, CallerState.TALKING, CallerState.BROUGHT})


class CallerSettling:
    """Brings the callers' book into line with Asterisk and the store."""

    def __init__(self, floor: Floor, reception: Reception, closing: CallerClosing) -> None:
        self._floor = floor
        self._reception = reception
        self._closing = closing

    async def settle(self, held: frozenset[InboundId], stored: Iterable[InboundCall], truth: Truth) -> None:
        """`held`: callers in the book, and `stored`: calls open on record, before the truth was asked: who came
        meanwhile is not in doubt."""
        floor = self._floor
        on_record = {call.id: call for call in stored if call.id not in floor.callers and call.id not in held}
        known = await known_of(floor, on_record.values())
        there = {seen.caller_id: seen for seen in truth.callers}
        for seen in truth.callers:
            caller = floor.callers.get(seen.caller_id)
            if caller is None and (seen.exten in ENTERING or seen.handed_on):
                continue  # about to say so themselves, or with somebody who is none of ours
            if caller is None and seen.caller_id not in held:
                caller = self._take_up(seen, on_record.pop(seen.caller_id, None))
                caller.known = known.get(caller.id)
            if caller is not None:
                self._look(caller, seen, truth)
        gone = [c for c in floor.callers if c.id in held and c.id not in there and c.state in ON_THE_LINE]
        over = [call for call in on_record.values() if call.id not in there]
        if not gone and not over:
            return
        since = min([c.call.arrived_at for c in gone] + [call.arrived_at for call in over])
        traces = (await asyncio.to_thread(read_journal, floor.journal, since)).traces
        for caller in gone:
            self._left(caller, traces.get(caller.id))
        for call in over:
            self._over(call, traces.get(call.id), known.get(call.id))

    def _take_up(self, seen: CallerSeen, known: InboundCall | None) -> Caller:
        """Of an earlier process, or of nobody: somebody who came while no dialer ran."""
        floor, now = self._floor, self._floor.clock.now()
        if known is None:
            queued = CallerQueued(seen.caller_id, seen.queue, seen.number, seen.terms)
            return self._closing.arrived(queued, now - timedelta(seconds=seen.age_seconds))
        lost_agent = known.joined_at is not None
        caller = Caller(call=known, tell_at=now + FIRST_WORD, terms=seen.terms, lost_agent=lost_agent)
        caller.told_of_recording = known.recording != ""
        floor.callers.add(caller)
        return caller

    def _look(self, caller: Caller, seen: CallerSeen, truth: Truth) -> None:
        """Events that we did not get, from where the caller is now."""
        if seen.handed_on:
            return
        if seen.exten in LEAVING and not seen.bridge_id:
            caller.dismissed = True
        keeper, bridge = held_for(seen.exten), seen.bridge_id
        with_them = (c for c in truth.channels if (c.bridge_id == bridge if bridge else c.channel_id == keeper))
        agent_id = next((c.agent_id for c in with_them if c.agent_id), None)
        if agent_id is not None and caller.state in (CallerState.WAITING, CallerState.OFFERED):
            self._adopt(caller, agent_id)
        elif agent_id is None and caller.state is CallerState.TALKING and not self._floor.reconciled and not bridge:
            self._reception.parted(caller)

    def _adopt(self, caller: Caller, agent_id: AgentId) -> None:
        """Asterisk has these two in a talk that we did not see begin."""
        floor, now = self._floor, self._floor.clock.now()
        seat = self._free_seat(agent_id, caller)
        caller.state, caller.agent_id = CallerState.TALKING, agent_id
        caller.call = replace(caller.call, agent_id=agent_id, joined_at=caller.call.joined_at or now)
        if seat is not None:
            if seat.status.state is not AgentState.BUSY:
                floor.move(seat, Move.ADOPT, source="system")
            seat.caller_id = caller.id
        self._reception.write(caller)

    def _left(self, caller: Caller, trace: Trace | None) -> None:
        """Their end came while nobody listened."""
        if trace is not None and trace.joined_at is not None and caller.call.joined_at is None:
            caller.call = replace(caller.call, joined_at=trace.joined_at, agent_id=trace.agent_id)
        if trace is not None and trace.wants_call_back_at is not None and caller.call.joined_at is None:
            self._closing.wants_call_back(caller, trace.wants_call_back_at)
        ended_at = trace.ended_at if trace is not None and trace.ended_at is not None else self._floor.clock.now()
        self._closing.left(caller, ended_at, _outcome(trace))

    def _over(self, call: InboundCall, trace: Trace | None, known: Known | None) -> None:
        """An earlier process knew them: its agent may still have something to say."""
        floor = self._floor
        caller = Caller(call=call, tell_at=floor.clock.now(), known=known)
        floor.callers.add(caller)
        if call.outcome is None and call.ended_at is not None and call.call_back_at is not None:
            caller.state = CallerState.KEPT
            return
        if call.outcome is None:
            self._left_unseen(caller, trace)
        else:
            caller.state = CallerState.OVER
        seat = self._free_seat(call.agent_id, caller)
        spec = floor.queues.get(call.queue)
        if caller.id not in floor.callers or caller.state is CallerState.KEPT:
            return
        if seat is None or spec is None or seat.status.state is not AgentState.WRAP_UP:
            self._closing.close(caller)
            return
        seat.caller_id = caller.id
        caller.wrap_up_until = floor.clock.now() + timedelta(seconds=spec.wrap_up_seconds)

    def _left_unseen(self, caller: Caller, trace: Trace | None) -> None:
        seat = self._free_seat(caller.call.agent_id, caller)
        if seat is not None and caller.call.joined_at is not None:
            # A talk that ended while no dialer ran: its agent says what became of it, as after any other.
            if seat.status.state is not AgentState.WRAP_UP:
                self._floor.move(seat, Move.ADOPT, source="system")
            seat.caller_id = caller.id
        self._left(caller, trace)

    def _free_seat(self, agent_id: AgentId | None, caller: Caller) -> Seat | None:
        """That agent's seat, unless another call has it."""
        seats = (s for s in self._floor.board if s.agent.id == agent_id and s.attempt_id is None)
        return next((s for s in seats if s.caller_id in (None, caller.id)), None)


def _outcome(trace: Trace | None) -> InboundOutcome:
    """Of a wait whose end nobody saw; a talk is a talk, whatever this says."""
    if trace is None or trace.ended_at is None:
        return InboundOutcome.LOST
    if trace.returned:
        return InboundOutcome.LED_ON
    return InboundOutcome.OVERFLOWED if trace.apologized else InboundOutcome.CALLER_ABANDONED
