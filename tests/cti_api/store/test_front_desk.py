"""Calls that a tree led: which way they took, where they ended, and what came of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cti_api.clock import SystemClock
from cti_api.errors import Conflict, NotFound
from cti_api.model.events import EventKind
from cti_api.model.front_desk import LedCall, LedEnding, NewTicket, NodeLeft, SaidRecording
from cti_api.store.left import ERASED_NUMBER
from cti_api.store.store import Store
from tests.support.store import at
from tests.support.store import event as an_event

ONE, TWO, THREE = ("a" * 32, "b" * 32, "c" * 32)
NUMBER = "+573001112233"


def led(call_id: str, second: float, number: str = NUMBER) -> LedCall:
    return LedCall(
        id=call_id, entry="recepcion", tree="mesa", version=2, number=number, called="6015550100",
        channel_id="1764119999.42", began_at=at(second),
    )  # fmt: skip


def left(node: str, way: str) -> NodeLeft:
    return NodeLeft(tree="mesa", node=node, way=way)


async def test_a_call_s_way_is_kept_in_its_order(store: Store) -> None:
    desk = store.front_desk
    await desk.begin(led(ONE, 0))
    await desk.begin(led(ONE, 5))
    await desk.passed(ONE, [left("saludo", "next"), left("menu", "ventas")], "cola", at(1))
    await desk.passed(ONE, [], "cola", at(2))
    await desk.passed(ONE, [left("cola", "done")], "fin", at(3))
    assert await desk.way_of(ONE) == [left("saludo", "next"), left("menu", "ventas"), left("cola", "done")]
    with pytest.raises(NotFound):
        await desk.passed(TWO, [], "menu", at(1))


async def test_where_calls_went_and_where_they_ended_is_counted(store: Store) -> None:
    desk = store.front_desk
    for call_id, way, ending in (
        (ONE, "ventas", LedEnding.FINISHED), (TWO, "ventas", LedEnding.HUNG_UP), (THREE, "otra", LedEnding.HUNG_UP),
    ):  # fmt: skip
        await desk.begin(led(call_id, 0))
        await desk.passed(call_id, [left("menu", way)], f"en-{way}", at(1))
        await desk.end(call_id, ending, at(2))
        await desk.end(call_id, LedEnding.CUT, at(3))
    found = await desk.drop_off("mesa", at(0), at(1))
    assert (found.calls, found.ways) == (3, {("mesa", "menu", "ventas"): 2, ("mesa", "menu", "otra"): 1})
    assert (found.hung_up, found.handed_over) == ({"en-ventas": 1, "en-otra": 1}, {})
    await desk.begin(led("d" * 32, 0))
    await desk.passed("d" * 32, [left("menu", "ventas")], "cola", at(1))
    await desk.end("d" * 32, LedEnding.HANDED_OVER, at(2))
    assert (await desk.drop_off("mesa", at(0), at(1))).handed_over == {"cola": 1}
    assert (await desk.drop_off("mesa", at(1), at(9))).calls == 0


async def test_what_was_open_at_a_crash_is_cut_off(store: Store) -> None:
    await store.front_desk.begin(led(ONE, 0))
    assert await store.front_desk.settle(at(9)) == 1
    assert await store.front_desk.settle(at(9)) == 0


async def test_a_ticket_has_a_number_of_its_own_and_its_event_tells_it(store: Store) -> None:
    desk = store.front_desk
    await desk.begin(led(ONE, 0))
    new = NewTicket(call_id=ONE, kind="reclamo", number=NUMBER, values={"mes": "octubre"})
    first = await desk.open_ticket(new, at(1), an_event(EventKind.TICKET_OPENED))
    second = await desk.open_ticket(new, at(2))
    assert second > first
    assert [(each.id, each.kind, each.values) for each in await desk.tickets_of(ONE)] == [
        (first, "reclamo", {"mes": "octubre"}), (second, "reclamo", {"mes": "octubre"}),
    ]  # fmt: skip
    assert [event.payload["ticket"] for event in await store.outbox.number()] == [first]


async def test_a_recording_is_written_out_once(store: Store) -> None:
    desk = store.front_desk
    await desk.begin(led(ONE, 0))
    said = SaidRecording(call_id=ONE, name="queja", number=NUMBER, recording=f"{ONE}-queja.wav", seconds=4.5)
    await desk.said(said, at(1))
    (waiting,) = await desk.unwritten()
    assert (waiting.name, waiting.recording) == ("queja", f"{ONE}-queja.wav")
    await desk.written_out(waiting, "no hay internet")
    await desk.written_out(waiting, "otra cosa")
    assert await desk.unwritten() == []
    found = await store.evidence.of(NUMBER, [NUMBER])
    (rows,) = [rows for held, rows in found.rows if held.table.name == "ivr_recordings"]
    assert [row["transcript_text"] for row in rows] == ["no hay internet"]


async def test_an_erasure_leaves_the_way_of_nobody(url: str, tmp_path: Path) -> None:
    async with Store.open(url, clock=SystemClock(), erasure_key=tmp_path / "key") as store:
        await is_erased(store)


async def is_erased(store: Store) -> None:
    desk = store.front_desk
    await desk.begin(led(ONE, 0))
    await desk.passed(ONE, [left("menu", "ventas")], "cola", at(1))
    await desk.open_ticket(NewTicket(call_id=ONE, kind="reclamo", number=NUMBER, values={"nombre": "Ana"}), at(1))
    said = SaidRecording(call_id=ONE, name="queja", number=NUMBER, recording=f"{ONE}-queja.wav", seconds=4.5)
    await desk.said(said, at(1))
    with pytest.raises(Conflict, match="en una llamada"):
        await store.erasures.erase(NUMBER, [NUMBER], "ana", "lo pidió", at(4))
    await desk.end(ONE, LedEnding.FINISHED, at(4))
    await store.erasures.erase(NUMBER, [NUMBER], "ana", "lo pidió", at(5))
    assert f"{ONE}-queja.wav" in [step.name for step in await store.erasures.steps()]
    assert await desk.unwritten() == []
    (ticket,) = await desk.tickets_of(ONE)
    assert (ticket.number, ticket.values) == (ERASED_NUMBER, {})
    assert await desk.way_of(ONE) == [left("menu", "ventas")]
