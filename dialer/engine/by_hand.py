"""Calls that an agent decides on: preview (this person, now or not) and manual (this number)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from cti_api.errors import Conflict
from cti_api.model.agents import AgentState
from cti_api.model.campaigns import CampaignSpec
from cti_api.model.ids import AgentId, AttemptId
from cti_api.model.leads import FINAL_LEAD_STATES, Lead, LeadMove, LeadState, NewLead
from cti_api.model.phone import PhoneNumber
from dialer.agents.board import Seat
from dialer.agents.states import Move
from dialer.engine.floor import Floor
from dialer.engine.hopper import Hopper
from dialer.engine.placing import Placed, Placing
from dialer.leads.wrong_number import trunks_for
from dialer.trunks.choose import NoTrunk

UNATTENDED: Final = "preview_unattended"
"""Reason of the pause of an agent who let a preview pass: nobody sits there."""

ACCEPT_MARGIN: Final = timedelta(seconds=30)
"""A lead on show stays reserved this much longer than it is shown: one accepted at the last moment is still ours."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Preview:
    """A person shown to an agent, who accepts or skips."""

    spec: CampaignSpec
    lead: Lead
    until: datetime


class ByHand:
    """Previews on show, and manual calls; gate, limits and dial protocol are those of every call."""

    def __init__(self, floor: Floor, placing: Placing) -> None:
        self._floor = floor
        self._placing = placing
        self.previews: dict[AgentId, Preview] = {}

    async def show_next(self, spec: CampaignSpec, hopper: Hopper) -> None:
        """Show a lead to each ready agent of a preview campaign."""
        floor = self._floor
        for seat in floor.board.ready(spec.id):
            lead = hopper.take()
            if lead is None:
                return
            decision = await self._placing.gate(spec, lead)
            if not decision.allowed:
                await self._placing.send_back(spec, lead, decision)
                continue
            until = floor.clock.now() + timedelta(seconds=spec.preview_seconds)
            if not await floor.store.leads.extend(lead.id, until + ACCEPT_MARGIN) or not seat.can_take_calls:
                await floor.store.leads.release([lead.id], floor.clock.now())
                continue
            floor.move(seat, Move.RESERVE, source="system")
            self.previews[seat.agent.id] = Preview(spec, lead, until)

    async def accept(self, agent_id: AgentId) -> AttemptId:
        """Dial the person on show. Raises `Conflict` when nobody is, or when they may not be dialled now."""
        preview = self._take(agent_id)
        seat = self._floor.board.seat(agent_id)
        try:
            return await self._dial(preview.spec, preview.lead, seat, by_hand=False)
        except Conflict:
            self._set_free(seat)
            raise

    async def skip(self, agent_id: AgentId) -> None:
        """Let the person on show go back to the list; they come again after the campaign's minimum gap."""
        preview = self._take(agent_id)
        self._set_free(self._floor.board.seat(agent_id))
        now = self._floor.clock.now()
        move = LeadMove(
            state=LeadState.WAITING,
            reason="skipped",
            not_before=now + timedelta(seconds=preview.spec.retry.min_gap_seconds),
            counts_as_attempt=False,
        )
        await self._floor.store.leads.move(preview.lead.id, move, now)

    def expire(self) -> None:
        """Take back previews nobody looked at, and pause their agents."""
        floor, now = self._floor, self._floor.clock.now()
        for agent_id, preview in list(self.previews.items()):
            seat = floor.board.seat(agent_id)
            if seat.status.state is AgentState.RESERVED and now < preview.until:
                continue
            del self.previews[agent_id]
            floor.recorder.put("preview expired", partial(floor.store.leads.release, [preview.lead.id], now))
            if seat.status.state is AgentState.RESERVED:
                log.info("preview passed unattended", extra={"agent": agent_id})
                floor.move(seat, Move.PAUSE, source="timeout", reason=UNATTENDED)
                self._set_free(seat)

    async def dial(self, agent_id: AgentId, spec: CampaignSpec, number: PhoneNumber) -> AttemptId:
        """Dial one number of the agent's choosing, as a lead of the campaign (made, if there is none).

        Raises `Conflict` when the agent is not ready or the gate refuses, with its reason.
        """
        floor = self._floor
        seat = floor.board.seat(agent_id)
        if not seat.can_take_calls:
            raise Conflict(f"Agent {agent_id} is {seat.status.state.value}: only a ready agent can dial.")
        if spec.id not in seat.agent.campaigns:
            raise Conflict(f"Agent {agent_id} does not work in the campaign {spec.id}.")
        lead = await floor.store.leads.with_number(spec.id, number)
        if lead is None:
            await floor.store.leads.add(spec.id, [NewLead(name="", phones=(number,))], floor.clock.now())
            lead = await floor.store.leads.with_number(spec.id, number)
        if lead is None or lead.state in FINAL_LEAD_STATES:
            state = lead.state.value if lead else "unknown"
            raise Conflict(f"The number {number.masked} is not dialled: its lead is {state}.")
        floor.move(seat, Move.RESERVE, source="agent")
        try:
            return await self._dial(spec, lead, seat, by_hand=True)
        except Conflict:
            self._set_free(seat)
            raise

    async def _dial(self, spec: CampaignSpec, lead: Lead, seat: Seat, *, by_hand: bool) -> AttemptId:
        trunk = self._floor.trunks.choose(trunks_for(spec, lead), self._floor.book)
        if not self._floor.may_dial or isinstance(trunk, NoTrunk):
            if not by_hand:
                await self._floor.store.leads.release([lead.id], self._floor.clock.now())
            raise Conflict("No call can be placed now: there is no free trunk, or no link to Asterisk.")
        placed, decision, flight = await self._placing.place(
            spec, lead, trunk, booked_for=seat.agent.id, by_hand=by_hand
        )
        if flight is None or placed is not Placed.YES:
            raise Conflict(f"Not dialled: {decision.reason}")
        seat.attempt_id = flight.id
        return flight.id

    def _take(self, agent_id: AgentId) -> Preview:
        self._floor.board.seat(agent_id)
        preview = self.previews.pop(agent_id, None)
        if preview is None:
            raise Conflict(f"Agent {agent_id} has nobody on show.")
        return preview

    def _set_free(self, seat: Seat) -> None:
        seat.attempt_id = None
        if seat.status.state is AgentState.RESERVED:
            self._floor.move(seat, Move.RELEASE, source="system")
        self._floor.wake.set()
