"""Every operation of the console's door asked by everybody: nobody gets further than the one table says.

The expectation is the table; that the table says what is meant stands in tests/cti_api/access/test_core.py.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from http import HTTPStatus

import httpx
import pytest
from fastapi import FastAPI

from cti_api.access.actors import Actor, Role, Scope, Through
from cti_api.access.matrix import MATRIX
from cti_api.access.rules import WEBSOCKET, Rule
from cti_api.model.agents import Agent
from cti_api.model.ids import AgentId
from cti_api.web.access import SIGN_IN_PAGE
from cti_api.web.handed import Handed
from tests.support.console import ORIGIN, Console, console, console_app

REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
PARTS = {
    "agent_id": "ana", "campaign_id": "marzo", "attempt_id": "0" * 32, "message_id": "0" * 32, "sitting_id": "0" * 32,
    "call_id": "0" * 32, "what": "keep", "which": "wait", "version": "1", "change_id": "1", "copy_id": "1",
    "appointment_id": "1", "task_id": "1",
}  # fmt: skip


@pytest.fixture(scope="session")
def shared_console() -> FastAPI:
    return console_app()


@pytest.fixture
async def door(shared_console: FastAPI, handed: Handed) -> AsyncIterator[Console]:
    for name in ("ana", "luis"):
        agent = Agent(id=AgentId(name), name=name.title(), campaigns=())
        await handed.dialer.add_agent(agent)
    async with console(shared_console, handed) as opened:
        yield opened


def asked(rule: Rule) -> str:
    path = re.sub(r"{(\w+)}", lambda part: PARTS.get(part[1], "nada"), rule.path)
    return path.removeprefix("/api/v1") if path.startswith("/api/v1") else ORIGIN + path


async def answers(client: httpx.AsyncClient, rule: Rule) -> httpx.Response:
    return await client.request(rule.method, asked(rule), json={} if rule.method != "GET" else None)


def to_the_door(answer: httpx.Response) -> bool:
    """A stranger who looks at a page is sent there."""
    return answer.headers.get("location", "").startswith(SIGN_IN_PAGE)


async def test_nobody_may_more_than_the_table_says(door: Console) -> None:
    people = {
        Actor(through=Through.SESSION, name=name, role=role, agent_id=seat): await door.person(name, role, seat)
        for name, role, seat in [
            ("ana", Role.AGENT, "ana"), ("luis", Role.AGENT, "luis"), ("nadie", Role.AGENT, None),
            ("sara", Role.SUPERVISOR, None), ("ada", Role.ADMIN, None), ("aura", Role.AUDITOR, None),
        ]
    }  # fmt: skip
    every = frozenset(Scope)
    keys = {
        scopes: await door.key(f"k{n}", *scopes)
        for n, scopes in enumerate([every, *(frozenset({each}) for each in Scope), *(every - {each} for each in Scope)])
    }
    wrong = []
    asked_for = 0
    for rule in (each for each in MATRIX if each.method != WEBSOCKET):  # those are asked in test_softphone
        everybody: dict[Actor | None, httpx.AsyncClient] = {None: await door.stranger(), **people}
        # one that opens just this, and one that opens all but this
        for scopes in [frozenset({rule.scope}), every - {rule.scope}] if rule.scope else [every]:
            everybody[Actor(through=Through.KEY, name=str(len(scopes)), scopes=scopes)] = keys[scopes]
        for actor, client in everybody.items():
            allowed = not rule.refusal(actor, {rule.own: "ana"} if rule.own else {})
            if rule.path == "/api/v1/session" and allowed and not rule.is_open:
                continue  # it would end the session that asks
            answer = await answers(client, rule)
            asked_for += 1
            let_in = answer.status_code not in REFUSED and not to_the_door(answer)
            if let_in is not allowed or answer.status_code >= 500:
                wrong.append((rule.method, rule.path, str(actor), answer.status_code))
    assert not wrong
    assert asked_for > 900


async def test_what_is_done_leaves_one_row_and_what_is_refused_leaves_none(door: Console) -> None:
    admin, seen = await door.person("ada", Role.ADMIN), 0
    done = 0
    for rule in MATRIX:
        if rule.is_open or rule.path.endswith("/session"):
            continue
        answer = await answers(admin, rule)
        rows = await door.store.audit.after(seen, 10)
        seen += len(rows)
        if rule.method == "GET":
            assert len(rows) == rule.audited, rule.path
        elif answer.is_success:
            assert len(rows) == rule.audited, rule.path
            done += rule.audited
        else:
            assert not rows, rule.path
        for row in rows:
            assert (row.deed.who, row.deed.what) == ("person:ada", f"{rule.method} {rule.path}")
    assert done >= 4
    assert not (await door.store.audit.check()).fault
