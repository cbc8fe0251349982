"""Calls that an agent decides on: preview (this person, now or not) and manual (this number)."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

from cti_api.errors import Conflict, VoceroError
from cti_api.model.agents import AgentState
from cti_api.model.campaigns import CampaignSpec, CampaignState, PacingMode
from cti_api.model.ids import AgentId, AttemptId, TrunkId
from cti_api.model.leads import FINAL_LEAD_STATES, Lead, LeadMove, LeadState, NewLead
from cti_api.model.phone import PhoneNumber
from dialer.agents.board import Seat
from dialer.agents.states import Move
from dialer.engine.floor import Floor
from dialer.engine.hopper import Hopper
from dialer.engine.placing import Placed, Placing
from dialer.leads.callback import promised_to
from dialer.leads.wrong_number import trunks_for
from dialer.pacing.limits import TokenBucket
from dialer.trunks.choose import NoTrunk

UNATTENDED: Final = "preview_unattended"
"""Reason of the pause of an agent who let a preview pass: nobody sits there."""

ACCEPT_MARGIN: Final = timedelta(seconds=30)
"""A lead on show stays reserved this much longer than it is shown: one accepted at the last moment is still ours."""

log = logging.getLogger(__name__)


class Run(Protocol):
    """A campaign at work, as far as calls by hand need it; `dialer.engine.campaigns.CampaignRun` is one."""

    spec: CampaignSpec
    state: CampaignState
    hopper: Hopper
    bucket: TokenBucket


@dataclass(frozen=True, slots=True)
class Preview:
    """A person shown to an agent, who accepts or skips."""

    run: Run
    lead: Lead
    until: datetime


class ByHand:
    """Previews on show, and manual calls; gate, limits and dial protocol are those of every call."""

    def __init__(self, floor: Floor, placing: Placing) -> None:
        self._floor = floor
        self._placing = placing
        self.previews: dict[AgentId, Preview] = {}

    async def show_next(self, run: Run) -> None:
        """Show a lead to each ready agent of a preview campaign; a personal callback only to its agent."""
        floor, spec = self._floor, run.spec
        while ready := floor.board.ready(spec.id):
            lead = run.hopper.take()
            if lead is None:
                return
            owner = promised_to(spec.callbacks, lead, floor.clock.now())
            seat = next((s for s in ready if owner in (None, s.agent.id)), None)
            if seat is None:
                await floor.store.leads.release([lead.id], floor.clock.now())
                continue
            decision = await self._placing.gate(spec, lead, agent_reserved=True)
            if not decision.allowed:
                await self._placing.send_back(spec, lead, decision)
                continue
            until = floor.clock.now() + timedelta(seconds=spec.preview_seconds)
            if not await floor.store.leads.extend(lead.id, until + ACCEPT_MARGIN) or not seat.can_take_calls:
                await floor.store.leads.release([lead.id], floor.clock.now())
                continue
            floor.move(seat, Move.RESERVE, source="system")
            self.previews[seat.agent.id] = Preview(run, lead, until)

    async def accept(self, agent_id: AgentId) -> AttemptId:
        """Dial the person on show.

        Raises `Conflict` when nobody is, or when they may not be dialled now; then, and whatever else stands in the
        way, the person goes back to the list and the agent is ready.
        """
        preview = self._take(agent_id)
        seat = self._floor.board.seat(agent_id)
        try:
            return await self._dial(preview.run, preview.lead, seat)
        except VoceroError:
            self._set_free(seat)
            give_back = partial(self._floor.store.leads.release, [preview.lead.id], self._floor.clock.now())
            self._floor.recorder.put("preview given back", give_back)
            raise

    async def skip(self, agent_id: AgentId) -> None:
        """Let the person on show go back to the list; they come again after the campaign's minimum gap. A callback that
        was agreed on stays one, and its agent's."""
        preview = self._take(agent_id)
        self._set_free(self._floor.board.seat(agent_id))
        now = self._floor.clock.now()
        move = LeadMove(
            state=LeadState.CALLBACK if preview.lead.promised else LeadState.WAITING,
            reason="skipped",
            callback_agent=preview.lead.callback_agent,
            not_before=now + timedelta(seconds=preview.run.spec.retry.min_gap_seconds),
            counts_as_attempt=False,
        )
        await self._floor.store.leads.move(preview.lead.id, move, now)

    def expire(self) -> None:
        """Take back previews of campaigns that dial no more, and those nobody looked at, whose agents are paused."""
        floor, now = self._floor, self._floor.clock.now()
        for agent_id, preview in list(self.previews.items()):
            seat = floor.board.seat(agent_id)
            running = preview.run.state is CampaignState.RUNNING
            if seat.status.state is AgentState.RESERVED and now < preview.until and running:
                continue
            del self.previews[agent_id]
            floor.recorder.put("preview expired", partial(floor.store.leads.release, [preview.lead.id], now))
            if not running:
                self._set_free(seat)
            elif seat.status.state is AgentState.RESERVED:
                log.info("preview passed unattended", extra={"agent": agent_id})
                floor.move(seat, Move.PAUSE, source="timeout", reason=UNATTENDED)
                self._set_free(seat)

    async def dial(self, agent_id: AgentId, run: Run, number: PhoneNumber) -> AttemptId:
        """Dial one number of the agent's choosing, as a lead of the campaign (made, if there is none).

        Raises `Conflict` when the agent is not ready, the campaign does not dial, a limit is reached or the gate
        refuses, with its reason.
        """
        floor, spec = self._floor, run.spec
        if spec.mode is PacingMode.AGENTLESS:
            raise Conflict(f"The campaign {spec.id} has no agents: who answers its calls is led by the IVR.")
        seat = floor.board.seat(agent_id)
        if not seat.can_take_calls:
            raise Conflict(
                f"Agent {agent_id} is {seat.status.state.value}: only a ready agent can dial.", rule="not_ready_to_dial"
            )
        if spec.id not in seat.agent.campaigns:
            raise Conflict(f"Agent {agent_id} does not work in the campaign {spec.id}.", rule="not_in_campaign")
        self._trunk_for(run, spec.trunks)  # no lead is made for a call that could not be placed
        lead = await floor.store.leads.with_number(spec.id, number)
        if lead is None:
            await floor.store.leads.add(spec.id, [NewLead(name="", phones=(number,))], floor.clock.now())
            lead = await floor.store.leads.with_number(spec.id, number)
        if lead is None or lead.state in FINAL_LEAD_STATES:
            state = lead.state.value if lead else "not taken (somebody with this number was erased)"
            raise Conflict(f"The number {number.masked} is not dialled: its lead is {state}.", rule="lead_over")
        floor.move(seat, Move.RESERVE, source="agent")
        try:
            return await self._dial(run, lead, seat, number)
        except VoceroError:
            self._set_free(seat)
            raise

    async def _dial(self, run: Run, lead: Lead, seat: Seat, number: PhoneNumber | None = None) -> AttemptId:
        """`number`: of the agent's own choosing; None: the person on show."""
        asked_for = lead if number is None else lead.at(number)
        trunk = self._trunk_for(run, trunks_for(run.spec, asked_for))
        if seat.status.state is not AgentState.RESERVED:
            raise Conflict(
                f"Agent {seat.agent.id} is {seat.status.state.value}: the softphone was lost meanwhile.",
                rule="phone_away",
            )
        run.bucket = run.bucket.take(1, self._floor.clock.monotonic())
        placed, decision, flight = await self._placing.place(
            run.spec, lead, trunk, booked_for=seat.agent.id, by_hand=number is not None, number=number
        )
        if flight is None:
            # a law's reason is for whoever calls; those of ours are in English, and have names
            said = decision.reason if decision.remedy is not None else ""
            raise Conflict(f"Not dialled: {decision.reason}", rule=decision.rule, said=said)
        if placed is Placed.YES:
            return flight.id
        if flight.live:
            raise Conflict(
                "Asterisk has not said whether it placed the call: it is being asked. Nothing is dialled twice.",
                rule="doubt",
            )
        raise Conflict("Not dialled: Asterisk did not take the call, or it was cancelled before.", rule="not_placed")

    def _trunk_for(self, run: Run, preference: tuple[TrunkId, ...]) -> TrunkId:
        """The trunk of a call by hand, in this order: under the campaign's own limits, as every other call of it.

        Raises `Conflict` where nothing may be placed now.
        """
        floor, spec = self._floor, run.spec
        if run.state is not CampaignState.RUNNING:
            raise Conflict(
                f"The campaign {spec.id} is {run.state.value}: nobody is dialled until it is started again.",
                rule="campaign_not_running",
            )
        if len(floor.book.live(spec.id)) >= spec.max_channels:
            raise Conflict(
                f"The campaign {spec.id} has as many calls as it may ({spec.max_channels}): try again soon.",
                rule="lines_full",
            )
        if not run.bucket.allowed(floor.clock.monotonic()):
            raise Conflict(f"The campaign {spec.id} places no more calls in this second: try again.", rule="too_fast")
        trunk = floor.trunks.choose(preference, floor.book)
        if not floor.may_dial or isinstance(trunk, NoTrunk):
            raise Conflict("No call can be placed now: there is no free trunk, or no link to Asterisk.", rule="no_line")
        return trunk

    def shift(self, by: timedelta) -> None:
        """Show each person for as long as before, after the machine's clock was set."""
        self.previews = {agent_id: replace(each, until=each.until + by) for agent_id, each in self.previews.items()}

    def _take(self, agent_id: AgentId) -> Preview:
        self._floor.board.seat(agent_id)
        preview = self.previews.pop(agent_id, None)
        if preview is None:
            raise Conflict(f"Agent {agent_id} has nobody on show.", rule="nobody_on_show")
        return preview

    def _set_free(self, seat: Seat) -> None:
        if seat.status.state is AgentState.RESERVED and seat.in_no_call:
            self._floor.move(seat, Move.RELEASE, source="system")
        self._floor.wake.set()
