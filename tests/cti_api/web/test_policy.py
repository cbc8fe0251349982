"""The law over the API: what holds, what a change would do, who asked for it and who approved."""

from __future__ import annotations

import asyncio
import getpass
from pathlib import Path

import httpx
import pytest

from cti_api.law.shipped import shipped_written
from cti_api.model.calls import DialDecision
from cti_api.settings import LimitSettings
from cti_api.store.law_at_start import take_up_law
from cti_api.web.app import create_app
from cti_api.web.handed import Handed
from cti_api.web.serve import serve_unix
from tests.support.dialer_port import QuietDialer
from tests.support.laws import LATER, SATURDAY_LONGER, SATURDAY_SHORTER, text_with
from tests.support.shift import campaign_file
from tests.support.store import CAMPAIGN, T0, at, attempt_for, new_leads


@pytest.fixture(autouse=True)
async def law(handed: Handed) -> None:
    await take_up_law(handed.store.policies, shipped_written(), handed.clock.now(), shipped=True)


async def test_a_difference_is_told_and_changes_nothing(api: httpx.AsyncClient, dialer: QuietDialer) -> None:
    wanted = {"packs": [text_with("co", LATER, SATURDAY_LONGER)]}
    found = (await api.post("/policy/diff", json=wanted)).json()
    assert found["effect"] == "loosens"
    assert found["differences"][0] == {
        "pack": "co",
        "rule": "co-2300-art3-hours",
        "effect": "loosens",
        "words": ["sábados: 08:00–15:00 → 08:00–18:00"],
    }
    assert found["reach"]["open_leads"] == 0
    assert found["versions_taken"] == []
    same_version = {"packs": [text_with("co", SATURDAY_LONGER), text_with("pe")]}
    assert (await api.post("/policy/diff", json=same_version)).json()["versions_taken"] == ["co 2026-11-25"]
    assert dialer.law == ()
    assert {each["version"] for each in (await api.get("/policy")).json()} == {"2026-11-25"}


async def test_one_person_tightens_and_the_dialer_goes_by_it(api: httpx.AsyncClient, dialer: QuietDialer) -> None:
    text = text_with("co", LATER, SATURDAY_SHORTER)
    answer = await api.post("/policy/changes", json={"packs": [text], "by": "Ana"})
    assert (answer.status_code, answer.json()["state"]) == (201, "applied")
    assert text in dialer.law
    assert len(dialer.law) == 4
    again = await api.post("/policy/changes", json={"packs": [text], "by": "Ana"})
    assert (again.status_code, "nothing to change" in again.text) == (409, True)


async def test_two_people_loosen_and_the_record_names_both(api: httpx.AsyncClient, dialer: QuietDialer) -> None:
    wanted = {"packs": [text_with("co", LATER, SATURDAY_LONGER)], "by": "Ana"}
    asked = (await api.post("/policy/changes", json=wanted)).json()
    assert (asked["state"], dialer.law) == ("pending", ())
    assert [each["id"] for each in (await api.get("/policy/changes", params={"pending": True})).json()] == [asked["id"]]
    approve = f"/policy/changes/{asked['id']}/approve"
    assert (await api.post(approve, json={"by": "ANA"})).status_code == 409
    done = (await api.post(approve, json={"by": "Luis"})).json()
    assert (done["state"], done["by"], done["second"]) == ("applied", "Ana", "Luis")
    assert wanted["packs"][0] in dialer.law


async def test_an_old_version_is_shown_with_its_rules_in_words(api: httpx.AsyncClient) -> None:
    await api.post("/policy/changes", json={"packs": [text_with("co", LATER, SATURDAY_SHORTER)], "by": "Ana"})
    old = (await api.get("/policy/packs/co", params={"version": "2026-11-25"})).json()
    assert "sábados: 08:00–15:00" in old["rules"]["co-2300-art3-hours"]
    new = (await api.get("/policy/packs/co")).json()
    assert (new["version"], "sábados: 08:00–12:00" in new["rules"]["co-2300-art3-hours"]) == ("2026-12-01", True)
    assert (await api.get("/policy/packs/co", params={"version": "2020-01-01"})).status_code == 404
    assert [each["version"] for each in (await api.get("/policy/packs/co/history")).json()] == [
        "2026-11-25",
        "2026-12-01",
    ]


async def test_an_old_call_is_explained_by_the_version_that_allowed_it(api: httpx.AsyncClient, handed: Handed) -> None:
    store = handed.store
    await store.campaigns.create(CAMPAIGN, "Mantenimiento", campaign_file(CAMPAIGN, ["principal"]).decode(), T0)
    await store.leads.add(CAMPAIGN, new_leads(1), T0)
    [lead] = await store.leads.reserve(CAMPAIGN, 1, T0, at(60))
    allowed = DialDecision(allowed=True, rule="all", reason="", at=T0, packs=("co 2026-11-25", "own 2020-01-01"))
    await store.attempts.open(attempt_for(lead, decision=allowed))
    await api.post("/policy/changes", json={"packs": [text_with("co", LATER, SATURDAY_SHORTER)], "by": "Ana"})
    [story] = (await api.post("/leads/why", json={"words": str(lead.id)})).json()
    [told] = story["law"]
    assert told.startswith("co 2026-11-25 was in force since ")
    assert told.endswith("(by first start): vocero policy show co --version 2026-11-25")
    assert " until " in told


async def test_a_folder_takes_the_place_of_all(api: httpx.AsyncClient, dialer: QuietDialer) -> None:
    wanted = {"packs": [text_with("co")], "whole": True, "by": "Ana"}
    asked = (await api.post("/policy/changes", json=wanted)).json()
    assert (asked["state"], asked["removed"]) == ("pending", ["bo", "pe", "strict"])
    await api.post(f"/policy/changes/{asked['id']}/approve", json={"by": "Luis"})
    assert dialer.law == (text_with("co"),)
    assert [each["pack"] for each in (await api.get("/policy")).json()] == ["co"]


async def test_a_remark_in_another_pack_of_the_folder_is_in_nobodys_way(api: httpx.AsyncClient) -> None:
    remark = text_with("pe", ("pack: pe", "# once more\npack: pe"))
    shorter = text_with("co", LATER, SATURDAY_SHORTER)
    folder = {"packs": [shorter, remark, text_with("bo"), text_with("strict")], "whole": True, "by": "Ana"}
    done = (await api.post("/policy/changes", json=folder)).json()
    assert (done["state"], done["packs"]) == ("applied", ["co 2026-12-01"])


@pytest.mark.parametrize(
    "body",
    [
        {"packs": ["pack: co"], "by": "Ana"},
        {"packs": [], "by": "Ana"},
        {"packs": ["x" * 300_000], "by": "Ana"},
        {"packs": [text_with("co")], "by": " "},
        {"packs": [text_with("co"), text_with("co")], "by": "Ana"},
        {"packs": [text_with("co")], "by": "A\u0000na"},
    ],
)
async def test_what_is_no_change_is_refused(api: httpx.AsyncClient, body: dict[str, object]) -> None:
    assert (await api.post("/policy/changes", json=body)).status_code == 422


async def test_the_user_behind_the_socket_is_kept_beside_the_given_name(handed: Handed, tmp_path: Path) -> None:
    path, ready = tmp_path / "vocero.sock", asyncio.Event()
    serving = asyncio.create_task(serve_unix(create_app(handed, LimitSettings()), path, ready.set))
    await ready.wait()
    try:
        transport = httpx.AsyncHTTPTransport(uds=str(path))
        async with httpx.AsyncClient(transport=transport, base_url="http://vocero/api/v1") as client:
            wanted = {"packs": [text_with("co", LATER, SATURDAY_SHORTER)], "by": "Ana"}
            change = (await client.post("/policy/changes", json=wanted)).json()
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
    assert (change["by"], change["by_user"]) == ("Ana", getpass.getuser())
