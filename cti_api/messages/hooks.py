"""What providers tell us, taken apart: reports about our messages, and what people wrote. Pure.

Whoever calls this has checked that it is the provider who speaks. What is in it is believed only as far as it can be
understood: anything else in a document is passed over, as providers add to theirs all the time.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from cti_api.messages.machine import Step
from cti_api.model.messages import LONGEST_REPLY, storable_text
from cti_api.model.phone import E164, PhoneNumber

STATUSES: Final = {
    "sent": Step.SENT,
    "delivered": Step.DELIVERED,
    "read": Step.READ,
    "failed": Step.UNDELIVERED,
}
LONGEST_ID: Final = 200
LONGEST_WORDS: Final = 300


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one message."""

    step: Step
    ours: str
    """Our id, where the provider gives it back."""
    theirs: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """What a person wrote."""

    sender: PhoneNumber
    provider_id: str
    text: str
    answers: str = ""
    """The provider's id of the message it answers."""


def is_signed(body: bytes, header: str, secret: str) -> bool:
    """Whether ``X-Hub-Signature-256`` is that of these very bytes."""
    wanted = f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
    return hmac.compare_digest(header.encode("utf-8", "replace"), wanted.encode())


def document(body: bytes) -> dict[str, Any] | None:
    """The JSON object that a body is; None where it is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def of_whatsapp(found: dict[str, Any], phone_number_id: str) -> Iterator[Report | Written]:
    """The statuses and messages of a webhook of the WhatsApp Business Cloud API that are about this number."""
    for entry in _list(found, "entry"):
        for change in _list(entry, "changes"):
            value = change.get("value")
            if not isinstance(value, dict) or _text(_dict(value, "metadata"), "phone_number_id") != phone_number_id:
                continue
            for status in _list(value, "statuses"):
                step = STATUSES.get(_text(status, "status"))
                if step is not None:
                    ours = _text(status, "biz_opaque_callback_data")
                    yield Report(step, ours, _text(status, "id"), _errors(status))
            for message in _list(value, "messages"):
                written = _written(message)
                if written is not None:
                    yield written


def of_sms(found: dict[str, Any], names: SmsNames) -> Iterator[Report | Written]:
    """The one report or reply that a gateway's object is."""
    word = _text(found, names.status).lower()
    if word in names.words:
        yield Report(names.words[word], _text(found, names.reference), _text(found, names.id), word)
        return
    sender = _number(_text(found, names.sender))
    key = _text(found, names.id)
    if sender is not None and key:
        yield Written(sender, key, _kept(str(found.get(names.text, ""))), _text(found, names.reference))


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsNames:
    """How a gateway spells its fields, and its words for what became of a message, in lower case."""

    reference: str
    id: str
    status: str
    sender: str
    text: str
    words: dict[str, Step]


def _written(message: dict[str, Any]) -> Written | None:
    sender, key = _number(_text(message, "from")), _text(message, "id")
    if sender is None or not key:
        return None
    kind = _text(message, "type")
    interactive = _dict(message, "interactive")
    said = (
        _dict(message, "text").get("body")
        or _dict(message, "button").get("text")
        or _dict(interactive, "button_reply").get("title")
        or _dict(interactive, "list_reply").get("title")
    )
    text = said if isinstance(said, str) else f"[{kind[:40]}]"
    return Written(sender, key, _kept(text), _text(_dict(message, "context"), "id"))


def _errors(status: dict[str, Any]) -> str:
    words = [
        f"{error.get('code', '')} {error.get('title', '')} {_dict(error, 'error_data').get('details', '')}".strip()
        for error in _list(status, "errors")
    ]
    return _kept("; ".join(words))[:LONGEST_WORDS]


def _number(digits: str) -> PhoneNumber | None:
    """WhatsApp writes numbers without their plus sign."""
    e164 = digits if digits.startswith("+") else f"+{digits}"
    return PhoneNumber(e164) if E164.match(e164) else None


def _kept(text: str) -> str:
    return storable_text(text[:LONGEST_REPLY])


def _list(of: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = of.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _dict(of: dict[str, Any], name: str) -> dict[str, Any]:
    found = of.get(name)
    return found if isinstance(found, dict) else {}


def _text(of: dict[str, Any], name: str) -> str:
    """A short text; empty for anything else. Gateways write ids as numbers too."""
    found = of.get(name)
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    return _kept(found) if isinstance(found, str) and len(found) <= LONGEST_ID else ""
