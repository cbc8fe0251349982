"""What is due of the reports in the settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cti_api.model.ids import CampaignId
from cti_api.report_settings import ReportSettings, ScheduledReport
from cti_api.reports.kinds import report_kind
from cti_api.reports.run import Occasion
from cti_api.reports.schedule import due_between, period_of
from cti_api.store.report_runs import ToPlan

SETTLED: Final = timedelta(minutes=5)
"""After a campaign's end: calls that were under way are over then, and counted."""

Ended = Sequence[tuple[CampaignId, datetime]]


def due_of(
    settings: ReportSettings, since: Mapping[str, datetime], ended: Ended, zone: ZoneInfo, now: datetime
) -> list[ToPlan]:
    """All that has become due since each report is in the settings (`since`), as far back as is caught up; the oldest
    first. `ended`: campaigns that ended, and when."""
    earliest = now - timedelta(days=settings.catch_up_days)
    found = [
        ToPlan(occasion=occasion, to=each.to)
        for each in settings.scheduled
        for occasion in _occasions(each, max(since[each.name], earliest), ended, zone, now)
    ]
    return sorted(found, key=lambda each: each.occasion.due_at)


def _occasions(
    said: ScheduledReport, after: datetime, ended: Ended, zone: ZoneInfo, now: datetime
) -> Iterator[Occasion]:
    kind, rule = report_kind(said.kind), said.rule
    if rule is None:
        for campaign, at in ended:
            due_at = at + SETTLED
            if said.of in (None, campaign) and after < due_at <= now:
                period = period_of(None, kind, due_at.astimezone(zone).date())
                yield Occasion(
                    report=said.name, kind=kind.name, of=campaign, period=period, due_at=due_at, key=at.isoformat()
                )
        return
    for due in due_between(rule, zone, after, now):
        period = period_of(rule, kind, due.day)
        key = period.written or due.day.isoformat()
        yield Occasion(report=said.name, kind=kind.name, of=said.of or "", period=period, due_at=due.at, key=key)
