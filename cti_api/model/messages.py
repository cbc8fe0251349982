"""Messages on their way, tasks for people, and what people answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType

from cti_api.law.terms import Purpose
from cti_api.model.follow_ups import Via
from cti_api.model.ids import CampaignId, ContactId, LeadId
from cti_api.model.phone import PhoneNumber

MessageId = NewType("MessageId", str)
"""32 hex digits, made by us; the provider gets it and names it in its reports."""


class MessageState(StrEnum):
    """Where a message stands; `cti_api.messages.machine` has the moves between them."""

    PLANNED = "planned"
    """To be sent at `Message.due_at`."""
    SENDING = "sending"
    """On its way to the provider: written down before the first byte goes."""
    ACCEPTED = "accepted"
    """The provider has it."""
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    """Known not to have been taken; it is sent again at `Message.due_at`."""
    UNKNOWN = "unknown"
    """Sent, and no answer came: it is never sent again by itself. A report decides, else a person."""
    DEAD = "dead"
    """A dead letter: `Message.reason` says why, and a person decides."""
    EXPIRED = "expired"
    """It could not be sent in time."""
    SUPPRESSED = "suppressed"
    """The person does not want it, or the law forbids it."""
    DROPPED = "dropped"
    """A person gave it up."""


WAITING = frozenset({MessageState.PLANNED, MessageState.FAILED})
"""To be sent, now or later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message, whole, as it is sent: what the list said is filled in already."""

    id: MessageId
    action: str
    """Name of the follow-up in the campaign's file."""
    campaign_id: CampaignId
    lead_id: LeadId
    contact_id: ContactId
    via: Via
    recipient: str
    """E.164, a mailbox, or the name of a webhook; empty for a dead letter that has none."""
    number: PhoneNumber | None
    """By which the law knows the person: the recipient itself, or the lead's telephone."""
    purpose: Purpose | None = None
    """What the contact is for; None for what goes to a system."""
    content: dict[str, Any] = field(default_factory=dict)
    """As `cti_api.messages.content` makes it."""
    state: MessageState = MessageState.PLANNED
    state_since: datetime
    due_at: datetime
    expires_at: datetime
    created_at: datetime
    tries: int = 0
    reason: str = ""
    """Why it waits, or ended as it did: the law's sentence, the provider's words."""
    provider_id: str = ""
    sent_at: datetime | None = None
    """When it went out, unless it is known that it was not taken."""
    delivered_at: datetime | None = None
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageCounts:
    by_state: dict[tuple[Via, MessageState], int]
    oldest_due: dict[Via, datetime]
    """When the message should have gone that waits longest, of each channel; in the future where none is late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something that a person has to do about a lead."""

    id: int
    action: str
    campaign_id: CampaignId
    lead_id: LeadId
    text: str
    owner: str
    created_at: datetime
    done_at: datetime | None = None
    done_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a person wrote to us."""

    via: Via
    provider_id: str
    """The provider's own id: the same reply told twice is one."""
    sender: PhoneNumber
    text: str
    """As it came, at most `LONGEST_REPLY` characters; what was no text is named in brackets."""
    at: datetime
    says_no: bool = False
    message_id: MessageId | None = None
    """The message it answers, where that is known."""
    lead_id: LeadId | None = None
    campaign_id: CampaignId | None = None


LONGEST_REPLY = 4000


def storable_text(text: str) -> str:
    """What a stranger wrote, as every database keeps it: without NUL and halves of surrogate pairs."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
