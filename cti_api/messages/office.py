"""Everything that goes out after the calls, put together: who plans it, who sends it, and who tidies up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from cti_api.clock import Clock
from cti_api.errors import StoreUnavailable
from cti_api.law.rules import Pack
from cti_api.message_settings import MessageSettings
from cti_api.messages.answer import Provider
from cti_api.messages.content import Extras, no_extras
from cti_api.messages.lawful import Law
from cti_api.messages.mail import Mail
from cti_api.messages.planner import Planner
from cti_api.messages.postman import SEND_SECONDS, Postman
from cti_api.messages.sms import SmsGateway
from cti_api.messages.webhook import Webhook
from cti_api.messages.whatsapp import WhatsApp
from cti_api.model.follow_ups import Via
from cti_api.relay import Relay
from cti_api.store.store import Store

TIDY_SECONDS: Final = 10.0

INTERRUPTED: Final = "Vocero ended while it was being sent."
TOO_LATE: Final = "It could not be sent in time."
NO_REPORT: Final = "No answer came, and no report since: whether it arrived is not known."

WEBHOOKS_PER_SECOND: Final = 20.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Way:
    """One way out."""

    via: Via
    provider: Provider
    per_second: float
    only: str = ""
    """The one recipient it goes to; empty: everybody."""


def ways(settings: MessageSettings, clock: Clock) -> Iterator[Way]:
    """Each that is set up. Every webhook is a way of its own: one that is away holds up no other."""
    if settings.whatsapp is not None:
        yield Way(Via.WHATSAPP, WhatsApp(settings.whatsapp, settings.pictures, clock), settings.whatsapp.per_second)
    if settings.sms is not None:
        yield Way(Via.SMS, SmsGateway(settings.sms), settings.sms.per_second)
    if settings.email is not None:
        yield Way(Via.EMAIL, Mail(settings.email, settings.pictures, clock), settings.email.per_second)
    for name, webhook in settings.webhooks.items():
        yield Way(Via.WEBHOOK, Webhook(name, webhook), WEBHOOKS_PER_SECOND, name)


class Office:
    """Runs it all. Messages of a channel that is not set up wait until they expire."""

    def __init__(
        self,
        store: Store,
        settings: MessageSettings,
        packs: Callable[[], tuple[Pack, ...]],
        clock: Clock,
        extras: Extras = no_extras,
        send_seconds: float = SEND_SECONDS,
    ) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        law = Law(packs)
        self._postmen = [
            Postman(
                store,
                way.provider,
                way.via,
                law,
                clock,
                per_second=way.per_second,
                tries=settings.tries,
                send_seconds=send_seconds,
                only=way.only,
            )
            for way in ways(settings, clock)
        ]
        self._planner = Planner(store, clock, extras, self._wake)

    async def run(self, relay: Relay) -> None:
        """Until cancelled. Nothing is sent before what the last process left is written down as unknown."""
        while True:
            if await self._tidied(first=True):
                break
            await asyncio.sleep(TIDY_SECONDS)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._planner.run(relay), name="follow-ups")
            for postman in self._postmen:
                tasks.create_task(postman.run(), name="postman")
            tasks.create_task(self._tidy(), name="messages.tidy")

    async def _tidy(self) -> None:
        while True:
            await asyncio.sleep(TIDY_SECONDS)
            await self._tidied()

    async def _tidied(self, *, first: bool = False) -> bool:
        messages, now = self._store.messages, self._clock.now()
        try:
            if first and (found := await messages.interrupt(now, INTERRUPTED)):
                log.warning("messages were being sent when Vocero ended", extra={"unknown": found})
            await messages.expire(now, TOO_LATE)
            await messages.give_up(now - timedelta(hours=self._settings.decided_hours), now, NO_REPORT)
        except StoreUnavailable as error:
            log.warning("messages wait for the store", extra={"reason": str(error)})
            return False
        return True

    def _wake(self) -> None:
        for postman in self._postmen:
            postman.wake.set()
