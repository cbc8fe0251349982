"""The figures' own tables: facts, and what they add up to. All of it is made of the outbox, and can be made again."""

from __future__ import annotations

import sqlalchemy as sa

from cti_api.store.columns import Instant, Json
from cti_api.store.schema import metadata

kpi_facts = sa.Table(
    "kpi_facts",
    metadata,
    sa.Column("kind", sa.String(16), primary_key=True),
    # the thing's own: an attempt, a caller, a case …
    sa.Column("id", sa.String(200), primary_key=True),
    sa.Column("at", Instant, nullable=False),
    # in the company's time zone
    sa.Column("day", sa.Date, nullable=False),
    # campaign, queue, survey, or empty
    sa.Column("scope", sa.String(16), nullable=False),
    sa.Column("scope_id", sa.String(80), nullable=False),
    sa.Column("splits", Json, nullable=False),
    sa.Column("counts", Json, nullable=False),
    sa.Index("ix_kpi_facts_day", "day", "scope", "scope_id"),
)
"""One row for each thing that is counted."""

kpi_sums = sa.Table(
    "kpi_sums",
    metadata,
    sa.Column("measure", sa.String(32), primary_key=True),
    sa.Column("split", sa.String(16), primary_key=True),
    sa.Column("scope", sa.String(16), primary_key=True),
    sa.Column("scope_id", sa.String(80), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("value", sa.String(200), primary_key=True),
    sa.Column("amount", sa.Float, nullable=False),
    sqlite_with_rowid=False,
)
"""What the facts of a day add up to, told apart by one thing at most: by two, there would be more sums than calls."""

kpi_spans = sa.Table(
    "kpi_spans",
    metadata,
    sa.Column("agent_id", sa.String(40), primary_key=True),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("since", Instant, nullable=False),
)
"""The state that each agent is in, as far as events were counted: its time is a fact once it is over."""
