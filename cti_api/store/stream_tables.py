"""What could not be delivered at the first try, of each webhook. The events themselves stay in the outbox."""

from __future__ import annotations

import sqlalchemy as sa

from cti_api.store.columns import Instant
from cti_api.store.schema import metadata

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("hook", sa.String(40), primary_key=True),
    # the event's
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    # what it is about: those of one key are delivered in their order
    sa.Column("order_key", sa.String(80), nullable=False),
    # waiting, dead
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    # our own words: what the other side said may name a person
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("since", Instant, nullable=False),
    sa.Index("ix_deliveries_due", "hook", "state", "due_at"),
    sa.Index("ix_deliveries_order", "hook", "order_key", "seq"),
)
"""One row for each event that waits or is dead; a delivered one has none."""
