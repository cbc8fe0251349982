"""What docs/api.md tells people to type works at the console's door; so does every example of the description."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from cti_api.access.actors import Role, Scope
from cti_api.web.app import description
from cti_api.web.examples import ANSWERED, ASKED
from cti_api.web.handed import Handed
from cti_api.web.serve import serve_tcp
from ivr.tree.published import PublishedTrees
from tests.support.console import Console, console, console_app
from tests.support.free_port import free_port
from tests.support.populated import Populated, populate

PAGE = Path(__file__).parents[3] / "docs/api.md"
COMMANDS = [line.strip() for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("    curl ")]
SCOPES = (Scope.LEADS, Scope.PEOPLE, Scope.AGENTS, Scope.EVENTS, Scope.RECORDINGS, Scope.MESSAGES)


@pytest.fixture(scope="session")
def shared_console() -> FastAPI:
    return console_app()


@pytest.fixture
async def door(shared_console: FastAPI, handed: Handed) -> AsyncIterator[Console]:
    async with console(shared_console, replace(handed, trees=PublishedTrees())) as opened:
        yield opened


@pytest.fixture
async def there(door: Console) -> Populated:
    return await populate(await door.person("ada", Role.ADMIN), door.handed)


async def typed(command: str, port: int, key: str) -> str:
    """What the shell prints for it."""
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", f"{command} --fail-with-body"),
        env={"PATH": "/usr/bin:/bin", "API": f"http://127.0.0.1:{port}/api/v1", "AUTH": key, "LANG": "C.UTF-8"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, f"{command}\n{said.decode()}"
    return said.decode()


async def test_each_command_of_the_page_is_answered(door: Console, there: Populated) -> None:
    crm = await door.key("salesforce", *SCOPES)
    port = free_port()
    ready, said = asyncio.Event(), {}
    async with asyncio.TaskGroup() as tasks:
        server = tasks.create_task(serve_tcp(door.app, "127.0.0.1", port, ready.set))
        await ready.wait()
        for command in COMMANDS:
            said[command] = await typed(command, port, f"Authorization: {crm.headers['authorization']}")
        server.cancel()
    assert len(said) >= 10
    person, rows = list(said.values())[:2]
    assert json.loads(person)["lead_id"] > there.lead
    assert json.loads(rows.splitlines()[-1])["result"]["imported"] == 1
    assert any('"version":2' in each and '"ya lo hizo"' in each for each in said.values())


async def test_each_example_of_what_is_sent_is_taken_and_each_of_an_answer_looks_like_one(
    door: Console, there: Populated
) -> None:
    crm = await door.key("salesforce", *SCOPES)
    known = {"{campaign_id}": "mantenimiento", "{attempt_id}": there.attempt, "{lead_id}": str(there.lead)}
    asked, answered = set(), set()
    for path, operations in description()["paths"].items():
        for method, operation in operations.items():
            name = operation["operationId"]
            if name not in ASKED and name not in ANSWERED:
                continue
            for part, value in known.items():
                path = path.replace(part, value)
            headers = {"Idempotency-Key": "ejemplo-de-la-descripcion"}
            answer = await crm.request(method, path.removeprefix("/api/v1"), json=ASKED.get(name), headers=headers)
            assert answer.is_success, (name, answer.text)
            asked.add(name)
            if name in ANSWERED:
                assert shape(_first(answer.json())) == shape(_first(ANSWERED[name])), name
                answered.add(name)
    assert asked == {*ASKED, *ANSWERED}
    assert answered == {*ANSWERED}


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) else value


def shape(value: Any) -> set[str]:
    assert isinstance(value, dict)
    return {*value}
