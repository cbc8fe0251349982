"""The tables of surveys. Two rules the database itself holds up: a service is asked about once
(``uq_survey_invitations_survey_id``), and an invitation has one sitting, whatever calls it takes."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from cti_api.model.surveys import STILL_TO_ASK, TranscriptState
from cti_api.store.columns import Instant, Serial
from cti_api.store.schema import condition_in, index, metadata

TO_ASK: Final = condition_in("survey_invitations.state", STILL_TO_ASK)
OPEN: Final = "survey_sittings.outcome IS NULL"
UNDONE: Final = "survey_follow_ups.done_at IS NULL"
TO_TRANSCRIBE: Final = f"survey_comments.transcript_state = '{TranscriptState.WAITING}'"

surveys = sa.Table(
    "surveys",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
)

survey_files = sa.Table(
    "survey_files",
    metadata,
    sa.Column("survey_id", sa.ForeignKey("surveys.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
)

survey_invitations = sa.Table(
    "survey_invitations",
    metadata,
    sa.Column("id", Serial, primary_key=True),
    sa.Column("survey_id", sa.ForeignKey("surveys.id"), nullable=False),
    # the other system's own for the service; empty once the person was erased
    sa.Column("service_key", sa.Text),
    sa.Column("contact_id", sa.ForeignKey("contacts.id"), nullable=False),
    sa.Column("lead_id", sa.ForeignKey("leads.id")),
    sa.Column("service_at", Instant, nullable=False),
    sa.Column("service", sa.Text, nullable=False),
    sa.Column("agent", sa.Text, nullable=False),
    sa.Column("queue", sa.Text, nullable=False),
    sa.Column("deadline", Instant, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("state_since", Instant, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.UniqueConstraint("survey_id", "service_key"),
    index("ix_survey_invitations_contact", "contact_id"),
    index("ix_survey_invitations_lead", "lead_id"),
    index("ix_survey_invitations_to_ask", "deadline", where=TO_ASK),
)

survey_sittings = sa.Table(
    "survey_sittings",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("survey_id", sa.ForeignKey("surveys.id"), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("invitation_id", sa.ForeignKey("survey_invitations.id"), unique=True),
    # whoever is known of the person: all empty for somebody who called in without a number
    sa.Column("contact_id", sa.ForeignKey("contacts.id")),
    sa.Column("lead_id", sa.ForeignKey("leads.id")),
    sa.Column("attempt_id", sa.ForeignKey("attempts.id")),
    sa.Column("e164", sa.String(16)),
    sa.Column("agent", sa.Text, nullable=False),
    sa.Column("queue", sa.Text, nullable=False),
    sa.Column("service", sa.Text, nullable=False),
    sa.Column("began_at", Instant, nullable=False),
    # the last time, also while whoever was called again is asked on
    sa.Column("ended_at", Instant),
    sa.Column("outcome", sa.String(16)),
    sa.Column("erased_at", Instant),
    index("ix_survey_sittings_survey", "survey_id", "began_at"),
    index("ix_survey_sittings_contact", "contact_id"),
    index("ix_survey_sittings_lead", "lead_id"),
    index("ix_survey_sittings_attempt", "attempt_id"),
    index("ix_survey_sittings_number", "e164"),
    index("ix_survey_sittings_open", "began_at", where=OPEN),
)

survey_answers = sa.Table(
    "survey_answers",
    metadata,
    sa.Column("sitting_id", sa.ForeignKey("survey_sittings.id"), primary_key=True),
    sa.Column("question", sa.String(40), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("score", sa.Float),
    sa.Column("answered_by", sa.String(16), nullable=False),
    sa.Column("heard_text", sa.Text, nullable=False),
    sa.Column("confidence", sa.Float),
    sa.Column("at", Instant, nullable=False),
)

survey_comments = sa.Table(
    "survey_comments",
    metadata,
    sa.Column("sitting_id", sa.ForeignKey("survey_sittings.id"), primary_key=True),
    sa.Column("question", sa.String(40), primary_key=True),
    sa.Column("recording", sa.Text, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("transcript_text", sa.Text, nullable=False),
    sa.Column("transcript_state", sa.String(16), nullable=False),
    sa.Column("at", Instant, nullable=False),
    index("ix_survey_comments_to_transcribe", "at", where=TO_TRANSCRIBE),
)

survey_follow_ups = sa.Table(
    "survey_follow_ups",
    metadata,
    sa.Column("sitting_id", sa.ForeignKey("survey_sittings.id"), primary_key=True),
    sa.Column("trigger", sa.String(40), primary_key=True),
    sa.Column("action", sa.String(16), nullable=False),
    sa.Column("question", sa.String(40), nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("due_at", Instant),
    sa.Column("queue", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    # once whoever it was for has seen to it
    sa.Column("done_at", Instant),
    sa.Column("done_by", sa.Text, nullable=False),
    index("ix_survey_follow_ups_undone", "due_at", where=UNDONE),
)
"""What was set off: the key is why nothing follows twice."""
