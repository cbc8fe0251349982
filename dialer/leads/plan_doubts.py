"""What a plan says and the law, or the plan itself, will not let happen: no fault, but somebody should know.

Faults (`cti_api.campaign_file.plan_checks`) are refused; these depend on the country and on the packs in force.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from cti_api.law.decide import packs_for
from cti_api.law.rules import Gap, Limit, Opening, Pack, Rule, Window
from cti_api.law.terms import Channel, Counted, Period
from cti_api.model.calls import GIVEN_BACK
from cti_api.model.campaigns import CampaignSpec, RetryAction
from cti_api.wall_clock import within
from dialer.leads.day_plan import part_at
from dialer.leads.hours import closing_margin, stays_open
from dialer.leads.law import regions_of

MONDAY: Final = datetime(2026, 11, 23, tzinfo=UTC)
"""A week that stands for every other: holidays are another matter."""

STEP: Final = timedelta(minutes=15)

CALLS_AGAIN: Final = frozenset({RetryAction.RETRY, RetryAction.NEXT_PHONE, RetryAction.DROP_PHONE})


class Doubt(NamedTuple):
    """Something to know of an entry of the campaign file."""

    path: str
    message: str
    """One sentence."""


def doubts(spec: CampaignSpec, packs: Sequence[Pack]) -> list[Doubt]:
    """Everything there is to know, in the order of the file."""
    rules = [
        rule
        for region in sorted(regions_of(spec))
        for pack in packs_for(region, packs)
        for rule in pack.rules
        if rule.applies_to(spec.purpose, Channel.VOICE)
    ]
    zones = {zone for region in regions_of(spec) for pack in packs_for(region, packs) for zone in pack.zones}
    return [*_hours(spec), *_parts(spec, rules, sorted(zones)), *_delays(spec), *_again(spec, rules)]


def _hours(spec: CampaignSpec) -> Iterator[Doubt]:
    """Hours in which the campaign is open and it is nobody's turn."""
    if spec.retry.per_day_part is None:
        return
    idle = [at for at in _week(spec) if part_at(spec, at) is None]
    if idle:
        first = idle[0].astimezone(ZoneInfo(spec.hours.timezone))
        message = (
            f"are open outside of every day part, when nobody is called ({first:%a %H:%M}): leave that out of them"
        )
        yield Doubt("hours.days", message)


def _week(spec: CampaignSpec) -> Iterator[datetime]:
    """Every quarter of an hour of a week in which a call may begin by the campaign's hours."""
    for step in range(7 * 24 * 4):
        at = MONDAY + step * STEP
        if stays_open(spec.hours, at, closing_margin(spec)):
            yield at


def _parts(spec: CampaignSpec, rules: Sequence[Rule], zones: Sequence[str]) -> Iterator[Doubt]:
    """Parts of the day that the law closes, wholly or for some time of the campaign's hours."""
    windows = [rule for rule in rules if isinstance(rule, Window) and rule.days is not Opening.ALWAYS]
    if not windows:
        return
    open_steps = dict.fromkeys(spec.retry.day_parts, 0)
    closed: dict[str, tuple[int, Window]] = {}
    for at in _week(spec):
        part = part_at(spec, at)
        if part is None:
            continue
        open_steps[part] += 1
        shut = next((rule for rule in windows if not _is_open(rule, zones, at)), None)
        if shut is not None:
            closed[part.name] = (closed.get(part.name, (0, shut))[0] + 1, shut)
    for part, steps in open_steps.items():
        times, rule = closed.get(part.name, (0, None))
        if rule is not None:
            whole = times == steps
            how = f"is closed by the law for {'all' if whole else 'some'} of its hours ({rule.id}: {rule.source})"
            if whole and spec.retry.per_day_part is not None:
                how += "; who has not been called in it yet waits for it without end: move it, or leave it out"
            yield Doubt(f"retry.day_parts.{part.name}", how)


def _is_open(rule: Window, zones: Sequence[str], at: datetime) -> bool:
    if isinstance(rule.days, Opening):
        return rule.days is Opening.ALWAYS
    for zone in zones:
        local = at.astimezone(ZoneInfo(zone))
        if not any(within(start, end, local.time()) for start, end in rule.days.get(local.weekday(), ())):
            return False
    return True


def _delays(spec: CampaignSpec) -> Iterator[Doubt]:
    """Delays that a gap of the campaign makes longer."""
    for name, rule in spec.retry.rules.items():
        waits = rule.action in CALLS_AGAIN and name not in {result.value for result in GIVEN_BACK}
        if waits and 0 < rule.after_seconds < spec.retry.min_gap_seconds:
            message = f"becomes {length(spec.retry.min_gap_seconds)}: min_gap stands above every rule"
            yield Doubt(f"retry.rules.{name}.after", message)


def _again(spec: CampaignSpec, rules: Sequence[Rule]) -> Iterator[Doubt]:
    """Repeats that come sooner, or more often, than the law allows."""
    gaps = [rule for rule in rules if isinstance(rule, Gap) and rule.counts is Counted.ATTEMPTS]
    daily = [
        rule for rule in rules if isinstance(rule, Limit) and rule.counts is Counted.ATTEMPTS and rule.per is Period.DAY
    ]
    for name, rule in spec.retry.rules.items():
        if rule.again_seconds is None:
            continue
        longest = max(gaps, key=lambda gap: gap.at_least, default=None)
        if longest is not None and rule.again_seconds < longest.at_least.total_seconds():
            message = (
                f"becomes {length(longest.at_least.total_seconds())}: so long has to be between two attempts "
                f"({longest.id}: {longest.source})"
            )
            yield Doubt(f"retry.rules.{name}.again_in", message)
        least = min(daily, key=lambda limit: limit.at_most, default=None)
        if least is not None and rule.again_most + 1 > least.at_most:
            message = f"are more calls than a day may have, {least.at_most} ({least.id}: {least.source})"
            yield Doubt(f"retry.rules.{name}.times", message)


def length(seconds: float) -> str:
    """``2 h``, ``10 min``, as the file writes it."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"
