"""Tables of the law in force: every text that ever was, who changed it, and what holds now."""

from __future__ import annotations

import sqlalchemy as sa

from cti_api.store.columns import Instant, Json, Serial
from cti_api.store.schema import metadata

law_changes = sa.Table(
    "law_changes",
    metadata,
    sa.Column("id", Serial, primary_key=True),
    # pending, applied, withdrawn
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("loosens", sa.Boolean, nullable=False),
    # [{"name", "version", "text"}], names that go, {name: digest} of what was in force when it was judged
    sa.Column("packs", Json, nullable=False),
    sa.Column("removed", Json, nullable=False),
    sa.Column("judged_against", Json, nullable=False),
    # the differences as they were told, in Spanish
    sa.Column("told", Json, nullable=False),
    # the name that was given, and the Unix user on the other side of the control socket
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("by_user", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    # who approved or withdrew it; empty for what needed nobody
    sa.Column("second", sa.Text, nullable=False),
    sa.Column("second_user", sa.Text, nullable=False),
    sa.Column("decided_at", Instant),
)
"""Every change of the law that was asked for, also the one that recorded the first packs."""

law_texts = sa.Table(
    "law_texts",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("version", sa.String(10), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)
"""What each version of a pack says, for ever: attempts name it."""

law_periods = sa.Table(
    "law_periods",
    metadata,
    sa.Column("id", Serial, primary_key=True),
    sa.Column("name", sa.String(40), nullable=False),
    sa.Column("version", sa.String(10), nullable=False),
    sa.Column("change_id", sa.ForeignKey("law_changes.id"), nullable=False),
    sa.Column("since", Instant, nullable=False),
    # empty: in force now
    sa.Column("until", Instant),
    sa.ForeignKeyConstraint(["name", "version"], ["law_texts.name", "law_texts.version"]),
    sa.Index(
        "ux_law_periods_name",
        "name",
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    ),
)
"""When each version was in force. The database holds up that one of a name is."""

law_files = sa.Table(
    "law_files",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
)
"""The file of each pack as it was on disk when it was last taken note of; another one is news."""
