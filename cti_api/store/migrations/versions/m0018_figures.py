"""The figures' tables: facts, their sums by day and month, what was ever seen, how brands are
written, and the state each agent is in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"

INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

MEASURES = (
    "attempts", "calls_made", "live_answers", "abandoned", "contacts", "effective", "successes", "leads_tried",
    "leads", "no_contact", "no_success", "outbound_handled", "offered", "answered", "answered_in_time",
    "caller_abandoned", "wait_seconds", "handled", "talk_seconds", "hold_seconds", "wrap_up_seconds", "ready_seconds",
    "busy_seconds", "after_call_seconds", "not_ready_seconds", "appointments", "appointments_cancelled",
    "appointments_kept", "appointments_missed", "asked", "responded", "rated", "satisfied", "csat_answers",
    "csat_satisfied", "nps_answers", "nps_promoters", "nps_detractors", "ces_answers", "ces_total", "ces_squares",
    "cases", "cases_resolved", "cases_effective", "cases_in_time", "resolution_seconds", "contracts_due",
    "contracts_renewed",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "kpi_facts",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("until", INSTANT),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("scope_id", sa.String(length=80), nullable=False),
        sa.Column("splits", JSON, nullable=False),
        sa.Column("counts", JSON, nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name="pk_kpi_facts"),
    )
    op.create_index("ix_kpi_facts_day", "kpi_facts", ["day", "scope", "scope_id"])
    op.create_table(
        "kpi_sums",
        sa.Column("span", sa.String(length=5), nullable=False),
        sa.Column("split", sa.String(length=16), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("scope_id", sa.String(length=80), nullable=False),
        *(sa.Column(measure, sa.BigInteger(), nullable=False, server_default="0") for measure in MEASURES),
        sa.PrimaryKeyConstraint("span", "split", "first", "value", "scope", "scope_id", name="pk_kpi_sums"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "kpi_spans",
        sa.Column("agent_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("agent_id", name="pk_kpi_spans"),
    )
    op.create_table(
        "kpi_spellings",
        sa.Column("split", sa.String(length=16), nullable=False),
        sa.Column("folded", sa.String(length=240), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("split", "folded", name="pk_kpi_spellings"),
    )
    op.create_table(
        "kpi_seen",
        sa.Column("measure", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("measure", name="pk_kpi_seen"),
    )
