"""Messages and tasks as rows: how they are read and written."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from cti_api.law.terms import Purpose
from cti_api.model.follow_ups import Via
from cti_api.model.ids import CampaignId, ContactId, LeadId
from cti_api.model.messages import Message, MessageId, MessageState, Task
from cti_api.model.phone import PhoneNumber
from cti_api.store.message_tables import follow_ups, messages, tasks

MESSAGE: Final = sa.select(messages, follow_ups.c.action).join_from(messages, follow_ups)
TASK: Final = sa.select(tasks, follow_ups.c.action).join_from(tasks, follow_ups)


def to_message(row: sa.Row[Any]) -> Message:
    return Message(
        id=MessageId(row.id),
        action=row.action,
        campaign_id=CampaignId(row.campaign_id),
        lead_id=LeadId(row.lead_id),
        contact_id=ContactId(row.contact_id),
        via=Via(row.via),
        recipient=row.recipient,
        number=PhoneNumber(row.e164) if row.e164 else None,
        purpose=Purpose(row.purpose) if row.purpose else None,
        content=row.content,
        state=MessageState(row.state),
        state_since=row.state_since,
        due_at=row.due_at,
        expires_at=row.expires_at,
        created_at=row.created_at,
        tries=row.tries,
        reason=row.reason,
        provider_id=row.provider_id,
        sent_at=row.sent_at,
        delivered_at=row.delivered_at,
        read_at=row.read_at,
    )


def from_message(message: Message, follow_up_id: int) -> dict[str, Any]:
    return {
        "id": message.id,
        "follow_up_id": follow_up_id,
        "campaign_id": message.campaign_id,
        "lead_id": message.lead_id,
        "contact_id": message.contact_id,
        "via": message.via,
        "recipient": message.recipient,
        "e164": None if message.number is None else message.number.e164,
        "purpose": message.purpose or "",
        "content": message.content,
        "state": message.state,
        "state_since": message.state_since,
        "reason": message.reason,
        "due_at": message.due_at,
        "expires_at": message.expires_at,
        "tries": message.tries,
        "provider_id": message.provider_id,
        "created_at": message.created_at,
    }


def to_task(row: sa.Row[Any]) -> Task:
    return Task(
        id=row.id,
        action=row.action,
        campaign_id=CampaignId(row.campaign_id),
        lead_id=LeadId(row.lead_id),
        text=row.text,
        owner=row.owner,
        created_at=row.created_at,
        done_at=row.done_at,
        done_by=row.done_by,
    )
