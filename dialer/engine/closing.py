"""Ends calls: what the result is, what the agent says of it, what becomes of the lead, and the one transaction."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from cti_api.appointments.agreed import booking_of
from cti_api.errors import Conflict, Fault, InputError, StoreUnavailable, VoceroError
from cti_api.kpi.told import brand_of, of_disposition
from cti_api.model.agents import AgentState
from cti_api.model.appointments import Booking
from cti_api.model.calls import AttemptState, CallResult
from cti_api.model.campaigns import CampaignSpec, Disposition, FieldKind
from cti_api.model.events import Event, EventKind
from cti_api.model.once import Once
from cti_api.store.answer_days import Counted
from dialer.agents.board import Seat
from dialer.agents.states import Move
from dialer.calls.machine import is_overdue
from dialer.calls.outcome import PASSING_GUARDS, SILENT_LINE_SECONDS, TrunkSign, result_of, sign_of
from dialer.engine.abandonment import count_disposed, count_over
from dialer.engine.book import Flight
from dialer.engine.connecting import Connecting
from dialer.engine.floor import Floor
from dialer.engine.holding import hold_over
from dialer.engine.ivr_lines import count_met
from dialer.engine.recordings import Recordings
from dialer.leads.opt_out import as_said
from dialer.leads.retry import decide_retry
from dialer.pacing.tally import day_of

ANSWERED_WITHIN_SECONDS: Final = 5.0
"""How long an agent waits to be told whether the hour is theirs."""

log = logging.getLogger(__name__)


class Closing:
    """From the end of the call to the closed attempt."""

    def __init__(self, floor: Floor, connecting: Connecting, recordings: Recordings) -> None:
        self._floor = floor
        self._connecting = connecting
        self._recordings = recordings

    def call_over(self, flight: Flight, result: CallResult | None = None) -> None:
        """The channel is gone (or settlement says so). Waits for the agent's disposition where there was a talk."""
        floor, now = self._floor, self._floor.clock.now()
        if flight.result is not None:
            return
        if flight.call.state is not AttemptState.CLOSED:
            flight.call = replace(flight.call, state=AttemptState.CLOSED)
        if flight.call.ended_at is None:
            flight.call = replace(flight.call, ended_at=now)
        flight.result = result or result_of(flight.call)
        sign = sign_of(flight.call, flight.result)
        floor.trunks.ended(flight, sign)
        if sign is TrunkSign.SILENT:
            # Asterisk still repeats the INVITE: a trunk that wakes up would ring whoever is called by two of our calls.
            floor.book.hold(flight.attempt.number.e164, floor.clock.monotonic() + SILENT_LINE_SECONDS)
        count_over(floor, flight, false_answer=floor.trunks.is_false_answer(flight))
        if flight.led:
            count_met(floor, flight)
        if flight.call.forbidden not in PASSING_GUARDS | {""}:
            log.error(
                "the dialplan refuses what the settings allow: the campaign stops",
                extra={"campaign": flight.attempt.campaign_id, "attempt": flight.id, "why": flight.call.forbidden},
            )
            floor.faults[flight.attempt.campaign_id] = f"guard:{flight.call.forbidden}"
        if (follower := floor.followers.get(flight.attempt.campaign_id)) is not None:
            follower.call_over(flight, now)
        log.info(
            "call ended",
            extra={
                "attempt": flight.id,
                "campaign": flight.attempt.campaign_id,
                "result": flight.result.value,
                "cause": flight.call.cause,
            },
        )
        if flight.result is CallResult.ABANDONED:
            floor.tell_of(flight, EventKind.CALL_ABANDONED)
        ended: dict[str, Any] = {
            "result": flight.result.value, "cause": flight.call.cause, "trunk": flight.attempt.trunk
        }  # fmt: skip
        if flight.ended_by_agent:
            ended["ended_by"] = "agent"
        floor.tell_of(flight, EventKind.CALL_CLEARED, **ended)
        self._connecting.release(flight)
        self._recordings.call_over(flight)
        seat = floor.board.by_attempt(flight.id)
        if flight.call.connected_at is not None:
            self._begin_wrap_up(flight, seat)
        else:
            self.close(flight)
        floor.wake.set()

    def _begin_wrap_up(self, flight: Flight, seat: Seat | None) -> None:
        floor, now = self._floor, self._floor.clock.now()
        record = flight.record
        if seat is not None:
            seat.talk_seconds += record.talk_seconds - flight.counted_seconds
            hold_over(floor, seat)
            if seat.status.state is AgentState.BUSY:
                floor.move(seat, Move.END_CALL, source="system")
        nobody = seat is None and (flight.call.agent_id is None or flight.handed_by is not None)
        if flight.disposition or (nobody and not flight.led):
            # Chosen during the talk, or nobody is left to choose: nothing to wait for. A survey's end is.
            self.close(flight)
            return
        flight.wrap_up_until = now + timedelta(seconds=flight.spec.wrap_up_seconds)
        floor.recorder.put("call ended", lambda: floor.store.attempts.mark(record), record)

    def close(self, flight: Flight) -> None:
        """Close the attempt for good: lead, disposition, do-not-call and events in one transaction."""
        floor, now = self._floor, self._floor.clock.now()
        if flight.result is None or flight.id not in floor.book or flight.booking:
            return
        floor.book.remove(flight.id)
        fields = flight.disposition_fields or {}
        # A number dialled by hand out of its turn has its turn with that: what follows is about the number dialled.
        lead = flight.lead.at(flight.attempt.number)
        move = decide_retry(
            flight.spec,
            lead,
            flight.result,
            flight.disposition or None,
            fields,
            now,
            dialed=flight.attempt.created_at,
            agent=flight.call.agent_id,
            trunk=flight.attempt.trunk,
            trunk_works=not floor.trunks.is_given_up(flight.attempt.trunk),
        )
        chosen = flight.spec.disposition(flight.disposition) if flight.disposition else None
        move = as_said(move, chosen, by_key=flight.call.opted_out)
        record = replace(
            flight.record,
            state=AttemptState.CLOSED,
            closed_at=now,
            disposition=flight.disposition,
            disposition_fields=fields,
        )
        event = floor.event(
            EventKind.ATTEMPT_CLOSED,
            campaign_id=record.campaign_id,
            lead_id=record.lead_id,
            attempt_id=record.id,
            agent_id=record.agent_id,
            result=flight.result.value,
            disposition=record.disposition,
            **of_disposition(flight.spec, replace(record, result=flight.result), flight.disposition, fields),
            brand=brand_of(flight.spec, flight.lead.fields),
            placed_at=record.created_at.isoformat(),
            talk_seconds=round(record.talk_seconds, 3),
            held_seconds=round(flight.held_seconds, 3),
            wrap_up_seconds=round(min(record.wrap_up_seconds, flight.spec.wrap_up_seconds), 3),
            lead_state=move.state.value,
            lead_reason=move.reason,
        )
        floor.book.closing.add(flight.id)
        booking = booking_of(flight.spec, flight.disposition, fields)
        began = record.created_at
        counted = Counted(began, day_of(flight.spec, began), count_disposed(floor, flight))
        once = flight.once

        async def write() -> None:
            await floor.store.attempts.close(record, move, event, booking=booking, counted=counted, once=once)
            floor.book.closing.discard(record.id)

        floor.recorder.put("attempt closed", write, (record, move))
        seat = floor.board.by_attempt(flight.id)
        if seat is not None:
            seat.attempt_id = None
            if seat.status.state is AgentState.WRAP_UP:
                floor.move(seat, Move.FINISH, source="system")
                self._connecting.match()
        floor.wake.set()

    def end_refused(self) -> None:
        """Close calls that Asterisk refused to begin and of which no channel was ever seen."""
        now = self._floor.clock.now()
        for flight in self._floor.book.live():
            if is_overdue(flight.call, now):
                self.call_over(flight)

    def expire_wrap_ups(self) -> None:
        """Close what an agent left undisposed past the campaign's limit: never held for ever (F46). What became of a
        survey is asked once more before (`dialer.engine.surveyed`)."""
        now = self._floor.clock.now()
        for flight in self._floor.book.wrapping():
            if flight.wrap_up_until is not None and now >= flight.wrap_up_until and not flight.led:
                log.info("wrap-up passed without disposition", extra={"attempt": flight.id})
                self.close(flight)

    async def enter(self, flight: Flight, code: str, fields: dict[str, str], once: Once | None = None) -> None:
        """`dispose`, for an agent who waits for the answer: a place in a calendar is taken first, or the disposition is
        not set. Raises `Conflict` then, with the nearest free hours, and `StoreUnavailable` where nobody can say."""
        checked = check_disposition(flight.spec, code, fields)
        booking = booking_of(flight.spec, code, checked)
        if booking is not None and booking.calendar and flight.call.connected_at is not None:
            flight.booking = True
            try:
                await self._take_place(flight, code, checked, booking, once)
            finally:
                flight.booking = False
        self.dispose(flight, code, fields, once)

    async def _take_place(
        self, flight: Flight, code: str, fields: dict[str, str], booking: Booking, once: Once | None
    ) -> None:
        """Write the disposition with its place, after everything that happened before it, and wait for the answer."""
        floor, now, agent_id = self._floor, self._floor.clock.now(), flight.call.agent_id
        events = [self._set(flight, code)] if flight.live else []
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def write() -> None:
            if answer.done():
                return  # nobody waits any more
            try:
                await floor.store.attempts.dispose(
                    flight.id, code, fields, now, *events, agent_id=agent_id, booking=booking, once=once
                )
            except StoreUnavailable:
                raise  # the recorder comes back to it
            except VoceroError as error:
                if not answer.done():
                    answer.set_exception(error)
            else:
                if not answer.done():
                    answer.set_result(None)

        floor.recorder.put("appointment", write, (flight.id, code, fields, now, agent_id))
        try:
            async with asyncio.timeout(ANSWERED_WITHIN_SECONDS):
                await answer
        except TimeoutError:
            raise StoreUnavailable("The store cannot be written now, so nothing was booked: enter it again.") from None

    def dispose(self, flight: Flight, code: str, fields: dict[str, str], once: Once | None = None) -> None:
        """Set the disposition of a call in talk or wrap-up.

        Raises `InputError` with every fault of the code and its fields, `Conflict` for a call that never connected.
        """
        checked = check_disposition(flight.spec, code, fields)
        if flight.call.connected_at is None:
            raise Conflict("This call was never connected: there is nothing to dispose of.", rule="never_connected")
        flight.disposition, flight.disposition_fields, flight.once = code, checked, once
        if not flight.live:
            self.close(flight)
            return
        floor, now = self._floor, self._floor.clock.now()
        agent_id, booking = flight.call.agent_id, booking_of(flight.spec, code, checked)
        event = self._set(flight, code)
        floor.recorder.put(
            "disposition",
            lambda: floor.store.attempts.dispose(
                flight.id, code, checked, now, event, agent_id=agent_id, booking=booking, once=once
            ),
            (flight.id, code, checked, now, agent_id),
        )

    def _set(self, flight: Flight, code: str) -> Event:
        return self._floor.event(
            EventKind.DISPOSITION_SET,
            campaign_id=flight.attempt.campaign_id,
            lead_id=flight.attempt.lead_id,
            attempt_id=flight.id,
            agent_id=flight.call.agent_id,
            disposition=code,
        )


def check_disposition(spec: CampaignSpec, code: str, fields: dict[str, str]) -> dict[str, str]:
    """The fields, stripped, as they will be kept. Raises `InputError` naming each that is missing or wrong."""
    chosen = spec.disposition(code)
    if chosen is None:
        known = ", ".join(d.code for d in spec.dispositions)
        raise InputError(f"The campaign {spec.id} has no disposition {code!r}.", [Fault("code", f"one of: {known}")])
    faults = list(_field_faults(chosen, fields))
    if faults:
        raise InputError(f"The disposition {code} is not complete.", faults)
    return {name: value.strip() for name, value in fields.items()}


def _field_faults(chosen: Disposition, fields: dict[str, str]) -> list[Fault]:
    known = {f.name: f for f in chosen.fields}
    faults = [
        Fault(f"fields.{name}", f"{chosen.code} has no such field; it has: {', '.join(known) or 'none'}")
        for name in fields
        if name not in known
    ]
    for field in chosen.fields:
        value = fields.get(field.name, "").strip()
        if not value:
            if field.required:
                faults.append(Fault(f"fields.{field.name}", f"is required ({field.label})"))
        elif field.kind is FieldKind.CHOICE and value not in field.choices:
            faults.append(Fault(f"fields.{field.name}", f"one of: {', '.join(field.choices)}"))
        elif field.kind in (FieldKind.DATE, FieldKind.DATETIME):
            try:
                datetime.fromisoformat(value)
            except ValueError:
                faults.append(Fault(f"fields.{field.name}", "write it as 2026-11-30 or 2026-11-30T15:00"))
    return faults
