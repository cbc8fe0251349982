"""The decision: does the law allow this contact at this instant, and if not, since which rule and until when?

Theory of operation
-------------------
The packs that apply are the person's country's, or the one for unknown countries where it has none, and those that
apply everywhere. Every rule of them that speaks of the purpose and the channel is asked, and each can only object: the
strictest wins because one objection is enough.

Some objections no waiting removes (a registry, a consent, the person's own no). One of them decides before all others,
so that nobody is told to wait for what does not come. Else the rule that objects longest decides. `next_open` is found
by leaping: each rule says from when on it alone is content, the latest of them is the next instant to ask all again,
until none objects. That instant is exact, since before it there was always one that objected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cti_api.law import counts, hours, standing
from cti_api.law.facts import Decision, Facts
from cti_api.law.hours import Place
from cti_api.law.rules import (
    AbandonmentLimit,
    AfterAbandoned,
    CallerPrefix,
    ConsentNeeded,
    Gap,
    Limit,
    MinimumRing,
    OneChannel,
    Pack,
    Reach,
    Registry,
    RespectOptOut,
    Rule,
    Window,
)
from cti_api.law.sentences import SPANISH, Said, Sentence, Wording, in_words
from cti_api.law.terms import Remedy

MOST_LEAPS: Final = 200
"""A leap leads to another day at least, but for a few: packs whose windows never meet are given up after these."""

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2199
"""Outside of these years no clock is asked: an instant there is a slip of whoever wrote it."""

HORIZON: Final = timedelta(days=hours.HORIZON_DAYS)

NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A rule where it is asked."""

    rule: Rule
    pack: Pack
    place: Place


@dataclass(frozen=True, slots=True)
class _Wait:
    """An objection that ends at `until`; `NEVER`: not by waiting."""

    asked: _Asked
    said: Said
    until: datetime


def decide(facts: Facts, packs: Sequence[Pack], now: datetime, wording: Wording = SPANISH) -> Decision:
    """Whether the rules of all packs that apply allow the contact to begin at `now` (aware)."""
    now = now.astimezone(UTC)
    if not FIRST_YEAR <= now.year <= LAST_YEAR:
        return _doubt("calendar", Said(Sentence.UNKNOWN_YEAR, {"year": now.year}), wording)
    applying = packs_for(facts.region, packs)
    if not any(pack.regions is not Reach.EVERYWHERE for pack in applying):
        return _doubt("no_pack", Said(Sentence.NO_PACK, {"region": facts.region}), wording)
    zones = _zones(facts, applying)
    if zones is None:
        return _doubt("zone", Said(Sentence.WRONG_ZONE, {"zone": facts.zone or ""}), wording)
    asked = list(_asked(facts, applying, zones))

    standing_against = [
        (one, *objection)
        for one in asked
        if type(one.rule) in STANDING and (objection := STANDING[type(one.rule)](one.rule, facts, now)) is not None
    ]
    if standing_against:
        # Nobody is sent to mend what the person's own no makes idle.
        one, said, remedy = min(standing_against, key=lambda found: found[2] is not Remedy.NONE)
        return _refused(one, said, remedy, None, wording)
    timed = [one for one in asked if type(one.rule) in TIMED]
    waits = _waits(timed, facts, now)
    if not waits:
        reason = in_words(Said(Sentence.ALLOWED), wording)
        return Decision(allowed=True, rule="all", reason=reason, next_open=now, remedy=None)
    longest = max(waits, key=lambda wait: wait.until)
    opening = _opening(timed, facts, longest.until)
    if opening is not None:
        return _refused(longest.asked, longest.said, Remedy.WAIT, opening, wording)
    return _refused(longest.asked, _lasting(longest, facts, now), Remedy.ACT, None, wording)


def packs_for(region: str, packs: Iterable[Pack]) -> list[Pack]:
    """The packs that protect a person of that country (ISO 3166), in their order."""
    packs = list(packs)
    known = any(isinstance(pack.regions, frozenset) and region in pack.regions for pack in packs)

    def applies(pack: Pack) -> bool:
        if isinstance(pack.regions, frozenset):
            return region in pack.regions
        return pack.regions is Reach.EVERYWHERE or not known

    return [pack for pack in packs if applies(pack)]


def _zones(facts: Facts, packs: Iterable[Pack]) -> tuple[ZoneInfo, ...] | None:
    """Every zone the person may live in; None where the one that is named does not exist."""
    names = [facts.zone] if facts.zone is not None else sorted({zone for pack in packs for zone in pack.zones})
    try:
        return tuple(ZoneInfo(name) for name in names)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of zones
        return None


def _asked(facts: Facts, packs: Iterable[Pack], zones: tuple[ZoneInfo, ...]) -> Iterator[_Asked]:
    for pack in packs:
        place = Place(zones, pack.holidays)
        for rule in pack.rules:
            if rule.applies_to(facts.purpose, facts.channel):
                yield _Asked(rule, pack, place)


def _timed_objection(one: _Asked, facts: Facts, now: datetime) -> Said | None:
    said = TIMED[type(one.rule)].objection(one.rule, facts, one.place, now)
    if said is not None and said.sentence is Sentence.NEVER and one.pack.regions is Reach.UNKNOWN:
        return Said(Sentence.NO_RULES_FOR_COUNTRY, {"region": facts.region})
    return said


def _waits(timed: Sequence[_Asked], facts: Facts, now: datetime) -> list[_Wait]:
    """Which rules object at `now`, and until when each of them alone does."""
    return [
        _Wait(one, said, TIMED[type(one.rule)].free_from(one.rule, facts, one.place, now) or NEVER)
        for one in timed
        if (said := _timed_objection(one, facts, now)) is not None
    ]


def _lasting(wait: _Wait, facts: Facts, now: datetime) -> Said:
    """What to say of an objection that does not end: a calendar that ends tonight is told before the evening's hour."""
    then = _timed_objection(wait.asked, facts, now + HORIZON)
    return then if then is not None and then.sentence is Sentence.UNKNOWN_YEAR else wait.said


def _opening(timed: Sequence[_Asked], facts: Facts, at: datetime) -> datetime | None:
    """The first instant from `at` on at which time alone has satisfied every rule; None: it does not."""
    for _ in range(MOST_LEAPS):
        if at == NEVER:
            return None
        waits = _waits(timed, facts, at)
        if not waits:
            return at
        at = max(wait.until for wait in waits)
    return None


def _refused(one: _Asked, said: Said, remedy: Remedy, opening: datetime | None, wording: Wording) -> Decision:
    return Decision(
        allowed=False,
        rule=one.rule.id,
        reason=in_words(said, wording),
        next_open=opening,
        remedy=remedy,
        pack=one.pack.name,
        version=one.pack.version,
        certainty=one.rule.certainty,
    )


def _doubt(rule: str, said: Said, wording: Wording) -> Decision:
    """No, since something that nobody may guess is not known."""
    return Decision(allowed=False, rule=rule, reason=in_words(said, wording), next_open=None, remedy=Remedy.ACT)


class _Timed(NamedTuple):
    """The two questions to a rule that time satisfies."""

    objection: Callable[[Any, Facts, Place, datetime], Said | None]
    free_from: Callable[[Any, Facts, Place, datetime], datetime | None]


TIMED: Final[dict[type[Rule], _Timed]] = {
    Window: _Timed(hours.window_objection, hours.window_free_from),
    Limit: _Timed(counts.limit_objection, counts.limit_free_from),
    OneChannel: _Timed(counts.one_channel_objection, counts.one_channel_free_from),
    Gap: _Timed(counts.gap_objection, counts.gap_free_from),
    AfterAbandoned: _Timed(counts.abandoned_objection, counts.abandoned_free_from),
}
"""Rules that time alone satisfies."""

STANDING: Final[dict[type[Rule], Callable[[Any, Facts, datetime], standing.Standing | None]]] = {
    RespectOptOut: standing.opt_out_objection,
    Registry: standing.registry_objection,
    ConsentNeeded: standing.consent_objection,
    CallerPrefix: standing.caller_prefix_objection,
    MinimumRing: standing.ring_objection,
    AbandonmentLimit: standing.abandonment_objection,
}
"""Rules that no waiting satisfies."""
