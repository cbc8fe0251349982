"""An agent hands on whom they talk with: into a queue, to another agent, to a telephone or number of the closed list.

Theory of operation
-------------------
What was decided and whom Asterisk has now are two things. Asked for it, Asterisk takes the two apart, lets the person
hear music, and says so (`CallPassed`, `CallBrought`, `CallHanded`, and of a caller the same); from then on the agent is
rid of them. Then it depends on where they go:

* **to an agent**: that agent was reserved before and is sent to them, as to anybody who waits. Who has the person last
  says what became of the call, so the first agent is ready at once.
* **to a telephone or a number outside**: it rings, for as long as the dialplan lets it. The first agent wraps up and
  says what became of the call; it is over for the dialer when the other end takes it (`CallReached`).
* **into a queue**: whom we called is a caller there from then on, with a record of that queue's; the call that we
  placed is over, and its agent wraps up. Who had called waits in another queue, and their agent is ready.

Whoever is not taken where they were to go comes back: to the agent who handed them on, if that one is ready, else to
the next who is. They hear music until then. What is kept here is the errand alone: after a restart of ours a person on
their way is one who waits, and so are they for whom no errand is found.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from cti_api.errors import Conflict, ResultUnknown, VoceroError
from cti_api.live_ports import TransferKind, TransferTo
from cti_api.model.agents import AgentState
from cti_api.model.calls import AttemptState
from cti_api.model.events import EventKind
from cti_api.model.ids import AgentId, AttemptId, LegId, QueueId
from dialer.agents.board import Seat
from dialer.agents.states import Move
from dialer.calls.machine import withdraw
from dialer.engine.book import Flight
from dialer.engine.callers import Caller, CallerState, Known
from dialer.engine.connecting import Connecting
from dialer.engine.floor import Floor
from dialer.engine.holding import hold_over, talk_of
from dialer.engine.reception import FIRST_WORD, Reception
from dialer.engine.targets import Targets
from dialer.live import HandOn

PARTED_WITHIN_SECONDS: Final = 2.0
"""Asterisk takes the two apart within milliseconds, or did not hear of it."""

MOST_ON_THEIR_WAY: Final = 1_000
"""People on their way into a queue; they are there within milliseconds."""

HELD_SECONDS: Final = 5.0
"""The number of somebody who talks outside is kept from being dialled so long, again and again."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Errand:
    """Somebody is to be handed on, or is on their way."""

    by: AgentId
    kind: TransferKind
    name: str
    parted: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def to(self) -> str:
        return f"{self.kind.value}:{self.name}"


@dataclass(frozen=True, slots=True)
class Outside:
    """Somebody who is with none of our agents, and still on the line."""

    talk: Flight | Caller
    by: AgentId
    to: str
    since: datetime


class HandingOn:
    """Every errand. What Asterisk says of it never awaits."""

    def __init__(self, floor: Floor, connecting: Connecting, reception: Reception) -> None:
        self._floor = floor
        self._connecting = connecting
        self._reception = reception
        self.targets = Targets(floor, reception)
        self._errands: dict[str, _Errand] = {}
        """By the id of the attempt, or of the caller."""
        self._into_queues: OrderedDict[AttemptId, Known] = OrderedDict()
        self.outside: dict[str, Outside] = {}

    # -------------------------------------------------------------- what is asked for

    async def hand_on(self, agent_id: AgentId, to: str) -> None:
        """Returns when the person has left the agent.

        Raises `NotFound` for what is no target, `Conflict` where there is nobody to hand on or nobody takes them there
        now; then the two talk on.
        """
        floor, seat = self._floor, self._floor.board.seat(agent_id)
        talk, leg_id = self.in_talk(seat)
        errand, request = self._plan(seat, talk, leg_id, to)
        taker = floor.board.seat(AgentId(errand.name)) if errand.kind is TransferKind.AGENT else None
        if taker is not None:
            floor.move(taker, Move.RESERVE, source="system")
        try:
            await self._take_apart(talk, errand, request)
        except VoceroError:
            self._set_free(errand)
            raise

    def in_talk(self, seat: Seat) -> tuple[Flight | Caller, LegId]:
        """Whom the agent talks with, and by which leg. Raises `Conflict` where there is nobody to hand on."""
        talk, leg_id, agent_id = talk_of(self._floor, seat), seat.leg_id, seat.agent.id
        if talk is None or leg_id is None or not _is_talking(talk):
            raise Conflict(f"Agent {agent_id} is in no talk: there is nobody to hand on.", rule="no_call")
        if talk.id in self._errands:
            raise Conflict(f"Agent {agent_id} is handing them on already.")
        return talk, leg_id

    async def hand_over(self, seat: Seat, to: TransferTo, leg_id: LegId) -> None:
        """To whoever was consulted, and is on the line by that leg; an agent was reserved for it.

        Returns when the person has left the agent. Raises as `hand_on`.
        """
        talk, own = self.in_talk(seat)
        errand = _Errand(by=seat.agent.id, kind=to.kind, name=to.to.partition(":")[2])
        colleague = None if to.kind is TransferKind.AGENT else leg_id
        await self._take_apart(talk, errand, HandOn(leg_id=own, called=isinstance(talk, Flight), colleague=colleague))

    async def _take_apart(self, talk: Flight | Caller, errand: _Errand, request: HandOn) -> None:
        self._errands[talk.id] = errand
        try:
            with suppress(ResultUnknown):  # if it was heard, Asterisk says so
                await self._floor.telephony.perform(request)
            async with asyncio.timeout(PARTED_WITHIN_SECONDS):
                await asyncio.shield(errand.parted)
        except TimeoutError:
            self._forget(talk, errand)
            raise Conflict("Asterisk did not take the two apart: look whether they still talk.") from None
        except VoceroError:
            self._forget(talk, errand)
            raise

    def _plan(self, seat: Seat, talk: Flight | Caller, leg_id: LegId, to: str) -> tuple[_Errand, HandOn]:
        name = to.partition(":")[2]
        target = self.targets.chosen(seat, to)
        called = isinstance(talk, Flight)
        request = HandOn(leg_id=leg_id, called=called)
        if target.kind in (TransferKind.EXTENSION, TransferKind.OUTSIDE):
            request = replace(request, to=name)
        elif target.kind is TransferKind.QUEUE and called:
            request = replace(request, queue=QueueId(name))
        return _Errand(by=seat.agent.id, kind=target.kind, name=name), request

    def _forget(self, talk: Flight | Caller, errand: _Errand) -> None:
        """Nothing was done."""
        if self._errands.get(talk.id) is errand:
            del self._errands[talk.id]

    def _set_free(self, errand: _Errand) -> None:
        if errand.kind is not TransferKind.AGENT:
            return
        taker = self._floor.board.seat(AgentId(errand.name))
        if taker.status.state is AgentState.RESERVED and taker.in_no_call:
            self._floor.move(taker, Move.RELEASE, source="system")
            self._floor.wake.set()

    # -------------------------------------------------------------- what Asterisk says: of whom we called

    def passed(self, flight: Flight, *, outside: bool) -> None:
        """The two are apart, and the person hears music."""
        floor, seat, errand = self._floor, self._floor.board.by_attempt(flight.id), self._errands.get(flight.id)
        if seat is not None and seat.status.state is AgentState.BUSY:
            flight.handed_by = seat.agent.id
            seat.talk_seconds += flight.call.joined_seconds - flight.counted_seconds
            flight.counted_seconds = flight.call.joined_seconds
            hold_over(floor, seat)
            self._rid(seat, wraps_up=outside)
        if errand is not None:
            _done(errand.parted)
        taker = self._taker(errand)
        if taker is not None and not outside:
            taker.attempt_id = flight.id
            flight.call = replace(flight.call, agent_id=taker.agent.id, offered_at=floor.clock.now())
            floor.spawn(self._connecting.join(flight, taker), name=f"call[{flight.id}].join")
        elif not outside:
            self._errands.pop(flight.id, None)
            flight.call = withdraw(flight.call)
        self._connecting.match()

    def joined(self, flight: Flight) -> None:
        """An agent has them; the one they were to go to, or another."""
        errand, seat = self._errands.pop(flight.id, None), self._floor.board.by_attempt(flight.id)
        if errand is not None and seat is not None and errand.to == f"agent:{seat.agent.id}":
            self._tell(flight, errand)
        flight.handed_by = None

    def reached(self, flight: Flight) -> None:
        """Somebody else has them, and the call is over for us."""
        errand = self._errands.pop(flight.id, None)
        if errand is None:
            return
        _done(errand.parted)
        self._tell(flight, errand)
        if errand.kind is TransferKind.QUEUE:
            self._into_queues[flight.id] = Known(lead=flight.lead, spec=flight.spec)
            while len(self._into_queues) > MOST_ON_THEIR_WAY:
                self._into_queues.popitem(last=False)
        else:
            now = self._floor.clock.now()
            self.outside[flight.id] = Outside(flight, errand.by, errand.to, now)

    def comes_back(self, flight: Flight) -> None:
        """Nobody took them: the agent who handed them on is to have them again, if they only write."""
        errand = self._errands.pop(flight.id, None)
        if errand is None:
            return
        log.info("handed on and not taken", extra={"attempt": flight.id, "to": errand.to})
        seat = self._floor.board.by_attempt(flight.id)
        if seat is not None and seat.status.state is AgentState.WRAP_UP:
            seat.attempt_id = None
            self._floor.move(seat, Move.FINISH, source="system")

    # -------------------------------------------------------------- … of callers

    def caller_passed(self, caller: Caller) -> None:
        """The two are apart, and the caller hears music."""
        floor, errand = self._floor, self._errands.pop(caller.id, None)
        if caller.state is not CallerState.TALKING:
            return
        self._part(caller, wraps_up=False)
        if errand is not None:
            _done(errand.parted)
        caller.state, caller.agent_id, caller.lost_agent = CallerState.WAITING, None, True
        caller.tell_at = floor.clock.now() + FIRST_WORD
        taker = self._taker(errand)
        if errand is not None and taker is not None:
            self._errands[caller.id] = errand
            self._reception.send(caller, taker)
        elif errand is not None and errand.kind is TransferKind.QUEUE:
            left, queue = caller.call.queue, QueueId(errand.name)
            caller.lost_agent, caller.moves = False, 0
            if caller.terms is not None:
                caller.terms = replace(caller.terms, most_wait_seconds=None)
            caller.call = replace(caller.call, queue=queue, queued_at=floor.clock.now())
            self._reception.note_recording(caller)
            if queue != left:
                told = floor.wait_of(caller.call)
                self._reception.write(caller, EventKind.CALLER_MOVED, queue=queue, moved_from=left, **told)
            self._tell(caller, errand)
        self._connecting.match()

    def caller_brought(self, caller: Caller) -> None:
        """… and a telephone, or a number outside, rings."""
        errand = self._errands.get(caller.id)
        if caller.state is not CallerState.TALKING:
            return
        self._part(caller, wraps_up=True)
        caller.state = CallerState.BROUGHT
        if errand is not None:
            _done(errand.parted)
        self._connecting.match()

    def caller_joined(self, caller: Caller) -> None:
        """An agent has them; the one they were to go to, or another."""
        errand, seat = self._errands.pop(caller.id, None), self._floor.board.by_caller(caller.id)
        if errand is not None and seat is not None and errand.to == f"agent:{seat.agent.id}":
            self._tell(caller, errand)

    def caller_reached(self, caller: Caller) -> None:
        """Somebody else has them: for us the call is over with that."""
        errand = self._errands.pop(caller.id, None)
        if errand is None:
            return
        self._tell(caller, errand)
        self.outside[caller.id] = Outside(caller, errand.by, errand.to, self._floor.clock.now())

    def caller_comes_back(self, caller: Caller) -> None:
        """Nobody took them."""
        errand, seat = self._errands.pop(caller.id, None), self._floor.board.by_caller(caller.id)
        if caller.state is not CallerState.BROUGHT:
            return
        if errand is not None:
            log.info("handed on and not taken", extra={"caller": caller.id, "to": errand.to})
        if seat is not None and seat.status.state is AgentState.WRAP_UP:
            seat.caller_id = None
            self._floor.move(seat, Move.FINISH, source="system")

    def known(self, attempt_id: AttemptId) -> Known | None:
        """Whom we called, who was handed on into a queue and is a caller now; once."""
        return self._into_queues.pop(attempt_id, None)

    def where_to(self, talk_id: str) -> str:
        """Where somebody is on their way to; empty: nowhere."""
        errand = self._errands.get(talk_id)
        return errand.to if errand is not None else ""

    # -------------------------------------------------------------- the end

    def gone(self, channel_id: str) -> None:
        """A person's channel is gone, wherever they were."""
        self.outside.pop(channel_id, None)
        errand = self._errands.pop(channel_id, None)
        if errand is not None:
            _done(errand.parted)
            self._set_free(errand)

    def tick(self) -> None:
        """Nobody dials whoever is still on the line with us."""
        until = self._floor.clock.monotonic() + HELD_SECONDS
        for each in self.outside.values():
            talk = each.talk
            number = talk.attempt.number.e164 if isinstance(talk, Flight) else talk.call.number
            self._floor.book.hold(number, until)

    # -------------------------------------------------------------- shared

    def _part(self, caller: Caller, *, wraps_up: bool) -> None:
        seat = self._floor.board.by_caller(caller.id)
        if seat is not None and seat.status.state is AgentState.BUSY:
            hold_over(self._floor, seat)
            self._rid(seat, wraps_up=wraps_up)

    def _rid(self, seat: Seat, *, wraps_up: bool) -> None:
        """The agent has nobody any more."""
        self._floor.move(seat, Move.END_CALL, source="system")
        if not wraps_up:
            seat.attempt_id = seat.caller_id = None
            self._floor.move(seat, Move.FINISH, source="system")

    def _taker(self, errand: _Errand | None) -> Seat | None:
        """The agent who was reserved for them, and still is."""
        if errand is None or errand.kind is not TransferKind.AGENT:
            return None
        seat = self._floor.board.seat(AgentId(errand.name))
        return seat if seat.status.state is AgentState.RESERVED and seat.in_no_call else None

    def _tell(self, talk: Flight | Caller, errand: _Errand) -> None:
        floor, facts = self._floor, {"from": errand.by, "to": errand.to}
        if isinstance(talk, Flight):
            floor.tell_of(talk, EventKind.CALL_TRANSFERRED, agent_id=errand.by, **facts)
            return
        event = floor.event(EventKind.CALL_TRANSFERRED, call_id=talk.id, agent_id=errand.by, **facts)
        floor.recorder.put("call told", lambda: floor.store.outbox.append(event), event)


def _is_talking(talk: Flight | Caller) -> bool:
    if isinstance(talk, Flight):
        return talk.call.state is AttemptState.CONNECTED
    return talk.state is CallerState.TALKING


def _done(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
