"""Calls that trees led, and their tickets, over the API."""

from __future__ import annotations

import httpx

from cti_api.model.front_desk import LedCall, LedEnding, NewTicket, NodeLeft
from cti_api.web.handed import Handed
from tests.support.store import at

CALL = "a" * 32


async def lead(handed: Handed) -> None:
    desk = handed.store.front_desk
    await desk.begin(
        LedCall(
            id=CALL, entry="mesa", tree="mesa", version=3, number="+573001112233", called="6015550100",
            channel_id="1764119999.42", began_at=at(0),
        )
    )  # fmt: skip
    await desk.passed(CALL, [NodeLeft(tree="mesa", node="menu", way="reclamo")], "turno", at(1))
    await desk.open_ticket(
        NewTicket(call_id=CALL, kind="reclamo", number="+573001112233", values={"mes": "octubre"}), at(2)
    )


async def test_the_latest_calls_and_one_with_its_way_and_tickets(api: httpx.AsyncClient, handed: Handed) -> None:
    assert (await api.get("/led-calls")).json() == []
    await lead(handed)
    [call] = (await api.get("/led-calls")).json()
    assert (call["tree"], call["version"], call["node"], call["ending"]) == ("mesa", 3, "turno", None)
    await handed.store.front_desk.end(CALL, LedEnding.HUNG_UP, at(9))
    whole = (await api.get(f"/led-calls/{CALL}")).json()
    assert whole["call"]["ending"] == "hung_up"
    assert whole["passed"] == [{"tree": "mesa", "node": "menu", "way": "reclamo"}]
    assert [ticket["values"] for ticket in whole["tickets"]] == [{"mes": "octubre"}]
    assert (await api.get(f"/led-calls/{'b' * 32}")).status_code == 404
    assert (await api.get("/led-calls/1")).status_code == 422


async def test_where_calls_went_and_where_callers_left_is_counted(api: httpx.AsyncClient, handed: Handed) -> None:
    nothing = {"tree": "mesa", "calls": 0, "ways": [], "hung_up": {}, "handed_over": {}}
    assert (await api.get("/trees/mesa/drop-off")).json() == nothing
    await lead(handed)
    await handed.store.front_desk.end(CALL, LedEnding.HUNG_UP, at(9))
    found = (await api.get("/trees/mesa/drop-off")).json()
    assert (found["calls"], found["hung_up"]) == (1, {"turno": 1})
    assert found["ways"] == [{"tree": "mesa", "node": "menu", "way": "reclamo", "count": 1}]
    days = {"from": at(0).isoformat(), "until": at(1).isoformat()}
    assert (await api.get("/trees/mesa/drop-off", params=days)).json() == found
    assert (await api.get("/trees/mesa/drop-off", params={"from": at(1).isoformat()})).json() == nothing
    assert (await api.get("/trees/mesa/drop-off", params={"from": "ayer"})).status_code == 422


async def test_tickets_of_one_kind_or_all(api: httpx.AsyncClient, handed: Handed) -> None:
    await lead(handed)
    assert [each["kind"] for each in (await api.get("/tickets")).json()] == ["reclamo"]
    assert (await api.get("/tickets", params={"kind": "falla"})).json() == []
