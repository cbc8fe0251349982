"""Places one call: the gate, the commit, then the Originate, once.

The order is the product's promise. An attempt is on disk before a byte of it reaches Asterisk; what became of an
Originate whose answer never came is asked (`dialer.engine.settling`), never tried again.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from enum import Enum
from typing import Final

from cti_api.errors import ActionRefused, Conflict, LinkDown, NotFound, ResultUnknown, StoreUnavailable
from cti_api.model.agents import AgentState
from cti_api.model.calls import Attempt, AttemptState, CallResult, DialDecision
from cti_api.model.campaigns import CampaignSpec, RecordingMode
from cti_api.model.events import EventKind
from cti_api.model.ids import AgentId, AttemptId, TrunkId, new_attempt_id
from cti_api.model.leads import Lead
from cti_api.model.phone import PhoneNumber
from dialer.agents.board import Seat
from dialer.agents.states import Move
from dialer.calls.machine import Call
from dialer.engine.abandonment import share_told
from dialer.engine.book import Flight
from dialer.engine.closing import Closing
from dialer.engine.floor import Floor
from dialer.leads.gate import DialFacts, bars_for_good, may_dial
from dialer.leads.law import facts_of
from dialer.leads.refused import after_refusal
from dialer.telephony import PlaceCall

NUMBER_BUSY: Final = timedelta(seconds=30)
"""A lead whose number another call of ours occupies is tried again after this."""

log = logging.getLogger(__name__)


class Placed(Enum):
    """What came of trying to place a call."""

    YES = "yes"
    REFUSED = "refused"
    """The gate said no; the lead went where the reason sends it."""
    NO_LINK = "no_link"


class Placing:
    """The dial protocol (at most once)."""

    def __init__(self, floor: Floor, closing: Closing) -> None:
        self._floor = floor
        self._closing = closing

    async def place(
        self,
        spec: CampaignSpec,
        lead: Lead,
        trunk: TrunkId,
        *,
        booked_for: AgentId | None = None,
        by_hand: bool = False,
        number: PhoneNumber | None = None,
    ) -> tuple[Placed, DialDecision, Flight | None]:
        """Dial `lead`, which must be reserved by us. Raises `StoreUnavailable` with nothing dialled.

        `booked_for` is the agent who waits for this call from the start, ready or reserved for it; unless the call is
        placed they are ready again when this returns or raises. `by_hand` also takes a lead that nobody reserved.
        `number` is the one of its phones to dial instead of the next one; a refusal of that number is no reason to move
        the lead.
        """
        attempt_id = new_attempt_id(self._floor.clock.now())
        seat = self._floor.board.seat(booked_for) if booked_for is not None else None
        if seat is not None and seat.status.state is AgentState.READY:
            self._floor.move(seat, Move.RESERVE, source="system")
        placed = Placed.REFUSED
        try:
            placed, decision, flight = await self._place(
                attempt_id, spec, lead, number or lead.phone, trunk, seat, by_hand=by_hand
            )
        finally:
            if seat is not None and placed is not Placed.YES:
                self._set_free(seat, attempt_id)
        return placed, decision, flight

    def _set_free(self, seat: Seat, attempt_id: AttemptId) -> None:
        """No agent waits for a call that was not placed, or of which nobody knows. Should it come up after all, whoever
        is free takes it."""
        flight = self._floor.book.get(attempt_id)
        if flight is not None:
            flight.booked_for = None
        if seat.status.state is AgentState.RESERVED and seat.attempt_id in (None, attempt_id):
            seat.attempt_id = None
            self._floor.move(seat, Move.RELEASE, source="system")
            self._floor.wake.set()

    async def _place(
        self,
        attempt_id: AttemptId,
        spec: CampaignSpec,
        lead: Lead,
        number: PhoneNumber,
        trunk: TrunkId,
        seat: Seat | None,
        *,
        by_hand: bool,
    ) -> tuple[Placed, DialDecision, Flight | None]:
        floor = self._floor
        decision = await self.gate(spec, lead, number, agent_reserved=seat is not None)
        if not decision.allowed:
            await self._refused(spec, lead, number, decision)
            return Placed.REFUSED, decision, None
        now = floor.clock.now()
        attempt = Attempt(
            id=attempt_id,
            campaign_id=spec.id,
            lead_id=lead.id,
            number=number,
            trunk=trunk,
            state=AttemptState.ORIGINATING,
            decision=decision,
            created_at=now,
            agent_id=seat.agent.id if seat is not None else None,
        )
        if spec.recording is not RecordingMode.OFF:
            attempt = replace(attempt, recording=f"{attempt.id}.wav")
        flight = Flight(
            attempt=attempt,
            lead=lead,
            spec=spec,
            call=Call(attempt_id=attempt.id, placed_at=now),
            placed_monotonic=floor.clock.monotonic(),
            booked_for=attempt.agent_id,
            asked_for=False,
        )
        event = floor.event(
            EventKind.CALL_ORIGINATED, campaign_id=spec.id, lead_id=lead.id, attempt_id=attempt.id, trunk=trunk
        )
        # In the book before the commit returns, so that no sweep takes the row for a stranger's.
        floor.book.add(flight)
        if seat is not None:
            seat.attempt_id = attempt.id
        try:
            await floor.store.attempts.open(attempt, event, by_hand=by_hand)
        except Conflict as conflict:
            floor.book.remove(attempt.id)
            refused = DialDecision(
                allowed=False,
                rule="one_call_per_number",
                reason=str(conflict),
                at=now,
                next_open=now + NUMBER_BUSY,
            )
            await self._refused(spec, lead, number, refused)
            return Placed.REFUSED, refused, None
        except NotFound:
            floor.book.remove(attempt.id)
            raise
        except StoreUnavailable:
            # It may have been written all the same: not dialled, and said so as soon as the store can be written.
            self._closing.call_over(flight, CallResult.NEVER_DIALED)
            raise
        return await self._originate(flight), decision, flight

    async def gate(
        self, spec: CampaignSpec, lead: Lead, number: PhoneNumber | None = None, *, agent_reserved: bool = False
    ) -> DialDecision:
        """May this number of the lead (None: its next one) be dialled now, for an agent who waits or for whoever is?"""
        facts = await self.facts(spec, lead, number or lead.phone, agent_reserved=agent_reserved)
        return may_dial(facts, self._floor.clock.now())

    async def facts(self, spec: CampaignSpec, lead: Lead, number: PhoneNumber, *, agent_reserved: bool) -> DialFacts:
        """Everything the gate looks at."""
        floor = self._floor
        known = await floor.store.record.of(lead.contact.phones, number, floor.clock.now(), spec.id)
        return DialFacts(
            spec=spec,
            lead=lead,
            number=number,
            do_not_call=bool(known.opt_outs),
            live_elsewhere=number.e164 in floor.book.numbers(floor.clock.monotonic()),
            law=facts_of(
                spec,
                lead,
                number,
                known,
                agent_reserved=agent_reserved,
                now=floor.clock.now(),
                abandonment_rate=share_told(floor, spec, floor.clock.now()),
            ),
            packs=floor.packs,
        )

    async def _originate(self, flight: Flight) -> Placed:
        spec, attempt = flight.spec, flight.attempt
        if flight.call.canceled or self._is_deserted(flight):
            # While the intent was being written.
            self._closing.call_over(flight, CallResult.NEVER_DIALED)
            return Placed.REFUSED
        log.info(
            "call placed",
            extra={"attempt": attempt.id, "campaign": spec.id, "number": attempt.number.e164, "trunk": attempt.trunk},
        )
        self._floor.trunks.placed(attempt.trunk)
        # Writing the intent may have taken its time; whether Asterisk has the call is asked counting from here.
        flight.call = replace(flight.call, placed_at=self._floor.clock.now())
        flight.asked_for = True
        try:
            await self._floor.telephony.perform(
                PlaceCall(
                    attempt_id=attempt.id,
                    number=attempt.number,
                    trunk=attempt.trunk,
                    caller_id=spec.caller_id,
                    ring_seconds=spec.ring_seconds,
                    campaign=spec.id,
                    hold_seconds=spec.abandonment.hold_seconds,
                    amd=spec.amd.enabled,
                    machine_action=spec.amd.on_machine.value,
                    record=bool(attempt.recording),
                    led=flight.led,
                    survey_after=spec.survey_after is not None,
                )
            )
        except LinkDown:
            # Provably not sent.
            self._closing.call_over(flight, CallResult.NEVER_DIALED)
            return Placed.NO_LINK
        except ActionRefused as refusal:
            log.error("Asterisk refused a call", extra={"attempt": attempt.id, "reason": str(refusal)})
            self._closing.call_over(flight, CallResult.NEVER_DIALED)
            return Placed.REFUSED
        except ResultUnknown:
            # It may be ringing. The attempt stays open; settlement asks.
            return Placed.NO_LINK
        return Placed.YES

    def _is_deserted(self, flight: Flight) -> bool:
        """The agent it is for was lost: nobody is called to hear that."""
        return flight.booked_for is not None and self._floor.board.seat(flight.booked_for).attempt_id != flight.id

    async def _refused(self, spec: CampaignSpec, lead: Lead, number: PhoneNumber, decision: DialDecision) -> None:
        if number == lead.phone:
            await self.send_back(spec, lead, decision)

    async def send_back(self, spec: CampaignSpec, lead: Lead, decision: DialDecision) -> None:
        """The lead goes where the refusal sends it."""
        move = after_refusal(spec, lead, decision, await self._barred(spec, lead) if bars_for_good(decision) else ())
        try:
            await self._floor.store.leads.move(lead.id, move, self._floor.clock.now())
        except Conflict as conflict:
            log.debug("a refused lead had moved on", extra={"lead": lead.id, "reason": str(conflict)})

    async def _barred(self, spec: CampaignSpec, lead: Lead) -> frozenset[PhoneNumber]:
        """Those of the person's other numbers that are refused for good, so that the lead is not sent round them."""
        others = [number for number in lead.contact.phones if number != lead.phone]
        answers = {number: await self.gate(spec, lead, number, agent_reserved=False) for number in others}
        return frozenset(number for number, answer in answers.items() if bars_for_good(answer))
