"""The agents' desk: signing in and out, pauses, softphones that come and go, and which call an agent is in."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

from cti_api.errors import Conflict, VoceroError
from cti_api.model.agents import TECHNICAL, Agent, AgentConnect, AgentPhone, AgentState
from cti_api.model.calls import AttemptState
from cti_api.model.ids import CALLER_ID, CHANNEL_ID, AgentId, LegId, new_leg_id
from dialer.agents.board import Seat
from dialer.agents.states import Move
from dialer.calls.machine import cancel
from dialer.engine.book import Flight
from dialer.engine.caller_closing import CallerClosing
from dialer.engine.callers import CallerState
from dialer.engine.closing import Closing
from dialer.engine.connecting import OUT_OF_ORDER, UNANSWERED, Connecting
from dialer.engine.floor import Floor
from dialer.engine.reception import Reception
from dialer.live import EndTalk
from dialer.telephony import CallAgent
from dialer.truth import ChannelSeen, Truth

LOGIN_RING_SECONDS: Final = 20.0
"""How long a softphone rings when its agent signs in."""

CALL_AGAIN_SECONDS: Final = 5.0
"""Between two tries to call a softphone that was lost and says that it is there again."""

IN_A_TALK_SECONDS: Final = 6.0
"""A softphone that does not answer in a talk has one more chance: Asterisk asks it every 5 s (``qualify_frequency`` in
`cti_api.sip_accounts`), and a network that stumbles for two seconds is no reason to part two people."""

Phone = tuple[LegId | None, bool, bool]
"""What we believe of an agent's telephone: its leg, whether that is up, whether it is registered."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Ringing:
    """A nailed-up leg that is being called."""

    agent_id: AgentId
    answered: asyncio.Future[bool] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Desk:
    """Every request of an agent or supervisor, and every event of a softphone."""

    def __init__(
        self, floor: Floor, connecting: Connecting, closing: Closing, callers: CallerClosing, reception: Reception
    ) -> None:
        self._floor = floor
        self._reception = reception
        self._callers = callers
        self._connecting = connecting
        self._closing = closing
        self._ringing: dict[LegId, _Ringing] = {}
        self._call_again_at: dict[AgentId, float] = {}
        self._silent_since: dict[AgentId, float] = {}
        """Softphones that do not answer. Both on the clock that does not jump."""

    # -------------------------------------------------------------- requests

    async def log_in(self, agent_id: AgentId) -> None:
        """Sign in: a nailed-up agent's softphone is called and stays on the line.

        Raises `Conflict` when already signed in or when the softphone does not answer, `LinkDown` without Asterisk.
        """
        seat = self._floor.board.seat(agent_id)
        if seat.status.state is not AgentState.LOGGED_OFF:
            raise Conflict(f"Agent {agent_id} is signed in already ({seat.status.state.value}).", rule="signed_in")
        if not seat.phone_reachable:
            raise Conflict(
                f"The softphone of {agent_id} is not registered: start it, then log in again.", rule="phone_away"
            )
        if self._is_called(seat):
            raise Conflict(f"The softphone of {agent_id} is being called already.", rule="phone_called")
        if seat.agent.connect is AgentConnect.NAILED_UP and not seat.leg_up and not await self._nail_up(seat):
            raise Conflict(
                f"The softphone of {agent_id} did not answer within {LOGIN_RING_SECONDS:.0f} s.",
                rule="phone_unanswered",
            )
        self._floor.move(seat, Move.LOG_IN, source="agent")
        seat.rang_unanswered_seconds = 0.0
        self._ready_again()

    def log_out(self, agent_id: AgentId, *, source: str = "agent") -> None:
        """Sign out now, or after wrap-up when in a call. Raises `Conflict` when not signed in."""
        self._floor.move(self._floor.board.seat(agent_id), Move.LOG_OUT, source=source)
        self.tend()

    def pause(self, agent_id: AgentId, reason: str, *, source: str = "agent") -> None:
        """Pause now, or after wrap-up when in a call."""
        self._floor.move(self._floor.board.seat(agent_id), Move.PAUSE, source=source, reason=reason)

    def make_ready(self, agent_id: AgentId, *, source: str = "agent") -> None:
        """End a pause, or the wrap-up (the call is then closed without disposition); take back what was asked for after
        the call, and stay in it, or in its wrap-up."""
        seat = self._floor.board.seat(agent_id)
        if seat.status.state is AgentState.NOT_READY and not self._has_phone(seat):
            raise Conflict(
                f"The softphone of {agent_id} is not on the line: start it; the agent is called by itself.",
                rule="phone_away",
            )
        self._floor.move(seat, Move.MAKE_READY, source=source)
        seat.rang_unanswered_seconds = 0.0
        if seat.status.state is AgentState.READY:
            self._let_go(seat)
        self._ready_again()

    def finish(self, agent_id: AgentId, *, source: str = "agent") -> None:
        """End the wrap-up without a disposition; what was asked for in the call comes now. Raises `Conflict` for an
        agent who is in none."""
        seat = self._floor.board.seat(agent_id)
        if seat.status.state is not AgentState.WRAP_UP:
            raise Conflict(f"Agent {agent_id} is not wrapping up a call.", rule="agent_state")
        self._floor.move(seat, Move.FINISH, source=source)
        self._let_go(seat)
        self._ready_again()

    def _let_go(self, seat: Seat) -> None:
        """The agent has done with their call."""
        had = (seat.attempt_id, seat.caller_id)
        flight = self._floor.book.get(seat.attempt_id) if seat.attempt_id else None
        if flight is not None and not flight.live:
            self._closing.close(flight)
        if (caller := self._floor.callers.get(seat.caller_id)) is not None and caller.state is CallerState.OVER:
            self._callers.close(caller)
        # Whoever is still there was handed on, and is not the agent's any more; the next person may be there already.
        if (seat.attempt_id, seat.caller_id) == had:
            seat.attempt_id = seat.caller_id = None

    async def hang_up(self, agent_id: AgentId) -> None:
        """End the agent's present call; one that rings still is cancelled, however short it rang: the agent decides."""
        seat = self._floor.board.seat(agent_id)
        if seat.caller_id is not None and seat.status.state in (AgentState.BUSY, AgentState.RESERVED):
            await self._reception.end_talk(seat)
            return
        if seat.attempt_id is None or seat.status.state not in (AgentState.BUSY, AgentState.RESERVED):
            raise Conflict(f"Agent {agent_id} is in no call.", rule="no_call")
        flight = self._floor.book.get(seat.attempt_id)
        if flight is not None:
            flight.call, flight.ended_by_agent = cancel(flight.call), True
        talks = flight is not None and flight.call.state is AttemptState.CONNECTED
        if flight is not None and talks and flight.spec.survey_after is not None and seat.leg_id is not None:
            with suppress(VoceroError):  # a leg that is gone has parted them already
                await self._floor.telephony.perform(EndTalk(leg_id=seat.leg_id, called=True))
            return
        await self._connecting.hang_up(seat.attempt_id)

    def add(self, agent: Agent) -> None:
        """Put a new or changed account on the board."""
        self._floor.board.put(agent, self._floor.clock.now())

    # -------------------------------------------------------------- softphones

    def page_opened(self, agent_id: AgentId) -> None:
        """The agent's telephone is a new page: whoever is on the line with an earlier one is not heard there any more,
        and waits for the agent (`dialer.engine.coming_back`). It is called once it has registered, and no other."""
        seat = self._floor.board.seat(agent_id)
        seat.phone_reachable = False
        if (leg_id := seat.leg_id) is not None:
            log.info("a new page takes the place of one on the line", extra={"agent": agent_id})
            self._floor.spawn(self._connecting.hang_up(leg_id, OUT_OF_ORDER), name=f"leg[{leg_id}].hang_up")

    def leg_rings(self, leg_id: LegId) -> None:
        """A softphone rings; where nobody wants it any more it is stopped."""
        if (seat := self._floor.board.by_leg(leg_id)) is not None:
            seat.leg_rang = leg_id
        elif leg_id not in self._ringing:
            self._end_unwanted(leg_id)

    def leg_answered(self, leg_id: LegId) -> None:
        """A softphone was taken: for the shift, for one call, or too late for anything."""
        seat, ringing = self._floor.board.by_leg(leg_id), self._ringing.get(leg_id)
        if seat is None and ringing is None:
            self._end_unwanted(leg_id)
            return
        if seat is not None:
            seat.leg_up = True
            seat.rang_unanswered_seconds = 0.0
        if ringing is not None and not ringing.answered.done():
            ringing.answered.set_result(True)

    def leg_ended(self, leg_id: LegId, *, told: bool = True) -> None:
        """A leg is gone: the end of a rung agent's call, a softphone that did not answer, or one that was lost.

        `told`: by Asterisk's own word; False: it is not among Asterisk's channels.
        """
        ringing = self._ringing.get(leg_id)
        if ringing is not None and not ringing.answered.done():
            ringing.answered.set_result(False)
        seat = self._floor.board.by_leg(leg_id)
        if seat is None:
            return
        nailed_up = seat.agent.connect is AgentConnect.NAILED_UP
        in_use = seat.status.state is AgentState.RESERVED or (nailed_up and ringing is None)
        if in_use and seat.status.state is not AgentState.LOGGED_OFF:
            log.warning("softphone lost", extra={"agent": seat.agent.id, "state": seat.status.state.value})
            if _is_no_page(seat):
                # Asterisk tells of a page that is gone a moment after it has told of the leg: the agent is there again
                # once the next page has registered
                seat.phone_reachable = False
            self._connecting.agent_failed(seat, UNANSWERED if told and _let_it_ring(seat) else TECHNICAL)
        seat.leg_id, seat.leg_up = None, False
        self._tend(seat)

    def phone_reachable(self, agent_id: AgentId, reachable: bool) -> None:
        """A softphone registered, or it does not answer any more."""
        seat = next((s for s in self._floor.board if s.agent.id == agent_id), None)
        if seat is None:
            return
        seat.phone_reachable = reachable
        self._floor.told()
        if reachable:
            self._call_again_at.pop(agent_id, None)
            self._silent_since.pop(agent_id, None)
        elif seat.agent.phone is AgentPhone.BROWSER and self._is_called(seat) and (leg_id := seat.leg_id) is not None:
            # a page that is gone takes no call, and the next one is not to wait for the end of its ringing
            self._floor.spawn(self._connecting.hang_up(leg_id, OUT_OF_ORDER), name=f"leg[{leg_id}].hang_up")
        self._tend(seat)

    def phones(self) -> dict[AgentId, Phone]:
        """What is believed of every telephone, to be handed to `phones_seen` with what Asterisk said."""
        return {s.agent.id: (s.leg_id, s.leg_up, s.phone_reachable) for s in self._floor.board}

    def phones_seen(self, truth: Truth, before: Mapping[AgentId, Phone]) -> None:
        """What Asterisk says of legs and registrations; events that moved a telephone since `before` are newer."""
        channels = {channel.channel_id: channel for channel in truth.channels}
        on_the_line = {c.agent_id: LegId(c.channel_id) for c in truth.channels if c.agent_id is not None and _waits(c)}
        for seat in self._floor.board:
            if self._is_called(seat):
                continue
            leg_id, leg_up, reachable = before.get(seat.agent.id, (None, False, False))
            if (leg_id, leg_up) == (seat.leg_id, seat.leg_up):
                if seat.agent.connect is AgentConnect.NAILED_UP or not seat.in_no_call:
                    seat.leg_id = seat.leg_id or on_the_line.get(seat.agent.id)
                if seat.leg_id is not None and seat.leg_id not in channels:
                    self.leg_ended(seat.leg_id, told=False)
                elif seat.leg_id is not None and channels[seat.leg_id].up:
                    seat.leg_up = True
            if reachable == seat.phone_reachable:
                self.phone_reachable(seat.agent.id, seat.agent.id in truth.reachable_agents)

    def adopted(self, seat: Seat, flight: Flight) -> None:
        """Asterisk has this agent in a talk that we did not see begin: we were not there, or the link was not."""
        if seat.status.state is not AgentState.BUSY:
            self._floor.move(seat, Move.ADOPT, source="system")
        seat.attempt_id = flight.id
        flight.call = replace(flight.call, agent_id=seat.agent.id)

    def tend(self) -> None:
        """Carry out what follows from states and telephones alone; asked a few times a second, and when one changed."""
        for seat in self._floor.board:
            self._tend(seat)

    def _tend(self, seat: Seat) -> None:
        if self._is_called(seat) or not self._floor.reconciled:
            return
        if seat.leg_id is not None and not seat.phone_reachable:
            self._give_up_silent(seat, seat.leg_id)
        match seat.status.state:
            case AgentState.LOGGED_OFF:
                if seat.leg_id is not None and seat.leg_up:
                    leg_id, seat.leg_id, seat.leg_up = seat.leg_id, None, False
                    self._floor.spawn(self._connecting.hang_up(leg_id), name=f"leg[{leg_id}].hang_up")
                return
            case AgentState.READY if not self._has_phone(seat):
                self._floor.move(seat, Move.LOSE_PHONE, source="system", reason=TECHNICAL)
            case AgentState.NOT_READY if seat.status.reason == TECHNICAL and self._has_phone(seat):
                self._floor.move(seat, Move.FIND_PHONE, source="system")
                self._ready_again()
            case AgentState.WRAP_UP if seat.in_no_call:
                # Taken up from the store, and its call was closed before.
                self._floor.move(seat, Move.FINISH, source="system")
        if seat.agent.connect is AgentConnect.NAILED_UP and seat.leg_id is None and seat.phone_reachable:
            now = self._floor.clock.monotonic()
            if now >= self._call_again_at.get(seat.agent.id, now):
                self._call_again_at[seat.agent.id] = now + CALL_AGAIN_SECONDS
                self._floor.spawn(self._call_again(seat), name=f"agent[{seat.agent.id}].call_again")

    def _give_up_silent(self, seat: Seat, leg_id: LegId) -> None:
        """Hang up a leg whose softphone does not answer, so that no person is joined with it, or waits on it."""
        now = self._floor.clock.monotonic()
        since = self._silent_since.setdefault(seat.agent.id, now)
        if now - since >= (IN_A_TALK_SECONDS if seat.status.state is AgentState.BUSY else 0.0):
            self._silent_since[seat.agent.id] = math.inf
            log.warning("softphone does not answer", extra={"agent": seat.agent.id})
            self._floor.spawn(self._connecting.hang_up(leg_id, OUT_OF_ORDER), name=f"leg[{leg_id}].hang_up")

    def _end_unwanted(self, leg_id: LegId) -> None:
        """A leg that was let go before Asterisk had made its channel: our Hangup found nothing then.

        Legs of an earlier process are settlement's to judge, so not before the truth was asked. A person who has been
        joined with it in this moment is not hung up with it (`OUT_OF_ORDER`).
        """
        if self._floor.reconciled:
            log.info("a leg that nobody wants is hung up", extra={"leg": leg_id})
            self._floor.spawn(self._connecting.hang_up(leg_id, OUT_OF_ORDER), name=f"leg[{leg_id}].hang_up")

    async def _call_again(self, seat: Seat) -> None:
        """Whoever is signed in and lost their softphone is called again, and is ready without a click."""
        try:
            if await self._nail_up(seat):
                self._tend(seat)
        except VoceroError as error:
            log.info("agent could not be called again", extra={"agent": seat.agent.id, "reason": str(error)})

    async def _nail_up(self, seat: Seat) -> bool:
        """Call the softphone for the shift; True once it answered."""
        leg_id = new_leg_id()
        ringing = self._ringing[leg_id] = _Ringing(seat.agent.id)
        seat.leg_id, seat.leg_up = leg_id, False
        answered = False
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
            pass
        finally:
            del self._ringing[leg_id]
            if not answered and seat.leg_id == leg_id:
                seat.leg_id, seat.leg_up = None, False
        return answered

    # -------------------------------------------------------------- shared

    def _is_called(self, seat: Seat) -> bool:
        return any(ringing.agent_id == seat.agent.id for ringing in self._ringing.values())

    def _has_phone(self, seat: Seat) -> bool:
        return seat.leg_up if seat.agent.connect is AgentConnect.NAILED_UP else seat.phone_reachable

    def _ready_again(self) -> None:
        self._connecting.match()
        self._floor.wake.set()


def _let_it_ring(seat: Seat) -> bool:
    """A telephone that works was called and not taken, whether it rang out, was rejected or wants no calls: whoever
    does that would do so to the next person as well."""
    rung = seat.agent.connect is AgentConnect.RUNG and seat.status.state is AgentState.RESERVED
    return rung and not seat.leg_up and seat.phone_reachable


def _is_no_page(seat: Seat) -> bool:
    """The telephone is a page, was called and did not even ring: there is none. A page lets every call ring."""
    return seat.agent.phone is AgentPhone.BROWSER and not seat.leg_up and seat.leg_rang != seat.leg_id


def _waits(channel: ChannelSeen) -> bool:
    """A leg on the line: waiting for the shift, or joined with a person or a colleague."""
    in_a_call = CHANNEL_ID.match(channel.exten) or CALLER_ID.match(channel.exten)
    consults = channel.exten in ("waits", "calls") or channel.exten.startswith("speaksto")
    return channel.up and (channel.exten == "wait" or consults or bool(in_a_call))
