"""Reads what happened, and plans what the campaign's file says should follow."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cti_api.appointments.spanish import day_in_words, hour_in_words
from cti_api.campaign_file.parse import parse_campaign
from cti_api.clock import Clock
from cti_api.errors import InputError, NotFound, StoreUnavailable
from cti_api.law.terms import Purpose
from cti_api.messages.content import Extras, Filled, Unsendable, filled_message, filled_webhook, no_extras
from cti_api.model.calls import AttemptState
from cti_api.model.campaigns import CampaignSpec
from cti_api.model.events import APPOINTMENT_EVENTS, Event, EventKind
from cti_api.model.follow_ups import AddLead, CallWebhook, FollowUp, MakeTask, SendMessage, Via
from cti_api.model.ids import AttemptId, CampaignId, LeadId
from cti_api.model.leads import FINAL_LEAD_STATES, Lead
from cti_api.model.messages import Message, MessageId, MessageState
from cti_api.relay import Relay
from cti_api.store.follow_ups import Elsewhere, NewTask, Planned
from cti_api.store.store import Store

READER: Final = "follow_ups"
RETRY_SECONDS: Final = 1.0
FOLLOWED: Final = APPOINTMENT_EVENTS | {
    EventKind.ATTEMPT_CLOSED,
    EventKind.DISPOSITION_SET,
    EventKind.LEAD_MOVED,
    EventKind.CALLBACK_MISSED,
    EventKind.IVR_SEND,
}

log = logging.getLogger(__name__)


class Planner:
    """Turns events into rows: each action of a lead once, however often the event is seen."""

    def __init__(
        self, store: Store, clock: Clock, extras: Extras = no_extras, planned: Callable[[], None] = lambda: None
    ) -> None:
        self._store = store
        self._clock = clock
        self._extras = extras
        self._planned = planned
        self._specs: dict[CampaignId, tuple[int, CampaignSpec | None]] = {}

    async def run(self, relay: Relay) -> None:
        """Plan until cancelled. A store that is away is waited for; events are read from where we were."""
        while True:
            try:
                await self._store.outbox.join(READER)
                async for batch in relay.follow(READER):
                    await self.plan(batch)
            except StoreUnavailable as error:
                log.warning("follow-ups wait for the store", extra={"reason": str(error)})
                await asyncio.sleep(RETRY_SECONDS)

    async def plan(self, events: Sequence[Event]) -> int:
        """What follows these events; returns how many actions were new. Raises `StoreUnavailable`."""
        wanted: list[Planned] = []
        for event in events:
            if event.kind in FOLLOWED and event.campaign_id is not None and event.lead_id is not None:
                wanted += await self._safely_after(event, CampaignId(event.campaign_id), LeadId(event.lead_id))
        if not wanted:
            return 0
        new = await self._written(wanted)
        if new:
            self._planned()
        return new

    async def _written(self, wanted: Sequence[Planned]) -> int:
        """All together; where the store will not have one of them, each alone, and that one is logged and left out."""
        try:
            return await self._store.follow_ups.plan(wanted, self._clock.now())
        except StoreUnavailable:
            raise
        except Exception:
            if len(wanted) > 1:
                return sum([await self._written([each]) for each in wanted])
            log.exception("what follows an event cannot be written down", extra={"event_id": wanted[0].event_id})
            return 0

    async def _safely_after(self, event: Event, campaign_id: CampaignId, lead_id: LeadId) -> list[Planned]:
        """One event that we cannot deal with must not take calls and all other follow-ups with it."""
        try:
            return await self._after(event, campaign_id, lead_id)
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("what follows an event cannot be planned", extra={"event_id": event.event_id})
            return []

    async def _after(self, event: Event, campaign_id: CampaignId, lead_id: LeadId) -> list[Planned]:
        try:
            version, spec = await self._spec(campaign_id)
            if spec is None or not spec.follow_ups:
                return []
            words = await self._words(event, lead_id)
            matching = [
                (each, word)
                for each in spec.follow_ups
                if (word := next((w for w in words if w in each.on), None)) and _is_wanted(event, each)
            ]
            if not matching:
                return []
            lead = await self._store.leads.get(lead_id)
        except NotFound:
            return []
        return [self._one(event, lead, spec, version, each, word) for each, word in matching]

    async def _words(self, event: Event, lead_id: LeadId) -> list[str]:
        """What the event says, in the file's words."""
        payload = event.payload
        if event.kind in APPOINTMENT_EVENTS or event.kind is EventKind.IVR_SEND:
            return [event.kind.value]
        ended = payload.get("lead_state", "")
        words = [payload.get("result", ""), payload.get("disposition", "")]
        if event.kind is EventKind.CALLBACK_MISSED:
            words = [event.kind.value]
        if event.kind is EventKind.DISPOSITION_SET:
            # A call that is still up may be disposed of once more: its end tells what was chosen at last. Here it is
            # about a correction, and what that made of the lead.
            attempt = await self._store.attempts.get(AttemptId(event.attempt_id or ""))
            if attempt.state is not AttemptState.CLOSED or attempt.disposition != payload.get("disposition"):
                return []
            ended = (await self._store.leads.get(lead_id)).state
        if ended in FINAL_LEAD_STATES:
            words.append(str(ended))
        return [word for word in words if word]

    async def _spec(self, campaign_id: CampaignId) -> tuple[int, CampaignSpec | None]:
        """The campaign's file in force, with its version; None for one that this version cannot read."""
        stored = await self._store.campaigns.get(campaign_id)
        known = self._specs.get(campaign_id)
        if known is None or known[0] != stored.spec_version:
            try:
                spec = parse_campaign(stored.spec_text)
            except InputError as error:
                log.warning("a campaign's file cannot be read", extra={"campaign": campaign_id, "reason": str(error)})
                spec = None
            known = self._specs[campaign_id] = stored.spec_version, spec
        return known

    def _one(
        self, event: Event, lead: Lead, spec: CampaignSpec, version: int, follow_up: FollowUp, word: str
    ) -> Planned:
        what: Message | NewTask | Elsewhere
        match follow_up.action:
            case SendMessage() as action:
                filled = filled_message(action, lead, spec, {**self._extras(lead, spec), **_hour(event, spec)})
                what = self._message(event, lead, follow_up, action.via, action.purpose or spec.purpose, filled)
            case CallWebhook() as action:
                filled = filled_webhook(action, lead, word, event.attempt_id)
                what = self._message(event, lead, follow_up, Via.WEBHOOK, None, filled)
            case MakeTask(text=text, owner=owner):
                what = NewTask(text, owner)
            case AddLead(campaign_id=other):
                what = Elsewhere(other)
        return Planned(
            lead=lead,
            action=follow_up.name,
            occasion=_occasion(event, each_time=follow_up.each_time),
            spec_version=version,
            after=word,
            event_id=event.event_id,
            what=what,
        )

    def _message(
        self,
        event: Event,
        lead: Lead,
        follow_up: FollowUp,
        via: Via,
        purpose: Purpose | None,
        filled: Filled | Unsendable,
    ) -> Message:
        """What cannot be sent as it stands is a dead letter from the start, so that somebody sees it."""
        due_at = event.occurred_at + timedelta(seconds=follow_up.after_seconds)
        return Message(
            id=MessageId(uuid.uuid4().hex),
            action=follow_up.name,
            campaign_id=lead.campaign_id,
            lead_id=lead.id,
            contact_id=lead.contact.id,
            via=via,
            recipient="" if isinstance(filled, Unsendable) else filled.recipient,
            number=None if isinstance(filled, Unsendable) else filled.number,
            purpose=purpose,
            content={} if isinstance(filled, Unsendable) else filled.content,
            state=MessageState.DEAD if isinstance(filled, Unsendable) else MessageState.PLANNED,
            state_since=self._clock.now(),
            reason=filled.reason if isinstance(filled, Unsendable) else "",
            due_at=due_at,
            expires_at=due_at + timedelta(seconds=follow_up.within_seconds),
            created_at=self._clock.now(),
        )


def _is_wanted(event: Event, follow_up: FollowUp) -> bool:
    """A tree names what is to be sent, and how: the follow-up of that name, over that channel."""
    if event.kind is not EventKind.IVR_SEND:
        return True
    wished = isinstance(follow_up.action, SendMessage) and follow_up.action.via == event.payload["via"]
    return wished and follow_up.name == event.payload["what"]


def _occasion(event: Event, *, each_time: bool) -> str:
    """What an action follows once: the lead; with `each_time` the call, or the time of one that was missed; of an
    appointment every hour that it had; of a caller's wish their call."""
    if event.kind in APPOINTMENT_EVENTS:
        return f"{event.payload['appointment_id']}:{event.payload['sequence']}"
    if event.kind is EventKind.IVR_SEND:
        return event.call_id or ""
    return (event.attempt_id or event.payload.get("due_at", "")) if each_time else ""


def _hour(event: Event, spec: CampaignSpec) -> dict[str, str]:
    """``{cita}`` of an appointment, in words and on the campaign's clock."""
    if event.kind not in APPOINTMENT_EVENTS:
        return {}
    at = datetime.fromisoformat(event.payload["starts_at"]).astimezone(ZoneInfo(spec.hours.timezone))
    return {"cita": f"{day_in_words(at.date())}, {hour_in_words(at)}"}
