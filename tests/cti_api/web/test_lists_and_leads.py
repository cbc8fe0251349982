"""Lists of every kind, those brought twice, their sources; and one person entered by hand."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from cti_api.model.ids import CampaignId
from cti_api.model.leads import LeadState
from cti_api.web.handed import Handed
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.odd_files import DATA
from tests.support.sheets import xlsx
from tests.support.store import number

CAMPAIGN = CampaignId("mantenimiento")
LEADS = "/campaigns/mantenimiento/leads"


@pytest.fixture(autouse=True)
async def campaign(api: httpx.AsyncClient) -> None:
    await api.post("/campaigns", content=CAMPAIGN_FILE)


async def send(
    api: httpx.AsyncClient, content: bytes, **asked: Any
) -> tuple[dict[str, Any], list[Any], dict[str, Any]]:
    """What the list is, what of it was not taken, and the result."""
    answer = await api.post(LEADS, content=content, params=asked)
    assert answer.status_code == 200, answer.text
    found, *batches, last = [json.loads(line) for line in answer.text.splitlines()]
    return found["found"], [each for batch in batches for each in batch["rejections"]], last["result"]


async def test_a_spreadsheet_is_a_list_like_any_other(api: httpx.AsyncClient) -> None:
    book = xlsx([["Listado"], ["nombre", "telefono"], ["Ana", 3001234567], ["Eva", "3.0E+09"]])
    found, rejections, result = await send(api, book)
    assert (found["kind"], found["header_line"], found["sheet"]) == ("xlsx", 2, "Hoja1")
    assert (result["imported"], [each["line"] for each in rejections]) == (1, [4])
    assert rejections[0]["cells"] == ["Eva", "3.0E+09"]


async def test_the_columns_of_a_source_are_those_of_its_first_list(api: httpx.AsyncClient) -> None:
    columns = {"name": "Nombre", "phone": ["Teléfono"], "valid_until": "Válido hasta"}
    await send(api, (DATA / "customers.xls").read_bytes(), source="spiga", **columns)
    (source,) = (await api.get("/sources")).json()
    assert (source["name"], source["columns"]) == (
        "spiga",
        {"name": ["Nombre"], "phone": ["Teléfono"], "valid_until": ["Válido hasta"]},
    )
    later = "Nombre;Teléfono;Válido hasta\nPía;3051234567;31/12/2030\n"
    _, rejections, result = await send(api, later.encode(), source="spiga")
    assert (result["imported"], rejections) == (1, [])


async def test_a_column_of_the_campaign_can_be_left_out(api: httpx.AsyncClient) -> None:
    _, _, result = await send(api, b"tel\n3001234567\n", name="", phone=["tel"])
    assert result["imported"] == 1


async def test_the_same_list_again_counts_as_the_first_time_and_says_so(api: httpx.AsyncClient) -> None:
    content = b"nombre,telefono\nAna,3001234567\nEva,3101234567\nAna,300 123 4567\nLuz,no\n"
    first = await send(api, content)
    again = await send(api, content)
    assert first[1] == again[1]
    assert [each["duplicate"] for each in first[1]] == [True, False]
    assert first[2] | {"of_earlier_run": 2, "finished_before": again[2]["finished_before"]} == again[2]
    assert again[2]["finished_before"] is not None
    assert (first[2]["imported"], first[2]["twice_in_list"], first[2]["rejected_rows"]) == (2, 1, 2)


async def test_whoever_is_there_already_is_told_with_the_row_and_its_first(api: httpx.AsyncClient) -> None:
    await send(api, b"nombre,telefono,nota\nAna,3001234567,x\n", file="marzo.csv")
    _, (told,), result = await send(
        api, b"nombre,nota,telefono\nAna,'y,300 123 4567\nEva,z,3101234567\n", file="abril.csv"
    )
    assert told["reason"] == "one of its numbers is in the campaign already: line 2 of marzo.csv"
    assert told["cells"] == ["Ana", "'y", "300 123 4567"]
    assert (result["already_there"], result["twice_in_list"]) == (1, 0)


@pytest.mark.parametrize("asked", [{"phon": "x"}, {"source": "No Name"}, {"phone": ["x"] * 11}, {"name": "a\nb"}])
async def test_a_mapping_that_is_none_is_refused(api: httpx.AsyncClient, asked: dict[str, Any]) -> None:
    assert (await api.post(LEADS, content=b"nombre,telefono\n", params=asked)).status_code == 422


async def test_a_person_is_entered_and_is_the_next_to_be_called(api: httpx.AsyncClient, handed: Handed) -> None:
    await send(api, b"nombre,telefono\nAna,3001234567\n")
    body = {
        "phones": ["(310) 123-4567 / 601 555 0100", "no tiene"],
        "name": "Óscar Muñoz",
        "priority": 9,
        "fields": {"placa": "XYZ987"},
        "timezone": "America/Bogota",
    }
    answer = await api.post(LEADS, json=body)
    assert answer.status_code == 200, answer.text
    entered = answer.json()
    assert entered["phones"] == ["+573101234567", "+576015550100"]
    assert len(entered["refused"]) == 1
    now = handed.clock.now()
    (lead,) = await handed.store.leads.reserve(CAMPAIGN, 1, now, now + timedelta(minutes=1))
    assert (lead.id, lead.contact.name, lead.fields) == (entered["lead_id"], "Óscar Muñoz", {"placa": "XYZ987"})


async def test_an_entered_person_who_waits_too_long_is_not_called(api: httpx.AsyncClient, handed: Handed) -> None:
    now = handed.clock.now()
    body = {"phones": ["3101234567"], "expires": (now + timedelta(seconds=30)).isoformat()}
    await api.post(LEADS, json=body)
    assert await handed.store.leads.reserve(CAMPAIGN, 1, now + timedelta(seconds=31), now + timedelta(60)) == []
    lead = await handed.store.leads.with_number(CAMPAIGN, number(0)) or (await handed.store.leads.find("3101234567"))[0]
    assert lead.state is LeadState.CLOSED


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"phones": ["no"]}, "phones"),
        ({"phones": []}, "phones"),
        ({"phones": ["3101234567"], "timezone": "Bogota"}, "timezone"),
        ({"phones": ["3101234567"], "expires": "2020-01-01T00:00:00Z"}, "expires"),
        ({"phones": ["3101234567"], "expires": "2030-01-01T00:00:00"}, "expires"),
        ({"phones": ["3101234567"], "phone": "x"}, "phone"),
        ({"phones": ["3101234567"], "priority": 10**12}, "priority"),
    ],
)
async def test_a_person_who_cannot_be_taken_is_refused_with_the_entry(
    api: httpx.AsyncClient, body: dict[str, Any], path: str
) -> None:
    answer = await api.post(LEADS, json=body)
    assert answer.status_code == 422
    assert [fault["path"] for fault in answer.json()["faults"]] == [path]


async def test_a_person_who_is_there_already_is_told(api: httpx.AsyncClient) -> None:
    assert (await api.post(LEADS, json={"phones": ["3101234567"]})).status_code == 200
    again = await api.post(LEADS, json={"phones": ["+57 310 123 4567"]})
    assert again.status_code == 409
    assert "in the campaign already: lead" in again.json()["detail"]


async def test_a_body_that_is_no_person_is_refused(api: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json"}
    for content in (b"", b"[", b"[]", b"\xff", b"{" * 1000, b'{"phones": "' + b"3" * 1_500_000):
        answer = await api.post(LEADS, content=content, headers=headers)
        assert answer.status_code in (413, 422), content[:20]
    await api.post("/campaigns/mantenimiento/cancel")
    assert (await api.post(LEADS, json={"phones": ["3101234567"]})).status_code == 409
