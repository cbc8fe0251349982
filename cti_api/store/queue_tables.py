"""The tables of callers: the queues they wait in, and each call from the queue to its end."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from cti_api.store.columns import Instant, Json
from cti_api.store.schema import metadata

OPEN: Final = "closed_at IS NULL"
"""Written out: a partial index is only used where its text is repeated."""

queues = sa.Table(
    "queues",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    # the file as it was handed in
    sa.Column("spec", sa.Text, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
)

inbound_calls = sa.Table(
    "inbound_calls",
    metadata,
    # Asterisk's own id of the caller's channel, and from its second stay in the queues on which it is
    sa.Column("id", sa.String(32), primary_key=True),
    # no foreign key: a dialplan can name a queue that nobody made, and the caller is on record all the same
    sa.Column("queue", sa.String(40), nullable=False),
    sa.Column("e164", sa.String(32), nullable=False),
    sa.Column("arrived_at", Instant, nullable=False),
    sa.Column("queued_at", Instant, nullable=False),
    sa.Column("position", sa.Integer),
    sa.Column("agent_id", sa.ForeignKey("agents.id")),
    sa.Column("joined_at", Instant),
    sa.Column("ended_at", Instant),
    sa.Column("call_back_at", Instant),
    sa.Column("closed_at", Instant),
    sa.Column("outcome", sa.String(16)),
    sa.Column("disposition", sa.Text, nullable=False),
    # the IVR's id of the call that it sent here: one may come again
    sa.Column("ivr_call", sa.String(32)),
    sa.Column("recording", sa.Text),
    # no foreign key: added to a table that was there
    sa.Column("lead_id", sa.BigInteger),
    sa.Column("disposition_fields", Json),
    sa.Index("ix_inbound_calls_e164", "e164"),
    sa.Index("ix_inbound_calls_queue", "queue", "arrived_at"),
    sa.Index("ix_inbound_calls_ivr_call", "ivr_call"),
    sa.Index("ix_inbound_calls_open", "id", sqlite_where=sa.text(OPEN), postgresql_where=sa.text(OPEN)),
)
