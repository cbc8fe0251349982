"""Serves callers: joins them with agents as the discipline says, and keeps those who wait company.

The row of a call is written as it enters the queue; who is joined with whom is decided here and now, the record
follows. The agents are those of the campaigns' calls, on the one board: `Connecting.match` asks this first.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from cti_api.errors import LinkDown, ResultUnknown, VoceroError
from cti_api.model.agents import TECHNICAL, AgentConnect, AgentState
from cti_api.model.events import EventKind
from cti_api.model.ids import AgentId, QueueId, new_leg_id
from cti_api.model.queues import LONGEST_BETWEEN_SECONDS, CallBackOffer
from dialer.agents.board import BUSY, Seat
from dialer.agents.states import Move
from dialer.engine.callers import Caller, CallerState
from dialer.engine.coming_back import awaited, is_awaited, returned
from dialer.engine.floor import Floor
from dialer.engine.holding import hold_over
from dialer.live import EndTalk
from dialer.queues.discipline import Overflow, Rule, Server, Snapshot, decide, in_order
from dialer.queues.foresight import Occupied, handling_seconds, positions, spoken_for, told
from dialer.telephony import CallAgent, DismissCaller, HangUp, JoinCaller, TellCaller

FIRST_WORD: Final = timedelta(seconds=2)
"""Whoever is joined sooner hears no announcement."""

DISMISSED_WITHIN: Final = timedelta(seconds=2)
"""Asterisk says within milliseconds that the apology begins, or that the IVR has them."""

HELD_SECONDS: Final = 5.0
"""The number of a lead who is with us is kept from being dialled so long, again and again."""

JOIN_WITHIN: Final = timedelta(seconds=1.5)
ANSWER_WITHIN_SECONDS: Final = 10.0
UNANSWERED: Final = "unanswered"
NORMAL: Final = 16
OUT_OF_ORDER: Final = 27
"""As for people who were called (`dialer.engine.connecting`)."""

AT_WORK: Final = BUSY | {AgentState.READY}

log = logging.getLogger(__name__)


class Reception:
    """Matches callers with agents, and tells them where they stand. Never awaits, but in tasks of its own."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self.to_call: asyncio.Queue[tuple[Caller, AgentId]] = asyncio.Queue()
        """Kept places whose turn it is, and who is to call (`dialer.engine.call_backs`)."""
        self.about_to_call: set[AgentId] = set()
        """Those agents: still ready, and nobody else's."""

    # -------------------------------------------------------------- who is joined with whom

    def match(self) -> None:
        """Carry out what the discipline decides. Not before the truth was asked."""
        floor, now = self._floor, self._floor.clock.now()
        if floor.reconciled:
            self._rejoin(now)
        waiting = floor.callers.waiting(now)
        if not waiting or not floor.reconciled:
            return
        decision = decide(
            Snapshot(
                now=now,
                queues=self._rules(),
                waiting=waiting,
                free=tuple(self._servers()),
                served=frozenset(
                    queue
                    for seat in floor.board
                    if seat.status.state is not AgentState.LOGGED_OFF
                    for queue in self._ranks(seat)
                ),
            )
        )
        for join in decision.joins:
            caller = floor.callers.get(join.caller)
            if caller is not None and caller.state is CallerState.KEPT:
                caller.state = CallerState.CALLING
                self.about_to_call.add(join.agent)
                self.to_call.put_nowait((caller, join.agent))
            elif caller is not None:
                self._offer(caller, floor.board.seat(join.agent))
        for over in decision.overflows:
            self._overflow(over)

    def _rejoin(self, now: datetime) -> None:
        """Whoever waits for just the agent they talked with gets them back, or waits as anybody else from now on."""
        board = self._floor.board
        for caller in self._floor.callers:
            back = returned(board, caller.awaits)
            if back is not None or not is_awaited(board, caller.awaits, now):
                caller.awaits = None
            if back is not None and caller.waits:
                self._offer(caller, back)

    def spoken_for(self) -> frozenset[AgentId]:
        """Agents whom waiting callers will take when they are free, and those about to call one back: no campaign
        counts on them."""
        floor = self._floor
        waiting = floor.callers.waiting(floor.clock.now())
        if not waiting:
            return frozenset(self.about_to_call)
        busy = (
            Occupied(
                agent_id=seat.agent.id,
                wrapping=seat.status.state is AgentState.WRAP_UP,
                since=seat.status.since,
                ranks=self._ranks(seat),
                calls_back=self._calls_back(seat),
            )
            for seat in floor.board
            if seat.status.state in BUSY and seat.status.pending is None
        )
        return spoken_for(in_order(waiting, self._rules()), busy) | self.about_to_call

    def _rules(self) -> dict[QueueId, Rule]:
        return {
            spec.id: Rule(
                priority=spec.priority, longest_wait_seconds=spec.longest_wait_seconds, overflow_to=spec.overflow_to
            )
            for spec in self._floor.queues.values()
        }

    def _servers(self) -> list[Server]:
        return [
            Server(
                agent_id=seat.agent.id,
                idle_since=seat.status.since,
                ranks=self._ranks(seat),
                calls_back=self._calls_back(seat),
            )
            for seat in self._floor.board
            if seat.can_take_calls and seat.agent.id not in self.about_to_call
        ]

    def _ranks(self, seat: Seat) -> dict[QueueId, int]:
        ranks = ((spec.id, spec.rank_of(seat.agent.id, seat.agent.campaigns)) for spec in self._floor.queues.values())
        return {queue: rank for queue, rank in ranks if rank is not None}

    def _calls_back(self, seat: Seat) -> frozenset[QueueId]:
        queues = self._floor.queues.values()
        ranks = self._ranks(seat)
        return frozenset(spec.id for spec in queues if spec.id in ranks and spec.call_back_in in seat.agent.campaigns)

    def _overflow(self, over: Overflow) -> None:
        floor, caller = self._floor, self._floor.callers.get(over.caller)
        if caller is None:
            return
        if over.to is None:
            caller.dismissed, caller.dismiss_again_at = True, floor.clock.now() + DISMISSED_WITHIN
            floor.spawn(self._dismiss(caller, nobody=over.nobody), name=f"caller[{caller.id}].dismiss")
            return
        left, caller.moves = caller.call.queue, caller.moves + 1
        caller.call = replace(caller.call, queue=over.to, queued_at=floor.clock.now())
        self.note_recording(caller)
        self.write(caller, EventKind.CALLER_MOVED, queue=over.to, moved_from=left, **self._floor.wait_of(caller.call))

    async def _dismiss(self, caller: Caller, *, nobody: bool) -> None:
        try:
            await self._floor.telephony.perform(DismissCaller(caller_id=caller.id, nobody=nobody))
        except VoceroError as error:
            log.info("the end of a wait could not be asked for", extra={"caller": caller.id, "reason": str(error)})
            caller.dismissed, caller.dismiss_again_at = False, None  # decided anew

    # -------------------------------------------------------------- an agent on the way

    def _offer(self, caller: Caller, seat: Seat) -> None:
        self._floor.move(seat, Move.RESERVE, source="system")
        self.send(caller, seat)

    def send(self, caller: Caller, seat: Seat) -> None:
        """Send the agent, who is reserved, to the caller."""
        seat.caller_id, now = caller.id, self._floor.clock.now()
        caller.state, caller.agent_id, caller.offered_at = CallerState.OFFERED, seat.agent.id, now
        self._floor.spawn(self._join(caller, seat), name=f"caller[{caller.id}].join")

    async def _join(self, caller: Caller, seat: Seat) -> None:
        if seat.caller_id != caller.id:
            return  # the telephone was lost between the offer and now
        try:
            if seat.leg_id is not None and seat.is_on_the_line:
                join = JoinCaller(leg_id=seat.leg_id, caller_id=caller.id, record=self._records(caller))
                await self._floor.telephony.perform(join)
            else:
                seat.leg_id, seat.leg_up = new_leg_id(), False
                await self._floor.telephony.perform(
                    CallAgent(
                        leg_id=seat.leg_id,
                        agent_id=seat.agent.id,
                        nailed_up=False,
                        attempt_id=None,
                        ring_seconds=ANSWER_WITHIN_SECONDS,
                        campaign=caller.call.queue,
                        caller_id=caller.id,
                        record=self._records(caller),
                    )
                )
        except (LinkDown, ResultUnknown) as error:
            # The link failed, not the agent. If the two were joined all the same, settlement finds them.
            log.info("no agent can be joined without a link", extra={"caller": caller.id, "reason": str(error)})
            rung = seat.agent.connect is AgentConnect.RUNG
            if caller.state is CallerState.OFFERED and not (rung and isinstance(error, ResultUnknown)):
                self.release(caller)
        except VoceroError as error:
            said = {"caller": caller.id, "agent": seat.agent.id, "reason": str(error)}
            log.warning("an agent could not be joined", extra=said)
            if seat.caller_id == caller.id:
                self.agent_failed(seat, TECHNICAL)

    def note_recording(self, caller: Caller) -> None:
        """Put on record that the talk will be recorded, long before it is: the file is known whatever happens."""
        if self._records(caller):
            caller.call = replace(caller.call, recording=f"{caller.id}.wav")

    def keep_number(self, caller: Caller) -> None:
        """Nobody dials a lead who is on the line with us."""
        if caller.known is not None:
            self._floor.book.hold(caller.call.number, self._floor.clock.monotonic() + HELD_SECONDS)

    def _records(self, caller: Caller) -> bool:
        """Nobody is recorded who was not told so, as they came into the first queue."""
        spec = self._floor.queues.get(caller.call.queue)
        return spec is not None and spec.records and (caller.told_of_recording or not spec.notice)

    def release(self, caller: Caller) -> None:
        """The agent on the way is not needed, or was not asked: both are as before."""
        if caller.state is CallerState.OFFERED:
            caller.state, caller.agent_id = CallerState.WAITING, None
        seat = self._floor.board.by_caller(caller.id)
        if seat is None or seat.status.state is not AgentState.RESERVED:
            return
        if seat.agent.connect is AgentConnect.RUNG and seat.leg_id is not None:
            leg_id, seat.leg_id, seat.leg_up = seat.leg_id, None, False
            self.end(leg_id)
        seat.caller_id = None
        self._floor.move(seat, Move.RELEASE, source="system")
        self._floor.wake.set()

    def agent_failed(self, seat: Seat, reason: str) -> None:
        """The agent's leg does not work: nobody waits for it. Its caller is the first to be served again."""
        floor, caller = self._floor, self._floor.callers.get(seat.caller_id)
        hold_over(floor, seat)
        leg_id, seat.leg_id, seat.leg_up = seat.leg_id, None, False
        state = seat.status.state
        if state in (AgentState.RESERVED, AgentState.BUSY):
            floor.move(seat, Move.LOSE_PHONE, source="system", reason=reason)
        if state is AgentState.RESERVED:
            seat.caller_id = None
        if caller is not None and caller.state is CallerState.OFFERED:
            caller.state, caller.agent_id = CallerState.WAITING, None
        if leg_id is not None:
            self.end(leg_id, OUT_OF_ORDER)
        self.match()

    def parted(self, caller: Caller) -> None:
        """The agent's leg died under the caller, who hears music and stands in front of everybody of the priority."""
        floor, seat = self._floor, self._floor.board.by_caller(caller.id)
        if caller.state not in (CallerState.OFFERED, CallerState.TALKING, CallerState.BROUGHT):
            return
        if seat is not None and seat.status.state is AgentState.RESERVED:
            self.release(caller)
        elif seat is not None:
            hold_over(floor, seat)
            seat.caller_id = None
            if seat.status.state is AgentState.BUSY:
                floor.move(seat, Move.LOSE_PHONE, source="system", reason=TECHNICAL)
            caller.awaits = awaited(seat, floor.clock.now())
        caller.state, caller.agent_id, caller.lost_agent = CallerState.WAITING, None, True
        caller.tell_at = floor.clock.now() + FIRST_WORD
        self.match()

    def joined(self, caller: Caller) -> None:
        """The two hear each other."""
        floor, seat = self._floor, self._floor.board.by_caller(caller.id)
        if caller.state is CallerState.OVER:
            return
        caller.state = CallerState.TALKING
        if seat is None or seat.status.state is not AgentState.RESERVED:
            return
        floor.move(seat, Move.CONNECT, source="system")
        seat.count(caller.id)
        caller.agent_id, first = seat.agent.id, caller.call.joined_at is None
        joined_at = caller.call.joined_at or floor.clock.now()
        caller.call = replace(caller.call, agent_id=seat.agent.id, joined_at=joined_at, call_back_at=None)
        waited = floor.wait_of(caller.call) if first else {}
        self.write(caller, EventKind.CALLER_JOINED, queue=caller.call.queue, **waited)

    # -------------------------------------------------------------- a few times a second

    def tick(self) -> None:
        """Take back offers that led to nothing, serve or send on who waited long enough, and tell the others."""
        now = self._floor.clock.now()
        for seat in self._floor.board:
            caller = self._floor.callers.get(seat.caller_id)
            if caller is None or caller.state is not CallerState.OFFERED or caller.offered_at is None:
                continue
            rung = seat.agent.connect is AgentConnect.RUNG
            limit = timedelta(seconds=ANSWER_WITHIN_SECONDS) if rung else JOIN_WITHIN
            if now - caller.offered_at > limit:
                self.agent_failed(seat, UNANSWERED if rung and seat.phone_reachable else TECHNICAL)
        for caller in self._floor.callers:
            self.keep_number(caller)
            if caller.dismiss_again_at is not None and now >= caller.dismiss_again_at:
                caller.dismissed, caller.dismiss_again_at = caller.state is not CallerState.WAITING, None
        self.match()
        self._tell()

    def _tell(self) -> None:
        floor = self._floor
        if not floor.reconciled:
            return
        now = floor.clock.now()
        due = [caller for caller in floor.callers if caller.waits and now >= caller.tell_at]
        if not due:
            return
        ordered = in_order(floor.callers.waiting(now), self._rules())
        places = positions(ordered)
        at_work = [self._ranks(seat) for seat in floor.board if seat.status.state in AT_WORK]
        for caller in due:
            queue = caller.call.queue
            mine = [ranks for ranks in at_work if queue in ranks]
            shared = {other for ranks in mine for other in ranks} | {queue}
            before = [each for each in ordered if each.queue in shared]
            ahead = next(place for place, each in enumerate(before, start=1) if each.id == caller.id)
            said = told(ahead, len(mine), handling_seconds(floor.handled.get(queue, ())))
            position = told(places[caller.id], 1, 1.0).position
            every = floor.queues[queue].announce_every_seconds if queue in floor.queues else LONGEST_BETWEEN_SECONDS
            caller.tell_at = now + timedelta(seconds=every)
            caller.call = replace(caller.call, position=places[caller.id])
            self.write(caller)
            word = TellCaller(
                caller_id=caller.id, position=position, minutes=said.minutes, offer=self._offers(caller, now)
            )
            floor.spawn(self._say(caller, word), name=f"caller[{caller.id}].tell")

    def _offers(self, caller: Caller, now: datetime) -> CallBackOffer:
        """Whether they may be called back instead, from now on: only who can be called is promised a place."""
        spec = self._floor.queues.get(caller.call.queue)
        by_the_ivr = caller.terms is not None and caller.terms.offers_call_back
        if spec is None or not (caller.terms is None or by_the_ivr):
            return CallBackOffer.NONE
        if (now - caller.call.arrived_at).total_seconds() < spec.call_back_after_seconds:
            return CallBackOffer.NONE
        if spec.call_back_in is not None and caller.call.number.startswith("+"):
            return CallBackOffer.KEEPS_THE_PLACE
        return CallBackOffer.BY_THE_IVR if by_the_ivr else CallBackOffer.NONE

    async def _say(self, caller: Caller, word: TellCaller) -> None:
        if not caller.waits:
            return  # an agent was found between the decision and now: this would part them
        try:
            await self._floor.telephony.perform(word)
        except VoceroError as error:
            log.info("a caller could not be told their place", extra={"caller": caller.id, "reason": str(error)})

    async def end_talk(self, seat: Seat) -> None:
        """The agent is done with the caller they talk with, or does not want the one who was offered to them."""
        caller, leg_id = self._floor.callers.get(seat.caller_id), seat.leg_id
        if caller is None:
            return
        caller.ended_by_agent = caller.state is CallerState.TALKING
        if caller.state is CallerState.TALKING and caller.terms is not None and leg_id is not None:
            with suppress(VoceroError):  # a leg that is gone has parted them already
                await self._floor.telephony.perform(EndTalk(leg_id=leg_id))
        else:
            await self._end(caller.id, NORMAL)

    # -------------------------------------------------------------- shared

    def write(self, caller: Caller, kind: EventKind | None = None, **facts: object) -> None:
        """Put the call on record as it stands, with what happened."""
        floor, call = self._floor, caller.call
        events = [floor.event(kind, call_id=call.id, agent_id=call.agent_id, **facts)] if kind is not None else []
        floor.recorder.put("caller", lambda: floor.store.queues.write(call, *events), call)

    def end(self, channel_id: str, cause: int = NORMAL) -> None:
        """End a leg's or a caller's channel."""
        self._floor.spawn(self._end(channel_id, cause), name=f"channel[{channel_id}].hang_up")

    async def _end(self, channel_id: str, cause: int) -> None:
        try:
            await self._floor.telephony.perform(HangUp(channel_id=channel_id, cause=cause))
        except VoceroError as error:
            log.debug("hang-up had no effect", extra={"channel": channel_id, "reason": str(error)})
