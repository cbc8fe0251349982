"""E-mail over SMTP, with its pictures in it."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Self

from cti_api.clock import Clock
from cti_api.message_settings import EmailSettings
from cti_api.messages import smtp
from cti_api.messages.answer import Answer, Going, refused, unheard
from cti_api.messages.pictures import NoPicture, Picture, read_picture
from cti_api.model.messages import Message


class Mail:
    """Sends e-mail, each over a connection of its own."""

    def __init__(self, settings: EmailSettings, pictures: Path | None, clock: Clock) -> None:
        self._settings = settings
        self._pictures = pictures
        self._clock = clock

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return

    async def send(self, message: Message, going: Going = unheard) -> Answer:
        try:
            pictures = [
                await asyncio.to_thread(read_picture, self._pictures, name) for name in message.content["pictures"]
            ]
        except NoPicture as error:
            return refused(str(error))
        letter = bytes(mail_of(message, self._settings, pictures, self._clock.now()))

        async def going_now() -> None:
            going()

        return await smtp.hand_over(self._settings, message.recipient, letter, going_now)

    async def check(self) -> str:
        return await smtp.check(self._settings)


def mail_of(message: Message, settings: EmailSettings, pictures: Sequence[Picture], now: datetime) -> EmailMessage:
    """The letter: the text, and with pictures the same as a page that shows them below it."""
    letter = smtp.new_letter(message.id, message.recipient, message.content["subject"], settings, now)
    letter.set_content(message.content["text"])
    if pictures:
        domain = settings.sender.partition("@")[2]
        lines = html.escape(message.content["text"]).replace("\n", "<br>\n")
        shown = "".join(
            f'<p><img src="cid:{place}.{message.id}@{domain}" alt=""></p>' for place, _ in enumerate(pictures)
        )
        letter.add_alternative(f"<html><body><p>{lines}</p>{shown}</body></html>", subtype="html")
        body = letter.get_payload()
        assert isinstance(body, list)
        page = body[1]
        assert isinstance(page, EmailMessage)
        for place, picture in enumerate(pictures):
            page.add_related(
                picture.bytes,
                maintype="image",
                subtype=picture.kind,
                cid=f"<{place}.{message.id}@{domain}>",
                disposition="inline",
                filename=picture.name,
            )
    return letter
