"""A system that is told of events by HTTP: signed, in order, at least once, whatever it answers."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from cti_api.clock import SystemClock
from cti_api.messages.webhook import signature
from cti_api.model.events import EventKind
from cti_api.relay import Relay
from cti_api.store.deliveries import DeliveryState
from cti_api.store.store import Store
from cti_api.stream_settings import StreamSettings
from cti_api.streams.webhook import LOOK_SECONDS, Hook
from tests.support.consuming import becomes
from tests.support.free_port import free_port
from tests.support.office import SetClock
from tests.support.shift import until
from tests.support.store import T0, event
from tests.support.wire_http import CUT, Heard, Say, wire_http

SECRET = "only-for-the-tests-97"
ALLOWED = ("127.0.0.1",)


class Crm:
    """Takes what it is told, and answers as the test says."""

    def __init__(self, answer: Callable[[dict[str, Any]], int] = lambda _told: 204) -> None:
        self.answer = answer
        self.heard: list[Heard] = []
        self.taken: list[int] = []

    async def __call__(self, heard: Heard) -> Say:
        self.heard.append(heard)
        status = self.answer(heard.json)
        if 200 <= status < 300:
            self.taken.append(heard.json["seq"])
        return Say(status)


@asynccontextmanager
async def telling(
    store: Store, port: int, *, clock: Any = None, inside: tuple[str, ...] = ALLOWED, tries: int = 8, **hook: Any
) -> AsyncIterator[Hook]:
    document = {"webhooks": {"crm": {"url": f"http://127.0.0.1:{port}/hook", "secret": SECRET, **hook}},
                "inside_hosts": inside, "tries": tries}  # fmt: skip
    settings = StreamSettings.model_validate(document)
    relay = Relay(store.outbox)
    made = Hook("crm", settings.webhooks["crm"], settings, store, clock or SystemClock(), Random(1))
    await store.outbox.join(made.place.name)
    async with asyncio.TaskGroup() as tasks:
        work = [tasks.create_task(relay.run()), tasks.create_task(made.run(relay))]
        yield made
        for task in work:
            task.cancel()


async def nothing_waits(store: Store) -> bool:
    return await store.deliveries.counts() == {}


def of_lead(lead: int, **facts: Any) -> Any:
    return event(lead_id=lead, campaign_id="norte", **facts)


async def test_it_is_told_signed_with_a_key_and_only_of_what_it_wants(store: Store) -> None:
    crm = Crm()
    async with wire_http(crm) as port, telling(store, port, kinds=["call.originated"]) as hook:
        await store.outbox.append(of_lead(1), event(EventKind.CAMPAIGN_STATE), of_lead(2))
        await becomes(lambda: hook.place.seq == 3)
    assert sorted(crm.taken) == [1, 3]
    told = crm.heard[0]
    assert (told.method, told.target) == ("POST", "/hook")
    assert told.headers["x-vocero-signature-256"] == signature(told.body, SECRET)
    assert told.headers["idempotency-key"] == told.json["event_id"]
    assert (await store.outbox.since(0))[0].event_id in {each.json["event_id"] for each in crm.heard}


async def test_what_is_about_one_lead_comes_in_its_order(store: Store) -> None:
    crm = Crm()
    async with wire_http(crm) as port, telling(store, port) as hook:
        await store.outbox.append(*(of_lead(n % 7) for n in range(140)))
        await becomes(lambda: hook.place.seq == 140)
    for lead in range(7):
        ours = [seq for seq in crm.taken if seq % 7 == (lead + 1) % 7]
        assert ours == sorted(ours)
        assert len(ours) == 20
    assert len(crm.taken) == 140


async def test_a_refusal_holds_up_its_lead_alone_and_comes_again_in_order(store: Store) -> None:
    wrong = {1}
    crm, clock = Crm(lambda told: 500 if told["seq"] in wrong else 204), SetClock(T0)
    async with wire_http(crm) as port, telling(store, port, clock=clock) as hook:
        await store.outbox.append(of_lead(1), of_lead(1), of_lead(2))
        await becomes(lambda: hook.place.seq == 3)
        assert crm.taken == [3]
        await store.outbox.append(of_lead(1))
        await becomes(lambda: hook.place.seq == 4)
        assert crm.taken == [3], "behind the one that failed"
        wrong.clear()
        clock.at += timedelta(seconds=6)
        await until(lambda: nothing_waits(store), 30, "what was put aside is delivered")
    assert crm.taken == [3, 1, 2, 4]


async def test_what_is_never_taken_is_a_dead_letter_and_comes_by_command(store: Store) -> None:
    wrong = {1}
    crm = Crm(lambda told: 422 if told["seq"] in wrong else 204)
    async with wire_http(crm) as port, telling(store, port, tries=1) as hook:
        await store.outbox.append(of_lead(1))
        await becomes(lambda: hook.place.seq == 1)
        (letter,) = await store.deliveries.dead("crm", 10)
        assert (letter.seq, letter.order_key, letter.reason) == (1, "lead:1", "It answered 422 Unprocessable Entity.")
        wrong.clear()
        await store.deliveries.retry("crm", None, SystemClock().now())
        await becomes(lambda: crm.taken == [1])
    assert crm.heard[0].headers["idempotency-key"] == crm.heard[1].headers["idempotency-key"]


async def test_where_nobody_answers_everything_waits_in_the_outbox(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    async with telling(store, free_port()) as hook:
        await store.outbox.append(of_lead(1), of_lead(2))
        await becomes(lambda: "a webhook is away" in caplog.text)
        assert (hook.place.connected, hook.place.seq) == (False, 0)
        assert await store.deliveries.counts() == {}


async def test_a_request_that_ended_without_an_answer_comes_again_with_its_key(store: Store) -> None:
    answers = iter([CUT, 204])
    crm, clock = Crm(lambda _told: next(answers)), SetClock(T0)
    async with wire_http(crm) as port, telling(store, port, clock=clock) as hook:
        await store.outbox.append(of_lead(1))
        await becomes(lambda: hook.place.seq == 1)
        assert await store.deliveries.counts() == {("crm", DeliveryState.WAITING): 1}
        clock.at += timedelta(seconds=6)
        await becomes(lambda: crm.taken == [1])
    assert len({each.headers["idempotency-key"] for each in crm.heard}) == 1


async def test_a_host_inside_gets_nothing_unless_it_is_named(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    crm = Crm()
    async with wire_http(crm) as port, telling(store, port, inside=()) as hook:
        await store.outbox.append(of_lead(1))
        await becomes(lambda: "a webhook is away" in caplog.text)
        assert hook.place.seq == 0
    assert crm.heard == []


async def test_a_store_that_is_away_as_something_is_put_aside_is_waited_for(
    store: Store, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other_program:

        def locks_the_store_first(_told: dict[str, Any]) -> int:
            if len(crm.heard) > 1:
                return 204
            other_program.execute("BEGIN IMMEDIATE")
            return 500

        crm = Crm(locks_the_store_first)
        async with (
            Store.open(url, clock=SystemClock(), busy_seconds=0.1) as impatient,
            wire_http(crm) as port,
            telling(impatient, port),
        ):
            await impatient.outbox.append(of_lead(1))
            await becomes(lambda: "a webhook waits for the store" in caplog.text)
            other_program.execute("ROLLBACK")
            await becomes(lambda: crm.taken == [1])
            await asyncio.sleep(1.5 * LOOK_SECONDS)  # it looks once and finds nothing: deadlines hold still
            await impatient.outbox.append(of_lead(1))
            await becomes(lambda: crm.taken == [1, 2])


async def test_it_goes_on_where_it_was(store: Store) -> None:
    crm = Crm()
    async with wire_http(crm) as port:
        async with telling(store, port) as hook:
            await store.outbox.append(of_lead(1))
            await becomes(lambda: hook.place.seq == 1)
            await hook.place.keep()
        await store.outbox.append(of_lead(2))
        async with telling(store, port):
            await becomes(lambda: crm.taken == [1, 2])
