"""Supervisors take part in a talk: they listen, whisper to the agent, or join in, by a telephone that rings for them.

Asterisk's ChanSpy hangs on the agent's leg, or on the person where the supervisor joins in. A leg that is nailed up
outlives the talk, and goes on to the next person: so we put out who takes part as soon as the talk is another, or none;
and whoever is found there after a restart of ours is a stranger (`dialer.engine.settling`). Each coming and going is an
event, and who asked for it is in the audit.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cti_api.errors import Conflict, LinkDown, NotFound, ResultUnknown, VoceroError
from cti_api.live_ports import Supervised, Supervision
from cti_api.model.agents import AgentState
from cti_api.model.events import EventKind
from cti_api.model.ids import AgentId, LegId, new_leg_id
from dialer.agents.board import Seat
from dialer.engine.book import Flight
from dialer.engine.callers import Caller
from dialer.engine.connecting import Connecting
from dialer.engine.floor import Floor
from dialer.engine.holding import talk_of
from dialer.live import Spied, Supervise, SuperviseAs

RING_SECONDS: Final = 20.0
"""How long a supervisor's telephone rings: as an agent's that signs in."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Guest:
    """Somebody who takes part, or whose telephone rings for it."""

    leg_id: LegId
    by: str
    mode: Supervision
    telephone: str
    agent_id: AgentId
    """Whose talk it is."""
    talk: Flight | Caller
    since: datetime
    up: bool = False
    answered: asyncio.Future[bool] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Supervising:
    """Every supervisor in a talk. What Asterisk says of them never awaits."""

    def __init__(self, floor: Floor, connecting: Connecting) -> None:
        self._floor = floor
        self._connecting = connecting
        self._guests: dict[LegId, _Guest] = {}

    def of(self, talk_id: str) -> tuple[Supervised, ...]:
        """Who takes part in that talk."""
        return tuple(
            Supervised(by=guest.by, mode=guest.mode, telephone=guest.telephone, since=guest.since)
            for guest in self._guests.values()
            if guest.talk.id == talk_id
        )

    async def supervise(self, seat: Seat, mode: Supervision, *, by: str, telephone: str) -> None:
        """Ring that telephone, and return when it takes part; of who does already, change the way.

        Raises `NotFound` for a telephone that is none, `Conflict` where it cannot be, `LinkDown` without Asterisk.
        """
        talk = talk_of(self._floor, seat)
        if talk is None or seat.leg_id is None:
            raise Conflict(f"Agent {seat.agent.id} is in no talk any more.")
        guest = next((guest for guest in self._guests.values() if guest.by == by), None)
        if guest is not None:
            await self._change(guest, talk, seat.leg_id, mode)
            return
        account = self._account(telephone)
        guest = _Guest(
            leg_id=new_leg_id(),
            by=by,
            mode=mode,
            telephone=telephone,
            agent_id=seat.agent.id,
            talk=talk,
            since=self._floor.clock.now(),
        )
        self._guests[guest.leg_id] = guest
        self._floor.guests.add(guest.leg_id)
        try:
            await self._ring(guest, account, seat.leg_id)
        except BaseException:
            self._forget(guest.leg_id)
            raise

    async def _ring(self, guest: _Guest, account: AgentId, talking: LegId) -> None:
        spied = Spied(mode=guest.mode, agent_leg=talking, person=guest.talk.id)
        request = Supervise(leg_id=guest.leg_id, telephone=account, talk=spied, ring_seconds=RING_SECONDS)
        await self._floor.telephony.perform(request)
        try:
            async with asyncio.timeout(RING_SECONDS + 2.0):
                answered = await asyncio.shield(guest.answered)
        except TimeoutError:
            answered = False
        if not answered:
            self._put_out(guest)
            raise Conflict(f"The telephone {guest.telephone} did not take the call, or the talk is over.")

    async def _change(self, guest: _Guest, talk: Flight | Caller, talking: LegId, mode: Supervision) -> None:
        if guest.talk is not talk or not guest.up:
            raise Conflict("You take part in another call, or are about to: leave that first.")
        if guest.mode is mode:
            return
        try:
            spied = Spied(mode=mode, agent_leg=talking, person=talk.id)
            await self._floor.telephony.perform(SuperviseAs(leg_id=guest.leg_id, talk=spied))
        except (LinkDown, ResultUnknown):
            raise
        except VoceroError as error:
            raise Conflict(f"Asterisk did not change it: {error}") from None
        guest.mode = mode
        self._tell(guest, "changed")

    def _account(self, telephone: str) -> AgentId:
        """Whose softphone that is. Raises `NotFound`, and `Conflict` where somebody works at it, or it is not there."""
        kind, _, name = telephone.partition(":")
        account = AgentId(name) if kind == "agent" else self._floor.extensions.get(name)
        if account is None:
            raise NotFound(f"There is no telephone {telephone}.")
        seat = next((seat for seat in self._floor.board if seat.agent.id == account), None)
        if seat is None:
            raise NotFound(f"There is no telephone {telephone}.")
        if seat.status.state is not AgentState.LOGGED_OFF or seat.leg_id is not None:
            raise Conflict(f"Agent {account} works at that telephone: sign them out first, or name another.")
        if not seat.phone_reachable:
            raise Conflict(f"The softphone of {account} is not registered: start it first.")
        return account

    async def leave(self, talk_id: str, *, by: str) -> None:
        """Raises `Conflict` for who takes no part in it."""
        guest = next((each for each in self._guests.values() if each.by == by and each.talk.id == talk_id), None)
        if guest is None:
            raise Conflict(f"You take no part in the call {talk_id}.")
        self._put_out(guest)

    # -------------------------------------------------------------- what happens

    def is_guest(self, leg_id: LegId) -> bool:
        """Whether that leg is a supervisor's."""
        return leg_id in self._guests

    def answered(self, leg_id: LegId) -> None:
        """The supervisor's telephone was taken."""
        guest = self._guests.get(leg_id)
        if guest is None or guest.up:
            return
        guest.up, guest.since = True, self._floor.clock.now()
        log.info("a talk is supervised", extra={"call": guest.talk.id, "by": guest.by, "mode": guest.mode.value})
        self._tell(guest, "began")
        if not guest.answered.done():
            guest.answered.set_result(True)

    def ended(self, leg_id: LegId) -> None:
        """The supervisor's leg is gone, or there never was one."""
        guest = self._forget(leg_id)
        if guest is None:
            return
        if not guest.answered.done():
            guest.answered.set_result(False)
        if guest.up:
            self._tell(guest, "ended")

    def look(self) -> None:
        """Put out whoever is in a talk that is over, or is another agent's now."""
        for guest in list(self._guests.values()):
            seat = self._floor.board.seat(guest.agent_id)
            if talk_of(self._floor, seat) is not guest.talk:
                self._put_out(guest)

    # -------------------------------------------------------------- shared

    def _put_out(self, guest: _Guest) -> None:
        """At once, as far as we are concerned: what they hear from now on is hung up."""
        self.ended(guest.leg_id)
        hang_up = self._connecting.hang_up(guest.leg_id)
        self._floor.spawn(hang_up, name=f"supervisor[{guest.leg_id}].hang_up")

    def _forget(self, leg_id: LegId) -> _Guest | None:
        self._floor.guests.discard(leg_id)
        return self._guests.pop(leg_id, None)

    def _tell(self, guest: _Guest, what: str) -> None:
        floor, talk = self._floor, guest.talk
        facts = {"what": what, "by": guest.by, "mode": guest.mode.value, "telephone": guest.telephone}
        if isinstance(talk, Flight):
            floor.tell_of(talk, EventKind.CALL_SUPERVISED, agent_id=guest.agent_id, **facts)
            return
        event = floor.event(EventKind.CALL_SUPERVISED, call_id=talk.id, agent_id=guest.agent_id, **facts)
        floor.recorder.put("call told", lambda: floor.store.outbox.append(event), event)
