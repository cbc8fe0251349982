"""A contact supposed to be in order but for its hours: consent on record, registries fresh, an agent reserved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from cti_api.law.decide import packs_for
from cti_api.law.facts import Consent, Facts, RegistryCheck
from cti_api.law.rules import CallerPrefix, Pack, Registry
from cti_api.model.phone import PhoneNumber


def in_order(facts: Facts, packs: Sequence[Pack], at: datetime) -> Facts:
    """The same contact with everything else as every rule of `packs` wants it at `at`."""
    rules = [
        rule
        for pack in packs_for(facts.region, packs)
        for rule in pack.rules
        if isinstance(rule, Registry | CallerPrefix) and rule.applies_to(facts.purpose, facts.channel)
    ]
    consent = Consent(
        purposes=frozenset({facts.purpose}),
        channels=frozenset({facts.channel}),
        given_at=at,
        evidence="supposed",
        own_initiative=True,
    )
    fresh = [
        RegistryCheck(registry=rule.registry, taken_at=at, listed=frozenset())
        for rule in rules
        if isinstance(rule, Registry)
    ]
    prefix = next((rule.prefixes[0] for rule in rules if isinstance(rule, CallerPrefix)), None)
    caller = None if prefix is None else PhoneNumber(prefix.ljust(12, "0"))
    return replace(facts, consents=(consent,), registries=tuple(fresh), caller_id=caller, agent_reserved=True)
