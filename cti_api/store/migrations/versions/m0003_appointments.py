"""Calendars, their slots, and appointments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

INSTANT = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STANDS = sa.text("state IN ('booked', 'moved')")
TO_REMIND = sa.text("remind_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "calendars",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_calendars"),
    )
    op.create_table(
        "slots",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("calendar", sa.String(length=40), nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.CheckConstraint("taken >= 0 AND taken <= capacity", name=op.f("ck_slots_capacity")),
        sa.ForeignKeyConstraint(["calendar"], ["calendars.name"], name="fk_slots_calendar"),
        sa.PrimaryKeyConstraint("id", name="pk_slots"),
        sa.UniqueConstraint("calendar", "starts_at", name="uq_slots_calendar"),
    )
    op.create_table(
        "appointments",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("campaign_id", sa.String(length=40), nullable=False),
        sa.Column("lead_id", SERIAL, nullable=False),
        sa.Column("attempt_id", sa.String(length=32), nullable=True),
        sa.Column("calendar", sa.String(length=40), nullable=True),
        sa.Column("slot_id", SERIAL, nullable=True),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("booked_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("remind_before_seconds", sa.Float(), nullable=True),
        sa.Column("remind_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name="fk_appointments_attempt_id"),
        sa.ForeignKeyConstraint(["calendar"], ["calendars.name"], name="fk_appointments_calendar"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_appointments_campaign_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_appointments_lead_id"),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"], name="fk_appointments_slot_id"),
        sa.PrimaryKeyConstraint("id", name="pk_appointments"),
    )
    op.create_index(
        "ux_appointments_standing",
        "appointments",
        ["lead_id"],
        unique=True,
        sqlite_where=STANDS,
        postgresql_where=STANDS,
    )
    op.create_index("ix_appointments_lead", "appointments", ["lead_id", "starts_at"])
    op.create_index("ix_appointments_campaign", "appointments", ["campaign_id", "id"])
    op.create_index("ix_appointments_starts_at", "appointments", ["starts_at", "id"])
    op.create_index("ix_appointments_attempt", "appointments", ["attempt_id"])
    op.create_index(
        "ix_appointments_remind_at",
        "appointments",
        ["remind_at"],
        sqlite_where=TO_REMIND,
        postgresql_where=TO_REMIND,
    )
