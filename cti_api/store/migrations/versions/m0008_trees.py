"""Trees that answer callers, in versions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "tree_versions",
        sa.Column("tree", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tree", "version", name="pk_tree_versions"),
    )
    op.create_table(
        "tree_publications",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("tree", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tree", "version"],
            ["tree_versions.tree", "tree_versions.version"],
            name="fk_tree_publications_tree",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_tree_publications"),
    )
    op.create_index("ix_tree_publications_tree", "tree_publications", ["tree", "id"])
