"""Calls in flight as the window sees them: `cti_api.live_ports.CallsPort`; `dialer.engine.port` hands it on."""

from __future__ import annotations

from datetime import datetime

from cti_api.errors import Conflict, NotFound
from cti_api.live_ports import LiveCall, LiveState, Supervision, TransferTo
from cti_api.model.calls import AttemptState
from cti_api.model.ids import AgentId
from dialer.calls.machine import Call, cancel
from dialer.engine.book import Flight
from dialer.engine.callers import Caller, CallerState
from dialer.engine.engine import Engine

OF_CALLERS = {
    CallerState.WAITING: LiveState.WAITING,
    CallerState.OFFERED: LiveState.OFFERED,
    CallerState.TALKING: LiveState.CONNECTED,
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
        return tuple(sorted((*called, *callers), key=lambda call: (call.since, call.id)))

    def _of_flight(self, flight: Flight) -> LiveCall:
        call, seat = flight.call, self._floor.board.by_attempt(flight.id)
        state, since = state_of(call, led=flight.led)
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
        )

    def _of_caller(self, caller: Caller) -> LiveCall:
        call, known, seat = caller.call, caller.known, self._floor.board.by_caller(caller.id)
        state = OF_CALLERS[caller.state]
        since = {LiveState.OFFERED: caller.offered_at, LiveState.CONNECTED: call.joined_at}.get(state)
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
        )

    async def end(self, call_id: str) -> None:
        flight = self._floor.book.get(call_id)
        caller = self._floor.callers.get(call_id)
        if flight is not None and flight.live:
            flight.call = cancel(flight.call)
        elif caller is None or caller.state not in OF_CALLERS:
            raise NotFound(f"There is no call {call_id} in flight.")
        await self._engine.connecting.hang_up(call_id)

    def transfers(self) -> tuple[TransferTo, ...]:
        return ()

    async def transfer(self, agent_id: AgentId, to: str) -> None:
        self._floor.board.seat(agent_id)
        raise Conflict(f"Nobody can be handed on to {to} yet.")

    async def transfer_call(self, call_id: str, to: str) -> None:
        raise Conflict(f"The call {call_id} cannot be handed on to {to} yet.")

    async def supervise(self, call_id: str, mode: Supervision, *, by: str, telephone: str) -> None:
        del by, telephone
        raise Conflict(f"Nobody can {mode.value} in the call {call_id} yet.")

    async def leave(self, call_id: str, *, by: str) -> None:
        del by
        raise Conflict(f"You take no part in the call {call_id}.")


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
