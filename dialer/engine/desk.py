"""The agents' desk: signing in and out, pauses, softphones that come and go, and which call an agent is in."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Final

from cti_api.errors import Conflict, VoceroError
from cti_api.model.agents import Agent, AgentConnect, AgentState
from cti_api.model.ids import AgentId, LegId, new_leg_id
from dialer.agents.board import Seat
from dialer.agents.states import TECHNICAL, Move
from dialer.engine.book import Flight
from dialer.engine.closing import Closing
from dialer.engine.connecting import Connecting
from dialer.engine.floor import Floor
from dialer.telephony import CallAgent

LOGIN_RING_SECONDS: Final = 20.0
"""How long a softphone rings when its agent signs in."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Ringing:
    """A nailed-up leg that is being called."""

    agent_id: AgentId
    answered: asyncio.Future[bool] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Desk:
    """Every request of an agent or supervisor, and every event of a softphone."""

    def __init__(self, floor: Floor, connecting: Connecting, closing: Closing) -> None:
        self._floor = floor
        self._connecting = connecting
        self._closing = closing
        self._ringing: dict[LegId, _Ringing] = {}

    # -------------------------------------------------------------- requests

    async def log_in(self, agent_id: AgentId) -> None:
        """Sign in: a nailed-up agent's softphone is called and stays on the line.

        Raises `Conflict` when already signed in or when the softphone does not answer, `LinkDown` without Asterisk.
        """
        seat = self._floor.board.seat(agent_id)
        if seat.status.state is not AgentState.LOGGED_OFF:
            raise Conflict(f"Agent {agent_id} is signed in already ({seat.status.state.value}).")
        if not seat.phone_reachable:
            raise Conflict(f"The softphone of {agent_id} is not registered: start it, then log in again.")
        if seat.agent.connect is AgentConnect.NAILED_UP and not seat.leg_up and not await self._nail_up(seat):
            raise Conflict(f"The softphone of {agent_id} did not answer within {LOGIN_RING_SECONDS:.0f} s.")
        self._floor.move(seat, Move.LOG_IN, source="agent")
        self._ready_again()

    def log_out(self, agent_id: AgentId) -> None:
        """Sign out now, or after wrap-up when in a call. Raises `Conflict` when not signed in."""
        seat = self._floor.board.seat(agent_id)
        self._floor.move(seat, Move.LOG_OUT, source="agent")
        self.let_go()

    def pause(self, agent_id: AgentId, reason: str) -> None:
        """Pause now, or after wrap-up when in a call."""
        self._floor.move(self._floor.board.seat(agent_id), Move.PAUSE, source="agent", reason=reason)

    def make_ready(self, agent_id: AgentId) -> None:
        """End a pause, or the wrap-up (the call is then closed without disposition)."""
        seat = self._floor.board.seat(agent_id)
        flight = self._floor.book.get(seat.attempt_id) if seat.attempt_id else None
        if seat.status.state is AgentState.NOT_READY and not self._has_phone(seat):
            raise Conflict(f"The softphone of {agent_id} is not on the line: start it; the agent is called by itself.")
        self._floor.move(seat, Move.MAKE_READY, source="agent")
        if flight is not None and not flight.live:
            self._closing.close(flight)
        self._ready_again()

    async def hang_up(self, agent_id: AgentId) -> None:
        """End the agent's present call."""
        seat = self._floor.board.seat(agent_id)
        if seat.attempt_id is None or seat.status.state not in (AgentState.BUSY, AgentState.RESERVED):
            raise Conflict(f"Agent {agent_id} is in no call.")
        await self._connecting.hang_up(seat.attempt_id)

    def add(self, agent: Agent) -> None:
        """Put a new or changed account on the board."""
        self._floor.board.put(agent, self._floor.clock.now())

    # -------------------------------------------------------------- softphones

    def leg_answered(self, leg_id: LegId) -> None:
        seat = self._floor.board.by_leg(leg_id)
        if seat is not None:
            seat.leg_up = True
        ringing = self._ringing.get(leg_id)
        if ringing is not None and not ringing.answered.done():
            ringing.answered.set_result(True)

    def leg_ended(self, leg_id: LegId) -> None:
        """A leg is gone: the end of a rung agent's call, a refused login, or a softphone that was lost."""
        ringing = self._ringing.get(leg_id)
        if ringing is not None and not ringing.answered.done():
            ringing.answered.set_result(False)
        seat = self._floor.board.by_leg(leg_id)
        if seat is None:
            return
        if seat.agent.connect is AgentConnect.RUNG and seat.status.state is not AgentState.RESERVED:
            seat.leg_id, seat.leg_up = None, False
            return
        if seat.status.state is AgentState.LOGGED_OFF:
            seat.leg_id, seat.leg_up = None, False
            return
        log.warning("softphone lost", extra={"agent": seat.agent.id, "state": seat.status.state.value})
        self._connecting.agent_failed(seat)
        self._call_back(seat)

    def phone_reachable(self, agent_id: AgentId, reachable: bool) -> None:
        seat = next((s for s in self._floor.board if s.agent.id == agent_id), None)
        if seat is None:
            return
        seat.phone_reachable = reachable
        if reachable:
            self._call_back(seat)
        elif seat.agent.connect is AgentConnect.RUNG and seat.status.state is AgentState.READY:
            self._floor.move(seat, Move.LOSE_PHONE, source="system", reason=TECHNICAL)

    def legs_seen(self, legs: dict[AgentId, LegId], reachable: frozenset[AgentId]) -> None:
        """What Asterisk says after a (re)connect: nailed-up legs that are up, softphones that are registered."""
        for seat in self._floor.board:
            seat.phone_reachable = seat.agent.id in reachable
            leg_id = legs.get(seat.agent.id)
            if leg_id is not None:
                seat.leg_id, seat.leg_up = leg_id, True
                if seat.status.state is AgentState.LOGGED_OFF and seat.agent.connect is AgentConnect.NAILED_UP:
                    # The dialer was started anew under a working agent: they never signed out.
                    self._floor.move(seat, Move.LOG_IN, source="system")
                elif seat.status.state is AgentState.NOT_READY and seat.status.reason == TECHNICAL:
                    self._floor.move(seat, Move.MAKE_READY, source="system")
            elif seat.leg_id is not None and seat.leg_id not in self._ringing:
                self.leg_ended(seat.leg_id)
            else:
                self._call_back(seat)

    def adopted(self, seat: Seat, flight: Flight) -> None:
        """A restarted dialer found this agent in a talk."""
        for what in (Move.LOG_IN, Move.RESERVE, Move.CONNECT):
            if seat.status.state is not AgentState.BUSY:
                self._floor.move(seat, what, source="system")
        seat.attempt_id = flight.id

    def _call_back(self, seat: Seat) -> None:
        """A softphone that was lost and is there again is called again, and its agent is ready without a click."""
        lost = seat.status.state is AgentState.NOT_READY and seat.status.reason == TECHNICAL
        if not lost or not seat.phone_reachable or not self._floor.link_up:
            return
        if any(r.agent_id == seat.agent.id for r in self._ringing.values()):
            return
        self._floor.spawn(self._recover(seat), name=f"agent[{seat.agent.id}].recover")

    async def _recover(self, seat: Seat) -> None:
        try:
            if seat.agent.connect is AgentConnect.NAILED_UP and not seat.leg_up and not await self._nail_up(seat):
                return
        except VoceroError as error:
            log.info("agent could not be called again", extra={"agent": seat.agent.id, "reason": str(error)})
            return
        if seat.status.state is AgentState.NOT_READY and seat.status.reason == TECHNICAL:
            self._floor.move(seat, Move.MAKE_READY, source="system")
            self._ready_again()

    async def _nail_up(self, seat: Seat) -> bool:
        """Call the softphone for the shift; True once it answered."""
        leg_id = new_leg_id()
        ringing = self._ringing[leg_id] = _Ringing(seat.agent.id)
        seat.leg_id, seat.leg_up = leg_id, False
        try:
            await self._floor.telephony.perform(
                CallAgent(
                    leg_id=leg_id,
                    agent_id=seat.agent.id,
                    nailed_up=True,
                    attempt_id=None,
                    ring_seconds=LOGIN_RING_SECONDS,
                )
            )
            async with asyncio.timeout(LOGIN_RING_SECONDS + 2.0):
                answered = await ringing.answered
        except TimeoutError:
            answered = False
        finally:
            del self._ringing[leg_id]
        if not answered and seat.leg_id == leg_id:
            seat.leg_id, seat.leg_up = None, False
        return answered

    # -------------------------------------------------------------- shared

    def _has_phone(self, seat: Seat) -> bool:
        return seat.leg_up if seat.agent.connect is AgentConnect.NAILED_UP else seat.phone_reachable

    def let_go(self) -> None:
        """Hang up the legs of agents who signed out (at once, or granted after wrap-up)."""
        for seat in self._floor.board:
            if seat.status.state is AgentState.LOGGED_OFF and seat.leg_id is not None and seat.leg_up:
                leg_id, seat.leg_id, seat.leg_up = seat.leg_id, None, False
                self._floor.spawn(self._connecting.hang_up(leg_id), name=f"leg[{leg_id}].hang_up")

    def _ready_again(self) -> None:
        self._connecting.match()
        self._floor.wake.set()
