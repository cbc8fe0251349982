"""Tables of who was erased: that it was done, what is left to do on the disk, and the numbers by their keyed hash."""

from __future__ import annotations

import sqlalchemy as sa

from cti_api.store.columns import Instant, Json
from cti_api.store.schema import metadata

erasures = sa.Table(
    "erasures",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("at", Instant, nullable=False),
    # whoever carried it out, and why; refused where they name the person
    sa.Column("asked_by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    # how many rows of each table
    sa.Column("counts", Json, nullable=False),
    sa.Column("numbers", sa.Integer, nullable=False),
    sa.Column("files", sa.Integer, nullable=False),
    # empty until every step is done and the engine has let go of what it deleted
    sa.Column("finished_at", Instant),
    sa.Index("ix_erasures_at", "at"),
)
"""The audit: one row for each person erased, with nothing in it that is theirs."""

erasure_steps = sa.Table(
    "erasure_steps",
    metadata,
    sa.Column("erasure_id", sa.ForeignKey("erasures.id"), primary_key=True),
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
)
"""What is still to be done outside of the store: written with the erasure, gone once it is done."""

erased_numbers = sa.Table(
    "erased_numbers",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    # which key it was made with, so that another one is noticed
    sa.Column("key_id", sa.String(16), nullable=False),
    sa.Column("erasure_id", sa.ForeignKey("erasures.id"), nullable=False),
    sa.Column("at", Instant, nullable=False),
    # when the person had told us not to call, where they had: the proof of it that is kept
    sa.Column("opted_out_at", Instant),
)
