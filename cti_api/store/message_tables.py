"""The tables of what follows the calls. One row of `follow_ups` for each action of each lead is why nothing is done
twice, however often its event is read; one of `messages` for whatever goes out by it."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from cti_api.model.messages import WAITING, MessageState
from cti_api.store.columns import Instant, Json, Serial
from cti_api.store.schema import condition_in, index, metadata

TO_BE_SENT: Final = condition_in("messages.state", WAITING)
IN_DOUBT: Final = condition_in("messages.state", {MessageState.SENDING, MessageState.UNKNOWN})

follow_ups = sa.Table(
    "follow_ups",
    metadata,
    sa.Column("id", Serial, primary_key=True),
    sa.Column("lead_id", sa.ForeignKey("leads.id"), nullable=False),
    sa.Column("action", sa.String(40), nullable=False),
    # empty for an action that is done once for a lead, else the attempt it follows
    sa.Column("occasion", sa.String(32), nullable=False),
    sa.Column("campaign_id", sa.ForeignKey("campaigns.id"), nullable=False),
    # of the campaign's file that was in force
    sa.Column("spec_version", sa.Integer, nullable=False),
    # what it follows: a call result, a disposition, how the lead ended
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("event_id", sa.String(32), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.UniqueConstraint("lead_id", "action", "occasion"),
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("follow_up_id", sa.ForeignKey("follow_ups.id"), nullable=False, unique=True),
    sa.Column("campaign_id", sa.ForeignKey("campaigns.id"), nullable=False),
    sa.Column("lead_id", sa.ForeignKey("leads.id"), nullable=False),
    sa.Column("contact_id", sa.ForeignKey("contacts.id"), nullable=False),
    sa.Column("via", sa.String(16), nullable=False),
    sa.Column("recipient", sa.Text, nullable=False),
    # by which the law knows the person; nothing for what goes to a system
    sa.Column("e164", sa.String(16)),
    # what the contact is for, as the law has it; empty for what goes to a system
    sa.Column("purpose", sa.String(16), nullable=False),
    sa.Column("content", Json, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("state_since", Instant, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("provider_id", sa.Text, nullable=False),
    sa.Column("sent_at", Instant),
    sa.Column("undelivered_at", Instant),
    sa.Column("delivered_at", Instant),
    sa.Column("read_at", Instant),
    sa.Column("created_at", Instant, nullable=False),
    index("ix_messages_due", "via", "due_at", where=TO_BE_SENT),
    index("ix_messages_expire", "expires_at", where=TO_BE_SENT),
    index("ix_messages_in_doubt", "state_since", where=IN_DOUBT),
    index("ix_messages_state", "via", "state", "created_at"),
    index("ix_messages_created", "created_at", "id"),
    index("ix_messages_lead", "lead_id"),
    index("ix_messages_contact", "contact_id", where=TO_BE_SENT),
    index("ix_messages_number", "e164", "sent_at"),
    index("ix_messages_provider", "provider_id", where="messages.provider_id != ''"),
)

tasks = sa.Table(
    "tasks",
    metadata,
    sa.Column("id", Serial, primary_key=True),
    sa.Column("follow_up_id", sa.ForeignKey("follow_ups.id"), nullable=False, unique=True),
    sa.Column("campaign_id", sa.ForeignKey("campaigns.id"), nullable=False),
    sa.Column("lead_id", sa.ForeignKey("leads.id"), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("done_at", Instant),
    sa.Column("done_by", sa.Text, nullable=False),
    index("ix_tasks_lead", "lead_id"),
    index("ix_tasks_open", "created_at", where="tasks.done_at IS NULL"),
)

replies = sa.Table(
    "replies",
    metadata,
    sa.Column("via", sa.String(16), primary_key=True),
    sa.Column("provider_id", sa.String(200), primary_key=True),
    sa.Column("e164", sa.String(16), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("says_no", sa.Boolean, nullable=False),
    sa.Column("message_id", sa.ForeignKey("messages.id")),
    sa.Column("lead_id", sa.ForeignKey("leads.id")),
    index("ix_replies_lead", "lead_id", "at"),
    index("ix_replies_number", "e164"),
)
