"""Reports over the API: any of them now, what is sent by itself, and what became of it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from python_calamine import CalamineWorkbook

from cti_api.access.actors import Role, Scope
from cti_api.reports.kinds import COVER, REPORTS
from cti_api.reports.run import RunId, RunState, RunStep
from cti_api.web.handed import Handed
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.console import ORIGIN, Console, console, console_app
from tests.support.office import SetClock
from tests.support.report_post import MONTHLY, desk, due
from tests.support.store import CAMPAIGN, T0

AT_END = {"name": "resultados", "kind": "campaign", "to": ["jefa@example.com"], "at_end": True}
NOW = due(11) - timedelta(days=1)


@pytest.fixture
async def handed(handed: Handed) -> Handed:
    """On the day before October's report is due."""
    clock = SetClock(NOW)
    await handed.store.campaigns.create(CAMPAIGN, "Mantenimiento", CAMPAIGN_FILE, T0)
    return replace(handed, clock=clock, reports=desk(handed.store, clock, MONTHLY, AT_END))


@pytest.fixture(scope="session")
def shared_console() -> FastAPI:
    return console_app()


@pytest.fixture
async def door(shared_console: FastAPI, handed: Handed) -> AsyncIterator[Console]:
    async with console(shared_console, handed) as opened:
        yield opened


async def test_the_kinds_and_the_schedule_are_told(api: httpx.AsyncClient) -> None:
    kinds = (await api.get("/reports")).json()
    assert [each["name"] for each in kinds] == list(REPORTS)
    found = (await api.get("/reports/schedule")).json()
    assert found == [
        {"name": "mensual", "kind": "monthly", "of": "", "to": ["director@example.com"],
         "next_at": "2026-11-02T12:00:00Z"},
        {"name": "resultados", "kind": "campaign", "of": "", "to": ["jefa@example.com"], "next_at": None},
    ]  # fmt: skip


async def test_a_report_is_downloaded_as_a_workbook_and_as_csv(api: httpx.AsyncClient) -> None:
    answer = await api.get("/reports/monthly", params={"period": "2026-10", "of": CAMPAIGN})
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].endswith('.xlsx"')
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert book.sheet_names == list(REPORTS["monthly"].sheets)
    # as a form sends what nobody filled in
    answer = await api.get("/reports/monthly", params={"of": "", "period": "", "format": "csv"})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert len(archive.namelist()) == len(REPORTS["monthly"].sheets) - 1, f"each but {COVER}"
        assert all(archive.read(name).startswith(b"\xef\xbb\xbf") for name in archive.namelist())


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/reports/yearly", 422, "There is no report 'yearly'"),
        ("/reports/monthly?period=octubre", 422, "is no period"),
        ("/reports/monthly?period=0001-06", 422, "begins before 2000"),
        ("/reports/weekly?period=0001-W01", 422, "begins before 2000"),
        ("/reports/monthly?period=2026-W41", 422, "of a period of the kind month"),
        ("/reports/monthly?of=otra", 404, "otra"),
        ("/reports/campaign", 422, "say of which"),
        ("/reports/weekly?of=mantenimiento", 422, "of the whole company"),
        ("/reports/runs/00000000000000000000000000000000/again", 405, "Method Not Allowed"),
    ],
)
async def test_what_there_is_not_is_refused_in_words(api: httpx.AsyncClient, path: str, status: int, says: str) -> None:
    answer = await api.get(path)
    assert (answer.status_code, says in answer.json()["detail"]) == (status, True), answer.json()


async def test_a_report_that_somebody_asks_for_is_planned_and_found(api: httpx.AsyncClient, handed: Handed) -> None:
    to = ["ana@example.com", "luis@example.com", "ana@example.com"]
    sent = (await api.post("/reports/campaign/send", json={"to": to, "of": CAMPAIGN})).json()
    assert [(each["to"], each["state"]) for each in sent] == [(to[0], "planned"), (to[1], "planned")]
    assert handed.reports is not None
    assert handed.reports.wake.is_set()
    page = await api.get("/reports/runs", params={"limit": 1})
    assert [each["id"] for each in page.json()] == [max(each["id"] for each in sent)]
    following = page.headers["link"].split(">")[0].removeprefix("<").removeprefix("/api/v1")
    assert [each["id"] for each in (await api.get(following)).json()] == [min(each["id"] for each in sent)]
    assert (await api.get("/reports/runs", params={"state": "sent"})).json() == []
    refused = await api.post("/reports/campaign/send", json={"to": to, "of": CAMPAIGN, "period": "2027-01"})
    assert "still to come" in refused.json()["detail"]
    assert (await api.post("/reports/campaign/send", json={"to": ["nobody"], "of": CAMPAIGN})).status_code == 422


@pytest.mark.parametrize("kind", ["monthly", "campaign", "control", "survey"])
async def test_a_report_of_what_there_is_not_is_refused_before_it_is_planned(
    api: httpx.AsyncClient, handed: Handed, kind: str
) -> None:
    answer = await api.post(f"/reports/{kind}/send", json={"to": ["ana@example.com"], "of": "otra"})
    assert (answer.status_code, "otra" in answer.json()["detail"]) == (404, True), answer.json()
    assert await handed.store.report_runs.list() == []


async def test_one_that_is_in_doubt_is_sent_again_because_somebody_says_so(
    api: httpx.AsyncClient, handed: Handed
) -> None:
    [sent] = (await api.post("/reports/weekly/send", json={"to": ["ana@example.com"]})).json()
    refused = await api.post(f"/reports/runs/{sent['id']}/again")
    assert (refused.status_code, "still on its way" in refused.json()["detail"]) == (409, True)
    for step in (RunStep.BUILD, RunStep.GO, RunStep.NO_ANSWER):
        await handed.store.report_runs.step(RunId(sent["id"]), step, NOW)
    fresh = (await api.post(f"/reports/runs/{sent['id']}/again")).json()
    assert (fresh["again"], fresh["to"], fresh["state"]) == (1, "ana@example.com", RunState.PLANNED)
    assert (await api.post(f"/reports/runs/{'0' * 32}/again")).status_code == 404
    assert (await api.post(f"/reports/runs/{fresh['id']}/close")).json()["state"] == "closed"
    assert (await api.post(f"/reports/runs/{fresh['id']}/close")).status_code == 409


async def test_without_a_mail_server_nothing_is_planned(
    shared_app: FastAPI, api: httpx.AsyncClient, handed: Handed
) -> None:
    shared_app.state.handed = replace(handed, reports=desk(handed.store, handed.clock, sends=False))
    answer = await api.post("/reports/weekly/send", json={"to": ["ana@example.com"]})
    assert (answer.status_code, "messages.email" in answer.json()["detail"]) == (409, True)
    assert await handed.store.report_runs.list() == []


async def test_who_takes_a_report_away_is_written_down(door: Console) -> None:
    supervisor = await door.person("sol", Role.SUPERVISOR)
    answer = await supervisor.get("/reports/monthly", params={"period": "2026-10"})
    assert answer.status_code == 200
    [link] = await door.handed.store.audit.newest(1)
    assert (link.deed.who, link.deed.what) == ("person:sol", "GET /api/v1/reports/{kind}")
    assert link.deed.target == "kind=monthly"


async def test_an_agent_has_no_reports_and_only_an_administrator_sends_one_to_anybody(door: Console) -> None:
    agent, supervisor = await door.person("ana", Role.AGENT), await door.person("sol", Role.SUPERVISOR)
    for path in ("/reports", "/reports/schedule", "/reports/runs", "/reports/monthly"):
        assert (await agent.get(path)).status_code == 403
    body = {"to": ["otra@example.com"]}
    assert (await supervisor.post("/reports/weekly/send", json=body)).status_code == 403
    admin = await door.person("ada", Role.ADMIN)
    assert (await admin.post("/reports/weekly/send", json=body)).status_code == 200
    reader = await door.key("bi", Scope.READ)
    assert (await reader.get("/reports/monthly")).status_code == 403


async def test_every_choice_on_the_page_can_be_taken_away(door: Console) -> None:
    sara = await door.person("sara", Role.SUPERVISOR)
    page = (await sara.get(f"{ORIGIN}/administracion/informes")).text
    forms = re.findall(r'action="/api/v1(/reports/\w+)">(.*?)</form>', page, re.DOTALL)
    assert [path for path, _ in forms] == [f"/reports/{name}" for name in REPORTS]
    for path, form in forms:
        chosen = {
            name: re.findall(r'<option value="([^"]*)"', options)
            for name, options in re.findall(r'<select name="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL)
        }
        assert chosen.get("of") in (None, ["", CAMPAIGN], [""])
        for period in chosen.get("period", [""])[:3]:
            asked = {"period": period, "of": CAMPAIGN if CAMPAIGN in chosen.get("of", []) else ""}
            if chosen.get("of") != [""]:  # there is no survey
                answer = await sara.get(path, params={name: value for name, value in asked.items() if value})
                assert answer.status_code == 200, (path, asked, answer.text)
    assert '<option value="2026-10" selected>octubre de 2026</option>' in page
    assert '<option value="2026-11">noviembre de 2026 (hasta hoy)</option>' in page
