"""The tables of the reports that are sent. A row for each reader of each report that is due: its key is why nobody gets
a report twice, however often it is looked what is due."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from cti_api.reports.run import ON_ITS_WAY, RunState
from cti_api.store.columns import Instant
from cti_api.store.schema import condition_in, index, metadata

WAITS: Final = f"report_runs.state = '{RunState.PLANNED}'"
IS_ON_ITS_WAY: Final = condition_in("report_runs.state", ON_ITS_WAY)

report_names = sa.Table(
    "report_names",
    metadata,
    sa.Column("report", sa.String(40), primary_key=True),
    # when it was first in the settings: nothing of before is sent
    sa.Column("since", Instant, nullable=False),
)

report_runs = sa.Table(
    "report_runs",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    # empty for one that somebody asked for
    sa.Column("report", sa.String(40), nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    # the campaign or survey; empty for all
    sa.Column("of", sa.String(40), nullable=False),
    sa.Column("occasion", sa.String(64), nullable=False),
    sa.Column("recipient", sa.String(260), nullable=False),
    # 0 as planned, from 1 on once more because a person said so
    sa.Column("again", sa.Integer, nullable=False),
    sa.Column("period_kind", sa.String(16), nullable=False),
    sa.Column("first_day", sa.Date, nullable=False),
    sa.Column("last_day", sa.Date, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("asked_by", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("state_since", Instant, nullable=False),
    sa.Column("next_at", Instant, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("interrupted", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.UniqueConstraint("report", "of", "occasion", "recipient", "again"),
    index("ix_report_runs_waiting", "next_at", where=WAITS),
    index("ix_report_runs_on_its_way", "due_at", where=IS_ON_ITS_WAY),
    index("ix_report_runs_created", "created_at", "id"),
)
