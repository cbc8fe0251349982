"""Public lists over the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx

from cti_api.web.handed import Handed
from tests.support.store import number


async def test_a_copy_is_begun_filled_and_finished(api: httpx.AsyncClient, handed: Handed) -> None:
    taken = handed.clock.now().isoformat()
    begun = await api.post("/registries", json={"registry": "RNE", "taken_at": taken})
    assert begun.status_code == 201
    copy = f"/registries/copies/{begun.json()['copy_id']}"
    entries = [{"number": number(1).e164}, {"number": number(2).e164, "channels": ["sms"], "since": None}]
    assert (await api.post(f"{copy}/entries", json={"entries": entries})).json() == {"added": 2}
    assert (await api.get("/registries")).json() == []
    finished = (await api.post(f"{copy}/finish")).json()
    assert (finished["registry"], finished["entries"]) == ("RNE", 2)
    assert (await api.get("/registries")).json() == [finished]


async def test_lines_of_a_copy_are_read_and_nothing_is_kept(api: httpx.AsyncClient) -> None:
    lines = ["3001234567;voice;2026-01-02", "", "nadie"]
    read = (await api.post("/registries/lines", json={"lines": lines, "first": 1001})).json()
    (entry,) = read["entries"]
    assert (entry["number"], entry["channels"], entry["since"][:10]) == ("+573001234567", ["voice"], "2026-01-03")
    assert [each["line"] for each in read["refused"]] == [1003]
    assert (await api.get("/registries")).json() == []
    assert (await api.post("/registries/lines", json={"lines": lines, "region": "ZZ"})).status_code == 422


async def test_a_list_of_tomorrow_or_without_a_zone_is_refused(api: httpx.AsyncClient) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    for taken in (tomorrow, "2026-11-25T08:00"):
        answer = await api.post("/registries", json={"registry": "RNE", "taken_at": taken})
        assert answer.status_code == 422, answer.text
        assert "taken_at" in answer.text


async def test_a_copy_that_was_never_begun_is_not_found(api: httpx.AsyncClient) -> None:
    assert (await api.post("/registries/copies/7/finish")).status_code == 404
