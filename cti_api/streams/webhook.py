"""Tells a system of the events it wants: signed, in order for each lead and call, at least once.

What cannot be delivered is one of two things. Where there is no connection, or none is allowed, the system is away:
everything waits in the outbox, as long as it takes. Where the system answers, and not with yes, or stays silent, that
one event is put aside: it is tried again after a pause, whatever else is about the same lead or call waits behind it,
and in the end it is a dead letter, for a person to decide about. The others go on.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from random import Random
from typing import Final

import httpx

from cti_api.clock import Clock
from cti_api.errors import StoreUnavailable
from cti_api.messages.answer import Answer
from cti_api.messages.http import LONGEST_WAIT, TIMEOUT, Response
from cti_api.messages.machine import Step
from cti_api.messages.webhook import KEY, SIGNATURE, signature
from cti_api.model.events import Event
from cti_api.relay import Relay
from cti_api.side_by_side import until_all_end
from cti_api.store.deliveries import Delivery, DeliveryState
from cti_api.store.store import Store
from cti_api.stream_settings import HookSettings, StreamSettings
from cti_api.streams.outside import Outside, Resolve, allowed_inside, resolve
from cti_api.streams.pauses import until_again, until_reached
from cti_api.streams.place import Place
from cti_api.streams.wire import as_json, order_key

ANSWER_SECONDS: Final = 10.0
"""How long a system may take over one event, its name's resolution included."""

LOOK_SECONDS: Final = 1.0
"""How often what waits is looked at although nothing new happens."""

KEEP_CONNECTION_SECONDS: Final = 2.0
"""How long an idle connection is used again: less than the 5 s after which servers begin to hang up."""

PATIENCE: Final = 5
"""So many events in a row that fail, and none is tried before a pause: what answers each with an error is out of order,
and is neither flooded nor left with a dead letter for each event of an afternoon."""

log = logging.getLogger(__name__)


class Unheard(Exception):
    """It was not delivered. `wait`: how long the other side asks us to wait."""

    def __init__(self, reason: str, wait: timedelta | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class Hook:
    """One system that is told."""

    def __init__(
        self,
        name: str,
        settings: HookSettings,
        streams: StreamSettings,
        store: Store,
        clock: Clock,
        random: Random,
        find: Resolve = resolve,
    ) -> None:
        """`find`: how names are resolved."""
        self.name = name
        self.place = Place(f"webhook:{name}", store.outbox, clock)
        self._settings = settings
        self._tries = streams.tries
        self._outside = Outside(settings.url, allowed_inside(streams.inside_hosts), find)
        self._store = store
        self._clock = clock
        self._random = random
        self._room = asyncio.Semaphore(settings.at_once)
        self._failures = 0
        """In a row, of all its events."""

    async def run(self, relay: Relay) -> None:
        """Tell until cancelled. A store that is away is waited for."""
        limits = httpx.Limits(
            max_connections=self._settings.at_once,
            max_keepalive_connections=self._settings.at_once,
            keepalive_expiry=KEEP_CONNECTION_SECONDS,
        )
        headers = {"User-Agent": "Vocero", "Accept-Encoding": "identity", "Content-Type": "application/json"}
        async with httpx.AsyncClient(
            timeout=TIMEOUT, limits=limits, follow_redirects=False, trust_env=False, headers=headers
        ) as client:
            while True:
                try:
                    await self.place.take()
                    while True:
                        await self._round(client, relay)
                except StoreUnavailable as error:
                    log.warning("a webhook waits for the store", extra={"hook": self.name, "reason": str(error)})
                    await asyncio.sleep(LOOK_SECONDS)

    async def _round(self, client: httpx.AsyncClient, relay: Relay) -> None:
        """What is new, then what is due once more."""
        if batch := await relay.next(self.place.seq, LOOK_SECONDS):
            await self._tell(client, [event for event in batch if self._wants(event)])
            await self.place.dealt_with(batch[-1].seq or 0)
        else:
            await self.place.keep()
        while await self._tell_again(client):
            pass

    def _wants(self, event: Event) -> bool:
        return not self._settings.kinds or event.kind in self._settings.kinds

    async def _tell(self, client: httpx.AsyncClient, events: Sequence[Event]) -> None:
        if not events:
            return
        held = await self._store.deliveries.waiting_keys(self.name)
        known = await self._store.deliveries.known(self.name, (events[0].seq or 1) - 1)
        chains: defaultdict[str, list[Event]] = defaultdict(list)
        for event in events:
            if event.seq not in known:
                chains[order_key(event)].append(event)
        await until_all_end(*(self._chain(client, key, chain, key in held) for key, chain in chains.items()))

    async def _chain(self, client: httpx.AsyncClient, key: str, events: Iterable[Event], held: bool) -> None:
        """These are about one thing: each after the one before, and none after one that failed."""
        for event in events:
            if held:
                await self._park(event, key, 0, timedelta(0), "It waits for an earlier one.")
                continue
            try:
                await self._deliver(client, event)
            except Unheard as error:
                held = True
                await self._park(event, key, 1, max(until_again(1), error.wait or timedelta(0)), str(error))

    async def _park(self, event: Event, key: str, tries: int, pause: timedelta, reason: str) -> None:
        now = self._clock.now()
        state = DeliveryState.WAITING if tries < self._tries else DeliveryState.DEAD
        await self._store.deliveries.park(
            Delivery(
                hook=self.name, seq=event.seq or 0, order_key=key, state=state, tries=tries, due_at=now + pause,
                reason=reason, since=now,
            )
        )  # fmt: skip

    async def _tell_again(self, client: httpx.AsyncClient) -> bool:
        """Try what is due; True: something arrived, and what waited behind it is due now."""
        due = await self._store.deliveries.due(self.name, self._clock.now(), 4 * self._settings.at_once)
        return any(await until_all_end(*(self._once_more(client, each) for each in due)))

    async def _once_more(self, client: httpx.AsyncClient, delivery: Delivery) -> bool:
        found = await self._store.outbox.since(delivery.seq - 1, 1)
        try:
            if found and found[0].seq == delivery.seq:
                await self._deliver(client, found[0])
        except Unheard as error:
            now, tries = self._clock.now(), delivery.tries + 1
            pause = max(until_again(tries), error.wait or timedelta(0))
            state = DeliveryState.WAITING if tries < self._tries else DeliveryState.DEAD
            if state is DeliveryState.DEAD:
                log.error("an event is a dead letter", extra={"hook": self.name, "seq": delivery.seq})
            failed = replace(delivery, state=state, tries=tries, due_at=now + pause, reason=str(error), since=now)
            await self._store.deliveries.failed(failed)
            return state is DeliveryState.DEAD
        await self._store.deliveries.delivered(self.name, delivery.seq)
        return True

    async def _deliver(self, client: httpx.AsyncClient, event: Event) -> None:
        """Until the system has it. Raises `Unheard` where it was there and does not say that it has."""
        away = 0
        while True:
            async with self._room:
                if self._failures >= PATIENCE:
                    await asyncio.sleep(until_reached(self._failures - PATIENCE + 1, self._random))
                found = await self._post(client, event)
            if isinstance(found, Answer) and found.step is not Step.NO_ANSWER:
                away += 1
                self.place.connected = False
                pause = until_reached(away, self._random)
                log.warning("a webhook is away", extra={"hook": self.name, "reason": found.words, "seconds": pause})
                await asyncio.sleep(pause)
                continue
            self.place.connected = True
            if isinstance(found, Response) and 200 <= found.status < 300:
                self._failures = 0
                self.place.sent += 1
                return
            self._failures += 1
            if isinstance(found, Answer):
                raise Unheard(found.words)
            wait = min(found.retry_after, LONGEST_WAIT) if found.retry_after is not None else None
            raise Unheard(f"It answered {_status(found.status)}.", wait)

    async def _post(self, client: httpx.AsyncClient, event: Event) -> Response | Answer:
        body = as_json(event)
        signed = signature(body, self._settings.secret.get_secret_value())
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._outside.post(client, body, {KEY: event.event_id, SIGNATURE: signed})
        except TimeoutError:
            return Answer(Step.NO_ANSWER, f"There was no answer within {ANSWER_SECONDS:g} s.")


def hooks_of(streams: StreamSettings, store: Store, clock: Clock, random: Random) -> list[Hook]:
    """Every system that the settings name."""
    return [Hook(name, each, streams, store, clock, random) for name, each in streams.webhooks.items()]


def _status(status: int) -> str:
    """Our own words: what stands in the answer's body may be anything."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
