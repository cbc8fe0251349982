"""The law's hours as a person looks at them on a calendar: open or closed at an instant, and what a day is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from cti_api.law.calendar import WORKING_DAY, Day, DayKind, day_kind
from cti_api.law.decide import packs_for
from cti_api.law.facts import Facts
from cti_api.law.hours import Place, window_objection
from cti_api.law.rules import Pack, Window


def hours_allow(facts: Facts, packs: Sequence[Pack], at: datetime) -> bool:
    """Whether every window that applies lets a contact begin at `at` (aware): all else is not asked."""
    applying = packs_for(facts.region, packs)
    zones = [facts.zone] if facts.zone is not None else sorted({zone for pack in applying for zone in pack.zones})
    places = tuple(map(ZoneInfo, zones))
    return all(
        window_objection(rule, facts, Place(places, pack.holidays), at) is None for pack, rule in _windows(facts, packs)
    )


def day_of(facts: Facts, packs: Sequence[Pack], day: date) -> Day:
    """What the day is for windows that close on holidays: the first pack's word that it is no working day."""
    for pack, rule in _windows(facts, packs):
        if rule.closed_on_holidays and pack.holidays is not None:
            found = day_kind(pack.holidays, facts.department, day)
            if found.kind is not DayKind.WORKING:
                return found
    return WORKING_DAY


def _windows(facts: Facts, packs: Sequence[Pack]) -> Iterator[tuple[Pack, Window]]:
    for pack in packs_for(facts.region, packs):
        for rule in pack.rules:
            if isinstance(rule, Window) and rule.applies_to(facts.purpose, facts.channel):
                yield pack, rule
