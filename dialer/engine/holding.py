"""Hold and retrieve: what the agents' softphones do by themselves, told and counted.

The agent's telephone asks Asterisk for it (a SIP re-INVITE), and Asterisk plays the music to whoever is joined with it.
A softphone may hold with nobody there, or hold on when the talk is over: nobody is joined with it then.
"""

from __future__ import annotations

from collections.abc import Callable

from cti_api.model.agents import AgentState
from cti_api.model.events import EventKind
from cti_api.model.ids import LegId
from dialer.agents.board import Seat
from dialer.engine.book import Flight
from dialer.engine.callers import Caller
from dialer.engine.floor import Floor


class Holding:
    """Every word of a softphone about hold. Never awaits."""

    def __init__(self, floor: Floor, match: Callable[[], None]) -> None:
        """`match`: gives who is free somebody who waits."""
        self._floor = floor
        self._match = match

    def held(self, leg_id: LegId) -> None:
        """The softphone holds; told where somebody is joined with it."""
        seat = self._floor.board.by_leg(leg_id)
        if seat is None or seat.held_since is not None:
            return
        seat.hold = (leg_id, self._floor.clock.now())
        if (talk := talk_of(self._floor, seat)) is not None:
            _tell(self._floor, seat, talk, EventKind.CALL_HELD)

    def retrieved(self, leg_id: LegId) -> None:
        """The softphone holds no more; it can be given somebody again."""
        seat = self._floor.board.by_leg(leg_id)
        if seat is None or seat.held_since is None:
            return
        hold_over(self._floor, seat)
        seat.hold = None
        self._match()
        self._floor.wake.set()

    def link_lost(self) -> None:
        """Nobody tells us any more; Asterisk's list of channels does not say who holds."""
        for seat in self._floor.board:
            seat.hold = None


def talk_of(floor: Floor, seat: Seat) -> Flight | Caller | None:
    """With whom the agent talks."""
    if seat.status.state is not AgentState.BUSY:
        return None
    return floor.callers.get(seat.caller_id) or (floor.book.get(seat.attempt_id) if seat.attempt_id else None)


def hold_over(floor: Floor, seat: Seat) -> None:
    """The person is on hold no more: taken up again, or about to be parted from this agent."""
    talk, since = talk_of(floor, seat), seat.held_since
    if talk is None or since is None:
        return
    seconds = max((floor.clock.now() - since).total_seconds(), 0.0)
    talk.held_seconds += seconds
    _tell(floor, seat, talk, EventKind.CALL_RETRIEVED, held_seconds=round(seconds, 3))


def _tell(floor: Floor, seat: Seat, talk: Flight | Caller, kind: EventKind, **facts: float) -> None:
    if isinstance(talk, Flight):
        floor.tell_of(talk, kind, agent_id=seat.agent.id, **facts)
        return
    event = floor.event(kind, call_id=talk.id, agent_id=seat.agent.id, **facts)
    floor.recorder.put("call told", lambda: floor.store.outbox.append(event), event)
