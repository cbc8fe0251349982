"""Surveys: files, invitations, sittings, answers, comments, and what followed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

INSTANT = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "surveys",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_surveys"),
    )
    op.create_table(
        "survey_files",
        sa.Column("survey_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name="fk_survey_files_survey_id"),
        sa.PrimaryKeyConstraint("survey_id", "version", name="pk_survey_files"),
    )
    op.create_table(
        "survey_invitations",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("survey_id", sa.String(length=40), nullable=False),
        sa.Column("service_key", sa.Text()),
        sa.Column("contact_id", SERIAL, nullable=False),
        sa.Column("lead_id", SERIAL),
        sa.Column("service_at", INSTANT, nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("deadline", INSTANT, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_since", INSTANT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name="fk_survey_invitations_survey_id"),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_survey_invitations_contact_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_survey_invitations_lead_id"),
        sa.PrimaryKeyConstraint("id", name="pk_survey_invitations"),
        sa.UniqueConstraint("survey_id", "service_key", name="uq_survey_invitations_survey_id"),
    )
    op.create_index("ix_survey_invitations_contact", "survey_invitations", ["contact_id"])
    op.create_index("ix_survey_invitations_lead", "survey_invitations", ["lead_id"])
    _index_where("ix_survey_invitations_to_ask", "survey_invitations", "deadline", "state IN ('partial', 'waiting')")
    op.create_table(
        "survey_sittings",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("survey_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("invitation_id", SERIAL),
        sa.Column("contact_id", SERIAL),
        sa.Column("lead_id", SERIAL),
        sa.Column("attempt_id", sa.String(length=32)),
        sa.Column("e164", sa.String(length=16)),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("outcome", sa.String(length=16)),
        sa.Column("erased_at", INSTANT),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name="fk_survey_sittings_survey_id"),
        sa.ForeignKeyConstraint(["invitation_id"], ["survey_invitations.id"], name="fk_survey_sittings_invitation_id"),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_survey_sittings_contact_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_survey_sittings_lead_id"),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name="fk_survey_sittings_attempt_id"),
        sa.PrimaryKeyConstraint("id", name="pk_survey_sittings"),
        sa.UniqueConstraint("invitation_id", name="uq_survey_sittings_invitation_id"),
    )
    op.create_index("ix_survey_sittings_survey", "survey_sittings", ["survey_id", "began_at"])
    op.create_index("ix_survey_sittings_contact", "survey_sittings", ["contact_id"])
    op.create_index("ix_survey_sittings_lead", "survey_sittings", ["lead_id"])
    op.create_index("ix_survey_sittings_attempt", "survey_sittings", ["attempt_id"])
    op.create_index("ix_survey_sittings_number", "survey_sittings", ["e164"])
    _index_where("ix_survey_sittings_open", "survey_sittings", "began_at", "outcome IS NULL")
    op.create_table(
        "survey_answers",
        *_of_a_sitting("survey_answers", "question"),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("score", sa.Float()),
        sa.Column("answered_by", sa.String(length=16), nullable=False),
        sa.Column("heard_text", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float()),
        sa.Column("at", INSTANT, nullable=False),
    )
    op.create_table(
        "survey_comments",
        *_of_a_sitting("survey_comments", "question"),
        sa.Column("recording", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("transcript_text", sa.Text(), nullable=False),
        sa.Column("transcript_state", sa.String(length=16), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
    )
    _index_where("ix_survey_comments_to_transcribe", "survey_comments", "at", "transcript_state = 'waiting'")
    op.create_table(
        "survey_follow_ups",
        *_of_a_sitting("survey_follow_ups", "trigger"),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("question", sa.String(length=40), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("done_at", INSTANT),
        sa.Column("done_by", sa.Text(), nullable=False),
    )
    _index_where("ix_survey_follow_ups_undone", "survey_follow_ups", "due_at", "done_at IS NULL")


def _of_a_sitting(table: str, what: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("sitting_id", sa.String(length=32), nullable=False),
        sa.Column(what, sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["sitting_id"], ["survey_sittings.id"], name=f"fk_{table}_sitting_id"),
        sa.PrimaryKeyConstraint("sitting_id", what, name=f"pk_{table}"),
    ]


def _index_where(name: str, table: str, column: str, where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, [column], sqlite_where=condition, postgresql_where=condition)
