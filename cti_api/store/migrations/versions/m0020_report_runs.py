"""Reports that are sent: what was planned, and what became of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "report_names",
        sa.Column("report", sa.String(length=40), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("report", name="pk_report_names"),
    )
    op.create_table(
        "report_runs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("report", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("of", sa.String(length=40), nullable=False),
        sa.Column("occasion", sa.String(length=64), nullable=False),
        sa.Column("recipient", sa.String(length=260), nullable=False),
        sa.Column("again", sa.Integer(), nullable=False),
        sa.Column("period_kind", sa.String(length=16), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_since", INSTANT, nullable=False),
        sa.Column("next_at", INSTANT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("interrupted", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_report_runs"),
        sa.UniqueConstraint("report", "of", "occasion", "recipient", "again", name="uq_report_runs_report"),
    )
    waits = sa.text("state = 'planned'")
    op.create_index("ix_report_runs_waiting", "report_runs", ["next_at"], sqlite_where=waits, postgresql_where=waits)
    on_its_way = sa.text("state IN ('building', 'planned', 'sending')")
    op.create_index(
        "ix_report_runs_on_its_way", "report_runs", ["due_at"], sqlite_where=on_its_way, postgresql_where=on_its_way
    )
    op.create_index("ix_report_runs_created", "report_runs", ["created_at", "id"])
