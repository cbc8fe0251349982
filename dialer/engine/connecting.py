"""Brings people who answered together with agents who are free, in milliseconds, before anything is written down."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

from cti_api.errors import LinkDown, ResultUnknown, VoceroError
from cti_api.model.agents import TECHNICAL, AgentConnect, AgentState
from cti_api.model.calls import AttemptState
from cti_api.model.events import EventKind
from cti_api.model.ids import new_leg_id
from dialer.agents.board import Seat
from dialer.agents.states import Move
from dialer.calls.machine import offer, withdraw
from dialer.engine.book import Flight
from dialer.engine.coming_back import awaited, is_awaited, returned
from dialer.engine.floor import Floor
from dialer.engine.holding import hold_over
from dialer.engine.reception import Reception
from dialer.telephony import CallAgent, HangUp, JoinCall

JOIN_WITHIN: Final = timedelta(seconds=1.5)
"""A nailed-up agent is joined in about 3 ms; one who is not after this long has no working leg."""

ANSWER_WITHIN_SECONDS: Final = 10.0
"""How long a rung softphone may ring (failure catalogue F44): for one call, or for several in a row whose people did
not wait that long."""

UNANSWERED: Final = "unanswered"
"""Reason of the pause of a rung agent who did not take a call: nobody sits there, or nobody wants to. They come back
themselves."""

NORMAL: Final = 16
"""Q.850 "normal call clearing"."""

OUT_OF_ORDER: Final = 27
"""Q.850 "destination out of order": how a leg is ended whose softphone was lost, unlike one that hung up (16)."""

log = logging.getLogger(__name__)


class Connecting:
    """Matches waiting people with ready agents; the longest wait meets the longest idle agent."""

    def __init__(self, floor: Floor, reception: Reception) -> None:
        self._floor = floor
        self._reception = reception

    def match(self) -> None:
        """Offer every waiting person an agent, as far as there are agents. Never awaits.

        Not before the truth was asked: an agent who is free on our board may be in a talk that the link did not tell.
        Callers come first, who chose this moment; but before them whoever waits for just the agent they talked with.
        """
        if not self._floor.reconciled:
            return
        for flight in self._floor.book.waiting():
            if (back := returned(self._floor.board, flight.awaits)) is not None:
                self._offer(flight, back)
        self._reception.match()
        for flight in self._floor.book.waiting():
            seat = self._seat_for(flight)
            if seat is not None:
                self._offer(flight, seat)

    def _seat_for(self, flight: Flight) -> Seat | None:
        if is_awaited(self._floor.board, flight.awaits, self._floor.clock.now()):
            return None
        if flight.booked_for is not None:
            seat = self._floor.board.seat(flight.booked_for)
            if seat.status.state is AgentState.RESERVED and seat.attempt_id == flight.id:
                return seat
            # Lost meanwhile. The person has answered and must not wait for one who does not come.
            flight.booked_for = None
        if flight.handed_by is not None and (back := self._floor.board.seat(flight.handed_by)).can_take_calls:
            return back
        return next(iter(self._floor.board.ready(flight.attempt.campaign_id)), None)

    def _offer(self, flight: Flight, seat: Seat) -> None:
        floor, now = self._floor, self._floor.clock.now()
        if seat.status.state is AgentState.READY:
            floor.move(seat, Move.RESERVE, source="system")
        seat.attempt_id = flight.id
        if flight.awaits is not None and flight.awaits.agent_id != seat.agent.id:
            flight.awaits = None
        flight.call = offer(flight.call, seat.agent.id, now)
        floor.tell_of(flight, EventKind.CALL_AGENT_RESERVED, agent_id=seat.agent.id)
        floor.spawn(self.join(flight, seat), name=f"call[{flight.id}].join")

    async def join(self, flight: Flight, seat: Seat) -> None:
        """Send the agent, who is reserved for them, to the person."""
        if seat.attempt_id != flight.id:
            return  # the telephone was lost between the offer and now
        try:
            if seat.leg_id is not None and seat.is_on_the_line:
                await self._floor.telephony.perform(JoinCall(leg_id=seat.leg_id, attempt_id=flight.id))
            else:
                seat.leg_id, seat.leg_up = new_leg_id(), False
                await self._floor.telephony.perform(
                    CallAgent(
                        leg_id=seat.leg_id,
                        agent_id=seat.agent.id,
                        nailed_up=False,
                        attempt_id=flight.id,
                        ring_seconds=ANSWER_WITHIN_SECONDS,
                        campaign=flight.spec.id,
                    )
                )
        except (LinkDown, ResultUnknown) as error:
            # The link failed, not the agent. If the two were joined all the same, settlement finds them.
            log.info("no agent can be joined without a link", extra={"attempt": flight.id, "reason": str(error)})
            self._take_back(flight, seat, sent=isinstance(error, ResultUnknown))
        except VoceroError as error:
            log.warning(
                "an agent could not be joined",
                extra={"attempt": flight.id, "agent": seat.agent.id, "reason": str(error)},
            )
            if seat.attempt_id == flight.id:
                self.agent_failed(seat)

    def _take_back(self, flight: Flight, seat: Seat, *, sent: bool) -> None:
        """The offer was not heard, or nobody knows: agent and person are as before."""
        if flight.call.state is not AttemptState.OFFERED or seat.attempt_id != flight.id:
            return
        if seat.agent.connect is AgentConnect.RUNG:
            if sent:
                return  # it may be ringing: `check_offers` waits as long as for any telephone
            seat.leg_id = None
        flight.call = withdraw(flight.call)
        if flight.booked_for is None:
            seat.attempt_id = None
            self._floor.move(seat, Move.RELEASE, source="system")

    def joined(self, flight: Flight, *, first: bool) -> None:
        """Asterisk says that the two hear each other, or that the IVR leads the person.

        `first`: the person's first agent; how long they waited for that one is told, and told once.
        """
        floor = self._floor
        seat = floor.board.by_attempt(flight.id)
        flight.awaits = None
        if seat is not None and seat.status.state in (AgentState.RESERVED, AgentState.BUSY):
            if seat.status.state is AgentState.RESERVED:
                floor.move(seat, Move.CONNECT, source="system")
            seat.count(flight.id)
        elif flight.led:
            floor.met.add(flight.attempt.campaign_id)
            floor.wake.set()
        else:
            return
        record = flight.record
        event = floor.event(
            EventKind.CALL_CONNECTED,
            campaign_id=record.campaign_id,
            lead_id=record.lead_id,
            attempt_id=record.id,
            agent_id=seat.agent.id if seat is not None else None,
            **(answer_to_agent(flight) if first and not flight.led else {}),
        )
        floor.recorder.put("call joined", lambda: floor.store.attempts.mark(record, event))

    def agent_failed(self, seat: Seat, reason: str = TECHNICAL) -> None:
        """The agent's leg does not work: nobody waits for it. The person goes to the next agent."""
        if seat.caller_id is not None:
            self._reception.agent_failed(seat, reason)
            return
        floor = self._floor
        hold_over(floor, seat)
        flight = floor.book.get(seat.attempt_id) if seat.attempt_id else None
        leg_id, seat.leg_id, seat.leg_up = seat.leg_id, None, False
        state = seat.status.state
        if state in (AgentState.READY, AgentState.RESERVED, AgentState.BUSY):
            floor.move(seat, Move.LOSE_PHONE, source="system", reason=reason)
        if state in (AgentState.READY, AgentState.RESERVED):
            seat.attempt_id = None
        seat.rang_unanswered_seconds = 0.0
        if flight is not None and flight.call.agent_id == seat.agent.id:
            flight.call = withdraw(flight.call)
        if leg_id is not None:
            floor.spawn(self.hang_up(leg_id, OUT_OF_ORDER), name=f"leg[{leg_id}].hang_up")
        self.match()

    def give_up(self, flight: Flight) -> None:
        """The agent who was on the way, or whose leg died under the person, has no part in this call any more."""
        seat = self._floor.board.by_attempt(flight.id)
        if seat is not None and seat.status.state not in (AgentState.RESERVED, AgentState.WRAP_UP):
            hold_over(self._floor, seat)
            seat.talk_seconds += flight.call.joined_seconds - flight.counted_seconds
            flight.counted_seconds = flight.call.joined_seconds
            seat.attempt_id = None
            if seat.status.state is AgentState.BUSY:
                self._floor.move(seat, Move.LOSE_PHONE, source="system", reason=TECHNICAL)
            flight.awaits = awaited(seat, self._floor.clock.now())
        self.release(flight)

    def withdraw_agent(self, flight: Flight) -> None:
        """The person has waited too long, and hears the message now: the agent on the way is taken back, if a telephone
        still rings. One that is off hook is about to be joined, and the message gives way to it."""
        seat = self._floor.board.by_attempt(flight.id)
        if seat is not None and (seat.agent.connect is AgentConnect.NAILED_UP or seat.leg_up):
            return
        flight.call = withdraw(flight.call)
        self.release(flight)
        self.match()

    def release(self, flight: Flight) -> None:
        """The call went away, or gave up, before the agent was joined."""
        floor = self._floor
        seat = floor.board.by_attempt(flight.id)
        if seat is None or seat.status.state is not AgentState.RESERVED:
            return
        if seat.agent.connect is AgentConnect.RUNG and seat.leg_id is not None:
            offered_at = flight.call.offered_at
            if offered_at is not None and not seat.leg_up:
                seat.rang_unanswered_seconds += (floor.clock.now() - offered_at).total_seconds()
            if seat.rang_unanswered_seconds >= ANSWER_WITHIN_SECONDS and seat.phone_reachable:
                self.agent_failed(seat, UNANSWERED)
                return
            leg_id, seat.leg_id, seat.leg_up = seat.leg_id, None, False
            # Taken in this very moment, it parts again: not as by an agent who hangs up, which would end the call.
            floor.spawn(self.hang_up(leg_id, OUT_OF_ORDER), name=f"leg[{leg_id}].hang_up")
        seat.attempt_id = None
        floor.move(seat, Move.RELEASE, source="system")
        floor.wake.set()

    def check_offers(self) -> None:
        """Take back offers that led to nothing in time, and wait no more for agents who did not come back."""
        now = self._floor.clock.now()
        if any(flight.awaits is not None and now >= flight.awaits.until for flight in self._floor.book.waiting()):
            self.match()
        for seat in self._floor.board:
            flight = self._floor.book.get(seat.attempt_id) if seat.attempt_id else None
            if flight is None or flight.call.state is not AttemptState.OFFERED:
                continue
            if seat.status.state is not AgentState.RESERVED:
                continue  # they have handed the person on
            rung = seat.agent.connect is AgentConnect.RUNG
            limit = timedelta(seconds=ANSWER_WITHIN_SECONDS) if rung else JOIN_WITHIN
            if flight.call.offered_at is not None and now - flight.call.offered_at > limit:
                self.agent_failed(seat, UNANSWERED if rung and seat.phone_reachable else TECHNICAL)

    async def hang_up(self, channel_id: str, cause: int = NORMAL) -> None:
        """End a channel of ours. Gone already, or the link down, is no failure: settlement finds the rest."""
        try:
            await self._floor.telephony.perform(HangUp(channel_id=channel_id, cause=cause))
        except VoceroError as error:
            log.debug("hang-up had no effect", extra={"channel": channel_id, "reason": str(error)})


def answer_to_agent(flight: Flight) -> dict[str, float]:
    """``answer_to_agent_seconds`` of a joined call; empty when an instant is missing."""
    call = flight.call
    if call.live_at is None or call.connected_at is None:
        return {}
    return {"answer_to_agent_seconds": (call.connected_at - call.live_at).total_seconds()}
