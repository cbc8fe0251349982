"""Telling another system: JSON, signed, with a key by which it knows what it has been told already.

The key is what makes this the one thing that is sent again although no answer came: the other side drops what it has.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Final

from cti_api.errors import Unreachable
from cti_api.message_settings import WebhookSettings
from cti_api.messages.answer import Answer, Going, not_taken, taken, unheard
from cti_api.messages.http import HttpProvider, plainly, request
from cti_api.messages.machine import Step
from cti_api.model.messages import Message

SIGNATURE: Final = "X-Vocero-Signature-256"
KEY: Final = "Idempotency-Key"


class Webhook(HttpProvider):
    """Calls one of those that the settings name."""

    def __init__(self, name: str, settings: WebhookSettings) -> None:
        self._name = name
        self._settings = settings

    async def send(self, message: Message, going: Going = unheard) -> Answer:
        body = json.dumps({"id": message.id, **message.content}, ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json",
            KEY: message.id,
            SIGNATURE: signature(body, self._settings.secret.get_secret_value()),
        }
        going()
        found = await request(self._client, "POST", self._settings.url, content=body, headers=headers)
        answer = found if isinstance(found, Answer) else plainly(found) or taken()
        return not_taken(answer.words) if answer.step is Step.NO_ANSWER else answer

    async def check(self) -> str:
        found = await request(self._client, "HEAD", self._settings.url)
        if isinstance(found, Answer):
            raise Unreachable(found.words)
        return f"the webhook {self._name} answers"


def signature(body: bytes, secret: str) -> str:
    """``sha256=`` and the HMAC of the body, as GitHub and Meta write it."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
