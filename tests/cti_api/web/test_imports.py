"""Lists over the API: every row becomes a lead or is named with the reason why not."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from cti_api.errors import StoreUnavailable
from cti_api.model.ids import CampaignId
from cti_api.store.intake import BATCH
from cti_api.store.leads import Leads
from cti_api.web.handed import Handed
from cti_api.web.serve import serve_unix
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.store import number

HEADER = "nombre,telefono,placa\n"


@pytest.fixture(autouse=True)
async def campaign(api: httpx.AsyncClient) -> None:
    await api.post("/campaigns", content=CAMPAIGN_FILE)


async def send(api: httpx.AsyncClient, text: str | bytes, **columns: Any) -> list[dict[str, Any]]:
    answer = await api.post("/campaigns/mantenimiento/leads", content=text, params=columns)
    assert answer.status_code == 200, answer.text
    found, *lines = [json.loads(line) for line in answer.text.splitlines()]
    assert found.keys() == {"found"}
    return lines


def rejections(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Everything that was not taken, from the lines of all batches."""
    return [each for line in lines for each in line.get("rejections", [])]


async def leads_in(handed: Handed) -> int:
    return (await handed.store.campaigns.counts(CampaignId("mantenimiento"))).leads


def row(n: int) -> str:
    return f"Cliente {n},{number(n).e164},ABC{n:03d}\n"


async def test_every_row_becomes_a_lead(api: httpx.AsyncClient, handed: Handed) -> None:
    lines = await send(api, HEADER + row(1) + row(2))
    assert (lines[-1]["result"]["rows"], lines[-1]["result"]["imported"], rejections(lines)) == (2, 2, [])
    assert await leads_in(handed) == 2


async def test_a_row_that_is_not_taken_is_named_with_its_line_and_why(api: httpx.AsyncClient) -> None:
    lines = await send(api, HEADER + row(1) + "Eva,,X\n" + "Luis,abc,X\n" + row(1) + row(2))
    result = lines[-1]["result"]
    assert (result["rows"], result["imported"], result["rejected_rows"]) == (5, 2, 3)
    assert [each["line"] for each in rejections(lines)] == [3, 4, 5]
    assert all(each["reason"] and not each["row_kept"] for each in rejections(lines))


async def test_the_same_list_again_finds_everyone_there(api: httpx.AsyncClient) -> None:
    await send(api, HEADER + row(1) + row(2))
    *lines, last = await send(api, HEADER + row(1) + row(2) + row(3))
    assert last["result"]["imported"] == 1
    assert (last["result"]["rejected_rows"], last["result"]["already_there"]) == (2, 2)
    assert [each["line"] for each in rejections(lines)] == [2, 3]


async def test_progress_is_told_by_the_batch(api: httpx.AsyncClient) -> None:
    lines = await send(api, HEADER + "".join(row(n) for n in range(BATCH + 1)))
    assert [line.get("imported") for line in lines[:-1]] == [BATCH, BATCH + 1]
    assert lines[-1]["result"]["imported"] == BATCH + 1


async def test_a_list_that_is_only_looked_at_brings_nobody_in(api: httpx.AsyncClient, handed: Handed) -> None:
    text = HEADER + row(1) + row(2) + "Eva,,X\n"
    answer = await api.post("/campaigns/mantenimiento/leads/preview", content=text, params={"source": "spiga"})
    found, batch, last = [json.loads(line) for line in answer.text.splitlines()]
    assert found["found"]["columns"]["phones"] == ["telefono"]
    assert [each["line"] for each in batch["rejections"]] == [4]
    assert (last["result"]["rows"], last["result"]["imported"], last["result"]["rejected_rows"]) == (3, 2, 1)
    assert await leads_in(handed) == 0
    assert (await api.get("/sources")).json() in ([], {"items": [], "next": None})
    lines = await send(api, text)  # and is the first of its kind when it is brought
    assert lines[-1]["result"]["imported"] == 2
    assert lines[-1]["result"]["finished_before"] is None


async def test_every_row_that_is_not_taken_is_told_however_many_there_are(api: httpx.AsyncClient) -> None:
    *lines, last = await send(api, HEADER + "Eva,,X\n" * 10_500 + row(1))
    assert (last["result"]["rejected_rows"], last["result"]["imported"]) == (10_500, 1)
    assert [each["line"] for each in rejections(lines)] == list(range(2, 10_502))
    assert max(len(line["rejections"]) for line in lines) <= BATCH


async def test_columns_of_another_list_are_named_in_the_request(api: httpx.AsyncClient) -> None:
    text = "cliente;movil;fijo;orden\nAna;3001234567;6015550100;7\nEva;nada;6015550101;1\n"
    columns = {"name": "cliente", "phone": ["movil", "fijo"], "priority": "orden"}
    *lines, last = await send(api, text, **columns)
    result = last["result"]
    assert (result["imported"], result["rejected_rows"], result["refused_cells"]) == (2, 0, 1)
    assert [(each["line"], each["column"], each["row_kept"]) for each in rejections(lines)] == [(3, "movil", True)]


@pytest.mark.parametrize(
    ("text", "path"),
    [("", None), ("nombre,celular\n", "telefono"), ("telefono,telefono,nombre\n", "telefono"), (b"\xff\xfe\n", "")],
)
async def test_a_header_that_cannot_serve_is_refused_and_nothing_changes(
    api: httpx.AsyncClient, handed: Handed, text: str, path: str | None
) -> None:
    answer = await api.post("/campaigns/mantenimiento/leads", content=text)
    assert answer.status_code == 422
    assert [fault["path"] for fault in answer.json().get("faults", [])] == ([] if path is None else [path])
    assert await leads_in(handed) == 0


async def test_a_list_for_no_campaign_or_a_cancelled_one_is_refused(api: httpx.AsyncClient) -> None:
    assert (await api.post("/campaigns/otra/leads", content=HEADER + row(1))).status_code == 404
    await api.post("/campaigns/mantenimiento/cancel")
    assert (await api.post("/campaigns/mantenimiento/leads", content=HEADER + row(1))).status_code == 409


async def test_a_list_larger_than_the_limit_is_refused_before_any_row(api: httpx.AsyncClient, handed: Handed) -> None:
    answer = await api.post("/campaigns/mantenimiento/leads", content=HEADER + row(1) * 100_000)
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:vocero:problem:input")
    assert "larger than 2 MB: send it in parts, or raise limits.upload_megabytes" in answer.json()["detail"]
    assert await leads_in(handed) == 0


async def test_a_client_that_breaks_off_changes_nothing(app: FastAPI, handed: Handed, tmp_path: Path) -> None:
    path, ready = tmp_path / "vocero.sock", asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        server = tasks.create_task(serve_unix(app, path, ready.set))
        await ready.wait()
        reader, writer = await asyncio.open_unix_connection(path)
        head = "POST /api/v1/campaigns/mantenimiento/leads HTTP/1.1\r\nHost: vocero\r\nContent-Length: 1000\r\n\r\n"
        writer.write((head + HEADER + row(1)).encode())
        await writer.drain()
        writer.write_eof()
        await reader.read()
        writer.close()
        server.cancel()
    assert await leads_in(handed) == 0


async def test_a_store_that_fails_in_the_middle_is_told_with_what_went_in(
    api: httpx.AsyncClient, handed: Handed
) -> None:
    class FullAfterOne(Leads):
        taken = 0

        async def add(self, *arguments: Any) -> Any:
            self.taken += 1
            if self.taken > 1:
                raise StoreUnavailable("The disk of the store is full.")
            return await super().add(*arguments)

    handed.store.leads = FullAfterOne(handed.store._database, handed.store.leads._key)
    lines = await send(api, HEADER + "".join(row(n) for n in range(BATCH * 2)))
    assert lines[-1]["imported"] == BATCH
    assert lines[-1]["problem"]["type"] == "urn:vocero:problem:store"


async def test_hostile_names_are_kept_as_text(api: httpx.AsyncClient, handed: Handed) -> None:
    name = '${SHELL(x)}, "quoted" \u202e {}'
    quoted = '"' + name.replace('"', '""') + '"'
    await send(api, f"{HEADER}{quoted},{number(1).e164},X\n")
    (lead,) = await handed.store.leads.find("SHELL")
    assert lead.contact.name == name


async def test_a_consent_without_a_purpose_was_given_for_the_campaigns(api: httpx.AsyncClient, handed: Handed) -> None:
    text = f"nombre,telefono,canal,dia\nAna,{number(1).e164},llamada,2026-01-02\n"
    await send(api, text, consent_channel="canal", consent_date="dia")
    [consent] = await handed.store.consents.of(number(1))
    assert consent.purpose == "commercial"
