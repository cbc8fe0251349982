"""Rules, and the packs that hold them.

A rule only ever forbids. Several rules, and several packs, are therefore read together by asking all of them: what one
forbids is forbidden, so the strictest wins and one rule more never allows more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import Enum
from typing import Final

from cti_api.law.terms import Certainty, Channel, Counted, Period, Purpose, Scope
from cti_api.model.campaigns import LAST_CALL_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What every rule has."""

    id: str
    purposes: frozenset[Purpose]
    channels: frozenset[Channel]
    source: str
    """The law and its article, or what else it rests on."""
    seen: date
    """The day on which the source was last looked at."""
    certainty: Certainty
    note: str = ""
    in_force: bool = True
    """False: kept ready and shown, but asked of nobody (a decree that is not published yet)."""

    def applies_to(self, purpose: Purpose, channel: Channel) -> bool:
        """Whether the rule is asked about such a contact."""
        return self.in_force and purpose in self.purposes and channel in self.channels


class Opening(Enum):
    """A window that has no hours."""

    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window(Rule):
    """The hours of contact, on the person's own clock."""

    days: Mapping[int, tuple[tuple[time, time], ...]] | Opening
    """By weekday, 0 Monday … 6 Sunday: windows ``[start, end)``; an end of 00:00 is midnight at the end of the day. A
    weekday that is not named is closed."""
    closed_on_holidays: bool
    margin: timedelta = timedelta(seconds=LAST_CALL_SECONDS)
    """A contact begins so long, and the ring time of a call, before the window's end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit(Rule):
    """At most so many contacts in a period. What happened on channels the rule does not apply to is not counted."""

    counts: Counted
    at_most: int
    per: Period
    among: Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class OneChannel(Rule):
    """After a direct contact, at most so many channels in the same period, the one about to be used included."""

    at_most: int
    per: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap(Rule):
    """So long between two contacts."""

    counts: Counted
    at_least: timedelta
    among: Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry(Rule):
    """A public list of people who do not want to be contacted has to be looked at."""

    registry: str
    """Its name, such as ``RNE``."""
    oldest: timedelta
    """How old the copy may be at the contact."""
    oldest_at_start: timedelta
    """How old it may have been when the campaign was started."""
    later_consent_counts: bool
    """Consent given after the person was listed is valid again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentNeeded(Rule):
    """The person's consent, with evidence of it, has to be on record."""

    for_channel: bool
    """It has to name the channel."""
    own_initiative: bool
    """The person has to have come to us first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RespectOptOut(Rule):
    """Whoever told us not to contact them is not contacted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerPrefix(Rule):
    """The number shown to the person has to begin with one of these (E.164, such as ``+56600``)."""

    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MinimumRing(Rule):
    """A call rings at least so long."""

    at_least: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class AbandonmentLimit(Rule):
    """Of the calls that a person answered, at most this share met nobody; else only with an agent reserved."""

    at_most: float
    """0..1"""
    over: timedelta
    """The period the share is measured over, back from the call, in the campaign."""
    agent_within: timedelta
    """How soon after the answer an agent or the message has to be there for the call not to count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterAbandoned(Rule):
    """A number on which a person met nobody is left alone so long, unless an agent is reserved for the call."""

    wait: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Holidays:
    """Which days are holidays: the calendar of the package `holidays`, and what is known better or doubted."""

    calendar: str
    """ISO 3166 country."""
    first_year: int
    last_year: int
    """Years the calendar was looked at for. In every other year nobody is contacted."""
    by_department: bool = False
    """Departments have holidays of their own; where the person's is not known, every department's count."""
    added: Mapping[date, str] = field(default_factory=dict)
    """Holidays the calendar lacks (a bridge by decree), with the reason."""
    disputed: Mapping[date, str] = field(default_factory=dict)
    """Days on which sources disagree, with the reason: nobody is contacted until they are `confirmed`."""
    confirmed: Mapping[date, bool] = field(default_factory=dict)
    """Days an administrator settled: True a holiday, False a working day, whatever the calendar says."""


class Reach(Enum):
    """Packs that are not a country's."""

    UNKNOWN = "unknown"
    """For every country that has no pack of its own."""
    EVERYWHERE = "everywhere"
    """Beside every country's pack: a company's own rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """The rules of one place."""

    name: str
    title: str
    version: date
    review_before: date
    """By then somebody has to look at the sources again."""
    regions: frozenset[str] | Reach
    """ISO 3166 countries."""
    zones: tuple[str, ...]
    """IANA time zones of the place; a person whose own is not known may be contacted only where all of them allow."""
    holidays: Holidays | None
    rules: tuple[Rule, ...]


RULE_TYPES: Final[dict[str, type[Rule]]] = {
    "window": Window,
    "limit": Limit,
    "channels": OneChannel,
    "gap": Gap,
    "registry": Registry,
    "consent": ConsentNeeded,
    "opt_out": RespectOptOut,
    "caller_prefix": CallerPrefix,
    "min_ring": MinimumRing,
    "abandonment": AbandonmentLimit,
    "after_abandoned": AfterAbandoned,
}
"""The types by their names in a pack's file."""
