"""The gate: may this number be dialled now?

Asked when a lead is chosen and again right before Originate; the answer is kept with the attempt, as evidence. The
rules are asked in order and the first that objects decides, so those that no waiting can change come first: a person
who reads "do not call" is not told to wait until tomorrow. The law (`cti_api.law.decide`) is one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from cti_api.law.decide import decide, packs_for
from cti_api.law.facts import Facts
from cti_api.law.rules import Pack
from cti_api.law.terms import Remedy
from cti_api.model.calls import DialDecision
from cti_api.model.campaigns import CampaignSpec
from cti_api.model.leads import Lead
from cti_api.model.phone import PhoneNumber
from cti_api.numbers.prefixes import prefix_verdict
from dialer.leads.day_plan import opening_in_turn
from dialer.leads.hours import closing_margin, is_open, next_open
from dialer.leads.retry import attempts_allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class DialFacts:
    """Everything the rules look at. `number` is the one about to be dialled."""

    spec: CampaignSpec
    lead: Lead
    number: PhoneNumber
    do_not_call: bool
    """The number is on the do-not-call list."""
    live_elsewhere: bool
    """An attempt on this number is open now, of whatever lead or campaign."""
    law: Facts
    """The same call as the law looks at it (`dialer.leads.law`)."""
    packs: tuple[Pack, ...]
    """The law's packs in force, of all countries."""


Rule = Callable[[DialFacts, datetime], DialDecision | None]
"""Objects, or has nothing to say (None)."""


def may_dial(facts: DialFacts, now: datetime) -> DialDecision:
    """The decision of the first rule that objects, else leave to dial under the rule name ``all``."""
    for rule in RULES:
        objection = rule(facts, now)
        if objection is not None:
            return objection
    asked = tuple(versioned(pack) for pack in packs_for(facts.law.region, facts.packs))
    return DialDecision(allowed=True, rule="all", reason="No rule objects.", at=now, packs=asked)


def do_not_call(facts: DialFacts, now: datetime) -> DialDecision | None:
    """Whoever asked not to be called is not called, by any campaign."""
    if facts.do_not_call:
        return _refused("do_not_call", "The number is on the do-not-call list.", now)
    return None


def allowed_prefix(facts: DialFacts, now: datetime) -> DialDecision | None:
    """Only numbers the campaign may call at all (toll fraud)."""
    verdict = prefix_verdict(facts.number, facts.spec.allowed_prefixes, facts.spec.region)
    if verdict.allowed:
        return None
    return _refused("allowed_prefix", f"Not allowed: {verdict.reason}.", now)


def attempts_left(facts: DialFacts, now: datetime) -> DialDecision | None:
    """At most so many attempts per lead, whoever asks for one more."""
    allowed = attempts_allowed(facts.spec, facts.lead)
    if facts.lead.attempts_made < allowed:
        return None
    return _refused("attempts_left", f"All {allowed} attempts were made.", now)


def valid(facts: DialFacts, now: datetime) -> DialDecision | None:
    """Only within the days for which the list says that the person may be called."""
    begin, end = facts.lead.valid_from, facts.lead.valid_until
    if end is not None and now >= end:
        return _refused("valid", "The list's own time for this lead is over.", now)
    if begin is not None and now < begin:
        return _refused("valid", "The list's own time for this lead has not begun.", now, begin)
    return None


def law(facts: DialFacts, now: datetime) -> DialDecision | None:
    """What the law says, in its own words, under the id of its rule.

    A waiting time of the lead's own that is longer than the law's stays what it was.
    """
    said = decide(facts.law, facts.packs, now)
    if said.allowed:
        return None
    opening, own = said.next_open, facts.lead.not_before
    if opening is not None and own is not None:
        opening = max(opening, own)
    asked = next((pack for pack in facts.packs if pack.name == said.pack and pack.version == said.version), None)
    rule = next((rule for rule in asked.rules if rule.id == said.rule), None) if asked is not None else None
    return replace(
        _refused(said.rule, said.reason, now, opening),
        remedy=said.remedy,
        packs=() if asked is None else (versioned(asked),),
        source="" if rule is None else rule.source,
    )


def versioned(pack: Pack) -> str:
    """A pack by name and version, as decisions are kept with it: ``co 2026-11-25``."""
    return f"{pack.name} {pack.version.isoformat()}"


def bars_for_good(decision: DialDecision) -> bool:
    """Whether this number is refused whatever is waited for or done: by the do-not-call list, or by the law."""
    return not decision.allowed and (decision.remedy is Remedy.NONE or decision.rule == do_not_call.__name__)


def not_before(facts: DialFacts, now: datetime) -> DialDecision | None:
    """The lead's own waiting time: the minimum gap, a retry's delay, an agreed time."""
    wait_until = facts.lead.not_before
    if wait_until is None or wait_until <= now:
        return None
    return _refused("not_before", "The lead's waiting time is not over.", now, wait_until)


def one_call_per_number(facts: DialFacts, now: datetime) -> DialDecision | None:
    """Nobody's telephone is rung by two of our calls at once."""
    if not facts.live_elsewhere:
        return None
    # Nobody knows when that call ends; a ring time from now most calls are over.
    soon = now + timedelta(seconds=facts.spec.ring_seconds)
    return _refused("one_call_per_number", "Another call to this number is under way.", now, soon)


def campaign_hours(facts: DialFacts, now: datetime) -> DialDecision | None:
    """Only within the campaign's hours, and early enough that the talk begins within them (`closing_margin`)."""
    hours, margin = facts.spec.hours, closing_margin(facts.spec)
    opening = next_open(hours, now, margin)
    if opening is not None and opening <= now:
        return None
    why = "The campaign's hours end too soon." if is_open(hours, now) else "Outside of the campaign's hours."
    return _refused("campaign_hours", why, now, opening)


def day_part(facts: DialFacts, now: datetime) -> DialDecision | None:
    """Only in a part of the day whose turn it is, where the campaign plans its attempts so; who asked to be called at
    this hour is."""
    if facts.spec.retry.per_day_part is None or facts.lead.promised:
        return None
    opening = opening_in_turn(facts.spec, facts.lead.counts, now)
    if opening is None or opening <= now:
        return None
    return _refused("day_part", "It is another part of the day's turn for this lead.", now, opening)


RULES: Final[tuple[Rule, ...]] = (
    do_not_call,
    allowed_prefix,
    attempts_left,
    valid,
    law,
    not_before,
    one_call_per_number,
    campaign_hours,
    day_part,
)


def _refused(rule: str, reason: str, now: datetime, next_chance: datetime | None = None) -> DialDecision:
    return DialDecision(allowed=False, rule=rule, reason=reason, at=now, next_open=next_chance)
