"""Takes each event from the telephone side, in order, to the part it concerns."""

from __future__ import annotations

import logging
from typing import assert_never

from cti_api.errors import Conflict, InputError
from cti_api.model.agents import AgentState
from cti_api.model.ids import TrunkId
from dialer.engine.caller_closing import CallerClosing
from dialer.engine.closing import Closing
from dialer.engine.consulting import Consulting
from dialer.engine.desk import Desk
from dialer.engine.floor import Floor
from dialer.engine.handing_on import HandingOn
from dialer.engine.holding import Holding
from dialer.engine.progress import Progress
from dialer.engine.settling import Settling
from dialer.engine.supervising import Supervising
from dialer.live import (
    CallBrought,
    CallerBrought,
    CallerPassed,
    CallerReached,
    CallHanded,
    CallPassed,
    CallReached,
    ColleagueJoined,
    HandedEvent,
    LegHeld,
    LegRetrieved,
    PersonKept,
)
from dialer.telephony import (
    CallAnswered,
    CallDialed,
    CallEnded,
    CallerCallBack,
    CallerCallsBack,
    CallerJoined,
    CallerLeft,
    CallerQueued,
    CallerReturned,
    CallerSorry,
    CallerWaitsAgain,
    CallForbidden,
    CallHoldExpired,
    CallJoined,
    CallLive,
    CallOptedOut,
    CallOrphaned,
    CallRefused,
    CallRinging,
    CallScreened,
    KeyPressed,
    LegAnswered,
    LegEnded,
    LegRinging,
    LinkDoubtful,
    LinkLost,
    LinkUp,
    PhoneReachable,
    TelephonyEvent,
)

log = logging.getLogger(__name__)


class Dispatch:
    """One consumer of the telephone's events; never awaits, so that no event waits for the disk or for Asterisk."""

    def __init__(
        self,
        floor: Floor,
        progress: Progress,
        closing: Closing,
        desk: Desk,
        settling: Settling,
        callers: CallerClosing,
        holding: Holding,
        handing: HandingOn,
        supervising: Supervising,
        consulting: Consulting,
    ) -> None:
        self._floor = floor
        self._callers = callers
        self._holding = holding
        self._handing = handing
        self._supervising = supervising
        self._consulting = consulting
        self._progress = progress
        self._closing = closing
        self._desk = desk
        self._settling = settling

    async def run(self) -> None:
        """Until the stream of events ends."""
        async for event in self._floor.telephony.events():
            self.take(event)
            self._supervising.look()
            self._consulting.look()

    def take(self, event: TelephonyEvent) -> None:
        match event:
            case (
                CallRinging()
                | CallAnswered()
                | CallLive()
                | CallScreened()
                | CallHoldExpired()
                | CallOptedOut()
                | CallOrphaned()
                | CallJoined()
                | CallPassed()
                | CallBrought()
                | CallReached()
                | CallHanded()
                | CallDialed()
                | CallForbidden()
                | CallRefused()
                | CallEnded()
            ):
                self._progress.take(event)
                if isinstance(event, CallJoined):
                    self._consulting.person_joined(event.attempt_id)
            case (
                CallerCallsBack()
                | CallerQueued()
                | CallerJoined()
                | CallerWaitsAgain()
                | CallerSorry()
                | CallerCallBack()
                | CallerReturned()
                | CallerLeft()
            ):
                if isinstance(event, CallerLeft | CallerReturned):
                    self._handing.gone(event.caller_id)
                self._callers.take(event)
                if isinstance(event, CallerJoined):
                    self._consulting.person_joined(event.caller_id)
            case CallerPassed() | CallerBrought() | CallerReached():
                self._handed(event)
            case LegRinging(leg_id=leg_id) if self._supervising.is_guest(leg_id):
                pass
            case LegAnswered(leg_id=leg_id) if self._supervising.is_guest(leg_id):
                self._supervising.answered(leg_id)
            case LegEnded(leg_id=leg_id) if self._supervising.is_guest(leg_id):
                self._supervising.ended(leg_id)
            case PersonKept(person=person):
                self._consulting.kept(person)
            case ColleagueJoined(leg_id=leg_id):
                self._consulting.joined(leg_id)
            case LegRinging(leg_id=leg_id) if self._consulting.is_outside(leg_id):
                pass
            case LegAnswered(leg_id=leg_id) if self._consulting.is_outside(leg_id):
                self._consulting.colleague_answered(leg_id)
            case LegRinging(leg_id=leg_id):
                self._desk.leg_rings(leg_id)
            case LegAnswered(leg_id=leg_id):
                self._desk.leg_answered(leg_id)
                self._consulting.colleague_answered(leg_id)
            case LegEnded(leg_id=leg_id):
                self._consulting.colleague_ended(leg_id)
                self._desk.leg_ended(leg_id)
            case LegHeld(leg_id=leg_id):
                self._holding.held(leg_id)
            case LegRetrieved(leg_id=leg_id):
                self._holding.retrieved(leg_id)
            case KeyPressed(channel_id=channel_id, digit=digit):
                self._key(channel_id, digit)
            case PhoneReachable(agent_id=name, reachable=reachable) if TrunkId(name) in self._floor.trunks:
                if not reachable:
                    log.warning("trunk does not answer", extra={"trunk": name})
                    self._floor.trunks.unreachable(TrunkId(name))
            case PhoneReachable(agent_id=agent_id, reachable=reachable):
                self._desk.phone_reachable(agent_id, reachable)
            case LinkUp():
                self._floor.link_up, self._floor.link_trouble = True, ""
                self._settling.link_came_up()
            case LinkLost(reason=reason):
                log.warning("link to Asterisk lost", extra={"reason": reason})
                self._floor.link_up = self._floor.reconciled = False
                self._floor.link_trouble = reason
                self._holding.link_lost()
            case LinkDoubtful(reason=reason):
                log.warning("link to Asterisk in doubt", extra={"reason": reason})
                self._floor.reconciled, self._floor.link_trouble = False, reason
                self._settling.ask_again()
            case _:
                assert_never(event)

    def _handed(self, event: HandedEvent) -> None:
        """An agent has handed a caller on."""
        caller = self._floor.callers.get(event.caller_id)
        if caller is None:
            return
        match event:
            case CallerPassed():
                self._handing.caller_passed(caller)
            case CallerBrought():
                self._handing.caller_brought(caller)
            case CallerReached():
                self._handing.caller_reached(caller)
                self._callers.left(caller, self._floor.clock.now())
            case _:
                assert_never(event)

    def _key(self, channel_id: str, digit: str) -> None:
        """A digit on an agent's telephone during wrap-up chooses the disposition of that key."""
        seat = self._floor.board.by_leg(channel_id)
        if seat is None or seat.status.state is not AgentState.WRAP_UP or seat.attempt_id is None:
            return
        flight = self._floor.book.get(seat.attempt_id)
        chosen = next((d for d in flight.spec.dispositions if d.key == digit), None) if flight else None
        if flight is None or chosen is None:
            return
        try:
            self._closing.dispose(flight, chosen.code, {})
        except (Conflict, InputError) as error:
            log.info("key refused", extra={"agent": seat.agent.id, "reason": str(error)})
