"""Attempts spread over the parts of the day: a part that was tried waits until the others were.

Which parts were tried is kept among the lead's counts, one for each attempt that counted, by the part in which it was
dialled. A part's turn has come while no other was tried less. Where the parts whose turn it is can never be called in
(the hours changed since), the next ones are taken, so that no lead waits for what does not come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cti_api.model.campaigns import CampaignSpec, DayPart
from cti_api.wall_clock import DAY, MIDNIGHT, beginning_of, instants_of, within
from dialer.leads.hours import HORIZON_DAYS, closing_margin, next_open, stays_open


def word(part: DayPart) -> str:
    """The word under which the lead keeps that it was tried in this part."""
    return f"day_part:{part.name}"


def part_at(spec: CampaignSpec, at: datetime) -> DayPart | None:
    """The part of the campaign's day in which `at` (aware) lies; None where it is in none."""
    wall = at.astimezone(ZoneInfo(spec.hours.timezone)).time()
    return next((part for part in spec.retry.day_parts if within(part.start, part.end, wall)), None)


def after_part(spec: CampaignSpec, at: datetime) -> datetime:
    """When the part in which `at` lies is over on that day; `at` itself where it lies in none."""
    part = part_at(spec, at)
    if part is None:
        return at
    zone = ZoneInfo(spec.hours.timezone)
    day = at.astimezone(zone).date()
    return beginning_of(day + DAY, zone) if part.end == MIDNIGHT else max(instants_of(day, part.end, zone))


def opening_in_turn(spec: CampaignSpec, counts: Mapping[str, int], earliest: datetime) -> datetime | None:
    """The first instant from `earliest` (aware) on, within the campaign's hours, in a part whose turn it is.

    Returns an aware UTC instant, `earliest` itself when that fits; None when no part can be called in within
    `HORIZON_DAYS`.
    """
    ranks = sorted({counts.get(word(part), 0) for part in spec.retry.day_parts})
    for rank in ranks:
        parts = [part for part in spec.retry.day_parts if counts.get(word(part), 0) <= rank]
        opening = _opening(spec, parts, earliest.astimezone(UTC))
        if opening is not None:
            return opening
    return None


def _opening(spec: CampaignSpec, parts: Sequence[DayPart], earliest: datetime) -> datetime | None:
    zone, margin = ZoneInfo(spec.hours.timezone), closing_margin(spec)
    local = earliest.astimezone(zone)
    if any(within(part.start, part.end, local.time()) for part in parts) and stays_open(spec.hours, earliest, margin):
        return earliest
    for days_ahead in range(HORIZON_DAYS):
        day = local.date() + days_ahead * DAY
        openings = []
        for part in parts:
            for beginning in instants_of(day, part.start, zone):
                opening = next_open(spec.hours, max(beginning, earliest), margin)
                if opening is None:
                    continue
                there = opening.astimezone(zone)
                if there.date() == day and within(part.start, part.end, there.time()):
                    openings.append(opening)
        if openings:
            return min(openings)
    return None
