"""The law in force, its versions and who changed it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0001"

INSTANT = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
IN_FORCE = sa.text("until IS NULL")


def upgrade() -> None:
    op.create_table(
        "law_changes",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("loosens", sa.Boolean(), nullable=False),
        sa.Column("packs", JSON, nullable=False),
        sa.Column("removed", JSON, nullable=False),
        sa.Column("judged_against", JSON, nullable=False),
        sa.Column("told", JSON, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("by_user", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("second", sa.Text(), nullable=False),
        sa.Column("second_user", sa.Text(), nullable=False),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_law_changes"),
    )
    op.create_table(
        "law_files",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_law_files"),
    )
    op.create_table(
        "law_texts",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=10), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name="pk_law_texts"),
    )
    op.create_table(
        "law_periods",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=10), nullable=False),
        sa.Column("change_id", SERIAL, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["change_id"], ["law_changes.id"], name="fk_law_periods_change_id"),
        sa.ForeignKeyConstraint(
            ["name", "version"], ["law_texts.name", "law_texts.version"], name="fk_law_periods_name"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_law_periods"),
    )
    op.create_index(
        "ux_law_periods_name", "law_periods", ["name"], unique=True, sqlite_where=IN_FORCE, postgresql_where=IN_FORCE
    )
