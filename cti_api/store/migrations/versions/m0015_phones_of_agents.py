"""Whether an agent has a SIP telephone or the browser."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("agents", sa.Column("phone", sa.String(length=16), nullable=False, server_default="sip"))
