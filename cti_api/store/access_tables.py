"""Tables of who may come in: people, their sessions and one-time links, machines' keys, and the audit."""

from __future__ import annotations

import sqlalchemy as sa

from cti_api.store.columns import Instant, Json
from cti_api.store.schema import metadata

users = sa.Table(
    "users",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    # the seat that is theirs; who they are in the calls
    sa.Column("agent_id", sa.ForeignKey("agents.id")),
    # nothing until a one-time link was used
    sa.Column("password_hash", sa.Text),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("disabled_at", Instant),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("user_id", sa.ForeignKey("users.id"), nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
    sa.Index("ix_sessions_user", "user_id"),
)
"""Who is signed in now; a session that ended is gone."""

one_time_links = sa.Table(
    "one_time_links",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("user_id", sa.ForeignKey("users.id"), nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Index("ix_one_time_links_user", "user_id"),
)
"""By which a password is set; one that was used, or replaced, is gone."""

machine_keys = sa.Table(
    "machine_keys",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False, unique=True),
    sa.Column("scopes", Json, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("expires_at", Instant),
    sa.Column("revoked_at", Instant),
    sa.Column("used_at", Instant),
)

audit = sa.Table(
    "audit",
    metadata,
    # given by us: the chain has no gap
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("said", sa.Text, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
)

audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.CheckConstraint("id = 1", name="one_row"),
)
"""One row: the last link. Locked while another is added, so that there is one chain whoever adds."""
