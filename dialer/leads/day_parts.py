"""The next part of the day: whoever did not answer in the morning may answer at noon."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cti_api.model.campaigns import CampaignHours, DayPart
from cti_api.wall_clock import DAY, instants_of, within
from dialer.leads.hours import HORIZON_DAYS, next_open


def next_day_part(
    parts: Sequence[DayPart], hours: CampaignHours, earliest: datetime, lasting: timedelta = timedelta(0)
) -> datetime | None:
    """When to call in the first day part that begins at `earliest` or later and has campaign hours in it.

    It is the beginning of that day part, or the campaign's opening within it. `lasting` is as in `next_open`. Returns
    an aware UTC instant; None when no day part can be called in within `HORIZON_DAYS`.
    """
    zone = ZoneInfo(hours.timezone)
    first_day = earliest.astimezone(zone).date()
    for days_ahead in range(HORIZON_DAYS):
        day = first_day + days_ahead * DAY
        openings = []
        for part in parts:
            for beginning in instants_of(day, part.start, zone):
                opening = next_open(hours, beginning, lasting) if beginning >= earliest else None
                if opening is None:
                    continue
                local = opening.astimezone(zone)
                if local.date() == day and within(part.start, part.end, local.time()):
                    openings.append(opening)
        if openings:
            return min(openings).astimezone(UTC)
    return None
