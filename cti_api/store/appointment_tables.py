"""The tables of appointments. Two rules the database itself holds up: no slot has more people than places
(``ck_slots_capacity``), and a lead has at most one appointment that stands (``ux_appointments_standing``)."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from cti_api.model.appointments import STANDING
from cti_api.store.columns import Instant, Serial
from cti_api.store.schema import metadata

STANDS: Final = f"state IN ({', '.join(repr(state.value) for state in sorted(STANDING))})"
"""Written out: a partial index is only used where its text is repeated."""

_TO_REMIND: Final = sa.text("remind_at IS NOT NULL")

calendars = sa.Table(
    "calendars",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("timezone", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
)

slots = sa.Table(
    "slots",
    metadata,
    sa.Column("id", Serial, primary_key=True),
    sa.Column("calendar", sa.ForeignKey("calendars.name"), nullable=False),
    sa.Column("starts_at", Instant, nullable=False),
    sa.Column("ends_at", Instant, nullable=False),
    sa.Column("capacity", sa.Integer, nullable=False),
    sa.Column("taken", sa.Integer, nullable=False),
    sa.UniqueConstraint("calendar", "starts_at"),
    sa.CheckConstraint("taken >= 0 AND taken <= capacity", name="capacity"),
)

appointments = sa.Table(
    "appointments",
    metadata,
    sa.Column("id", Serial, primary_key=True),
    sa.Column("campaign_id", sa.ForeignKey("campaigns.id"), nullable=False),
    sa.Column("lead_id", sa.ForeignKey("leads.id"), nullable=False),
    sa.Column("attempt_id", sa.ForeignKey("attempts.id")),
    # both empty for an hour that was agreed on outside of any calendar
    sa.Column("calendar", sa.ForeignKey("calendars.name")),
    sa.Column("slot_id", sa.ForeignKey("slots.id")),
    sa.Column("starts_at", Instant, nullable=False),
    sa.Column("ends_at", Instant),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("booked_at", Instant, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Column("remind_before_seconds", sa.Float),
    # empty once the reminder was told, or where there is none
    sa.Column("remind_at", Instant),
    sa.Index(
        "ux_appointments_standing",
        "lead_id",
        unique=True,
        sqlite_where=sa.text(STANDS),
        postgresql_where=sa.text(STANDS),
    ),
    sa.Index("ix_appointments_lead", "lead_id", "starts_at"),
    sa.Index("ix_appointments_campaign", "campaign_id", "id"),
    sa.Index("ix_appointments_starts_at", "starts_at", "id"),
    sa.Index("ix_appointments_attempt", "attempt_id"),
    sa.Index("ix_appointments_remind_at", "remind_at", sqlite_where=_TO_REMIND, postgresql_where=_TO_REMIND),
)
