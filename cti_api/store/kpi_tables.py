"""The figures' own tables: facts, and what they add up to. All of it is made of the outbox, and can be made again."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from cti_api.kpi.measures import Measure
from cti_api.store.columns import Instant, Json
from cti_api.store.schema import metadata

kpi_facts = sa.Table(
    "kpi_facts",
    metadata,
    sa.Column("kind", sa.String(16), primary_key=True),
    # the thing's own: an attempt, a caller, a case …
    sa.Column("id", sa.String(200), primary_key=True),
    sa.Column("at", Instant, nullable=False),
    # a case's end
    sa.Column("until", Instant),
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
    # day or month
    sa.Column("span", sa.String(5), primary_key=True),
    sa.Column("split", sa.String(16), primary_key=True),
    # the day, or the first of the month; before whose it is: what is asked for is a time first of all, and one agent's
    # days of years are looked up one by one
    sa.Column("first", sa.Date, primary_key=True),
    sa.Column("value", sa.String(200), primary_key=True),
    sa.Column("scope", sa.String(16), primary_key=True),
    sa.Column("scope_id", sa.String(80), primary_key=True),
    # in thousandths
    *(sa.Column(measure.value, sa.BigInteger, nullable=False, server_default="0") for measure in Measure),
    sqlite_with_rowid=False,
)
"""What the facts of a day or a month add up to, told apart by one thing at most: by two, there would be more sums than
calls. A new measure is a new column: the migration that adds it lets all events be counted anew."""

kpi_seen = sa.Table("kpi_seen", metadata, sa.Column("measure", sa.String(32), primary_key=True))
"""Measures of which there ever was anything."""

kpi_spellings = sa.Table(
    "kpi_spellings",
    metadata,
    sa.Column("split", sa.String(16), primary_key=True),
    # as `cti_api.kpi.spelling.folded` gives it
    sa.Column("folded", sa.String(240), primary_key=True),
    sa.Column("name", sa.String(80), nullable=False),
)
"""How each brand was written first."""

kpi_spans = sa.Table(
    "kpi_spans",
    metadata,
    sa.Column("agent_id", sa.String(40), primary_key=True),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("since", Instant, nullable=False),
)
"""The state that each agent is in, as far as events were counted: its time is a fact once it is over."""

COUNTED: Final = (kpi_facts, kpi_sums, kpi_spans, kpi_seen, kpi_spellings)
"""All that counting makes."""
