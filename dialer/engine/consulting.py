"""An agent speaks with a colleague, while the person hears music; then hands them over, or goes back to them.

What one consultation does is `dialer.calls.consultation`; here it is carried out. The person stays the agent's own all
the time, as on hold: on record, on the board, and where the agent's telephone fails. A colleague of ours is reserved
for it, so nobody else is joined with them. What is kept here is the errand alone: after a restart of ours an agent who
is found in one is brought back to the person, and Asterisk's own dialplan does so where no dialer runs.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from cti_api.errors import Conflict, VoceroError
from cti_api.live_ports import Consulting as Shown
from cti_api.live_ports import ConsultRole, ConsultState, TransferKind, TransferTo
from cti_api.model.agents import AgentConnect, AgentState
from cti_api.model.events import EventKind
from cti_api.model.ids import AgentId, LegId, new_leg_id
from dialer.agents.board import Seat
from dialer.agents.states import Move
from dialer.calls.consultation import SENT_FOR, Consultation, Do, Happened, step
from dialer.engine.book import Flight
from dialer.engine.callers import Caller
from dialer.engine.connecting import ANSWER_WITHIN_SECONDS, OUT_OF_ORDER, Connecting
from dialer.engine.floor import Floor
from dialer.engine.handing_on import HandingOn
from dialer.engine.holding import talk_of
from dialer.live import CallColleague, FetchColleague, GoBack, KeepPerson, SpeakWith
from dialer.telephony import CallAgent
from dialer.truth import Truth, held_for

RINGS_SECONDS: Final = 20.0
"""How long a telephone or number of the closed list rings, as when somebody is handed on to it."""

WRITTEN_WITHIN_SECONDS: Final = 2.0
"""What is about to be done stands on the disk by then, or is not done."""

DONE_WITHIN_SECONDS: Final = 3.0
"""Until the person hears music, and until they have the agent again: milliseconds, or Asterisk did not hear of it."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Talk:
    """A consultation under way."""

    seat: Seat
    """Of the agent who asks."""
    own_leg: LegId
    talk: Flight | Caller
    to: TransferTo
    colleague: Seat | None
    """None: none of our agents."""
    leg_id: LegId
    """The colleague's."""
    now: Consultation
    freed: bool = False
    """The colleague is nobody's any more, or was never ours to free."""
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    """Set, and replaced, with every step."""

    @property
    def called(self) -> bool:
        return isinstance(self.talk, Flight)


class Consulting:
    """Every consultation. What Asterisk says of it never awaits."""

    def __init__(self, floor: Floor, connecting: Connecting, handing: HandingOn) -> None:
        self._floor = floor
        self._connecting = connecting
        self._handing = handing
        self._talks: dict[str, _Talk] = {}
        """By the id of the attempt, or of the caller."""

    # -------------------------------------------------------------- what is asked for

    async def consult(self, agent_id: AgentId, to: str) -> None:
        """Returns when the person hears music and the colleague is called.

        Raises `NotFound` for what is no target, `Conflict` where there is nobody to ask about or nobody to ask now;
        then the two talk on.
        """
        floor, seat = self._floor, self._floor.board.seat(agent_id)
        talk, own_leg = self._handing.in_talk(seat)
        if talk.id in self._talks:
            raise Conflict(f"Agent {agent_id} consults somebody already.", rule="consulting")
        target = self._handing.targets.to_consult(seat, to)
        name = target.to.partition(":")[2]
        colleague = floor.board.seat(AgentId(name)) if target.kind is TransferKind.AGENT else None
        on_the_line = colleague.leg_id if colleague is not None and colleague.is_on_the_line else None
        held = self._talks[talk.id] = _Talk(
            seat=seat,
            own_leg=own_leg,
            talk=talk,
            to=target,
            colleague=colleague,
            leg_id=on_the_line or new_leg_id(),
            now=Consultation(ring_seconds=_rings(target, on_the_line), since=floor.clock.now()),
        )
        if colleague is not None:
            floor.move(colleague, Move.RESERVE, source="system")
        else:
            floor.guests.add(held.leg_id)
        self._tell(held, "asked")
        try:
            async with asyncio.timeout(WRITTEN_WITHIN_SECONDS):
                await floor.recorder.drained()
            if held.now.state is ConsultState.ASKED:
                await floor.telephony.perform(KeepPerson(leg_id=own_leg, called=held.called))
        except TimeoutError:
            self._take(held, Happened.LATE)
            raise Conflict("What is to be done cannot be written down now: the two talk on.") from None
        except VoceroError:
            self._take(held, Happened.LATE)
            raise
        if not await self._until(held, lambda: held.now.state is not ConsultState.ASKED):
            self._take(held, Happened.LATE)
        if held.now.kept_at is None:
            raise Conflict("Asterisk did not take the two apart: look whether they still talk.")

    async def complete(self, agent_id: AgentId) -> None:
        """The colleague has the person; returns when the agent is rid of them.

        Raises `Conflict` where nobody is consulted, or has not answered yet, or Asterisk does not do it.
        """
        held = self._of(agent_id)
        if held is None or held.seat.agent.id != agent_id:
            raise Conflict(f"Agent {agent_id} consults nobody.", rule="no_consultation")
        if held.now.state is not ConsultState.TALKING:
            raise Conflict(f"{held.to.title} has not answered yet.", rule="not_answered")
        self._take(held, Happened.HANDS_OVER)
        try:
            await self._handing.hand_over(held.seat, held.to, held.leg_id)
        except BaseException:
            self._take(held, Happened.REFUSED)
            raise
        self._take(held, Happened.HANDED)

    async def go_back(self, agent_id: AgentId) -> None:
        """Ended by either of the two; returns when the agent has the person again. Raises `Conflict`."""
        held = self._of(agent_id)
        if held is None:
            raise Conflict(f"Agent {agent_id} consults nobody.", rule="no_consultation")
        self._take(held, Happened.WANTS_BACK)
        if not await self._until(held, lambda: held.now.state is ConsultState.OVER):
            raise Conflict("Asterisk did not bring the two together yet: it is asked again.")

    def refuse_while(self, agent_id: AgentId) -> None:
        """Raises `Conflict` for an agent who consults somebody: that is ended, or completed, first."""
        held = self._of(agent_id)
        if held is not None and held.seat.agent.id == agent_id:
            raise Conflict(f"Agent {agent_id} consults {held.to.title}: complete it, or go back.", rule="consulting")

    def is_asked(self, agent_id: AgentId) -> bool:
        """Whether a colleague consults that agent."""
        held = self._of(agent_id)
        return held is not None and held.seat.agent.id != agent_id

    # -------------------------------------------------------------- what is shown

    def shown(self, agent_id: AgentId) -> Shown | None:
        """The consultation in which that agent is, from their side."""
        held = self._of(agent_id)
        if held is None:
            return None
        asks, talk = held.seat.agent.id == agent_id, held.talk
        lead = talk.lead if isinstance(talk, Flight) else talk.known.lead if talk.known is not None else None
        return Shown(
            role=ConsultRole.ASKS if asks else ConsultRole.IS_ASKED,
            other=held.to.to if asks else f"agent:{held.seat.agent.id}",
            title=held.to.title if asks else held.seat.agent.name,
            state=held.now.state,
            since=held.now.answered_at or held.now.kept_at or held.now.since,
            lead_name=lead.contact.name if lead is not None else "",
            number=talk.attempt.number.e164 if isinstance(talk, Flight) else talk.call.number,
        )

    def about(self, talk_id: str) -> str:
        """Who is consulted about that person; empty: nobody."""
        held = self._talks.get(talk_id)
        return held.to.to if held is not None else ""

    # -------------------------------------------------------------- what happens

    def kept(self, talk_id: str) -> None:
        """The person hears music. Where nobody asked for it any more, the agent has them again."""
        held = self._talks.get(talk_id)
        if held is not None:
            self._take(held, Happened.KEPT)
            return
        seats = (s for s in self._floor.board if (talk := talk_of(self._floor, s)) is not None and talk.id == talk_id)
        seat = next(seats, None)
        if seat is not None and seat.leg_id is not None:
            self._bring_back(seat.leg_id, called=seat.attempt_id is not None)

    def person_joined(self, talk_id: str) -> None:
        """Somebody has the person: the agent again."""
        if (held := self._talks.get(talk_id)) is not None:
            self._take(held, Happened.PERSON_BACK)

    def is_outside(self, leg_id: LegId) -> bool:
        """Whether that leg is a colleague's who is none of our agents."""
        return any(held.leg_id == leg_id and held.colleague is None for held in self._talks.values())

    def colleague_answered(self, leg_id: LegId) -> None:
        """A colleague's telephone was taken, and waits for the agent."""
        if (held := self._by_leg(leg_id)) is not None:
            self._take(held, Happened.PICKED_UP)

    def joined(self, own_leg: LegId) -> None:
        """The agent, whose leg it is, and the colleague hear each other."""
        if (held := next((held for held in self._talks.values() if held.own_leg == own_leg), None)) is not None:
            self._take(held, Happened.ANSWERED)

    def colleague_ended(self, leg_id: LegId) -> None:
        """The colleague's leg is gone, or there never was one. One who was rung for it and hung up is free."""
        held = self._by_leg(leg_id)
        if held is None:
            return
        seat = held.colleague
        if seat is not None and seat.agent.connect is AgentConnect.RUNG and held.now.answered_at is not None:
            seat.leg_id, seat.leg_up = None, False
            self._release(held)
        self._take(held, Happened.COLLEAGUE_GONE)

    def look(self) -> None:
        """What follows from what became of the talk, and of the colleague; and limits that are over."""
        now = self._floor.clock.now()
        for held in list(self._talks.values()):
            seat = held.colleague
            if talk_of(self._floor, held.seat) is not held.talk:
                self._take(held, Happened.TALK_OVER)
            elif seat is not None and not _is_reserved(seat):
                self._take(held, Happened.COLLEAGUE_GONE)
            if held.now.late_at is not None and now >= held.now.late_at:
                self._take(held, Happened.LATE)

    def seen(self, truth: Truth) -> None:
        """What Asterisk says once it can be heard again: whoever is kept for an agent, and nobody here knows of it, has
        that agent back; and where two are together again, it is over. Later, events are newer than this."""
        if self._floor.reconciled:
            return
        bridges = {c.channel_id: c.bridge_id for c in truth.channels}
        people = {c.channel_id: (c.exten, c.bridge_id) for c in truth.channels}
        people |= {c.caller_id: (c.exten, c.bridge_id) for c in truth.callers}
        for person, (exten, bridge) in people.items():
            if (leg := held_for(exten)) and not bridge and person not in self._talks:
                self._bring_back(LegId(leg), called=person in bridges)
        for talk_id, held in list(self._talks.items()):
            _, bridge = people.get(talk_id, ("", ""))
            if bridge and bridge == bridges.get(held.own_leg):
                self._take(held, Happened.PERSON_BACK)

    # -------------------------------------------------------------- carried out

    def _take(self, held: _Talk, what: Happened) -> None:
        held.now, todo = step(held.now, what, self._floor.clock.now())
        for each in todo:
            match each:
                case Do.CALL_COLLEAGUE:
                    self._floor.spawn(self._call(held), name=f"consultation[{held.leg_id}].call")
                case Do.JOIN:
                    self._floor.spawn(self._join(held), name=f"consultation[{held.leg_id}].join")
                case Do.TELL_ANSWERED:
                    self._tell(held, "answered")
                case Do.BRING_BACK:
                    self._bring_back(held.own_leg, called=held.called)
                case Do.LET_GO:
                    self._let_go(held)
                case Do.END:
                    self._end(held)
        moved, held.moved = held.moved, asyncio.Event()
        moved.set()
        self._floor.told()

    async def _call(self, held: _Talk) -> None:
        seat = held.colleague
        try:
            if seat is None:
                name = held.to.to.partition(":")[2]
                call = CallColleague(leg_id=held.leg_id, to=name, ring_seconds=RINGS_SECONDS)
                await self._floor.telephony.perform(call)
            elif seat.leg_id == held.leg_id:
                await self._floor.telephony.perform(FetchColleague(leg_id=held.leg_id))
                self._take(held, Happened.PICKED_UP)
            else:
                seat.leg_id, seat.leg_up = held.leg_id, False
                await self._floor.telephony.perform(
                    CallAgent(
                        leg_id=held.leg_id,
                        agent_id=seat.agent.id,
                        nailed_up=False,
                        attempt_id=None,
                        ring_seconds=ANSWER_WITHIN_SECONDS,
                        is_asked=True,
                    )
                )
        except VoceroError as error:
            self._failed(held, error)

    async def _join(self, held: _Talk) -> None:
        try:
            await self._floor.telephony.perform(SpeakWith(leg_id=held.own_leg, colleague=held.leg_id))
        except VoceroError as error:
            self._failed(held, error)

    def _failed(self, held: _Talk, error: VoceroError) -> None:
        log.warning("a colleague could not be called", extra={"to": held.to.to, "reason": str(error)})
        self._let_go(held)
        self._take(held, Happened.COLLEAGUE_GONE)

    def _bring_back(self, leg_id: LegId, *, called: bool, gone: bool = False) -> None:
        back = GoBack(leg_id=leg_id, called=called, gone=gone)
        self._floor.spawn(self._go_back(back), name=f"consultation[{leg_id}].back")

    async def _go_back(self, back: GoBack) -> None:
        try:
            await self._floor.telephony.perform(back)
        except VoceroError as error:
            log.info("an agent could not be brought back", extra={"leg": back.leg_id, "reason": str(error)})

    def _let_go(self, held: _Talk) -> None:
        """Our own agents go back to the music by themselves; whoever was rung for it is hung up."""
        seat = held.colleague
        if seat is not None and seat.leg_id == held.leg_id and seat.agent.connect is AgentConnect.RUNG:
            seat.leg_id, seat.leg_up = None, False
        if seat is None or seat.agent.connect is AgentConnect.RUNG:
            hang_up = self._connecting.hang_up(held.leg_id, OUT_OF_ORDER)
            self._floor.spawn(hang_up, name=f"consultation[{held.leg_id}].hang_up")
        self._release(held)

    def _release(self, held: _Talk) -> None:
        seat = held.colleague
        if seat is not None and not held.freed and _is_reserved(seat):
            self._floor.move(seat, Move.RELEASE, source="system")
            self._floor.wake.set()
        held.freed = True

    def _end(self, held: _Talk) -> None:
        self._talks.pop(held.talk.id, None)
        self._floor.guests.discard(held.leg_id)
        now = held.now
        if now.kept_at is not None:
            held.talk.held_seconds += max((now.since - now.kept_at).total_seconds(), 0.0)
        self._tell(held, "ended", how=now.how.value if now.how is not None else "")
        if held.seat.leg_id == held.own_leg and talk_of(self._floor, held.seat) is None:
            # the leg is still with the colleague, or waits for one
            self._bring_back(held.own_leg, called=held.called, gone=True)
        self._connecting.match()

    # -------------------------------------------------------------- shared

    def _of(self, agent_id: AgentId) -> _Talk | None:
        mine = (held for held in self._talks.values() if agent_id in (held.seat.agent.id, _id_of(held.colleague)))
        return next(mine, None)

    def _by_leg(self, leg_id: LegId) -> _Talk | None:
        return next((held for held in self._talks.values() if held.leg_id == leg_id), None)

    async def _until(self, held: _Talk, so: Callable[[], bool]) -> bool:
        try:
            async with asyncio.timeout(DONE_WITHIN_SECONDS):
                while not so():
                    await held.moved.wait()
        except TimeoutError:
            return so()
        return True

    def _tell(self, held: _Talk, what: str, **more: str) -> None:
        floor, agent_id = self._floor, held.seat.agent.id
        facts = {"what": what, "from": agent_id, "to": held.to.to, "how": "", **more}
        if isinstance(held.talk, Flight):
            floor.tell_of(held.talk, EventKind.CALL_CONSULTED, agent_id=agent_id, **facts)
            return
        event = floor.event(EventKind.CALL_CONSULTED, call_id=held.talk.id, agent_id=agent_id, **facts)
        floor.recorder.put("call told", lambda: floor.store.outbox.append(event), event)


def _is_reserved(seat: Seat) -> bool:
    return seat.status.state is AgentState.RESERVED and seat.in_no_call


def _id_of(seat: Seat | None) -> AgentId | None:
    return seat.agent.id if seat is not None else None


def _rings(target: TransferTo, on_the_line: LegId | None) -> float:
    """Seconds in which the colleague answers, or does not."""
    if target.kind is not TransferKind.AGENT:
        return RINGS_SECONDS + DONE_WITHIN_SECONDS
    return SENT_FOR.total_seconds() if on_the_line is not None else ANSWER_WITHIN_SECONDS
