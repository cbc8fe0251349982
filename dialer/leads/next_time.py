"""When a lead is called again: a rule's delay, the campaign's gaps, its parts of the day, its hours, in that order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignSpec, RetryRule
from cti_api.wall_clock import DAY, beginning_of
from dialer.calls.outcome import SILENT_LINE_SECONDS
from dialer.leads.day_parts import next_day_part
from dialer.leads.day_plan import after_part, opening_in_turn
from dialer.leads.hours import closing_margin, next_open

LONGEST_GIVEN_BACK: Final = 3600.0
"""Seconds; a given-back lead's delay grows to this and no further."""

LONGEST_DELAY: Final = 30 * 86_400.0
"""Seconds; any other delay grows to this and no further."""

Counts = Mapping[str, int] | None
"""The lead's, which say whose turn in the day it is; None where the person, not the plan, chose the hour."""


def next_attempt(
    spec: CampaignSpec, rule: RetryRule, earlier: int, counts: Counts, dialed: datetime, now: datetime
) -> datetime:
    """When the next attempt comes after one that was dialled at `dialed`, ended now and counts (`counts` has it).

    `earlier`: how often the same result or disposition came before.
    """
    gap = max(_grown(rule, earlier, LONGEST_DELAY), spec.retry.min_gap_seconds)
    earliest = now + timedelta(seconds=gap)
    if spec.retry.per_day_part is not None:
        earliest = max(earliest, after_part(spec, dialed))
    if spec.retry.days_apart:
        zone = ZoneInfo(spec.hours.timezone)
        day = dialed.astimezone(zone).date() + spec.retry.days_apart * DAY
        earliest = max(earliest, beginning_of(day, zone))
    return _in_day_part(spec, rule, counts, earliest)


def next_phone_at_once(spec: CampaignSpec, rule: RetryRule, counts: Counts, now: datetime) -> datetime:
    """When the number after a wrong one is dialled, where that used up no attempt."""
    gap = max(rule.after_seconds, spec.retry.min_gap_seconds)
    return _in_day_part(spec, rule, counts, now + timedelta(seconds=gap))


def again(spec: CampaignSpec, rule: RetryRule, counts: Counts, now: datetime) -> datetime:
    """When the same number is dialled once more, within the same attempt."""
    gap = max(rule.again_seconds or 0.0, spec.retry.min_gap_seconds)
    return in_hours(spec, counts, now + timedelta(seconds=gap))


def given_back(spec: CampaignSpec, rule: RetryRule, key: str, earlier: int, counts: Counts, now: datetime) -> datetime:
    """When a lead is dialled whose attempt a trunk, or we, failed: the minimum gap is not asked, nobody was rung."""
    seconds = _grown(rule, earlier, LONGEST_GIVEN_BACK)
    if key == CallResult.TRUNK_FAILED:
        seconds = max(seconds, SILENT_LINE_SECONDS)
    return _in_day_part(spec, rule, counts, now + timedelta(seconds=seconds))


def _in_day_part(spec: CampaignSpec, rule: RetryRule, counts: Counts, earliest: datetime) -> datetime:
    """The beginning of the next part, where the rule says so and the plan nothing; else as soon as may be."""
    if rule.next_day_part and spec.retry.per_day_part is None:
        beginning = next_day_part(spec.retry.day_parts, spec.hours, earliest, closing_margin(spec))
        if beginning is not None:
            return beginning
    return in_hours(spec, counts, earliest)


def in_hours(spec: CampaignSpec, counts: Counts, wanted: datetime) -> datetime:
    """The first instant from `wanted` on at which a call may start, and the lead's turn in the day has come; `wanted`
    itself in a campaign without hours, where the gate refuses every call."""
    opening = None
    if spec.retry.per_day_part is not None and counts is not None:
        opening = opening_in_turn(spec, counts, wanted)
    if opening is None:
        opening = next_open(spec.hours, wanted, closing_margin(spec))
    return wanted if opening is None else opening


def _grown(rule: RetryRule, earlier: int, longest: float) -> float:
    """The rule's delay in seconds after `earlier` times; its factor never makes it longer than `longest`."""
    seconds = rule.after_seconds
    for _ in range(earlier if rule.factor > 1.0 else 0):
        if seconds >= longest:
            break
        seconds = min(seconds * rule.factor, longest)
    return seconds
