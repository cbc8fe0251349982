"""WhatsApp Business Cloud API: ``POST /{version}/{phone-number-id}/messages`` and ``…/media``.

As Meta's reference has them (developers.facebook.com/docs/whatsapp/cloud-api: messages, media, error codes). Our id
goes along as ``biz_opaque_callback_data`` and comes back in every report.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from cti_api.clock import Clock
from cti_api.errors import ActionRefused, Unreachable
from cti_api.message_settings import WhatsAppSettings
from cti_api.messages.answer import Answer, Going, no_answer, not_taken, refused, taken, unheard
from cti_api.messages.http import HttpProvider, Response, plainly, request
from cti_api.messages.machine import Step
from cti_api.messages.pictures import NoPicture, read_picture, version_of
from cti_api.model.messages import Message

LATER: Final = frozenset({2, 4, 80007, 130429, 131016, 131048, 131056, 131057, 133004})
"""Error codes that say that the message was not taken because of what passes: limits on rates, an overloaded or absent
service, an account under maintenance."""

OUR_RIGHTS: Final = frozenset({0, 3, 10, 190, 200})
"""Codes about our token, not the message: it waits until somebody has mended that."""

IN_DOUBT: Final = frozenset({1, 131000})
"""Codes that say "something went wrong" and no more."""

MEDIA_KEPT: Final = timedelta(days=25)
"""An uploaded picture is kept by Meta for 30 days."""


class WhatsApp(HttpProvider):
    """Sends templates."""

    def __init__(self, settings: WhatsAppSettings, pictures: Path | None, clock: Clock) -> None:
        self._settings = settings
        self._pictures = pictures
        self._clock = clock
        self._url = f"{settings.api}/{settings.version}/{settings.phone_number_id}"
        self._uploaded: dict[str, tuple[float, int, str]] = {}
        """By the picture's name: when, which one stood there then, and the provider's id."""
        self._uploading = asyncio.Lock()

    async def send(self, message: Message, going: Going = unheard) -> Answer:
        images: list[dict[str, str]] = []
        for name in message.content["pictures"]:
            image = await self._image(name)
            if isinstance(image, Answer):
                return image
            images.append(image)
        body = message_body(message, images)
        going()
        found = await request(self._client, "POST", f"{self._url}/messages", json=body, headers=self._rights())
        return found if isinstance(found, Answer) else _understood(found)

    async def check(self) -> str:
        found = await request(
            self._client, "GET", self._url, params={"fields": "display_phone_number"}, headers=self._rights()
        )
        if isinstance(found, Answer):
            raise Unreachable(found.words)
        if found.status != 200:
            raise ActionRefused(found.words)
        return f"WhatsApp takes our token; it sends as {found.json().get('display_phone_number', 'a number not told')}"

    async def _image(self, name: str) -> dict[str, str] | Answer:
        """A picture as a component names it. One of our files is handed over once and then known by its id."""
        if name.startswith("https:"):
            return {"link": name}
        async with self._uploading:
            now = self._clock.monotonic()
            known, version = self._uploaded.get(name), await asyncio.to_thread(version_of, self._pictures, name)
            if known is not None and known[1] == version and now - known[0] < MEDIA_KEPT.total_seconds():
                return {"id": known[2]}
            try:
                picture = await asyncio.to_thread(read_picture, self._pictures, name)
            except NoPicture as error:
                return refused(str(error))
            found = await request(
                self._client,
                "POST",
                f"{self._url}/media",
                data={"messaging_product": "whatsapp", "type": f"image/{picture.kind}"},
                files={"file": (name, picture.bytes, f"image/{picture.kind}")},
                headers=self._rights(),
            )
            if isinstance(found, Response) and found.status == 200 and found.json().get("id"):
                self._uploaded[name] = now, version, str(found.json()["id"])
                return {"id": self._uploaded[name][2]}
        # Whatever became of the picture, no message has gone.
        answer = found if isinstance(found, Answer) else _understood(found)
        return (
            refused(answer.words) if answer.step is Step.REFUSED else not_taken(f"{name}: {answer.words}", answer.wait)
        )

    def _rights(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._settings.token.get_secret_value()}"}


def message_body(message: Message, images: list[dict[str, str]]) -> dict[str, Any]:
    """The request's body. One picture is the header, several are a carousel."""
    content = message.content
    header = [{"type": "header", "parameters": [{"type": "image", "image": image}]} for image in images]
    components: list[dict[str, Any]] = list(header) if len(header) == 1 else []
    if content["parameters"]:
        texts = [{"type": "text", "text": text} for text in content["parameters"]]
        components.append({"type": "body", "parameters": texts})
    if len(header) > 1:
        cards = [{"card_index": place, "components": [one]} for place, one in enumerate(header)]
        components.append({"type": "carousel", "cards": cards})
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": message.recipient.removeprefix("+"),
        "type": "template",
        "template": {
            "name": content["template"],
            "language": {"code": content["language"]},
            "components": components,
        },
        "biz_opaque_callback_data": message.id,
    }


def _understood(response: Response) -> Answer:
    if response.status == 200:
        match response.json():
            case {"messages": [{"id": str(provider_id)}, *_]}:
                return taken(provider_id)
            case _:
                return no_answer(f"The answer names no message: {response.words}")
    match response.json():
        case {"error": {"code": int(code)} as error}:
            said = error.get("error_data")
            details = said.get("details", "") if isinstance(said, dict) else ""
            words = f"{code} {error.get('message', '')} {details}".strip()
            if code in LATER or code in OUR_RIGHTS or response.status == 429:
                return not_taken(words, response.retry_after)
            return no_answer(words) if code in IN_DOUBT or response.status >= 500 else refused(words)
        case _:
            return plainly(response) or no_answer(response.words)
