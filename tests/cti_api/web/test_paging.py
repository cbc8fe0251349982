"""Long lists page by page: all of it once, whatever is added meanwhile; and what is no place is refused."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from cti_api.access.chain import Deed
from cti_api.model.calls import CallResult
from cti_api.model.front_desk import LedCall, NewTicket
from cti_api.model.ids import CampaignId, InboundId, QueueId
from cti_api.model.leads import LeadState
from cti_api.model.queues import InboundCall, InboundOutcome
from cti_api.store.follow_ups import NewTask
from cti_api.web.handed import Handed
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.messages import message_for, planned
from tests.support.queue_files import QUEUE_FILE
from tests.support.store import at, attempt_for, closed, move, new_leads, number

CAMPAIGN = CampaignId("mantenimiento")
Add = Callable[[Handed, int], Awaitable[None]]


async def lead(handed: Handed, n: int) -> None:
    await handed.store.leads.add(CAMPAIGN, new_leads(1, first=n), at(n))


async def called(handed: Handed, n: int) -> None:
    await lead(handed, n)
    [reserved] = await handed.store.leads.reserve(CAMPAIGN, 1, at(n), at(n + 60))
    attempt = attempt_for(reserved, at(n // 2))  # two at the same instant
    await handed.store.attempts.open(attempt)
    await handed.store.attempts.close(closed(attempt, CallResult.BUSY, at(n)), move(LeadState.CLOSED))


async def written(handed: Handed, n: int) -> None:
    await lead(handed, n)
    found = await handed.store.leads.with_number(CAMPAIGN, number(n))
    assert found is not None
    message = message_for(found, at(n // 2))
    await handed.store.follow_ups.plan(
        [planned(found, message), planned(found, NewTask("Llamar", "ana"), action="t")], at(n // 2)
    )


async def led(handed: Handed, n: int) -> None:
    call = f"{n:032x}"
    await handed.store.front_desk.begin(
        LedCall(
            id=call, entry="mesa", tree="mesa", version=1, number="+573001112233", called="6015550100",
            channel_id=f"1764119999.{n}", began_at=at(n // 2),
        )
    )  # fmt: skip
    await handed.store.front_desk.open_ticket(NewTicket(call_id=call, kind="reclamo", number="", values={}), at(n))


async def missed(handed: Handed, n: int) -> None:
    now = handed.clock.now()
    call = InboundCall(
        id=InboundId(f"1764{n:06d}.1"), queue=QueueId("soporte"), number="+573001234567", arrived_at=now, queued_at=now,
        ended_at=now, closed_at=now, outcome=InboundOutcome.CALLER_ABANDONED,
    )  # fmt: skip
    await handed.store.queues.write(call)


async def done(handed: Handed, n: int) -> None:
    deed = Deed(at=at(n), who="key:crm", address="", what="POST /x", target="", said=str(n))
    await handed.store.audit.append(deed)


LISTS: dict[str, tuple[Add, str]] = {
    "/attempts": (called, "attempt_id"),
    "/attempts?campaign=mantenimiento&result=busy": (called, "attempt_id"),
    "/messages?state=planned": (written, "id"),
    "/tasks": (written, "id"),
    "/tasks?done=true": (written, "id"),
    "/led-calls": (led, "id"),
    "/tickets?kind=reclamo": (led, "id"),
    "/queues/soporte/missed?days=2": (missed, "caller_id"),
    "/audit": (done, "seq"),
}


@pytest.fixture
async def ready(api: httpx.AsyncClient) -> httpx.AsyncClient:
    assert (await api.post("/campaigns", content=CAMPAIGN_FILE)).is_success
    assert (await api.put("/queues/soporte", content=QUEUE_FILE)).is_success
    return api


def next_of(answer: httpx.Response) -> str | None:
    found = re.fullmatch(r'</api/v1(/.+)>; rel="next"', answer.headers.get("link", ""))
    return found[1] if found else None


@pytest.mark.parametrize("path", LISTS)
async def test_all_of_a_list_is_told_once_though_rows_are_added_meanwhile(
    ready: httpx.AsyncClient, handed: Handed, path: str
) -> None:
    add, name = LISTS[path]
    for n in range(7):
        await add(handed, n)
    sign = "&" if "?" in path else "?"
    whole = [each[name] for each in (await ready.get(f"{path}{sign}limit=100")).json()]
    told: list[Any] = []
    here: str | None = f"{path}{sign}limit=3"
    sizes = []
    while here is not None:
        answer = await ready.get(here)
        assert answer.status_code == 200, answer.text
        told += [each[name] for each in answer.json()]
        sizes.append(len(answer.json()))
        here = next_of(answer)
        await add(handed, 50 + len(sizes))
    assert [each for each in told if each in whole] == whole
    assert len({*told}) == len(told)
    assert all(size == 3 for size in sizes[:-1])


async def test_leads_are_found_by_number_key_or_campaign(ready: httpx.AsyncClient, handed: Handed) -> None:
    await handed.store.leads.add(CAMPAIGN, new_leads(5), at(0))
    await handed.store.leads.add(CAMPAIGN, new_leads(1, first=9, external_key="CC-1", valid_until=at(99)), at(0))
    by_number = (await ready.post("/leads/search", json={"number": number(2).e164})).json()
    assert [(each["name"], each["phones"], each["state"]) for each in by_number] == [
        ("Cliente 2", [number(2).e164], "new")
    ]
    [by_key] = (await ready.post("/leads/search", json={"external_key": "CC-1"})).json()
    assert (by_key["external_key"], by_key["fields"], by_key["expires"]) == (
        "CC-1", {"placa": "ABC009"}, "2026-03-02T14:01:39Z",
    )  # fmt: skip
    assert (await ready.get(f"/leads/{by_key['lead_id']}")).json() == by_key
    assert (await ready.get("/leads/99999")).status_code == 404
    page = await ready.post("/leads/search?limit=4", json={"campaign_id": CAMPAIGN, "state": "new"})
    more = await ready.post(str(next_of(page)), json={"campaign_id": CAMPAIGN, "state": "new"})
    names = [each["name"] for each in page.json() + more.json()]
    assert names == [f"Cliente {n}" for n in (0, 1, 2, 3, 4, 9)]
    assert next_of(more) is None
    refused = await ready.post("/leads/search", json={"state": "new"})
    assert "say whom" in refused.json()["faults"][0]["message"]


async def test_attempts_are_found_by_lead_and_time_and_one_is_told_whole(
    ready: httpx.AsyncClient, handed: Handed
) -> None:
    for n in range(4):
        await called(handed, n)
    [found] = (await ready.post("/leads/search", json={"number": number(3).e164})).json()
    [one] = (await ready.get(f"/attempts?lead={found['lead_id']}")).json()
    assert (one["result"], one["number"], one["name"], one["has_recording"]) == (
        "busy", number(3).e164, "Cliente 3", False,
    )  # fmt: skip
    span = {"from": at(0).isoformat(), "until": (at(0) + timedelta(seconds=1)).isoformat()}
    assert len((await ready.get("/attempts", params=span)).json()) == 2
    assert (await ready.get("/attempts?agent=ana")).json() == []
    await handed.store.attempts.dispose(one["attempt_id"], "sin_cita", {"motivo": "precio"}, at(9))
    await handed.store.attempts.dispose(one["attempt_id"], "cita", {}, at(10), source="key:crm")
    whole = (await ready.get(f"/attempts/{one['attempt_id']}")).json()
    assert [(each["version"], each["code"], each["source"]) for each in whole["dispositions"]] == [
        (1, "sin_cita", "agent"),
        (2, "cita", "key:crm"),
    ]
    assert (whole["disposition"], whole["allowed_by"]["rule"]) == ("cita", "all")
    assert (await ready.get(f"/attempts/{'0' * 32}")).status_code == 404


def word(told: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "after",
    [
        "1", "abc", "____", word([]), word({}), word([1, 2]), word(["2026-03-02T14:00:00", "0" * 32]),
        word([None, None]), word([True, False]), word(["2026-03-02T14:00:00Z", 7.5]), word("[" * 50), "x" * 401, "ñ",
    ],
)  # fmt: skip
async def test_what_is_no_place_in_a_list_is_refused(ready: httpx.AsyncClient, after: str) -> None:
    for path in ("/attempts", "/messages", "/led-calls", "/audit", "/tasks"):
        answer = await ready.get(path, params={"after": after})
        assert (answer.status_code, answer.json()["faults"][0]["path"]) == (422, "after"), path


@pytest.mark.parametrize("limit", [0, 5001, -1, "x"])
async def test_a_page_has_a_sensible_size(ready: httpx.AsyncClient, limit: object) -> None:
    for path in ("/attempts", "/messages", "/led-calls", "/audit", "/tickets", "/appointments"):
        assert (await ready.get(path, params={"limit": str(limit)})).status_code == 422, path
