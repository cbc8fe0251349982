"""A letter handed over to the mail server, once, over a connection of its own; and what the server then is known to
have."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from email.utils import format_datetime
from typing import Any, Final

import aiosmtplib

from cti_api.errors import ActionRefused, Unreachable
from cti_api.message_settings import EmailSettings, MailSecurity
from cti_api.messages.answer import Answer, no_answer, not_taken, refused, taken
from cti_api.model.messages import storable_text

TIMEOUT_SECONDS: Final = 10.0
"""For each step; the whole has a deadline of whoever sends."""

SEVEN_BITS: Final = default.clone(cte_type="7bit")
"""Not every server takes eight (RFC 6152), and ours is not asked."""

GoingNow = Callable[[], Awaitable[None]]
"""Awaited right before the first byte that may make the server have the letter."""


def new_letter(ours: str, recipient: str, subject: str, settings: EmailSettings, now: datetime) -> EmailMessage:
    """A letter without a body. Its Message-ID is made of our id: whoever looks for it finds it."""
    letter = EmailMessage(policy=SEVEN_BITS)
    user, _, domain = settings.sender.partition("@")
    letter["From"] = Address(settings.sender_name, user, domain)
    letter["To"] = recipient
    letter["Subject"] = subject
    letter["Message-ID"] = f"<{ours}@{domain}>"
    letter["Date"] = format_datetime(now)
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday notice answers it
    return letter


async def hand_over(
    settings: EmailSettings, recipient: str, letter: bytes, going: GoingNow, data_seconds: float = TIMEOUT_SECONDS
) -> Answer:
    """Give the letter to the server. Never raises for what the other side does; raises what `going` raises, and nothing
    has gone then. `data_seconds`: the longest wait for the server once it has the letter."""
    smtp = new_connection(settings)
    about_the_letter = handed_over = False
    try:
        try:
            await smtp.connect()
            about_the_letter = True
            await smtp.mail(settings.sender)
            await smtp.rcpt(recipient)
            await going()
            # From here on the server may have it, whatever we see.
            handed_over = True
            await smtp.data(letter, timeout=data_seconds)
        except aiosmtplib.SMTPResponseException as error:
            # RFC 5321, 4.2.1: 4xx comes again, 5xx does not; either way the server says that it has not taken it.
            # Anything else (another 2xx, a line that is no answer: code -1) says nothing.
            if handed_over and not 400 <= error.code < 600:
                return no_answer(_words(error))
            for_good = error.code >= 500 and about_the_letter
            return refused(_words(error)) if for_good else not_taken(_words(error))
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            words = f"The connection to the mail server ended: {error or type(error).__name__}"
            return no_answer(words) if handed_over else not_taken(words)
        return taken()
    finally:
        smtp.close()


async def check(settings: EmailSettings) -> str:
    """Whether the server lets us in, as a sentence. Raises `Unreachable` and `ActionRefused`."""
    smtp = new_connection(settings)
    try:
        await smtp.connect()
        await smtp.noop()
    except aiosmtplib.SMTPResponseException as error:
        raise ActionRefused(_words(error)) from None
    except (aiosmtplib.SMTPException, OSError) as error:
        raise Unreachable(str(error) or type(error).__name__) from None
    finally:
        smtp.close()
    return f"the mail server {settings.host} lets us in"


def new_connection(settings: EmailSettings) -> aiosmtplib.SMTP:
    """Not yet made."""
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


def _words(error: aiosmtplib.SMTPResponseException) -> str:
    return storable_text(" ".join(f"{error.code} {error.message}".split()))
