"""A follow-up as it goes out to one lead: who gets it, and every text with the lead's own data in it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import phonenumbers

from cti_api.model.campaigns import CampaignSpec
from cti_api.model.follow_ups import CallWebhook, SendMessage, Via
from cti_api.model.leads import Lead
from cti_api.model.phone import PhoneNumber

PLACEHOLDER: Final = re.compile(r"\{([^{}\n]{1,100})\}")
"""``{column}``, as in the guion."""

MAILBOX: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,190}\Z")

LONGEST_PARAMETER: Final = 1024
"""Of one place in a WhatsApp template's body."""

LONGEST_SMS: Final = 1530
"""Ten parts of 153 signs."""

_MOBILE: Final = frozenset({phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE})

Extras = Callable[[Lead, CampaignSpec], Mapping[str, str]]
"""What else a message may name of a lead beside the list's columns, such as ``booking_link``."""


def no_extras(_lead: Lead, _spec: CampaignSpec) -> Mapping[str, str]:
    """Nothing."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What goes out, ready to be written down."""

    recipient: str
    number: PhoneNumber | None
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unsendable:
    """Why nothing can go out to this lead; one sentence for a person."""

    reason: str


class _Missing(Exception):
    """A column that the list has nothing in."""


def filled_message(
    action: SendMessage, lead: Lead, spec: CampaignSpec, extras: Mapping[str, str]
) -> Filled | Unsendable:
    """The message for this lead. Nobody gets one with a gap in it: a column with nothing in it makes a dead letter."""
    known = {**lead.fields, spec.columns.name: lead.contact.name, **extras}
    try:
        match action.via:
            case Via.WHATSAPP:
                content: dict[str, Any] = {
                    "template": action.template,
                    "language": action.language,
                    "parameters": [_one_line(fill(each, known)) for each in action.parameters],
                    "pictures": list(action.pictures),
                }
            case Via.SMS:
                content = {"text": fill(action.text, known)}
                if len(content["text"]) > LONGEST_SMS:
                    return Unsendable(f"With this lead's data the text is longer than {LONGEST_SMS} signs.")
            case _:
                content = {
                    "subject": _one_line(fill(action.subject, known)),
                    "text": fill(action.text, known),
                    "pictures": list(action.pictures),
                }
                to = fill(action.to, known).strip()
                if not MAILBOX.match(to):
                    return Unsendable("There is no e-mail address for this lead.")
                return Filled(recipient=to, number=lead.phone, content=content)
    except _Missing as missing:
        return Unsendable(f"The list has nothing in the column {missing} for this lead.")
    number = mobile_of(lead)
    if number is None:
        return Unsendable("None of the lead's telephones is a mobile.")
    return Filled(recipient=number.e164, number=number, content=content)


def filled_webhook(action: CallWebhook, lead: Lead, on: str, attempt_id: str | None) -> Filled:
    """What another system is told."""
    told = {
        "on": on,
        "campaign_id": lead.campaign_id,
        "attempt_id": attempt_id,
        "lead": {
            "id": lead.id,
            "name": lead.contact.name,
            "phones": [phone.e164 for phone in lead.contact.phones],
            "fields": lead.fields,
        },
    }
    return Filled(recipient=action.name, number=None, content=told)


def fill(text: str, known: Mapping[str, str]) -> str:
    """`text` with each ``{column}`` as `known` has it."""

    def value(found: re.Match[str]) -> str:
        column = found.group(1).strip()
        said = known.get(column, "").strip()
        if not said:
            raise _Missing(column)
        return said

    return PLACEHOLDER.sub(value, text)


def fault_of_placeholders(text: str) -> str | None:
    """What is wrong with the braces of a text; None: nothing."""
    rest = PLACEHOLDER.sub("", text)
    if "{" in rest or "}" in rest:
        return "has a brace that opens or closes nothing: a column of the list is written {column}"
    return None


def mobile_of(lead: Lead) -> PhoneNumber | None:
    """The mobile that a message goes to: from the number whose turn it is on, the first."""
    phones, first = lead.contact.phones, lead.phone_index % len(lead.contact.phones)
    return next((phone for phone in (*phones[first:], *phones[:first]) if _is_mobile(phone)), None)


def _is_mobile(number: PhoneNumber) -> bool:
    return phonenumbers.number_type(phonenumbers.parse(number.e164)) in _MOBILE


def _one_line(text: str) -> str:
    """WhatsApp refuses a parameter with line breaks, tabs or more than four spaces in a row; a subject is one line."""
    return " ".join(text.split())[:LONGEST_PARAMETER]
