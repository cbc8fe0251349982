"""Whom another law would block or free, now and in the days to come: one person at a time, by asking both laws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from cti_api.law.decide import decide
from cti_api.law.facts import Decision, Facts
from cti_api.law.rules import Pack

AHEAD: Final = timedelta(days=7)
STEP: Final = timedelta(minutes=30)
"""How often the two are asked in that time; a change of fewer minutes may go unseen."""

LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)


class Reached(NamedTuple):
    """One person under both laws."""

    blocked_now: bool
    freed_now: bool
    blocked_in_week: bool
    freed_in_week: bool


def reach(facts: Facts, before: Sequence[Pack], after: Sequence[Pack], now: datetime) -> Reached:
    """What changes for this contact if `after` holds instead of `before`, all that is on record staying as it is.

    A public list is supposed to be consulted anew as often as it is now, so that its copy's age stays the same.
    """
    first = _both(facts, before, after, now)
    blocked_now, freed_now = first[0].allowed and not first[1].allowed, first[1].allowed and not first[0].allowed
    blocked, freed = blocked_now, freed_now
    at, (was, will) = now, first
    while not (blocked and freed):
        if was.allowed or will.allowed:
            at += STEP
        else:
            openings = [opening for opening in (was.next_open, will.next_open) if opening is not None]
            if not openings:
                break
            at = max(min(openings), at + timedelta(minutes=1))
        if at > now + AHEAD:
            break
        was, will = _both(_at(facts, at - now), before, after, at)
        blocked = blocked or (was.allowed and not will.allowed)
        freed = freed or (will.allowed and not was.allowed)
    return Reached(blocked_now, freed_now, blocked, freed)


def _both(facts: Facts, before: Sequence[Pack], after: Sequence[Pack], at: datetime) -> tuple[Decision, Decision]:
    return decide(facts, before, at), decide(facts, after, at)


def _at(facts: Facts, later: timedelta) -> Facts:
    if not facts.registries:
        return facts
    renewed = tuple(replace(check, taken_at=check.taken_at + later) for check in facts.registries)
    return replace(facts, registries=renewed)


def alike(facts: Facts, now: datetime) -> Facts:
    """The same facts without what makes no difference to the law: people who are alike are asked about once."""
    if not any(check.listed for check in facts.registries):
        consents = frozenset(
            replace(consent, given_at=LONG_AGO, evidence="x" if consent.evidence.strip() else "")
            for consent in facts.consents
            if consent.given_at <= now
        )
        later = tuple(consent for consent in facts.consents if consent.given_at > now)
        facts = replace(facts, consents=(*sorted(consents, key=repr), *later))
    if not facts.history:
        facts = replace(facts, number=None)
    return replace(facts, opt_outs=facts.opt_outs[:1] and (replace(facts.opt_outs[0], at=LONG_AGO),))
