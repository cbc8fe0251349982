"""Everybody outside who is told of the events: started together, and how each stands."""

from __future__ import annotations

import asyncio
import logging
from random import Random
from typing import Final, Protocol

from cti_api.clock import Clock
from cti_api.errors import NotFound
from cti_api.ports import StreamStanding
from cti_api.relay import Relay
from cti_api.side_by_side import heed_cancellation
from cti_api.store.deliveries import Delivery, DeliveryState
from cti_api.store.paging import Mark
from cti_api.store.store import Store
from cti_api.stream_settings import MqttSettings, StreamSettings
from cti_api.streams.mqtt import Publisher
from cti_api.streams.place import Place
from cti_api.streams.webhook import hooks_of

AFTER_A_FAULT_SECONDS: Final = 30.0

log = logging.getLogger(__name__)


class Reader(Protocol):
    place: Place

    async def run(self, relay: Relay) -> None:
        """Until cancelled."""
        ...


class Streams:
    """The readers that the settings name: a broker, and webhooks."""

    def __init__(self, mqtt: MqttSettings, streams: StreamSettings, store: Store, clock: Clock, random: Random) -> None:
        self._store = store
        self._clock = clock
        self._hooks = {hook.name: hook for hook in hooks_of(streams, store, clock, random)}
        self._publisher = Publisher(mqtt, store.outbox, clock, random) if mqtt.host is not None else None

    async def run(self, relay: Relay) -> None:
        """Tell them until cancelled; each at its own pace."""
        async with asyncio.TaskGroup() as tasks:
            if self._publisher is not None:
                tasks.create_task(_kept_up(self._publisher, relay), name="mqtt")
            for hook in self._hooks.values():
                tasks.create_task(_kept_up(hook, relay), name=hook.place.name)

    async def standing(self) -> list[StreamStanding]:
        """How each stands now. Raises `StoreUnavailable`."""
        head = await self._store.outbox.head()
        counts = await self._store.deliveries.counts() if self._hooks else {}
        places: list[tuple[Place, str | None]] = []
        if self._publisher is not None:
            places.append((self._publisher.place, None))
        places += [(hook.place, hook.name) for hook in self._hooks.values()]
        return [
            StreamStanding(
                name=place.name,
                connected=place.connected,
                seq=place.seq,
                lag=max(head - place.seq, 0),
                sent=place.sent,
                waiting=None if hook is None else counts.get((hook, DeliveryState.WAITING), 0),
                dead=None if hook is None else counts.get((hook, DeliveryState.DEAD), 0),
            )
            for place, hook in places
        ]

    async def dead(self, hook: str | None, most: int, after: Mark | None = None) -> list[Delivery]:
        """Dead letters, of one webhook or all, also of those that the settings do not name any more."""
        return await self._store.deliveries.dead(hook, most, after)

    async def retry(self, hook: str, seq: int | None) -> int:
        """Try a dead letter again, or all of a webhook's; returns how many. Raises `NotFound`."""
        if hook not in self._hooks:
            raise NotFound(f"The settings have no webhook {hook}: nobody would be told. Drop its dead letters instead.")
        return await self._store.deliveries.retry(hook, seq, self._clock.now())

    async def drop(self, hook: str, seq: int | None) -> int:
        """Give a dead letter up, or all of a webhook's; returns how many. Raises `NotFound`."""
        return await self._store.deliveries.drop(hook, seq)


async def _kept_up(reader: Reader, relay: Relay) -> None:
    """A fault in what tells others, ours or a library's, must not take the calls with it."""
    while True:
        try:
            await reader.run(relay)
        except Exception:
            log.exception("events are not told for now", extra={"stream": reader.place.name})
            heed_cancellation()
            await asyncio.sleep(AFTER_A_FAULT_SECONDS)
