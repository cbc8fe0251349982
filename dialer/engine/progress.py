"""Takes one event of a call through the call machine, and carries out the effects."""

from __future__ import annotations

import logging
from typing import assert_never

from cti_api.model.calls import AttemptState
from cti_api.model.events import EventKind
from cti_api.model.ids import AttemptId
from dialer.calls.machine import Call, Effect, step
from dialer.engine.book import Flight
from dialer.engine.closing import Closing
from dialer.engine.connecting import Connecting
from dialer.engine.floor import Floor
from dialer.engine.handing_on import HandingOn
from dialer.leads.opt_out import BY_KEY
from dialer.live import CallBrought, CallHanded, CallReached
from dialer.telephony import CallEnded, CallEvent, CallOptedOut, CallOrphaned, CallRefused, CallRinging

log = logging.getLogger(__name__)

TOLD = {
    AttemptState.RINGING: EventKind.CALL_DELIVERED,
    AttemptState.ANSWERED: EventKind.CALL_ESTABLISHED,
}
"""States whose entering is written down and told, beside the joining and the end."""

ANSWERED = {AttemptState.ANSWERED, AttemptState.OFFERED, AttemptState.CONNECTED}
"""An Originate whose call was answered has succeeded: a failure told of it now is that of another one with its id."""


class Progress:
    """Where calls move, whether Asterisk told of it or was asked. Never awaits."""

    def __init__(self, floor: Floor, connecting: Connecting, closing: Closing, handing: HandingOn) -> None:
        self._floor = floor
        self._handing = handing
        self._connecting = connecting
        self._closing = closing

    def take(self, event: CallEvent) -> None:
        """One event of one call; that of a call which is not in the book is nobody's, but for a person's no."""
        flight = self._floor.book.get(event.attempt_id)
        if isinstance(event, CallEnded):
            self._handing.gone(event.attempt_id)
        if flight is None and isinstance(event, CallOptedOut):
            self._opted_out_late(event.attempt_id)
            return
        if flight is None:
            log.debug("event of no call of ours", extra={"attempt": event.attempt_id})
            return
        if isinstance(event, CallRinging):
            self._floor.trunks.rang(flight)
        before = flight.call
        if isinstance(event, CallRefused) and before.state in ANSWERED:
            self._floor.originate_duplicates += 1
            log.error("Asterisk refused a call that was already there", extra={"attempt": flight.id})
        flight.call, effects = step(flight.call, event, self._floor.clock.now())
        if flight.call.opted_out and not before.opted_out:
            self._opted_out(flight)
        self._tell(flight, before.state)
        if flight.call.verdict is not None and before.verdict is None:
            self._floor.tell_of(flight, EventKind.CALL_AMD_VERDICT, verdict=flight.call.verdict.value)
        if effects and isinstance(event, CallOrphaned):
            self._handing.comes_back(flight)
        elif effects and isinstance(event, CallReached | CallHanded):
            self._handing.reached(flight)
        for effect in effects:
            self._carry_out(flight, effect, before, event)

    def _carry_out(self, flight: Flight, effect: Effect, before: Call, event: CallEvent) -> None:
        match effect:
            case Effect.NEED_AGENT:
                self._connecting.match()
            case Effect.GIVE_UP_AGENT:
                self._connecting.give_up(flight)
            case Effect.WITHDRAW:
                self._connecting.withdraw_agent(flight)
            case Effect.CONNECTED:
                self._connecting.joined(flight, first=before.connected_at is None)
                self._handing.joined(flight)
            case Effect.PASSED:
                self._handing.passed(flight, outside=isinstance(event, CallBrought))
            case Effect.OVER:
                self._closing.call_over(flight)
            case _:
                assert_never(effect)

    def _opted_out(self, flight: Flight) -> None:
        """Written at once, so that it holds while the message is still heard. Closing writes it again, for where this
        process ends before the store has it."""
        floor, now = self._floor, self._floor.clock.now()
        numbers = {flight.attempt.number, *flight.lead.contact.phones}
        source = f"{flight.attempt.campaign_id}:{BY_KEY}"
        log.info("opted out by key", extra={"attempt": flight.id, "campaign": flight.attempt.campaign_id})
        floor.recorder.put("opt-out", lambda: floor.store.suppression.add(numbers, source, now), (flight.id, source))

    def _opted_out_late(self, attempt_id: AttemptId) -> None:
        """Of a call that was taken for over: whom it was with the store knows."""
        floor, now = self._floor, self._floor.clock.now()

        async def write() -> None:
            attempt = await floor.store.attempts.get(attempt_id)
            lead = await floor.store.leads.get(attempt.lead_id)
            numbers = {attempt.number, *lead.contact.phones}
            await floor.store.suppression.add(numbers, f"{attempt.campaign_id}:{BY_KEY}", now)

        log.info("opted out by key, in a call that was closed before", extra={"attempt": attempt_id})
        floor.recorder.put("opt-out", write, attempt_id)

    def _tell(self, flight: Flight, before: AttemptState) -> None:
        floor, state = self._floor, flight.call.state
        if state is before or state not in TOLD:
            return
        record = flight.record
        event = floor.event(TOLD[state], campaign_id=record.campaign_id, lead_id=record.lead_id, attempt_id=record.id)
        floor.recorder.put("call moved", lambda: floor.store.attempts.mark(record, event), record)
