"""Rules that no waiting satisfies: the person's own word, consents, registries, and how the campaign calls.

Each answers with what it objects to and what can change it, or None.
"""

from __future__ import annotations

from datetime import datetime

from cti_api.law.facts import Consent, Facts
from cti_api.law.rules import AbandonmentLimit, CallerPrefix, ConsentNeeded, MinimumRing, Registry, RespectOptOut
from cti_api.law.sentences import Said, Sentence, Value
from cti_api.law.terms import Remedy

Standing = tuple[Said, Remedy]


def opt_out_objection(_rule: RespectOptOut, facts: Facts, _now: datetime) -> Standing | None:
    """Whoever said no, on this channel or on all. Whenever it was said, it counts from the next decision on."""
    if any(out.channels is None or facts.channel in out.channels for out in facts.opt_outs):
        return Said(Sentence.OPTED_OUT), Remedy.NONE
    return None


def registry_objection(rule: Registry, facts: Facts, now: datetime) -> Standing | None:
    """The public list: looked at, freshly enough, and the person not on it (or consenting later)."""
    checks = [check for check in facts.registries if check.registry == rule.registry and check.taken_at <= now]
    if not checks:
        return Said(Sentence.REGISTRY_MISSING, {"registry": rule.registry}), Remedy.ACT
    last = max(checks, key=lambda check: check.taken_at)
    if now - last.taken_at > rule.oldest:
        values: dict[str, Value] = {"registry": rule.registry, "length": rule.oldest}
        return Said(Sentence.REGISTRY_OLD, values), Remedy.ACT
    started = now if facts.campaign_started_at is None else min(facts.campaign_started_at, now)
    if started - last.taken_at > rule.oldest_at_start:
        values = {"registry": rule.registry, "length": rule.oldest_at_start}
        return Said(Sentence.REGISTRY_OLD_AT_START, values), Remedy.ACT
    # Two copies of the same hour may disagree: what any of them says against the contact counts.
    listed = [check for check in checks if check.taken_at == last.taken_at and facts.channel in check.listed]
    for check in listed:
        since = check.listed_since
        later = since is not None and any(
            consent.given_at > since and _covers(consent, facts, now) for consent in facts.consents
        )
        if not (rule.later_consent_counts and later):
            return Said(Sentence.REGISTRY_LISTED, {"registry": rule.registry}), Remedy.NONE
    return None


def consent_objection(rule: ConsentNeeded, facts: Facts, now: datetime) -> Standing | None:
    """Consent on record for this purpose: in force, with evidence, and of the kind the rule asks for."""
    for_purpose = [
        consent
        for consent in facts.consents
        if facts.purpose in consent.purposes and (facts.channel in consent.channels or not rule.for_channel)
    ]
    valid = [consent for consent in for_purpose if _in_force(consent, now)]
    if any(consent.own_initiative or not rule.own_initiative for consent in valid):
        return None
    if valid:
        return Said(Sentence.CONSENT_OWN_INITIATIVE), Remedy.ACT
    if any(consent.revoked_at is not None for consent in for_purpose):
        return Said(Sentence.CONSENT_REVOKED), Remedy.NONE
    return Said(Sentence.CONSENT_MISSING, {"purpose": facts.purpose, "channel": facts.channel}), Remedy.ACT


def caller_prefix_objection(rule: CallerPrefix, facts: Facts, _now: datetime) -> Standing | None:
    """The number the person sees; not knowing it is as bad as a wrong one."""
    if facts.caller_id is not None and facts.caller_id.e164.startswith(rule.prefixes):
        return None
    return Said(Sentence.CALLER_PREFIX, {"prefixes": ", ".join(rule.prefixes)}), Remedy.ACT


def ring_objection(rule: MinimumRing, facts: Facts, _now: datetime) -> Standing | None:
    """A campaign that gives up sooner than this."""
    if facts.ring_seconds >= rule.at_least.total_seconds():
        return None
    return Said(Sentence.RING_TOO_SHORT, {"length": rule.at_least}), Remedy.ACT


def abandonment_objection(rule: AbandonmentLimit, facts: Facts, _now: datetime) -> Standing | None:
    """Too many people of this campaign met nobody; a call somebody waits for can leave nobody alone."""
    if facts.agent_reserved or facts.abandonment_rate <= rule.at_most:
        return None
    return Said(Sentence.TOO_MANY_ABANDONED, {"share": rule.at_most}), Remedy.ACT


def _in_force(consent: Consent, now: datetime) -> bool:
    """Given by now, with evidence, and not taken back, whatever the clock says of when."""
    return bool(consent.evidence.strip()) and consent.given_at <= now and consent.revoked_at is None


def _covers(consent: Consent, facts: Facts, now: datetime) -> bool:
    return _in_force(consent, now) and facts.purpose in consent.purposes and facts.channel in consent.channels
