"""The tables of what leads went through besides their calls: rounds that are over, callbacks that nobody made."""

from __future__ import annotations

import sqlalchemy as sa

from cti_api.store.columns import Instant, Json
from cti_api.store.schema import metadata

lead_rounds = sa.Table(
    "lead_rounds",
    metadata,
    sa.Column("lead_id", sa.ForeignKey("leads.id"), primary_key=True),
    sa.Column("round", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("attempts_made", sa.Integer, nullable=False),
    sa.Column("counts", Json, nullable=False),
    sa.Column("ended_at", Instant, nullable=False),
    sa.Column("recycled_at", Instant, nullable=False),
)
"""Rounds that are over: how each ended, and when the lead came back."""

missed_callbacks = sa.Table(
    "missed_callbacks",
    metadata,
    sa.Column("lead_id", sa.ForeignKey("leads.id"), primary_key=True),
    # the time agreed on: a callback agreed anew may be missed anew
    sa.Column("due_at", Instant, primary_key=True),
    sa.Column("campaign_id", sa.ForeignKey("campaigns.id"), nullable=False),
    sa.Column("agent_id", sa.ForeignKey("agents.id")),
    sa.Column("action", sa.String(16), nullable=False),
    sa.Column("missed_at", Instant, nullable=False),
    sa.Index("ix_missed_callbacks_campaign", "campaign_id", "missed_at"),
)
