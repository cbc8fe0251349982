"""The tables of calls that a tree led."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from cti_api.model.surveys import TranscriptState
from cti_api.store.columns import Instant, Json, Serial
from cti_api.store.schema import index, metadata

TO_WRITE_OUT: Final = f"ivr_recordings.transcript_state = '{TranscriptState.WAITING}'"

ivr_calls = sa.Table(
    "ivr_calls",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("entry", sa.String(40), nullable=False),
    # no foreign key: what a call heard stays on record whatever becomes of the tree
    sa.Column("tree", sa.String(40), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("e164", sa.String(32), nullable=False),
    sa.Column("called", sa.String(32), nullable=False),
    sa.Column("channel_id", sa.String(32), nullable=False),
    sa.Column("began_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("ending", sa.String(16)),
    # where it is, or was last
    sa.Column("node", sa.String(40), nullable=False),
    sa.Index("ix_ivr_calls_e164", "e164"),
    sa.Index("ix_ivr_calls_tree", "tree", "began_at"),
)

ivr_passed = sa.Table(
    "ivr_passed",
    metadata,
    sa.Column("call_id", sa.ForeignKey("ivr_calls.id"), primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("tree", sa.String(40), nullable=False),
    sa.Column("node", sa.String(40), nullable=False),
    sa.Column("way", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

ivr_recordings = sa.Table(
    "ivr_recordings",
    metadata,
    sa.Column("call_id", sa.ForeignKey("ivr_calls.id"), primary_key=True),
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("e164", sa.String(32), nullable=False),
    sa.Column("recording", sa.Text, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("transcript_text", sa.Text, nullable=False),
    sa.Column("transcript_state", sa.String(16), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index("ix_ivr_recordings_e164", "e164"),
    index("ix_ivr_recordings_to_write_out", "at", where=TO_WRITE_OUT),
)

tickets = sa.Table(
    "tickets",
    metadata,
    # also its number, as it is told
    sa.Column("id", Serial, primary_key=True),
    sa.Column("call_id", sa.ForeignKey("ivr_calls.id"), nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("e164", sa.String(32), nullable=False),
    sa.Column("fields", Json, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index("ix_tickets_e164", "e164"),
    sa.Index("ix_tickets_call", "call_id"),
)
