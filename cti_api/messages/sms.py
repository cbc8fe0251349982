"""An SMS gateway: one JSON object for each message, its fields spelt as the settings say."""

from __future__ import annotations

import httpx

from cti_api.errors import Unreachable
from cti_api.message_settings import SmsSettings
from cti_api.messages.answer import Answer, Going, refused, taken, unheard
from cti_api.messages.http import HttpProvider, plainly, request
from cti_api.model.messages import Message


class SmsGateway(HttpProvider):
    """Sends texts."""

    def __init__(self, settings: SmsSettings) -> None:
        self._settings = settings

    async def send(self, message: Message, going: Going = unheard) -> Answer:
        settings, fields = self._settings, self._settings.fields
        body = {
            **settings.extra,
            fields.to: message.recipient,
            fields.text: message.content["text"],
            fields.reference: message.id,
        }
        headers = {}
        if settings.token is not None:
            headers[settings.header] = f"{settings.scheme} {settings.token.get_secret_value()}".strip()
        going()
        found = await request(self._client, "POST", settings.url, json=body, headers=headers)
        if isinstance(found, Answer):
            return found
        answer = plainly(found, frozenset(settings.busy))
        if answer is None and str(found.json().get(fields.status, "")).lower() in map(str.lower, settings.failed):
            return refused(found.words)  # many gateways say it so, with a 200
        # Taken is taken: a gateway that gives no id of its own has ours.
        return answer or taken(str(found.json().get(fields.id, "")))

    async def check(self) -> str:
        """Gateways have no request in common that does nothing: whether one listens is all that can be asked."""
        found = await request(self._client, "HEAD", self._settings.url)
        if isinstance(found, Answer):
            raise Unreachable(found.words)
        return (
            f"the SMS gateway at {httpx.URL(self._settings.url).host} answers; whether it takes our token is not known"
        )
