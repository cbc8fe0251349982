"""What must be true of a pack as a whole: every contact has hours, windows do not overlap, days are settled once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import time
from itertools import pairwise
from typing import Final

from cti_api.campaign_file.findings import Finding
from cti_api.law.calendar import years_of
from cti_api.law.rules import Opening, Pack, Reach, Window
from cti_api.law.terms import Channel, Purpose
from cti_api.wall_clock import MIDNIGHT


def check(pack: Pack) -> Iterator[Finding]:
    """Everything wrong with the pack as a whole."""
    for one in CHECKS:
        yield from one(pack)


def _hours_for_every_contact(pack: Pack) -> Iterator[Finding]:
    """What nobody wrote down may not mean "at any hour"."""
    if pack.regions is Reach.EVERYWHERE:  # it only adds to a country's
        return
    windows = [rule for rule in pack.rules if isinstance(rule, Window)]
    for purpose in Purpose:
        missing = [channel for channel in Channel if not any(window.applies_to(purpose, channel) for window in windows)]
        if missing:
            message = f"no rule of `type: window` says when `{purpose}` may use {', '.join(missing)}"
            yield Finding("rules", message)


def _windows(pack: Pack) -> Iterator[Finding]:
    for rule in pack.rules:
        if not isinstance(rule, Window):
            continue
        path = f"rules.{rule.id}"
        if rule.closed_on_holidays and rule.days is not Opening.NEVER and pack.holidays is None:
            yield Finding(f"{path}.holidays", "needs the pack's `holidays`", ("holidays",))
        if isinstance(rule.days, Opening):
            continue
        if not rule.days:
            yield Finding(f"{path}.days", "must name at least one day; for none write `open: never`")
        for windows in rule.days.values():
            for (_, end), (start, _) in pairwise(windows):
                if end == MIDNIGHT or start < end:
                    yield Finding(f"{path}.days", f"two windows of one day overlap, at {start:%H:%M}")
            for start, end in windows:
                yield from _too_short(f"{path}.days", rule, start, end)


def _too_short(path: str, rule: Window, start: time, end: time) -> Iterator[Finding]:
    minutes = (end.hour - start.hour) * 60 + end.minute - start.minute + (24 * 60 if end == MIDNIGHT else 0)
    if end != MIDNIGHT and minutes * 60 <= rule.margin.total_seconds():
        yield Finding(path, f"the window from {start:%H:%M} is shorter than its margin", (f"rules.{rule.id}.margin",))


def _place(pack: Pack) -> Iterator[Finding]:
    if isinstance(pack.regions, frozenset) and not pack.zones:
        yield Finding("zones", "must name the time zones of the place", ("regions",))
    if pack.regions is Reach.EVERYWHERE and pack.zones:
        yield Finding("zones", "are those of the country's pack: leave them out", ("regions",))
    if pack.review_before <= pack.version:
        yield Finding("review_before", "must be after `version`", ("version",))
    for rule in pack.rules:
        if rule.seen > pack.version:
            yield Finding(f"rules.{rule.id}.seen", "must not be after the pack's `version`", ("version",))


def _days(pack: Pack) -> Iterator[Finding]:
    holidays = pack.holidays
    if holidays is None:
        return
    first, last = years_of(holidays.calendar)
    if not first <= holidays.first_year <= holidays.last_year <= last:
        message = f"must be from {first} to {last}, the years the package `holidays` knows"
        yield Finding("holidays.years", message, ("holidays.calendar",))
    for name, days in (("added", holidays.added), ("disputed", holidays.disputed), ("confirmed", holidays.confirmed)):
        for day in days:
            if not holidays.first_year <= day.year <= holidays.last_year:
                yield Finding(f"holidays.{name}.{day}", "is in none of the pack's years", ("holidays.years",))
    for day in holidays.added:
        if day in holidays.disputed:
            yield Finding(f"holidays.added.{day}", "is under `disputed` too: settle it under `confirmed`")


CHECKS: Final[tuple[Callable[[Pack], Iterator[Finding]], ...]] = (_hours_for_every_contact, _windows, _place, _days)
