"""What follows the calls: follow-ups, messages, tasks, replies."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"

INSTANT = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
TO_BE_SENT = "state IN ('failed', 'planned')"


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "follow_ups",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("lead_id", SERIAL, nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("occasion", sa.String(length=32), nullable=False),
        sa.Column("campaign_id", sa.String(length=40), nullable=False),
        sa.Column("spec_version", sa.Integer(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("event_id", sa.String(length=32), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_follow_ups_lead_id"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_follow_ups_campaign_id"),
        sa.PrimaryKeyConstraint("id", name="pk_follow_ups"),
        sa.UniqueConstraint("lead_id", "action", "occasion", name="uq_follow_ups_lead_id"),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("follow_up_id", SERIAL, nullable=False),
        sa.Column("campaign_id", sa.String(length=40), nullable=False),
        sa.Column("lead_id", SERIAL, nullable=False),
        sa.Column("contact_id", SERIAL, nullable=False),
        sa.Column("via", sa.String(length=16), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("e164", sa.String(length=16), nullable=True),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_since", INSTANT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("undelivered_at", INSTANT, nullable=True),
        sa.Column("delivered_at", INSTANT, nullable=True),
        sa.Column("read_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["follow_up_id"], ["follow_ups.id"], name="fk_messages_follow_up_id"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_messages_campaign_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_messages_lead_id"),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_messages_contact_id"),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("follow_up_id", name="uq_messages_follow_up_id"),
    )
    op.create_index("ix_messages_due", "messages", ["via", "due_at"], **_where(TO_BE_SENT))
    op.create_index("ix_messages_expire", "messages", ["expires_at"], **_where(TO_BE_SENT))
    op.create_index("ix_messages_in_doubt", "messages", ["state_since"], **_where("state IN ('sending', 'unknown')"))
    op.create_index("ix_messages_state", "messages", ["via", "state", "created_at"])
    op.create_index("ix_messages_created", "messages", ["created_at", "id"])
    op.create_index("ix_messages_lead", "messages", ["lead_id"])
    op.create_index("ix_messages_contact", "messages", ["contact_id"], **_where(TO_BE_SENT))
    op.create_index("ix_messages_number", "messages", ["e164", "sent_at"])
    op.create_index("ix_messages_provider", "messages", ["provider_id"], **_where("provider_id != ''"))
    op.create_table(
        "tasks",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("follow_up_id", SERIAL, nullable=False),
        sa.Column("campaign_id", sa.String(length=40), nullable=False),
        sa.Column("lead_id", SERIAL, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.Column("done_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["follow_up_id"], ["follow_ups.id"], name="fk_tasks_follow_up_id"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_tasks_campaign_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_tasks_lead_id"),
        sa.PrimaryKeyConstraint("id", name="pk_tasks"),
        sa.UniqueConstraint("follow_up_id", name="uq_tasks_follow_up_id"),
    )
    op.create_index("ix_tasks_lead", "tasks", ["lead_id"])
    op.create_index("ix_tasks_open", "tasks", ["created_at"], **_where("done_at IS NULL"))
    op.create_table(
        "replies",
        sa.Column("via", sa.String(length=16), nullable=False),
        sa.Column("provider_id", sa.String(length=200), nullable=False),
        sa.Column("e164", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("says_no", sa.Boolean(), nullable=False),
        sa.Column("message_id", sa.String(length=32), nullable=True),
        sa.Column("lead_id", SERIAL, nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_replies_message_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_replies_lead_id"),
        sa.PrimaryKeyConstraint("via", "provider_id", name="pk_replies"),
    )
    op.create_index("ix_replies_lead", "replies", ["lead_id", "at"])
    op.create_index("ix_replies_number", "replies", ["e164"])
