"""Calls in flight as the window sees them: `cti_api.live_ports.CallsPort`; `dialer.engine.port` hands it on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from cti_api.errors import Conflict, NotFound
from cti_api.live_ports import LiveCall, LiveState, Supervision, TransferTo
from cti_api.model.calls import AttemptState
from cti_api.model.ids import AgentId
from dialer.agents.board import Seat
from dialer.calls.machine import Call, cancel
from dialer.engine.book import Flight
from dialer.engine.callers import Caller, CallerState
from dialer.engine.engine import Engine
from dialer.engine.handing_on import Outside

OF_CALLERS = {
    CallerState.WAITING: LiveState.WAITING,
    CallerState.OFFERED: LiveState.OFFERED,
    CallerState.TALKING: LiveState.CONNECTED,
    CallerState.BROUGHT: LiveState.TRANSFERRING,
}
"""Whoever has hung up, or keeps a place, is in no call."""


class LivePort:
    """Every answer is of now."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._floor = engine.floor

    def calls(self) -> tuple[LiveCall, ...]:
        floor = self._floor
        called = [self._of_flight(flight) for flight in floor.book.live()]
        callers = [self._of_caller(caller) for caller in floor.callers if caller.state in OF_CALLERS]
        outside = [self._of_outside(each) for each in self._engine.handing.outside.values()]
        return tuple(sorted((*called, *callers, *outside), key=lambda call: (call.since, call.id)))

    def _of_outside(self, outside: Outside) -> LiveCall:
        """Their attempt, or stay, may be closed by now."""
        talk = outside.talk
        of = self._of_flight(talk) if isinstance(talk, Flight) else self._of_caller(talk)
        return replace(
            of, state=LiveState.TRANSFERRED, since=outside.since, agent_id=outside.by, to=outside.to, held_since=None
        )

    def _of_flight(self, flight: Flight) -> LiveCall:
        call, seat = flight.call, self._floor.board.by_attempt(flight.id)
        state, since = state_of(call, led=flight.led)
        state, to = self._on_the_way(flight.id, state)
        return LiveCall(
            id=flight.id,
            state=state,
            since=since,
            number=flight.attempt.number.e164,
            campaign_id=flight.attempt.campaign_id,
            lead_id=flight.lead.id,
            lead_name=flight.lead.contact.name,
            agent_id=call.agent_id,
            held_since=seat.held_since if seat is not None and state is LiveState.CONNECTED else None,
            to=to,
            supervised=self._engine.supervising.of(flight.id),
        )

    def _on_the_way(self, talk_id: str, state: LiveState) -> tuple[LiveState, str]:
        """To whom somebody is being handed on, or who is asked about them; and their state, which may say so."""
        if state is LiveState.CONNECTED and (asked := self._engine.consulting.about(talk_id)):
            return LiveState.CONSULTING, asked
        to = self._engine.handing.where_to(talk_id)
        return (LiveState.TRANSFERRING if to and state is LiveState.OFFERED else state), to

    def _of_caller(self, caller: Caller) -> LiveCall:
        call, known, seat = caller.call, caller.known, self._floor.board.by_caller(caller.id)
        state, to = self._on_the_way(caller.id, OF_CALLERS.get(caller.state, LiveState.WAITING))
        joined = (LiveState.CONNECTED, LiveState.CONSULTING)
        since = call.joined_at if state in joined else caller.offered_at if state is LiveState.OFFERED else None
        return LiveCall(
            id=caller.id,
            state=state,
            since=since or call.queued_at,
            number=call.number,
            campaign_id=known.spec.id if known is not None else None,
            queue=call.queue,
            lead_id=known.lead.id if known is not None else None,
            lead_name=known.lead.contact.name if known is not None else "",
            agent_id=caller.agent_id,
            held_since=seat.held_since if seat is not None and state is LiveState.CONNECTED else None,
            to=to,
            supervised=self._engine.supervising.of(caller.id),
        )

    async def end(self, call_id: str) -> None:
        flight = self._floor.book.get(call_id)
        caller = self._floor.callers.get(call_id)
        if flight is not None and flight.live:
            flight.call = cancel(flight.call)
        elif call_id not in self._engine.handing.outside and (caller is None or caller.state not in OF_CALLERS):
            raise NotFound(f"There is no call {call_id} in flight.")
        await self._engine.connecting.hang_up(call_id)

    def transfers(self) -> tuple[TransferTo, ...]:
        return self._engine.handing.targets.all()

    async def transfer(self, agent_id: AgentId, to: str) -> None:
        self._engine.consulting.refuse_while(agent_id)
        await self._engine.handing.hand_on(agent_id, to)

    async def transfer_call(self, call_id: str, to: str) -> None:
        await self.transfer(self._talking(call_id).agent.id, to)

    async def consult(self, agent_id: AgentId, to: str) -> None:
        await self._engine.consulting.consult(agent_id, to)

    async def complete(self, agent_id: AgentId) -> None:
        await self._engine.consulting.complete(agent_id)

    async def go_back(self, agent_id: AgentId) -> None:
        await self._engine.consulting.go_back(agent_id)

    def _talking(self, call_id: str) -> Seat:
        """Who talks in that call."""
        call = next((call for call in self.calls() if call.id == call_id), None)
        if call is None:
            raise NotFound(f"There is no call {call_id} in flight.")
        if call.state not in (LiveState.CONNECTED, LiveState.CONSULTING) or call.agent_id is None:
            raise Conflict(f"The call {call_id} is {call.state.value}: no agent talks in it.")
        return self._floor.board.seat(call.agent_id)

    async def supervise(self, call_id: str, mode: Supervision, *, by: str, telephone: str) -> None:
        await self._engine.supervising.supervise(self._talking(call_id), mode, by=by, telephone=telephone)

    async def leave(self, call_id: str, *, by: str) -> None:
        await self._engine.supervising.leave(call_id, by=by)


def state_of(call: Call, *, led: bool) -> tuple[LiveState, datetime]:
    """Where a call that we placed is, and since when."""
    match call.state:
        case AttemptState.RINGING:
            return LiveState.RINGING, call.ringing_at or call.placed_at
        case AttemptState.ANSWERED if call.live_at is not None:
            return LiveState.WAITING, call.live_at
        case AttemptState.ANSWERED:
            return LiveState.ANSWERED, call.answered_at or call.placed_at
        case AttemptState.OFFERED:
            return LiveState.OFFERED, call.offered_at or call.placed_at
        case AttemptState.CONNECTED:
            state = LiveState.LED if led else LiveState.CONNECTED
            return state, call.joined_at or call.connected_at or call.placed_at
        case _:
            return LiveState.DIALING, call.placed_at
