"""What a decision of the law is made from, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from cti_api.law.terms import Certainty, Channel, Purpose, Remedy
from cti_api.model.phone import PhoneNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class PastContact:
    """One earlier contact of ours with the person, in whatever campaign."""

    at: datetime
    channel: Channel
    direct: bool
    """The person and we spoke or wrote to each other. Where that is not known, or lawyers disagree (a message left on a
    machine, an abandoned call), it is True: in doubt the stricter rule counts it."""
    number: PhoneNumber | None = None
    """None: not by a telephone number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """The person's consent, as it is on record."""

    purposes: frozenset[Purpose]
    channels: frozenset[Channel]
    given_at: datetime
    evidence: str
    """Where it can be shown: a form, a recording, a message. Consent without evidence is none."""
    own_initiative: bool = False
    """The person came to us first."""
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryCheck:
    """What a public list said of the person."""

    registry: str
    taken_at: datetime
    """How fresh the copy is that was looked at."""
    listed: frozenset[Channel]
    """The channels on which the person does not want to be contacted; empty: not listed."""
    listed_since: datetime | None = None
    """None: not known, so no consent is later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """The person told us not to contact them."""

    at: datetime
    channels: frozenset[Channel] | None = None
    """None: on no channel at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnRecord:
    """What the store knows of a person that bears on one call to one of their numbers."""

    history: tuple[PastContact, ...] = ()
    """As far back as rules look, and whatever a clock put back makes seem to lie ahead, the oldest first."""
    abandoned_at: datetime | None = None
    """When somebody last met nobody on the number about to be used, in the same time."""
    opt_outs: tuple[OptOut, ...] = ()
    """Of that number."""
    consents: tuple[Consent, ...] = ()
    """Of that number."""
    registries: tuple[RegistryCheck, ...] = ()
    """What each public list says of that number."""
    campaign_started_at: datetime | None = None
    """When the campaign that calls was started, or went on after a pause; None where it does not run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything about one contact that the rules look at. Instants are aware."""

    region: str
    """ISO 3166 country whose law protects the person."""
    purpose: Purpose
    channel: Channel
    zone: str | None = None
    """The person's IANA time zone, where it is known better than by the country."""
    department: str | None = None
    """ISO 3166-2 code without the country (``L`` for La Paz), where holidays differ; None: not known."""
    number: PhoneNumber | None = None
    """The number about to be used."""
    caller_id: PhoneNumber | None = None
    """The number the person will see."""
    ring_seconds: float = 28.0
    """The longest the call may ring (the campaign file's default)."""
    history: tuple[PastContact, ...] = ()
    consents: tuple[Consent, ...] = ()
    registries: tuple[RegistryCheck, ...] = ()
    opt_outs: tuple[OptOut, ...] = ()
    abandoned_at: datetime | None = None
    """When a person last met nobody on this number."""
    agent_reserved: bool = False
    """An agent waits for this very call."""
    abandonment_rate: float = 0.0
    """Share, 0..1, of the campaign's live answers that met nobody, over the rule's period."""
    campaign_started_at: datetime | None = None
    """None: it starts with this contact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether the law allows a contact at an instant."""

    allowed: bool
    rule: str
    """The id of the rule that decided; ``all`` when allowed."""
    reason: str
    """One sentence for a person."""
    next_open: datetime | None
    """UTC: the first instant at which time alone lets the rules allow it, `now` itself when allowed; None: waiting
    changes nothing. What else has to be so at that instant (a fresh registry) is asked again then."""
    remedy: Remedy | None
    """What can change a refusal; None when allowed."""
    pack: str = ""
    version: date | None = None
    """Of the pack that holds the rule; None where no single one does."""
    certainty: Certainty | None = None
