"""Queues and callers on record, on both engines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from cti_api.clock import SystemClock
from cti_api.errors import Conflict, NotFound
from cti_api.model.agents import Agent
from cti_api.model.events import EventKind
from cti_api.model.ids import AgentId, InboundId, QueueId
from cti_api.model.queues import InboundCall, InboundOutcome
from cti_api.store.erasures import StepKind
from cti_api.store.left import ERASED_NUMBER
from cti_api.store.schema import outbox
from cti_api.store.store import Store
from tests.support.store import T0, at, event, number

SOPORTE = QueueId("soporte")


def arrives(n: int, **facts: object) -> InboundCall:
    whole = {"id": InboundId(f"17640000{n:02d}.{n}"), "queue": SOPORTE, "number": number(n).e164}
    return InboundCall(**{**whole, "arrived_at": at(n), "queued_at": at(n), **facts})  # type: ignore[arg-type]


async def test_a_queue_is_made_changed_and_taken_away(store: Store) -> None:
    assert await store.queues.put(SOPORTE, "one", T0)
    assert not await store.queues.put(SOPORTE, "two", at(1))
    ((found),) = await store.queues.all()
    assert (found.id, found.spec_text, found.changed_at) == (SOPORTE, "two", at(1))
    await store.queues.remove(SOPORTE)
    assert await store.queues.all() == []
    with pytest.raises(NotFound, match="vocero queue list"):
        await store.queues.remove(SOPORTE)


async def test_a_call_is_on_record_as_it_stands_and_its_events_are_told_with_it(store: Store) -> None:
    await store.agents.add(Agent(id=AgentId("ana"), name="Ana", campaigns=()), T0)
    waiting = arrives(1)
    await store.queues.write(waiting, event(EventKind.CALLER_QUEUED, call_id=waiting.id))
    assert await store.queues.call(waiting.id) == waiting
    talked = replace(
        waiting,
        position=2,
        agent_id=AgentId("ana"),
        joined_at=at(30),
        ended_at=at(90),
        closed_at=at(95),
        outcome=InboundOutcome.ANSWERED,
        disposition="resuelto",
    )
    await store.queues.write(talked, event(EventKind.CALLER_CLOSED, call_id=waiting.id))
    assert await store.queues.call(waiting.id) == talked
    kinds = sa.select(outbox.c.kind).where(outbox.c.call_id == waiting.id).order_by(outbox.c.id)
    assert await store._database.read(lambda tx: tx.execute(kinds).scalars().all()) == [
        "caller.queued",
        "caller.closed",
    ]


async def test_what_is_open_and_who_gave_up_is_found(store: Store) -> None:
    gone = replace(arrives(1), ended_at=at(9), closed_at=at(9), outcome=InboundOutcome.CALLER_ABANDONED)
    for call in (gone, arrives(2), arrives(3, queue=QueueId("ventas"))):
        await store.queues.write(call)
    assert [call.id for call in await store.queues.open_calls()] == [arrives(2).id, arrives(3).id]
    assert await store.queues.gave_up_since(SOPORTE, T0) == [gone]
    assert [call.id for call in await store.queues.calls_since(SOPORTE, at(2))] == [arrives(2).id]
    with pytest.raises(NotFound):
        await store.queues.call(InboundId("1764000099.99"))


async def test_whoever_only_ever_called_us_is_shown_what_we_hold_and_is_erased(url: str, tmp_path: Path) -> None:
    async with Store.open(url, clock=SystemClock(), erasure_key=tmp_path / "key") as store:
        await shown_and_erased(store, arrives(7))


async def shown_and_erased(store: Store, call: InboundCall) -> None:
    call = replace(call, recording=f"{call.id}.wav")
    await store.queues.write(call)
    found = await store.evidence.of(call.number, [call.number])
    (rows,) = [rows for held, rows in found.rows if held.table.name == "inbound_calls"]
    assert [row["id"] for row in rows] == [call.id]
    with pytest.raises(Conflict, match="en una llamada"):
        await store.erasures.erase(call.number, [call.number], "mesa de datos", "lo pidió", at(9))
    await store.queues.write(replace(call, closed_at=at(20)))
    await store.erasures.erase(call.number, [call.number], "mesa de datos", "lo pidió", at(99))
    gone = await store.queues.call(call.id)
    assert (gone.number, gone.recording) == (ERASED_NUMBER, "")
    assert (StepKind.RECORDING, call.recording) in [(step.kind, step.name) for step in await store.erasures.steps()]


async def test_whom_the_ivr_led_on_is_missed_until_somebody_speaks_with_them_in_the_same_call(store: Store) -> None:
    await store.agents.add(Agent(id=AgentId("ana"), name="Ana", campaigns=()), T0)
    led_on = replace(arrives(1), ended_at=at(9), closed_at=at(9), outcome=InboundOutcome.LED_ON, ivr_call="a" * 32)
    other = replace(arrives(2), ended_at=at(9), closed_at=at(9), outcome=InboundOutcome.LED_ON, ivr_call="b" * 32)
    for call in (led_on, other):
        await store.queues.write(call)
    again = replace(arrives(10), id=InboundId(f"{led_on.id}.2"), queue=QueueId("ventas"), ivr_call=led_on.ivr_call)
    await store.queues.write(again)
    assert await store.queues.gave_up_since(SOPORTE, T0) == [led_on, other]
    await store.queues.write(replace(again, agent_id=AgentId("ana"), joined_at=at(20)))
    assert await store.queues.gave_up_since(SOPORTE, T0) == [other]
