"""Rules that time alone satisfies: how often, how soon again, by how many channels, how long after an abandoned call.

Each has a function that objects, and one that says from when on it no longer would. All that is on record counts, also
what a clock put back makes seem to lie ahead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from cti_api.law.facts import Facts, PastContact
from cti_api.law.hours import Place
from cti_api.law.rules import AfterAbandoned, Gap, Limit, OneChannel
from cti_api.law.sentences import Said, Sentence, Value
from cti_api.law.terms import Channel, Counted, Period, Scope
from cti_api.wall_clock import DAY, beginning_of


def limit_objection(rule: Limit, facts: Facts, place: Place, now: datetime) -> Said | None:
    """Whether the period's contacts are used up, in any zone the person may live in."""
    past = list(_counted(rule, rule.counts, rule.among, facts))
    if len(past) < rule.at_most:
        return None
    if not place.zones:
        return Said(Sentence.NO_ZONE)
    count = max(_in_period(past, rule.per, zone, now) for zone in place.zones)
    if count < rule.at_most:
        return None
    sentence = Sentence.DIRECT_LIMIT if rule.counts is Counted.DIRECT_CONTACTS else Sentence.ATTEMPT_LIMIT
    return Said(sentence, {"count": count, "most": rule.at_most, "period": rule.per})


def limit_free_from(rule: Limit, facts: Facts, place: Place, now: datetime) -> datetime | None:
    """The beginning of the next period that has room, on every clock; None where nobody knows the clock."""
    past = list(_counted(rule, rule.counts, rule.among, facts))

    def used_up(zone: ZoneInfo, at: datetime) -> bool:
        return _in_period(past, rule.per, zone, at) >= rule.at_most

    return None if not place.zones else _first_free(rule.per, place, now, used_up, len(past))


def one_channel_objection(rule: OneChannel, facts: Facts, place: Place, now: datetime) -> Said | None:
    """Whether the person was spoken to by other channels in the period already."""
    past = [contact for contact in facts.history if contact.direct and contact.channel in rule.channels]
    if not past:
        return None
    if not place.zones:
        return Said(Sentence.NO_ZONE)
    for zone in place.zones:
        used = _channels(past, rule.per, zone, now)
        if used and len(used | {facts.channel}) > rule.at_most:
            others = tuple(sorted(used - {facts.channel}))
            values: dict[str, Value] = {"channels": others, "channel": facts.channel, "period": rule.per}
            return Said(Sentence.ONE_CHANNEL, values)
    return None


def one_channel_free_from(rule: OneChannel, facts: Facts, place: Place, now: datetime) -> datetime | None:
    """The beginning of the next period in which this channel may be the one."""
    past = [contact for contact in facts.history if contact.direct and contact.channel in rule.channels]

    def used_up(zone: ZoneInfo, at: datetime) -> bool:
        used = _channels(past, rule.per, zone, at)
        return bool(used) and len(used | {facts.channel}) > rule.at_most

    return None if not place.zones else _first_free(rule.per, place, now, used_up, len(past))


def gap_objection(rule: Gap, facts: Facts, place: Place, now: datetime) -> Said | None:
    """Whether the last contact is too fresh."""
    if gap_free_from(rule, facts, place, now) <= now:
        return None
    return Said(Sentence.GAP, {"length": rule.at_least})


def gap_free_from(rule: Gap, facts: Facts, _place: Place, now: datetime) -> datetime:
    """When the last contact is old enough."""
    return max((c.at + rule.at_least for c in _counted(rule, rule.counts, rule.among, facts)), default=now)


def abandoned_objection(rule: AfterAbandoned, facts: Facts, place: Place, now: datetime) -> Said | None:
    """Whether the person met nobody on this number a short time ago."""
    if abandoned_free_from(rule, facts, place, now) <= now:
        return None
    return Said(Sentence.ABANDONED, {"length": rule.wait})


def abandoned_free_from(rule: AfterAbandoned, facts: Facts, _place: Place, now: datetime) -> datetime:
    """When the number may be called without an agent reserved."""
    if facts.abandoned_at is None or facts.agent_reserved:
        return now
    return facts.abandoned_at + rule.wait


def _counted(rule: Limit | Gap, counts: Counted, among: Scope, facts: Facts) -> Iterator[PastContact]:
    for contact in facts.history:
        if contact.channel not in rule.channels or contact.direct is not (counts is Counted.DIRECT_CONTACTS):
            continue
        # A number that was not written down may have been this one.
        if among is Scope.NUMBER and None not in (contact.number, facts.number) and contact.number != facts.number:
            continue
        if among is Scope.CHANNEL and contact.channel is not facts.channel:
            continue
        yield contact


def _in_period(past: list[PastContact], per: Period, zone: ZoneInfo, now: datetime) -> int:
    this = _period_of(now, per, zone)
    return sum(_period_of(contact.at, per, zone) == this for contact in past)


def _channels(past: list[PastContact], per: Period, zone: ZoneInfo, now: datetime) -> set[Channel]:
    this = _period_of(now, per, zone)
    return {contact.channel for contact in past if _period_of(contact.at, per, zone) == this}


def _period_of(instant: datetime, per: Period, zone: ZoneInfo) -> date:
    """The first day of the instant's period on that clock."""
    day = instant.astimezone(zone).date()
    return day if per is Period.DAY else day - day.weekday() * DAY


def _first_free(
    per: Period, place: Place, now: datetime, used_up: Callable[[ZoneInfo, datetime], bool], most_periods: int
) -> datetime | None:
    """The first instant from `now` on whose period is used up on no clock; each step leaves at least one period."""
    at = now
    for _ in range((most_periods + 1) * len(place.zones) + 1):
        full = [zone for zone in place.zones if used_up(zone, at)]
        if not full:
            return at
        length = DAY if per is Period.DAY else 7 * DAY
        at = max(beginning_of(_period_of(at, per, zone) + length, zone) for zone in full)
    return None
