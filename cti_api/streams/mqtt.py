"""Publishes every event to an MQTT broker: in order, each at least once.

The outbox is the truth. What the broker has not acknowledged counts as not sent, and is sent again when it is back,
from the last number that was written down on; so a consumer may see a number again, and drops what it has. What the
broker loses for a consumer (its queue ran over, it was killed) the consumer sees as a gap in the numbers, and asks the
API for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import ssl
from collections.abc import Sequence
from random import Random
from typing import Final

import aiomqtt

from cti_api.clock import Clock
from cti_api.errors import StoreUnavailable
from cti_api.model.events import Event
from cti_api.relay import Relay
from cti_api.side_by_side import heed_cancellation, until_all_end, until_one_ends
from cti_api.store.outbox import Outbox
from cti_api.stream_settings import MqttSettings
from cti_api.streams.pauses import until_reached
from cti_api.streams.place import KEPT_SECONDS, Place
from cti_api.streams.topics import Topics
from cti_api.streams.wire import as_json

READER: Final = "mqtt"
AT_ONCE: Final = 100
"""Messages on their way to the broker without an answer. MQTT keeps the order of one client's messages (4.6)."""

ANSWER_SECONDS: Final = 15.0
"""How long the broker may take to answer; then it is as good as away."""

KEEPALIVE_SECONDS: Final = 20
"""How often the broker hears from us although nothing happens; twice that and it tells of our end (3.1.2.10)."""

GOODBYE_SECONDS: Final = 1.0
"""How long the broker may take to hear that we go."""

OFFLINE: Final = b'{"online":false}'
ONLINE: Final = b'{"online":true}'

TROUBLE: Final = (aiomqtt.MqttError, OSError, ValueError, StoreUnavailable)
"""What passes, or is mended on the other side. (``ValueError``: the library's, of an address it cannot use.)"""

log = logging.getLogger(__name__)
_wire_log = logging.getLogger(f"{__name__}.wire")
_wire_log.setLevel(logging.CRITICAL)  # what the library has to say is said once, by us


class Publisher:
    """One broker's reader of the events."""

    def __init__(self, settings: MqttSettings, outbox: Outbox, clock: Clock, random: Random) -> None:
        self._settings = settings
        self._random = random
        self._topics = Topics(settings.prefix, settings.site)
        self.place = Place(READER, outbox, clock)

    async def run(self, relay: Relay) -> None:
        """Publish until cancelled. A broker that is away is waited for, and so is the store."""
        failures = 0
        while True:
            try:
                await self.place.take()
                async with self._client() as client:
                    failures, self.place.connected = 0, True
                    log.info("connected to the broker", extra={"host": self._settings.host})
                    await self._connected(client, relay)
            except TROUBLE as error:
                failures += 1
                reason = str(error) or type(error).__name__
            finally:
                self.place.connected = False
            heed_cancellation()  # the client's own end may fail, and hide it
            pause = until_reached(failures, self._random)
            log.warning("events wait for the broker", extra={"reason": reason, "seconds": round(pause, 1)})
            await asyncio.sleep(pause)

    def _client(self) -> aiomqtt.Client:
        settings = self._settings
        secret = settings.password
        return aiomqtt.Client(
            settings.host or "",
            settings.port,
            username=settings.user or None,
            password=secret.get_secret_value() if secret is not None else None,
            identifier=settings.client_id,
            clean_session=True,
            will=aiomqtt.Will(self._topics.status, OFFLINE, qos=1, retain=True),
            keepalive=KEEPALIVE_SECONDS,
            timeout=ANSWER_SECONDS,
            max_inflight_messages=AT_ONCE,
            tls_context=tls_context(settings) if settings.tls else None,
            logger=_wire_log,
        )

    async def _connected(self, client: aiomqtt.Client, relay: Relay) -> None:
        """Publish until the broker is lost, which raises, or until cancelled: then the broker is told."""
        try:
            heed_cancellation()
            await until_one_ends(_until_lost(client), self._publish_all(client, relay))
        except asyncio.CancelledError:
            with contextlib.suppress(*TROUBLE, TimeoutError):
                async with asyncio.timeout(GOODBYE_SECONDS):
                    await client.publish(self._topics.status, OFFLINE, qos=1, retain=True)
                    await self.place.keep()
            raise

    async def _publish_all(self, client: aiomqtt.Client, relay: Relay) -> None:
        await client.publish(self._topics.status, ONLINE, qos=1, retain=True)
        await self._say_head(client)
        said = self.place.seq
        while True:
            heed_cancellation()
            batch = await relay.next(self.place.seq, KEPT_SECONDS)
            for first in range(0, len(batch), AT_ONCE):
                await self._publish(client, batch[first : first + AT_ONCE])
            if self.place.seq > said and len(batch) < AT_ONCE:
                await self._say_head(client)
                said = self.place.seq
            if not batch:
                await self.place.keep()

    async def _publish(self, client: aiomqtt.Client, events: Sequence[Event]) -> None:
        """These, in their order; back when the broker has them all. (The first steps of tasks run in the order in which
        they were made, and with it what they write.)"""
        messages = []
        for event in events:
            payload = as_json(event)
            messages.append(client.publish(self._topics.of(event), payload, qos=1))
            if (state := self._topics.state_of(event)) is not None:
                messages.append(client.publish(state, payload, qos=1, retain=True))
        await until_all_end(*messages)
        self.place.sent += len(events)
        await self.place.dealt_with(events[-1].seq or 0)

    async def _say_head(self, client: aiomqtt.Client) -> None:
        """By this a consumer knows that the newest events were lost, though none came after them."""
        await client.publish(self._topics.head, json.dumps({"seq": self.place.seq}), qos=1, retain=True)


async def _until_lost(client: aiomqtt.Client) -> None:
    """Nothing comes to us; the wait for it ends, with `aiomqtt.MqttError`, when the connection does."""
    async for _ in client.messages:
        pass


def tls_context(settings: MqttSettings) -> ssl.SSLContext:
    """The broker's certificate is checked, and its name."""
    return ssl.create_default_context(cafile=settings.ca_file)
