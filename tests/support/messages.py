"""Messages and follow-ups for tests."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from cti_api.law.facts import Decision, OnRecord
from cti_api.law.terms import Purpose
from cti_api.model.follow_ups import Via
from cti_api.model.leads import Lead
from cti_api.model.messages import Message, MessageId
from cti_api.store.follow_ups import Planned
from cti_api.store.store import Store
from tests.support.store import CAMPAIGN, T0, new_leads


def allowed(_message: Message, _lead: Lead, _known: OnRecord, now: datetime) -> Decision:
    """A law that forbids nothing."""
    return Decision(allowed=True, rule="all", reason="", next_open=now, remedy=None)


def message_for(lead: Lead, when: datetime = T0, **otherwise: Any) -> Message:
    """A WhatsApp message to a lead's next phone, due at once."""
    message = Message(
        id=MessageId(uuid.uuid4().hex),
        action="aviso",
        campaign_id=lead.campaign_id,
        lead_id=lead.id,
        contact_id=lead.contact.id,
        via=Via.WHATSAPP,
        recipient=lead.phone.e164,
        number=lead.phone,
        purpose=Purpose.COMMERCIAL,
        content={"template": "hola", "language": "es", "parameters": [lead.contact.name], "pictures": []},
        state_since=when,
        due_at=when,
        expires_at=when + timedelta(days=3),
        created_at=when,
    )
    return replace(message, **otherwise)


def planned(lead: Lead, what: Any, action: str = "aviso", occasion: str = "", **otherwise: Any) -> Planned:
    facts = {"spec_version": 1, "after": "exhausted", "event_id": uuid.uuid4().hex} | otherwise
    return Planned(lead=lead, action=action, occasion=occasion, what=what, **facts)


async def people(store: Store, count: int, **facts: Any) -> list[Lead]:
    """New leads of the campaign."""
    await store.leads.add(CAMPAIGN, new_leads(count, **facts), T0)
    found = [await store.leads.with_number(CAMPAIGN, row.phones[0]) for row in new_leads(count)]
    return [lead for lead in found if lead is not None]


async def one_message(store: Store, **otherwise: Any) -> Message:
    """A message of a new lead, planned."""
    [lead] = await people(store, 1)
    message = message_for(lead, **otherwise)
    await store.follow_ups.plan([planned(lead, message)], T0)
    return message
