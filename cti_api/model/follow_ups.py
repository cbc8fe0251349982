"""What a campaign's file says is done after its calls."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cti_api.law.terms import Purpose
from cti_api.model.ids import CampaignId

DAY_SECONDS = 86_400.0


class Via(StrEnum):
    """How something goes out. The first three reach a person, under the law; the last a system."""

    WHATSAPP = "whatsapp"
    SMS = "sms"
    EMAIL = "email"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMessage:
    """A message to the person. In each text, ``{column}`` is what the list says there of this lead."""

    via: Via
    template: str = ""
    """WhatsApp: the name under which the provider approved it."""
    language: str = ""
    """WhatsApp: of the template, such as ``es_CO``."""
    parameters: tuple[str, ...] = ()
    """WhatsApp: what stands in the places of the template's body, in their order."""
    pictures: tuple[str, ...] = ()
    """Names of files in the settings' folder of pictures, or https addresses (WhatsApp). One is the template's header,
    several are the cards of its carousel; in e-mail they stand below the text."""
    purpose: Purpose | None = None
    """What this message is for, which decides what the law asks of it; None: what the campaign's calls are for. (Who
    has booked an appointment gets its confirmation as `service`.)"""
    to: str = ""
    """E-mail: the address. Telephones are the lead's own."""
    subject: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallWebhook:
    """Tell another system, which the settings name."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeTask:
    """Something that a person has to do."""

    text: str
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddLead:
    """The person becomes a lead of another campaign."""

    campaign_id: CampaignId


Action = SendMessage | CallWebhook | MakeTask | AddLead


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """One action, and what it follows."""

    name: str
    on: tuple[str, ...]
    """Call results, codes of dispositions, the states in which a lead ends, and events with a point in their name."""
    action: Action
    after_seconds: float = 0.0
    """How long after it happened."""
    within_seconds: float = 3 * DAY_SECONDS
    """A message that cannot be sent within this time, counted from when it was due, is not sent any more."""
    each_time: bool = False
    """After every call with that result; else once for a lead, whatever follows."""
