"""E-mail over SMTP, with its pictures in it. The Message-ID is made of our id: whoever looks for it finds it."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Final, Self

import aiosmtplib

from cti_api.clock import Clock
from cti_api.errors import ActionRefused, Unreachable
from cti_api.message_settings import EmailSettings, MailSecurity
from cti_api.messages.answer import Answer, Going, no_answer, not_taken, refused, taken, unheard
from cti_api.messages.pictures import NoPicture, Picture, read_picture
from cti_api.model.messages import Message, storable_text

TIMEOUT_SECONDS: Final = 10.0
"""For each step; the whole has the postman's deadline."""

SEVEN_BITS: Final = default.clone(cte_type="7bit")
"""Not every server takes eight (RFC 6152), and ours is not asked."""


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
        smtp = self._new_connection()
        about_the_message = handed_over = False
        try:
            try:
                await smtp.connect()
                about_the_message = True
                await smtp.mail(self._settings.sender)
                await smtp.rcpt(message.recipient)
                # From here on the server may have it, whatever we see.
                handed_over = True
                going()
                await smtp.data(letter)
            except aiosmtplib.SMTPResponseException as error:
                # RFC 5321, 4.2.1: 4xx comes again, 5xx does not; either way the server says that it has not taken it.
                # Anything else (another 2xx, a line that is no answer: code -1) says nothing.
                if handed_over and not 400 <= error.code < 600:
                    return no_answer(_words(error))
                for_good = error.code >= 500 and about_the_message
                return refused(_words(error)) if for_good else not_taken(_words(error))
            except (aiosmtplib.SMTPException, OSError, ValueError) as error:
                words = f"The connection to the mail server ended: {error or type(error).__name__}"
                return no_answer(words) if handed_over else not_taken(words)
            return taken()
        finally:
            smtp.close()

    async def check(self) -> str:
        smtp = self._new_connection()
        try:
            await smtp.connect()
            await smtp.noop()
        except aiosmtplib.SMTPResponseException as error:
            raise ActionRefused(_words(error)) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Unreachable(str(error) or type(error).__name__) from None
        finally:
            smtp.close()
        return f"the mail server {self._settings.host} lets us in"

    def _new_connection(self) -> aiosmtplib.SMTP:
        settings = self._settings
        rights: dict[str, Any] = {}
        if settings.user and settings.password is not None:
            rights = {"username": settings.user, "password": settings.password.get_secret_value()}
        return aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            use_tls=settings.security is MailSecurity.TLS,
            start_tls=settings.security is MailSecurity.STARTTLS,
            timeout=TIMEOUT_SECONDS,
            local_hostname=settings.sender.partition("@")[2],
            **rights,
        )


def mail_of(message: Message, settings: EmailSettings, pictures: Sequence[Picture], now: datetime) -> EmailMessage:
    """The letter: the text, and with pictures the same as a page that shows them below it."""
    letter = EmailMessage(policy=SEVEN_BITS)
    user, _, domain = settings.sender.partition("@")
    letter["From"] = Address(settings.sender_name, user, domain)
    letter["To"] = message.recipient
    letter["Subject"] = message.content["subject"]
    letter["Message-ID"] = f"<{message.id}@{domain}>"
    letter["Date"] = format_datetime(now)
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday notice answers it
    letter.set_content(message.content["text"])
    if pictures:
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


def _words(error: aiosmtplib.SMTPResponseException) -> str:
    return storable_text(" ".join(f"{error.code} {error.message}".split()))
