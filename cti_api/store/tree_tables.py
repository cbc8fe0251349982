"""Tables of the trees that answer callers: every version ever published, and which one held when."""

from __future__ import annotations

import sqlalchemy as sa

from cti_api.store.columns import Instant, Serial
from cti_api.store.schema import metadata

tree_versions = sa.Table(
    "tree_versions",
    metadata,
    sa.Column("tree", sa.String(40), primary_key=True),
    # counted from 1
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)
"""What each version says, for ever: calls under way walk the one they began with."""

tree_publications = sa.Table(
    "tree_publications",
    metadata,
    sa.Column("id", Serial, primary_key=True),
    sa.Column("tree", sa.String(40), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    # the Unix user on the other side of the control socket
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.ForeignKeyConstraint(["tree", "version"], ["tree_versions.tree", "tree_versions.version"]),
    sa.Index("ix_tree_publications_tree", "tree", "id"),
)
"""Each time a version was put in force; the newest of a tree is what new calls meet."""
