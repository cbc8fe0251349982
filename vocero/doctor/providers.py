"""Whether what messages go by would take one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from cti_api.clock import Clock
from cti_api.errors import VoceroError
from cti_api.messages.office import ways
from cti_api.settings import Settings
from vocero.doctor.findings import Finding, fault, ok, warning

CHECK_SECONDS: Final = 15.0


async def messages(settings: Settings, clock: Clock) -> AsyncIterator[Finding]:
    """Each channel that is set up is asked; nothing is sent."""
    for way in ways(settings.messages, clock):
        what = f"webhook {way.only}" if way.only else f"messages by {way.via}"
        try:
            async with way.provider, asyncio.timeout(CHECK_SECONDS):
                yield ok(await way.provider.check())
        except TimeoutError:
            yield fault(f"{what}: there was no answer within {CHECK_SECONDS:g} s", _mend(way.via))
        except VoceroError as error:
            yield fault(f"{what}: {error}", _mend(way.via))
    reported = settings.messages.whatsapp is not None or settings.messages.sms is not None
    if reported and settings.public.port is None:
        yield warning(
            "nobody can report what became of messages, or answer them: public.port is not set",
            "set public: as docs/messages.md says; until then a message without an answer ends as a dead letter",
        )


def _mend(via: str) -> str:
    return f"mend messages.{via if via != 'webhook' else 'webhooks'} in the settings: docs/messages.md"
