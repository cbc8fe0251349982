"""Indicators over the API: what they are, what they come to, and the rows behind."""

from __future__ import annotations

import csv
import io
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from cti_api.kpi.indicators import INDICATORS
from cti_api.model.events import Event, EventKind
from cti_api.store.store import Store
from cti_api.web.handed import Handed
from cti_api.web.kpi_shown import MOST_GROUPS
from tests.support.store import at, event

BOGOTA = ZoneInfo("America/Bogota")
MONTH = {"month": "2026-03"}


def call(n: int, *, brand: str = "Kia", agent: str = "ana", result: str = "connected", contact: bool = True) -> Event:
    payload = {
        "result": result, "placed_at": at(600 * n).isoformat(), "talk_seconds": 60.0, "held_seconds": 10.0,
        "wrap_up_seconds": 5.0, "contact": contact, "effective": contact, "success": contact and n % 2 == 0,
        "reason": "" if contact else "no_answer", "list": "marzo.csv", "brand": brand,
    }  # fmt: skip
    return event(
        EventKind.ATTEMPT_CLOSED, at(600 * n + 90), campaign_id="norte" if n < 6 else "sur", lead_id=n,
        attempt_id=f"{n:032x}", agent_id=agent, payload=payload,
    )  # fmt: skip


async def counted(store: Store, *events: Event) -> None:
    await store.outbox.append(*events)
    while await store.outbox.number():
        pass
    while await store.kpi.ingest(BOGOTA) is not None:
        pass


@pytest.fixture
async def eight(handed: Handed) -> None:
    """Six calls of one campaign and two of another, every third without contact."""
    calls = [call(n, brand="Kia" if n < 4 else "Mazda", contact=bool(n % 3)) for n in range(8)]
    await counted(handed.store, *calls)


async def got(api: httpx.AsyncClient, path: str, **query: Any) -> Any:
    answer = await api.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_every_indicator_is_there_with_everything_about_it(api: httpx.AsyncClient) -> None:
    found = {each["id"]: each for each in await got(api, "/kpi")}
    assert set(found) == set(INDICATORS)
    effectiveness = found["effectiveness"]
    assert effectiveness["formula"] == {
        "es": "llamadas efectivas / llamadas realizadas",
        "en": "effective calls / calls made",
    }
    assert effectiveness["splits"] == ["agent", "brand", "campaign", "day", "hour", "list", "month"]
    assert (effectiveness["procedure"], effectiveness["answer"]) == ("P1 KPI", None)
    assert found["service_level"]["target"]["said"]["es"] == "bueno desde 80 %, malo por debajo de 70 %"


@pytest.mark.usefixtures("eight")
async def test_a_figure_comes_with_its_counts_and_its_interval(api: httpx.AsyncClient) -> None:
    found = (await got(api, "/kpi/contact_rate", **MONTH))["answer"]
    (figure,) = found["figures"]
    assert (found["first"], found["last"]) == ("2026-03-01", "2026-03-31")
    assert figure["counts"] == {"contacts": 5, "calls_made": 8}
    assert (figure["value"], figure["shown"]) == (0.625, "62,5 %")
    assert 0 < figure["interval"]["low"] < 0.625 < figure["interval"]["high"] < 1


@pytest.mark.usefixtures("eight")
async def test_it_is_told_apart_within_a_campaign_or_a_brand(api: httpx.AsyncClient) -> None:
    by_brand = await got(api, "/kpi/calls_made", by="brand", campaign="norte", **MONTH)
    assert {each["group"]: each["value"] for each in by_brand["answer"]["figures"]} == {"Kia": 4, "Mazda": 2}
    reasons = await got(api, "/kpi/no_contact", by="reason", brand="Mazda", **MONTH)
    (reason,) = reasons["answer"]["figures"]
    assert (reason["group"], reason["said"], reason["value"]) == ("no_answer", "No contesta", 1)


@pytest.mark.usefixtures("eight")
async def test_several_are_answered_at_once_and_those_that_cannot_be_are_told_without(api: httpx.AsyncClient) -> None:
    found = {each["id"]: each["answer"] for each in await got(api, "/kpi", campaign="norte", **MONTH)}
    assert found["calls_made"]["figures"][0]["value"] == 6
    assert found["service_level"] is None
    asked = await got(api, "/kpi", **{"id": ["calls_made", "contact_rate"]}, **MONTH)
    assert [each["id"] for each in asked] == ["calls_made", "contact_rate"]


async def test_what_was_never_recorded_is_said_to_lack(api: httpx.AsyncClient) -> None:
    found = (await got(api, "/kpi/retention", **MONTH))["answer"]
    assert (found["figures"], found["lacking"]) == ([], ["contracts_renewed", "contracts_due"])
    assert found["lacking_said"] == "Sin datos: falta registrar contratos renovados, contratos por renovar."


@pytest.mark.usefixtures("eight")
async def test_the_rows_behind_add_up_to_the_figure(api: httpx.AsyncClient) -> None:
    found, path, query = [], "/kpi/contact_rate/rows", {"limit": 3, **MONTH}
    answer = await api.get(path, params=query)
    while True:
        found += answer.json()
        if "next" not in answer.links:
            break
        answer = await api.get(answer.links["next"]["url"].removeprefix("/api/v1"))
    assert sum(each["counts"].get("contacts", 0) for each in found) == 5
    assert sum(each["counts"].get("calls_made", 0) for each in found) == 8
    assert [each["id"] for each in found] == [f"{n:032x}" for n in reversed(range(8))]
    assert (found[0]["path"], found[0]["campaign"]) == (f"/api/v1/attempts/{7:032x}", "sur")
    assert found[-1]["at"] == "2026-03-02T09:00:00-05:00"


@pytest.mark.usefixtures("eight")
async def test_rows_are_looked_for_by_everything_that_they_are(api: httpx.AsyncClient) -> None:
    rows = await got(api, "/kpi/contact_rate/rows", brand="Kia", measure="contacts", campaign="norte", **MONTH)
    assert [each["id"][-1] for each in rows] == ["2", "1"]
    assert await got(api, "/kpi/contact_rate/rows", hour=10, brand="Mazda", **MONTH) != []
    assert await got(api, "/kpi/contact_rate/rows", hour=3, **MONTH) == []


@pytest.mark.usefixtures("eight")
async def test_no_row_has_a_number_or_a_name(api: httpx.AsyncClient) -> None:
    rows = await got(api, "/kpi/contact_rate/rows", **MONTH)
    assert set(rows[0]) == {"kind", "id", "path", "at", "campaign", "queue", "survey", "splits", "counts"}
    assert set(rows[0]["splits"]) <= {"list", "brand", "agent", "reason"}


@pytest.mark.usefixtures("eight")
async def test_a_spreadsheet_gets_lines(api: httpx.AsyncClient) -> None:
    answer = await api.get("/kpi/contact_rate", params={"by": "brand", "format": "csv", **MONTH})
    assert answer.headers["content-type"].startswith("text/csv")
    lines = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [(each["grupo"], each["valor"]) for each in lines] == [("Kia", "0.5"), ("Mazda", "0.75")]
    assert lines[0]["conteos"] == "contactos: 2; llamadas realizadas: 4"
    everything = await api.get("/kpi", params={"format": "csv", "separator": "semicolon"})
    assert "Sin datos: falta registrar" in everything.text


async def test_a_page_has_the_largest_groups_and_a_spreadsheet_every_one(
    api: httpx.AsyncClient, handed: Handed
) -> None:
    many = MOST_GROUPS + 2
    await counted(handed.store, *(call(144 * n, brand=f"m{n}") for n in range(many)))
    query = {"from": "2026-01-01", "to": "2029-12-31"}
    two_years = {"from": "2026-03-02", "to": "2028-03-01"}
    by_day = (await got(api, "/kpi/calls_made", by="day", **two_years))["answer"]
    assert (len(by_day["figures"]), by_day["left_out"]) == (731, 0)
    by_brand = (await got(api, "/kpi/calls_made", by="brand", **query))["answer"]
    assert (len(by_brand["figures"]), by_brand["left_out"]) == (MOST_GROUPS, 2)
    for path in ("/kpi", "/kpi/calls_made"):
        answer = await api.get(path, params={"by": "brand", "format": "csv", **query})
        lines = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
        assert sum(each["indicador"] == "calls_made" for each in lines) == many


REFUSED = (
    ("/kpi/nada", {}, "There is no indicator 'nada'"),
    ("/kpi/service_level", {"by": "brand"}, "not told apart by brand"),
    ("/kpi/calls_made", {"campaign": "norte", "queue": "ventas"}, "one campaign, queue or survey"),
    ("/kpi/calls_made", {"brand": "Kia", "agent": "ana"}, "one brand, agent"),
    ("/kpi/calls_made", {"from": "2026-03-02", "to": "2026-03-01"}, "after the last"),
    ("/kpi/calls_made", {"to": "9999-12-31"}, "between the years 2000 and 2099"),
    ("/kpi/calls_made", {"by": "day", "from": "2024-01-01", "to": "2026-01-01"}, "at most two years, 731 days"),
    ("/kpi/calls_made", {"from": "0001-01-01"}, "between the years 2000 and 2099"),
    ("/kpi/calls_made/rows", {"from": "2099-12-31", "to": "2100-01-01"}, "between the years 2000 and 2099"),
    ("/kpi/calls_made", {"month": "2026-03", "from": "2026-03-02"}, "a month, or for days"),
    ("/kpi/calls_made/rows", {"measure": "contacts"}, "not made of contacts"),
    ("/kpi/calls_made/rows", {"after": "bm90IGEgbWFyaw"}, "page cannot be found"),
)


async def test_a_question_without_an_answer_is_refused(api: httpx.AsyncClient) -> None:
    for path, query, said in REFUSED:
        answer = await api.get(path, params=query)
        assert answer.status_code == 422, path
        assert said in answer.text


@pytest.mark.parametrize("days", [{"from": "2000-01-01", "to": "2099-12-31"}, {"month": "2099-12"}])
@pytest.mark.parametrize("path", ["/kpi", "/kpi/calls_made", "/kpi/calls_made/rows"])
async def test_the_whole_century_may_be_asked_for(api: httpx.AsyncClient, path: str, days: dict[str, str]) -> None:
    assert isinstance(await got(api, path, **days), list | dict)
