"""Tables of second factors: who has one, and the codes that stand in for it."""

from __future__ import annotations

import sqlalchemy as sa

from cti_api.store.columns import Instant
from cti_api.store.schema import metadata

second_factors = sa.Table(
    "second_factors",
    metadata,
    sa.Column("user_id", sa.ForeignKey("users.id"), primary_key=True),
    # random; the secret is made of it with a key that is not in the database
    sa.Column("salt", sa.String(64), nullable=False),
    # which key
    sa.Column("key_id", sa.String(16), nullable=False),
    sa.Column("shown_at", Instant, nullable=False),
    # nothing until its first code came
    sa.Column("confirmed_at", Instant),
    # of the newest code that was taken
    sa.Column("last_step", sa.BigInteger),
    # wrong codes since, in a row
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("failed_at", Instant),
)

recovery_codes = sa.Table(
    "recovery_codes",
    metadata,
    sa.Column("user_id", sa.ForeignKey("users.id"), primary_key=True),
    sa.Column("digest", sa.String(64), primary_key=True),
)
"""One that was used is gone."""
