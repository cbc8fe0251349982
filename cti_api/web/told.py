"""What followed the calls, as the API tells it: messages, tasks, answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from cti_api.model.follow_ups import Via
from cti_api.model.messages import Message, MessageState


class MessageTold(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    action: str
    """Name of the follow-up in the campaign's file."""
    campaign_id: str
    lead_id: int
    via: Via
    recipient: str
    """Empty where there is none, which is why it is a dead letter."""
    state: MessageState
    state_since: datetime
    reason: str
    """Why it waits, or ended as it did: the law's sentence, the provider's words."""
    due_at: datetime
    expires_at: datetime
    tries: int
    provider_id: str
    sent_at: datetime | None
    """Null for one that is known not to have been taken, too."""
    delivered_at: datetime | None
    read_at: datetime | None
    content: dict[str, Any]
    """What it says, with the lead's own data in it."""


class TaskTold(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    action: str
    campaign_id: str
    lead_id: int
    text: str
    owner: str
    created_at: datetime
    done_at: datetime | None
    done_by: str


class ReplyTold(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    via: Via
    at: datetime
    text: str
    says_no: bool
    message_id: str | None


def told(message: Message) -> MessageTold:
    return MessageTold.model_validate(message)
