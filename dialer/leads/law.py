"""What the dialer tells the law of a call, and of all calls of a campaign at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from cti_api.errors import Fault, InputError
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
    spec: CampaignSpec,
    lead: Lead,
    number: PhoneNumber,
    known: OnRecord,
    *,
    agent_reserved: bool,
    now: datetime,
    abandonment_rate: float = 0.0,
) -> Facts:
    """One call to `number` of the lead, as the law looks at it.

    A callback that was agreed with the person is one they asked for: what the agent entered then is on record with the
    call, as its evidence.

    `abandonment_rate` is the campaign's share of abandoned calls over the time that the law speaks of, 0 where somebody
    is free for this call (`dialer.engine.abandonment`).
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
        abandonment_rate=abandonment_rate,
        campaign_started_at=known.campaign_started_at,
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
    spec: CampaignSpec,
    packs: Sequence[Pack],
    copies: Iterable[RegistryCheck],
    now: datetime,
    started_at: datetime | None = None,
) -> Decision:
    """What the law says of a person of this campaign against whom nothing else is: consent given, on no list, never
    called before, an agent reserved. What it refuses then it refuses to all of them.

    `copies` of public lists are those that are looked at, with their age; `started_at` is when the campaign was. Where
    the campaign calls several countries, it is refused only what all of them refuse, and may wait for the first.
    """
    copies = tuple(replace(copy, listed=frozenset()) for copy in copies)
    answers = []
    for region in sorted(regions_of(spec)):
        facts = Facts(region=region, purpose=spec.purpose, channel=Channel.VOICE, ring_seconds=spec.ring_seconds)
        supposed = replace(in_order(facts, packs, now), caller_id=spec.caller_id, registries=copies)
        supposed = replace(supposed, campaign_started_at=started_at)
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
    return min([spec.abandonment.limit, *(rule.at_most for rule in abandonment_limits(spec, packs))])


def abandonment_limits(spec: CampaignSpec, packs: Sequence[Pack]) -> list[AbandonmentLimit]:
    """The law's limits for this campaign, each with the time it looks back over."""
    return [
        rule
        for region in regions_of(spec)
        for pack in packs_for(region, packs)
        for rule in pack.rules
        if isinstance(rule, AbandonmentLimit) and rule.applies_to(spec.purpose, Channel.VOICE)
    ]


def refuse_above_law(spec: CampaignSpec, packs: Sequence[Pack]) -> None:
    """Raise `InputError` where the campaign promises less than the law asks: it would not be kept by it, but by the
    law."""
    allowed = min((rule.at_most for rule in abandonment_limits(spec, packs)), default=1.0)
    if spec.abandonment.limit > allowed:
        fault = Fault("abandonment_limit", f"the law in force allows {allowed * 100:g} % at most")
        raise InputError("The law does not allow this limit.", [fault])
