"""Events at a real Mosquitto with the configuration that is shipped: in order, none lost, whatever becomes of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import aiomqtt
import pytest

from cti_api.clock import SystemClock
from cti_api.errors import StoreUnavailable
from cti_api.model.events import Event, EventKind
from cti_api.relay import Relay
from cti_api.store.store import Store
from cti_api.stream_settings import MqttSettings
from cti_api.streams.mqtt import Publisher
from tests.support.consuming import Consumer, a_client, becomes, publishing
from tests.support.held_broker import a_broker_that_holds_back
from tests.support.mosquitto import Broker, broker
from tests.support.store import event

ALL = "vocero/principal/#"


@pytest.fixture(scope="module")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with broker(tmp_path_factory.mktemp("broker") / "it") as running:
        yield running


async def heard(client: aiomqtt.Client, count: int) -> list[tuple[str, Any]]:
    """The next so many messages that are no head and no status."""
    found: list[tuple[str, Any]] = []
    async with asyncio.timeout(20):
        async for message in client.messages:
            topic = message.topic.value.removeprefix("vocero/principal/")
            if topic not in ("head", "status"):
                found.append((topic, json.loads(bytes(message.payload))))
            if len(found) == count:
                break
    return found


async def retained(broker: Broker, topic: str) -> Any:
    async with a_client(broker) as client, asyncio.timeout(20):
        await client.subscribe(topic, qos=1)
        async for message in client.messages:
            return json.loads(bytes(message.payload))
    raise AssertionError("nothing is kept there")


async def test_each_event_comes_once_in_order_on_its_topic_and_states_are_kept(store: Store, mosquitto: Broker) -> None:
    async with a_client(mosquitto) as crm, publishing(store, mosquitto):
        await crm.subscribe(ALL, qos=1)
        await store.outbox.append(
            event(EventKind.CALL_ORIGINATED, campaign_id="norte", lead_id=7, payload={"trunk": "claro"}),
            event(EventKind.AGENT_STATE, agent_id="ana", payload={"state": "ready"}),
            event(EventKind.CALLER_QUEUED, call_id="c" * 32, payload={"queue": "ventas"}),
            event(EventKind.TRUNK_STATE, payload={"trunk": "bad/+#", "state": "open"}),
        )
        found = await heard(crm, 6)
    assert [topic for topic, _ in found] == [
        "events/call/originated/norte",
        "events/agent/state/ana",
        "state/agent/ana",
        "events/caller/queued/ventas",
        "events/trunk/state/-",
        "state/trunk/-",
    ]
    assert [told["seq"] for topic, told in found if topic.startswith("events")] == [1, 2, 3, 4]
    assert found[0][1]["payload"] == {"trunk": "claro"}
    assert (await retained(mosquitto, "vocero/principal/state/agent/ana"))["payload"] == {"state": "ready"}
    assert await retained(mosquitto, "vocero/principal/status") == {"online": False}


async def test_who_has_no_account_is_not_let_in_and_a_reader_publishes_nothing(mosquitto: Broker) -> None:
    with pytest.raises(aiomqtt.MqttError):
        async with aiomqtt.Client("127.0.0.1", mosquitto.port):
            pass
    async with a_client(mosquitto) as listening, a_client(mosquitto) as crm, a_client(mosquitto, "vocero") as vocero:
        await listening.subscribe("vocero/otra/#", qos=1)
        await crm.publish("vocero/otra/x", '"forged"', qos=1)
        await vocero.publish("vocero/otra/x", '"true"', qos=1)
        async with asyncio.timeout(20):
            async for message in listening.messages:
                assert json.loads(bytes(message.payload)) == "true"
                break


async def test_a_broker_that_was_never_there_gets_everything_when_it_comes(store: Store, tmp_path: Path) -> None:
    down = Broker(tmp_path / "broker")
    async with publishing(store, down) as publisher:
        await store.outbox.append(*(event() for _ in range(5)))
        assert (publisher.place.connected, publisher.place.seq) == (False, 0)
        down.start()
        try:
            consumer = Consumer(store, down)
            await consumer.follow(5)
        finally:
            down.kill()
    assert consumer.seen == [1, 2, 3, 4, 5]


async def test_a_broker_killed_again_and_again_loses_nothing_for_who_asks(store: Store, tmp_path: Path) -> None:
    await killed_while_publishing(store, tmp_path, events=300, kills=3)


@pytest.mark.long
@pytest.mark.timeout(3000)
async def test_the_broker_is_killed_20_times_while_72_000_events_are_made(store: Store, tmp_path: Path) -> None:
    await killed_while_publishing(store, tmp_path, events=72_000, kills=20)


async def written(store: Store, events: list[Event]) -> None:
    """On a machine that is busy the store may ask to be tried again."""
    while True:
        with contextlib.suppress(StoreUnavailable):
            await store.outbox.append(*events)
            return


async def killed_while_publishing(store: Store, folder: Path, *, events: int, kills: int) -> None:
    batch = 20
    with broker(folder / "broker") as mosquitto:
        async with publishing(store, mosquitto), asyncio.TaskGroup() as tasks:
            consumer = Consumer(store, mosquitto)
            following = tasks.create_task(consumer.follow(events, longest_seconds=2800))
            for made in range(batch, events + 1, batch):
                await written(store, [event(lead_id=made) for _ in range(batch)])
                if made % (events // kills // batch * batch) == 0:
                    await asyncio.to_thread(mosquitto.kill)
                    await asyncio.to_thread(mosquitto.start)
            await following
    assert consumer.seen == list(range(1, events + 1))


async def test_who_was_away_longer_than_the_broker_queues_gets_the_rest_from_the_api(
    store: Store, tmp_path: Path
) -> None:
    with broker(tmp_path / "broker", max_queued_messages="20", max_inflight_messages="5") as mosquitto:
        consumer = Consumer(store, mosquitto)
        async with publishing(store, mosquitto) as publisher:
            await store.outbox.append(event())
            await consumer.follow(1)
            await store.outbox.append(*(event() for _ in range(200)))
            await becomes(lambda: publisher.place.seq == 201)
            await consumer.follow(201)
    assert consumer.seen == list(range(1, 202))
    assert consumer.gaps > 0


async def test_a_publisher_that_comes_back_goes_on_where_it_was(store: Store, mosquitto: Broker) -> None:
    async with publishing(store, mosquitto) as publisher:
        await store.outbox.append(event(), event())
        await becomes(lambda: publisher.place.seq == 2)
    assert await store.outbox.cursor("mqtt") == 2
    await store.outbox.append(event())
    async with a_client(mosquitto) as crm:
        await crm.subscribe("vocero/principal/events/#", qos=1)
        async with publishing(store, mosquitto):
            assert [told["seq"] for _, told in await heard(crm, 1)] == [3]


@pytest.mark.parametrize("steps", range(12))
async def test_a_publisher_ends_when_asked_in_the_very_step_of_an_answer(store: Store, steps: int) -> None:
    """The library forgets then that it was asked to end."""
    async with a_broker_that_holds_back() as broker:
        relay = Relay(store.outbox)
        settings = MqttSettings.model_validate({"host": "127.0.0.1", "port": broker.port})
        publishing = asyncio.create_task(Publisher(settings, store.outbox, SystemClock(), Random(1)).run(relay))
        await broker.asked()
        broker.answer()
        for _ in range(steps):
            await asyncio.sleep(0)
        publishing.cancel()
        broker.answers_at_once()
        done, _ = await asyncio.wait([publishing], timeout=20)
        assert done
