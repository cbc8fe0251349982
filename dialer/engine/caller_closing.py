"""What becomes of callers: each event of one, the end of the call, and what the agent says of it."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from cti_api.appointments.agreed import booking_of
from cti_api.errors import Conflict, Fault, InputError
from cti_api.model.agents import AgentState
from cti_api.model.events import EventKind
from cti_api.model.ids import AgentId, AttemptId
from cti_api.model.queues import InboundCall, InboundOutcome
from cti_api.numbers.phones import RefusedPhone, parse_phone
from dialer.agents.states import Move
from dialer.engine.callers import Caller, CallerState
from dialer.engine.calling_back import CallingBack, move_lead
from dialer.engine.closing import check_disposition
from dialer.engine.connecting import Connecting
from dialer.engine.floor import Floor
from dialer.engine.handing_on import HandingOn
from dialer.engine.holding import hold_over
from dialer.engine.reception import FIRST_WORD, Reception
from dialer.queues.foresight import REMEMBERED
from dialer.telephony import (
    CallerCallBack,
    CallerCallsBack,
    CallerEvent,
    CallerJoined,
    CallerLeft,
    CallerQueued,
    CallerReturned,
    CallerSorry,
    CallerWaitsAgain,
)

log = logging.getLogger(__name__)


class CallerClosing:
    """From the queue to the closed call. Never awaits."""

    def __init__(
        self,
        floor: Floor,
        reception: Reception,
        connecting: Connecting,
        calling_back: CallingBack,
        handing: HandingOn,
    ) -> None:
        self._floor = floor
        self._handing = handing
        self._calling_back = calling_back
        self._reception = reception
        self._connecting = connecting

    def take(self, event: CallerEvent) -> None:
        """One event of one caller; an event is taken any number of times."""
        caller = self._floor.callers.get(event.caller_id)
        if isinstance(event, CallerCallsBack):
            self._calling_back.called(event)
            return
        if isinstance(event, CallerQueued):
            if caller is None:
                self.arrived(event, self._floor.clock.now())
            return
        if caller is None:
            log.debug("event of no caller of ours", extra={"caller": event.caller_id})
            return
        match event:
            case CallerJoined():
                self._reception.joined(caller)
                self._handing.caller_joined(caller)
            case CallerWaitsAgain():
                self._handing.caller_comes_back(caller)
                self._reception.parted(caller)
            case CallerSorry():
                caller.dismissed, caller.dismiss_again_at = True, None
            case CallerCallBack():
                if caller.state is not CallerState.TALKING:
                    self.wants_call_back(caller, self._floor.clock.now())
            case CallerReturned():
                self.left(caller, self._floor.clock.now(), InboundOutcome.LED_ON)
            case CallerLeft():
                self.left(caller, self._floor.clock.now())
            case _:
                assert_never(event)

    def arrived(self, queued: CallerQueued, at: datetime) -> Caller:
        """Somebody waits: their row is written, and whoever is free is sent to them."""
        floor, known = self._floor, None
        if (expected := self._calling_back.expected(queued.caller_id)) is not None:
            queue, known = expected
            queued = replace(queued, queue=queue)
        elif queued.was is not None:
            known = self._handing.known(queued.was)
        call = InboundCall(
            id=queued.caller_id,
            queue=queued.queue,
            number=self._e164(queued),
            arrived_at=at,
            queued_at=at,
            ivr_call=queued.ivr_call,
            lead_id=known.lead.id if known is not None else None,
        )
        caller = Caller(call=call, tell_at=floor.clock.now() + FIRST_WORD, terms=queued.terms, known=known)
        caller.told_of_recording = queued.noticed
        self._reception.note_recording(caller)
        self._reception.keep_number(caller)
        call = caller.call
        floor.callers.add(caller)
        log.info("caller queued", extra={"caller": call.id, "queue": call.queue})
        self._reception.write(caller, EventKind.CALLER_QUEUED, queue=call.queue)
        self._connecting.match()
        return caller

    def _e164(self, queued: CallerQueued) -> str:
        spec = self._floor.queues.get(queued.queue)
        number = parse_phone(queued.number, spec.region) if spec is not None and queued.number else None
        return queued.number if number is None or isinstance(number, RefusedPhone) else number.e164

    def wants_call_back(self, caller: Caller, at: datetime) -> None:
        """They hear that they will be called, and hang up; written down while they still hear it."""
        caller.call = replace(caller.call, call_back_at=caller.call.call_back_at or at)
        caller.dismissed = True
        self._reception.write(caller)

    def left(self, caller: Caller, at: datetime, outcome: InboundOutcome | None = None) -> None:
        """The channel is gone, or the IVR has it; `outcome`: of a wait, where more is known than that it ended."""
        floor, call = self._floor, caller.call
        if caller.state in (CallerState.OVER, CallerState.KEPT, CallerState.CALLING):
            return
        self._reception.release(caller)
        if call.joined_at is None and call.call_back_at is not None:
            caller.state, caller.call = CallerState.KEPT, replace(call, ended_at=at)
            self._reception.write(caller)
            return
        caller.state = CallerState.OVER
        if call.joined_at is not None:
            outcome = InboundOutcome.ANSWERED
        elif outcome is None:
            outcome = InboundOutcome.OVERFLOWED if caller.dismissed else InboundOutcome.CALLER_ABANDONED
        caller.call = replace(call, ended_at=at, outcome=outcome)
        log.info("caller gone", extra={"caller": call.id, "queue": call.queue, "outcome": outcome.value})
        seat = floor.board.by_caller(caller.id)
        spec = floor.queues.get(call.queue)
        if seat is not None and seat.status.state not in (AgentState.BUSY, AgentState.WRAP_UP):
            # Their softphone was lost in the talk: they may be with somebody else soon.
            seat.caller_id, seat = None, None
        if seat is None or spec is None or spec.wrap_up_seconds == 0:
            self.close(caller)
            return
        seat.talk_seconds += caller.call.talk_seconds
        hold_over(floor, seat)
        if seat.status.state is AgentState.BUSY:
            floor.move(seat, Move.END_CALL, source="system")
        if caller.call.disposition:
            self.close(caller)
            return
        caller.wrap_up_until = floor.clock.now() + timedelta(seconds=spec.wrap_up_seconds)
        self._reception.write(caller)

    def called_back(self, caller: Caller, agent_id: AgentId, attempt_id: AttemptId) -> None:
        """It was their turn, and an agent calls them: the rest is the attempt's."""
        caller.state = CallerState.OVER
        caller.call = replace(caller.call, agent_id=agent_id, outcome=InboundOutcome.CALLED_BACK)
        log.info("caller is called back", extra={"caller": caller.id, "attempt": attempt_id})
        self.close(caller)

    def gives_up(self, caller: Caller) -> None:
        """The place was kept as long as it may be, and they could not be called: people are told of them."""
        caller.state = CallerState.OVER
        caller.call = replace(caller.call, outcome=InboundOutcome.CALLER_ABANDONED)
        self.close(caller)

    def close(self, caller: Caller) -> None:
        """Nothing more is written; the agent is free again."""
        floor, now = self._floor, self._floor.clock.now()
        if caller.id not in floor.callers or caller.call.outcome is None:
            return
        floor.callers.remove(caller.id)
        caller.call = replace(caller.call, closed_at=now)
        call = caller.call
        if call.joined_at is not None:
            handled = floor.handled.setdefault(call.queue, deque(maxlen=REMEMBERED))
            handled.append((now - call.joined_at).total_seconds())
        self._reception.write(
            caller,
            EventKind.CALLER_CLOSED,
            queue=call.queue,
            outcome=call.outcome.value if call.outcome else "",
            **floor.wait_of(call),
            talk_seconds=round(call.talk_seconds, 3),
            held_seconds=round(caller.held_seconds, 3),
            wrap_up_seconds=round(self._wrapped_up(call, now), 3),
            disposition=call.disposition,
            **({"ended_by": "agent"} if caller.ended_by_agent else {}),
        )
        if caller.known is not None:
            move_lead(floor, caller.known, call)
        seat = floor.board.by_caller(caller.id)
        if seat is not None:
            seat.caller_id = None
            if seat.status.state is AgentState.BUSY:
                floor.move(seat, Move.END_CALL, source="system")
            if seat.status.state is AgentState.WRAP_UP:
                floor.move(seat, Move.FINISH, source="system")
        self._connecting.match()
        floor.wake.set()

    def _wrapped_up(self, call: InboundCall, now: datetime) -> float:
        """No longer than the queue lets its agents: what a crash put off is nobody's work."""
        spec = self._floor.queues.get(call.queue)
        if call.joined_at is None or call.ended_at is None or spec is None:
            return 0.0
        return min(max((now - call.ended_at).total_seconds(), 0.0), spec.wrap_up_seconds)

    def dispose(self, caller: Caller, code: str, fields: dict[str, str]) -> bool:
        """What the agent says became of it, in the words of the queue; of a lead who called back in their campaign's.
        True: the call is closed with it. Raises `InputError`, and `Conflict` for a caller whom nobody has spoken with.
        """
        entered = None
        if caller.known is not None:
            entered = check_disposition(caller.known.spec, code, fields)
            if booking_of(caller.known.spec, code, entered) is not None:
                raise InputError("An appointment of somebody who called is entered with `vocero appointments book`.")
        else:
            self._refuse_unknown(caller, code)
        if caller.call.joined_at is None:
            raise Conflict("Nobody has spoken with this caller yet: there is nothing to dispose of.")
        caller.call = replace(caller.call, disposition=code, disposition_fields=entered)
        if caller.state is CallerState.OVER:
            self.close(caller)
            return True
        self._reception.write(caller)
        return False

    def _refuse_unknown(self, caller: Caller, code: str) -> None:
        spec = self._floor.queues.get(caller.call.queue)
        known = spec.dispositions if spec is not None else ()
        if code not in known:
            said = ", ".join(known) or "none"
            raise InputError(f"The queue {caller.call.queue} has no disposition {code!r}.", [Fault("code", said)])

    def expire_wrap_ups(self) -> None:
        """Close what an agent left undisposed past the queue's limit."""
        now = self._floor.clock.now()
        for caller in self._floor.callers:
            if caller.wrap_up_until is not None and now >= caller.wrap_up_until:
                self.close(caller)
