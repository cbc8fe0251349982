"""What became of a call, told once however often it is sent; by whom; and its versions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from cti_api.access.actors import Role, Scope
from cti_api.model.ids import AttemptId
from cti_api.web.handed import Handed
from ivr.tree.published import PublishedTrees
from tests.support.console import Console, console, console_app
from tests.support.dialer_port import QuietDialer
from tests.support.populated import Populated, populate

DONE = {"code": "sin_cita", "fields": {"motivo": "precio"}}


@pytest.fixture(scope="session")
def shared_console() -> FastAPI:
    return console_app()


@pytest.fixture
async def door(shared_console: FastAPI, handed: Handed) -> AsyncIterator[Console]:
    async with console(shared_console, replace(handed, trees=PublishedTrees())) as opened:
        yield opened


@pytest.fixture
async def there(door: Console) -> Populated:
    admin = await door.person("ada", Role.ADMIN)
    await admin.post("/agents", json={"id": "luis", "name": "Luis"})
    return await populate(admin, door.handed)


async def post(client: httpx.AsyncClient, key: str, there: Populated, **otherwise: Any) -> httpx.Response:
    body = {"attempt_id": there.attempt} | DONE | otherwise
    return await client.post("/dispositions", json=body, headers={"Idempotency-Key": key})


async def test_a_correction_is_the_next_version_and_says_whose_it_is(door: Console, there: Populated) -> None:
    ana = await door.person("ana", Role.AGENT, "ana")
    crm = await door.key("salesforce", Scope.AGENTS)
    by_ana = (await post(ana, "turno-0001", there, fields={"motivo": "ya lo hizo"})).json()
    by_crm = (await post(crm, "turno-0001", there, code="cita", fields={"fecha": "2026-11-30"})).json()
    assert (by_ana["version"], by_ana["source"], by_ana["agent_id"]) == (2, "agent", "ana")
    assert (by_crm["version"], by_crm["source"], by_crm["fields"]) == (3, "key:salesforce", {"fecha": "2026-11-30"})
    versions = await door.store.dispositions.versions(there.attempt)
    assert [each.code for each in versions] == ["sin_cita", "sin_cita", "cita"]


async def test_the_same_key_gets_the_first_answer_again_and_leaves_one_row_of_the_audit(
    door: Console, there: Populated
) -> None:
    crm = await door.key("salesforce", Scope.AGENTS)
    first = await post(crm, "turno-0001", there, code="cita", fields={"fecha": "2026-11-30"})
    await post(crm, "turno-0002", there)
    again = await post(crm, "turno-0001", there, code="cita", fields={"fecha": "2026-11-30"})
    assert (again.status_code, again.json()) == (HTTPStatus.OK, first.json())
    assert ("idempotency-replayed" in first.headers, again.headers["idempotency-replayed"]) == (False, "true")
    said = [link.deed.said for link in await door.store.audit.newest(50) if link.deed.who == "key:salesforce"]
    assert said == [f"attempt_id={there.attempt} code={code}" for code in ("sin_cita", "cita")]


async def test_the_same_key_with_something_else_is_refused(door: Console, there: Populated) -> None:
    crm = await door.key("salesforce", Scope.AGENTS)
    await post(crm, "turno-0001", there, fields={"motivo": "ya lo hizo"})
    other = await post(crm, "turno-0001", there)
    assert (other.status_code, other.json()["faults"][0]["path"]) == (422, "Idempotency-Key")
    assert len(await door.store.dispositions.versions(there.attempt)) == 2


async def test_what_was_refused_may_come_again_with_its_key(door: Console, there: Populated) -> None:
    crm = await door.key("salesforce", Scope.AGENTS)
    refused = await post(crm, "turno-0001", there, code="cita", fields={})
    assert (refused.status_code, refused.json()["faults"][0]["path"]) == (422, "fields.fecha")
    assert (await post(crm, "turno-0001", there, code="cita", fields={"fecha": "2026-11-30"})).json()["version"] == 2


@pytest.mark.parametrize("key", [None, "", "short", "x" * 201, "with space inside", "con-eñe-y-más"])
async def test_a_key_is_needed(door: Console, there: Populated, key: str | None) -> None:
    crm = await door.key("salesforce", Scope.AGENTS)
    headers = {"Idempotency-Key": key.encode()} if key is not None else {}
    answer = await crm.post("/dispositions", json={"attempt_id": there.attempt} | DONE, headers=headers)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["faults"][0]["path"]) == (422, "Idempotency-Key")


async def test_an_agent_speaks_for_their_own_calls_and_a_supervisor_for_all(door: Console, there: Populated) -> None:
    luis, sara = await door.person("luis", Role.AGENT, "luis"), await door.person("sonia", Role.SUPERVISOR)
    assert (await post(luis, "turno-0001", there)).status_code == HTTPStatus.FORBIDDEN
    changed = await post(sara, "turno-0001", there, fields={"motivo": "ya lo hizo"})
    assert (changed.json()["source"], changed.json()["agent_id"]) == ("person:sonia", "ana")
    for refused in (await door.person("aura", Role.AUDITOR), await door.key("other", Scope.LEADS)):
        assert (await post(refused, "turno-0001", there)).status_code == HTTPStatus.FORBIDDEN


async def test_of_a_call_that_is_not_there_or_was_no_agents_nothing_can_be_said(
    door: Console, there: Populated
) -> None:
    crm = await door.key("salesforce", Scope.AGENTS)
    assert (await post(crm, "turno-0001", there, attempt_id="0" * 32)).status_code == HTTPStatus.NOT_FOUND


async def test_the_call_at_hand_is_its_agents_before_the_store_knows_it(door: Console, there: Populated) -> None:
    assert isinstance(door.handed.dialer, QuietDialer)
    door.handed.dialer.connect("ana")
    attempt = next(view.attempt_id for view in door.handed.dialer.agents() if view.agent.id == "ana")
    luis = await door.person("luis", Role.AGENT, "luis")
    refused = await post(luis, "turno-0001", there, attempt_id=attempt)
    assert refused.status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("posts", [200, pytest.param(2000, marks=pytest.mark.long)])
async def test_posts_that_are_each_sent_twice_at_the_same_moment_are_each_kept_once(
    door: Console, there: Populated, posts: int
) -> None:
    crm = await door.key("salesforce", Scope.AGENTS)
    turns = asyncio.Semaphore(20)

    async def sent(n: int) -> list[dict[str, Any]]:
        async with turns:
            answers = await asyncio.gather(
                *(post(crm, f"turno-{n:04d}", there, fields={"motivo": str(n)}) for _ in range(2))
            )
        assert [answer.status_code for answer in answers] == [200, 200]
        assert sorted("idempotency-replayed" in answer.headers for answer in answers) == [False, True]
        return [answer.json() for answer in answers]

    for first, second in await asyncio.gather(*(sent(n) for n in range(posts))):
        assert first == second
    kept = (await door.store.dispositions.versions(AttemptId(there.attempt)))[1:]
    assert sorted(int(each.fields["motivo"]) for each in kept) == list(range(posts))
    assert [each.version for each in kept] == list(range(2, posts + 2))
