"""A consumer as docs/events.md describes it: by the numbers, and asking for what is missing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import aiomqtt

from cti_api.clock import SystemClock
from cti_api.relay import Relay
from cti_api.store.store import Store
from cti_api.stream_settings import MqttSettings
from cti_api.streams.mqtt import READER, Publisher
from tests.support.mosquitto import PASSWORD, Broker


def settings_for(broker: Broker, **otherwise: Any) -> MqttSettings:
    document = {"host": "127.0.0.1", "port": broker.port, "user": "vocero", "password": PASSWORD, **otherwise}
    return MqttSettings.model_validate(document)


@asynccontextmanager
async def publishing(store: Store, broker: Broker) -> AsyncIterator[Publisher]:
    """A relay and a publisher at work."""
    relay = Relay(store.outbox)
    publisher = Publisher(settings_for(broker), store.outbox, SystemClock(), Random(1))
    await store.outbox.join(READER)  # from here on
    async with asyncio.TaskGroup() as tasks:
        work = [tasks.create_task(relay.run()), tasks.create_task(publisher.run(relay))]
        yield publisher
        for task in work:
            task.cancel()


async def becomes(so: Callable[[], bool], longest_seconds: float = 30.0) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(longest_seconds):
        while not so():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.01)


def a_client(broker: Broker, user: str = "crm", timeout: float = 10.0, **otherwise: Any) -> aiomqtt.Client:
    return aiomqtt.Client("127.0.0.1", broker.port, username=user, password=PASSWORD, timeout=timeout, **otherwise)


class Consumer:
    """Follows the events with a session that outlives its connections."""

    def __init__(self, store: Store, broker: Broker) -> None:
        self._store = store
        self._broker = broker
        self.seen: list[int] = []
        """Numbers, in the order in which they were dealt with."""
        self.gaps = 0
        """How often something was missing."""
        self.repeats = 0

    async def follow(self, until: int, longest_seconds: float = 60.0) -> None:
        """Until it has the event of number `until`; a broker that is away is waited for."""
        async with asyncio.timeout(longest_seconds):
            while not self.seen or self.seen[-1] < until:
                try:
                    async with a_client(self._broker, timeout=2.0, identifier="crm", clean_session=False) as client:
                        await client.subscribe([("vocero/principal/events/#", 1), ("vocero/principal/head", 1)])
                        async for message in client.messages:
                            await self._heard(json.loads(bytes(message.payload)))
                            if self.seen and self.seen[-1] >= until:
                                break
                except aiomqtt.MqttError:
                    await asyncio.sleep(0.05)

    async def _heard(self, told: dict[str, Any]) -> None:
        last, seq, is_event = self.seen[-1] if self.seen else 0, told["seq"], "kind" in told
        if seq <= last:
            self.repeats += is_event
            return
        upto = seq - 1 if is_event else seq
        if upto > last:
            self.gaps += 1
        while upto > last:
            page = await self._store.outbox.since(last, min(500, upto - last))
            self.seen += [event.seq or 0 for event in page]
            last = self.seen[-1]
        if is_event:
            self.seen.append(seq)
