"""The first tables: campaigns, people, leads, agents, attempts, the outbox and the lease."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None

INSTANT = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "agents",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("connect", sa.String(length=16), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_agents"),
    )
    op.create_table(
        "campaigns",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_since", INSTANT, nullable=False),
        sa.Column("spec_version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_campaigns"),
    )
    op.create_table(
        "contacts",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("external_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded_name", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
    )
    op.create_index("ix_contacts_key", "contacts", ["external_key"], **_where("external_key != ''"))
    op.create_table(
        "consents",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("e164", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
        sa.UniqueConstraint("e164", "channel", "purpose", "at", name="uq_consents_e164"),
    )
    op.create_table(
        "sources",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("columns", JSON, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_sources"),
    )
    op.create_table(
        "dialer_lease",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("acquired_at", INSTANT, nullable=False),
        sa.Column("renewed_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_dialer_lease"),
        sa.CheckConstraint("id = 1", name=op.f("ck_dialer_lease_one_row")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("event_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("campaign_id", sa.String(length=40), nullable=True),
        sa.Column("lead_id", sa.BigInteger(), nullable=True),
        sa.Column("attempt_id", sa.String(length=32), nullable=True),
        sa.Column("call_id", sa.Text(), nullable=True),
        sa.Column("agent_id", sa.String(length=40), nullable=True),
        sa.Column("payload", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("event_id", name="uq_outbox_event_id"),
        sa.UniqueConstraint("seq", name="uq_outbox_seq"),
    )
    op.create_index("ix_outbox_unnumbered", "outbox", ["id"], **_where("seq IS NULL"))
    op.create_table(
        "outbox_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox_head"),
        sa.CheckConstraint("id = 1", name=op.f("ck_outbox_head_one_row")),
    )
    op.create_table(
        "outbox_readers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_outbox_readers"),
    )
    op.create_table(
        "suppressed_numbers",
        sa.Column("e164", sa.String(length=16), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("e164", name="pk_suppressed_numbers"),
    )
    op.create_table(
        "agent_campaigns",
        sa.Column("agent_id", sa.String(length=40), nullable=False),
        sa.Column("campaign_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_agent_campaigns_agent_id"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_agent_campaigns_campaign_id"),
        sa.PrimaryKeyConstraint("agent_id", "campaign_id", name="pk_agent_campaigns"),
    )
    op.create_table(
        "agent_states",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("agent_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("pending", sa.String(length=16), nullable=True),
        sa.Column("pending_reason", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_agent_states_agent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_agent_states"),
    )
    op.create_index("ix_agent_states_agent", "agent_states", ["agent_id", "since"])
    op.create_table(
        "campaign_specs",
        sa.Column("campaign_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_campaign_specs_campaign_id"),
        sa.PrimaryKeyConstraint("campaign_id", "version", name="pk_campaign_specs"),
    )
    op.create_table(
        "lists",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("campaign_id", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_lists_campaign_id"),
        sa.PrimaryKeyConstraint("id", name="pk_lists"),
        sa.UniqueConstraint("campaign_id", "digest", name="uq_lists_campaign_id"),
    )
    op.create_table(
        "leads",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("campaign_id", sa.String(length=40), nullable=False),
        sa.Column("contact_id", SERIAL, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_since", INSTANT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("former_state", sa.String(length=16), nullable=True),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("attempts_made", sa.Integer(), nullable=False),
        sa.Column("phone_index", sa.Integer(), nullable=False),
        sa.Column("not_before", INSTANT, nullable=True),
        sa.Column("callback_agent", sa.String(length=40), nullable=True),
        sa.Column("counts", JSON, nullable=False),
        sa.Column("fields", JSON, nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("valid_from", INSTANT, nullable=True),
        sa.Column("valid_until", INSTANT, nullable=True),
        sa.Column("list_id", SERIAL, nullable=True),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["callback_agent"], ["agents.id"], name="fk_leads_callback_agent"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_leads_campaign_id"),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_leads_contact_id"),
        sa.ForeignKeyConstraint(["list_id"], ["lists.id"], name="fk_leads_list_id"),
        sa.PrimaryKeyConstraint("id", name="pk_leads"),
        sa.UniqueConstraint("contact_id", "campaign_id", name="uq_leads_contact_id"),
    )
    op.create_index("ix_leads_lease", "leads", ["lease_until"], **_where("state = 'reserved'"))
    op.create_index(
        "ix_leads_order",
        "leads",
        ["campaign_id", sa.text("priority DESC"), "attempts_made", "id", "not_before"],
        **_where("state IN ('new', 'ready', 'waiting')"),
    )
    op.create_index(
        "ix_leads_valid_until",
        "leads",
        ["campaign_id", "valid_until"],
        **_where("valid_until IS NOT NULL AND state IN ('callback', 'new', 'ready', 'waiting')"),
    )
    op.create_index("ix_leads_state", "leads", ["campaign_id", "state", "not_before"])
    op.create_table(
        "phones",
        sa.Column("contact_id", SERIAL, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("e164", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_phones_contact_id"),
        sa.PrimaryKeyConstraint("contact_id", "position", name="pk_phones"),
        sa.UniqueConstraint("contact_id", "e164", name="uq_phones_contact_id"),
    )
    op.create_index("ix_phones_e164", "phones", ["e164"])
    op.create_table(
        "attempts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("campaign_id", sa.String(length=40), nullable=False),
        sa.Column("lead_id", SERIAL, nullable=False),
        sa.Column("e164", sa.String(length=16), nullable=False),
        sa.Column("trunk", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("decision", JSON, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("agent_id", sa.String(length=40), nullable=True),
        sa.Column("result", sa.String(length=24), nullable=True),
        sa.Column("cause", sa.Integer(), nullable=True),
        sa.Column("sip_code", sa.Integer(), nullable=True),
        sa.Column("amd", sa.String(length=16), nullable=True),
        sa.Column("ringing_at", INSTANT, nullable=True),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("live_at", INSTANT, nullable=True),
        sa.Column("offered_at", INSTANT, nullable=True),
        sa.Column("connected_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("joined_seconds", sa.Float(), nullable=True),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("recording", sa.Text(), nullable=False),
        sa.Column("disposition_version", sa.Integer(), nullable=False),
        sa.Column("lead_state", sa.String(length=16), nullable=False),
        sa.Column("lead_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_attempts_agent_id"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_attempts_campaign_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_attempts_lead_id"),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
    )
    op.create_index("ix_attempts_talks", "attempts", ["connected_at", "agent_id", "ended_at", "joined_seconds"])
    op.create_index("ix_attempts_campaign", "attempts", ["campaign_id", "created_at", "result", "closed_at"])
    op.create_index("ix_attempts_lead", "attempts", ["lead_id", "created_at"])
    op.create_index("ix_attempts_number", "attempts", ["e164", "created_at"])
    op.create_index("ix_attempts_trunk", "attempts", ["trunk", "created_at"])
    op.create_index(
        "ux_attempts_live_number",
        "attempts",
        ["e164"],
        unique=True,
        **_where("state IN ('answered', 'connected', 'offered', 'originating', 'ringing')"),
    )
    op.create_index("ux_attempts_open_lead", "attempts", ["lead_id"], unique=True, **_where("state != 'closed'"))
    op.create_table(
        "dispositions",
        sa.Column("attempt_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("fields", JSON, nullable=False),
        sa.Column("agent_id", sa.String(length=40), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_dispositions_agent_id"),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name="fk_dispositions_attempt_id"),
        sa.PrimaryKeyConstraint("attempt_id", "version", name="pk_dispositions"),
    )
    op.create_table(
        "registry_copies",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("registry", sa.String(length=40), nullable=False),
        sa.Column("taken_at", INSTANT, nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("entries", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_registry_copies"),
    )
    op.create_table(
        "registries",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("copy_id", SERIAL, nullable=False),
        sa.Column("taken_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["copy_id"], ["registry_copies.id"], name="fk_registries_copy_id"),
        sa.PrimaryKeyConstraint("name", name="pk_registries"),
    )
    op.create_table(
        "registry_entries",
        sa.Column("copy_id", SERIAL, nullable=False),
        sa.Column("e164", sa.String(length=16), nullable=False),
        sa.Column("channels", sa.Text(), nullable=False),
        sa.Column("since", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["copy_id"], ["registry_copies.id"], name="fk_registry_entries_copy_id"),
        sa.PrimaryKeyConstraint("copy_id", "e164", name="pk_registry_entries"),
    )
    # the numbering of events begins at 1
    op.execute("INSERT INTO outbox_head (id, seq) VALUES (1, 0)")
