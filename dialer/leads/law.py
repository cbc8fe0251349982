"""What the dialer tells the law of a call, and of all calls of a campaign at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from cti_api.law.about import facts_about
from cti_api.law.decide import decide, packs_for
from cti_api.law.facts import Consent, Decision, Facts, OnRecord, RegistryCheck
from cti_api.law.rules import AbandonmentLimit, Pack
from cti_api.law.supposed import in_order
from cti_api.law.terms import Channel, Purpose, Remedy
from cti_api.model.campaigns import CampaignSpec, PacingMode
from cti_api.model.leads import Lead
from cti_api.model.phone import PhoneNumber
from cti_api.numbers.regions import regions_of_prefix

AGENT_FIRST: Final = frozenset({PacingMode.MANUAL, PacingMode.PREVIEW})
"""Modes in which an agent waits for each call from before it is placed."""


def facts_of(
    spec: CampaignSpec, lead: Lead, number: PhoneNumber, known: OnRecord, *, agent_reserved: bool, now: datetime
) -> Facts:
    """One call to `number` of the lead, as the law looks at it.

    A callback that was agreed with the person is one they asked for: what the agent entered then is on record with the
    call, as its evidence.

    The campaign's share of abandoned calls is not told: the governor holds it under the law's, call by call
    (`abandonment_cap`).
    """
    consents = known.consents
    if lead.promised:
        met = [contact.at for contact in known.history if contact.direct]
        consents = (*consents, _asked_for(lead, max(met, default=now)))
    purpose = Purpose.ASKED_FOR if lead.promised else spec.purpose
    return replace(
        facts_about(lead, number, known, purpose, Channel.VOICE),
        caller_id=spec.caller_id,
        ring_seconds=spec.ring_seconds,
        consents=consents,
        agent_reserved=agent_reserved,
    )


def _asked_for(lead: Lead, at: datetime) -> Consent:
    return Consent(
        purposes=frozenset({Purpose.ASKED_FOR}),
        channels=frozenset({Channel.VOICE}),
        given_at=at,
        evidence=f"callback agreed on in a call of lead {lead.id}",
        own_initiative=True,
    )


def for_everybody(
    spec: CampaignSpec, packs: Sequence[Pack], copies: Iterable[RegistryCheck], now: datetime
) -> Decision:
    """What the law says of a person of this campaign against whom nothing else is: consent given, on no list, never
    called before, an agent reserved. What it refuses then it refuses to all of them.

    `copies` of public lists are those that are looked at, with their age. Where the campaign calls several countries,
    it is refused only what all of them refuse, and may wait for the first.
    """
    copies = tuple(replace(copy, listed=frozenset()) for copy in copies)
    answers = []
    for region in sorted(regions_of(spec)):
        facts = Facts(region=region, purpose=spec.purpose, channel=Channel.VOICE, ring_seconds=spec.ring_seconds)
        supposed = replace(in_order(facts, packs, now), caller_id=spec.caller_id, registries=copies)
        answers.append(decide(supposed, packs, now))
    allowed = [answer for answer in answers if answer.allowed]
    waits = [answer for answer in answers if answer.remedy is Remedy.WAIT and answer.next_open is not None]
    return next(iter(allowed), None) or min(waits, key=lambda wait: wait.next_open or now, default=answers[0])


def regions_of(spec: CampaignSpec) -> frozenset[str]:
    """The countries that the campaign may call."""
    if not spec.allowed_prefixes:
        return frozenset({spec.region})
    return frozenset().union(*map(regions_of_prefix, spec.allowed_prefixes)) or frozenset({spec.region})


def abandonment_cap(spec: CampaignSpec, packs: Sequence[Pack]) -> float:
    """The share (0..1) of answered calls that may meet nobody: the campaign's own, or the law's where that is less."""
    limits = [
        rule.at_most
        for region in regions_of(spec)
        for pack in packs_for(region, packs)
        for rule in pack.rules
        if isinstance(rule, AbandonmentLimit) and rule.applies_to(spec.purpose, Channel.VOICE)
    ]
    return min([spec.abandonment_limit, *limits])
