"""Whatever comes in, the answer is never a fault of ours: no request here may give a 5xx or raise."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.campaigns import CAMPAIGN_FILE

HOSTILE = (
    st.text(st.characters(), max_size=50)
    | st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp"]), max_size=5)
    | st.sampled_from(
        ["${SHELL(id)}", "a\r\nAction: Originate", "../../etc/passwd", "' OR 1=1 --", "\x00", "\ud800", ""]
    )
    | st.sampled_from(["ana", "mantenimiento", "+573001234567", "cita", "nailed_up", "0" * 32])
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | HOSTILE | st.just(10**400) | st.just("9" * 5000),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(HOSTILE, inner, max_size=4),
    max_leaves=8,
)
NESTED = b"[" * 100_000

relaxed = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def operations(app: FastAPI) -> list[tuple[str, str, list[str], list[str]]]:
    """Every operation: method, path, the names of its body's fields, the names of its query."""
    schema = app.openapi()
    found = []
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            fields = schema["components"]["schemas"].get(content.get("$ref", "/").rsplit("/", 1)[1], {})
            query = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
            found.append((method.upper(), path, list(fields.get("properties", {})), query))
    return found


def never_ours(answer: httpx.Response) -> None:
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        if answer.request.method != "HEAD":
            assert answer.json()["status"] == answer.status_code


def at_path(path: str, part: str) -> str:
    head, brace, rest = path.partition("{")
    return head + quote(part or "%", safe="", errors="surrogatepass") + rest.partition("}")[2] if brace else path


@pytest.fixture
async def peopled(api: httpx.AsyncClient) -> httpx.AsyncClient:
    await api.post("/campaigns", content=CAMPAIGN_FILE)
    await api.post("/agents", json={"id": "ana", "name": "Ana", "campaigns": ["mantenimiento"]})
    return api


@settings(relaxed, max_examples=300)
@given(data=st.data())
async def test_fields_of_every_kind(peopled: httpx.AsyncClient, shared_app: FastAPI, data: st.DataObject) -> None:
    method, path, fields, query = data.draw(st.sampled_from(operations(shared_app)))
    body = data.draw(JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(fields, JSON | HOSTILE)))
    asked = {name: data.draw(HOSTILE | st.integers().map(str)) for name in query if data.draw(st.booleans())}
    answer = await peopled.request(
        method,
        "http://vocero" + at_path(path, data.draw(HOSTILE)),
        content=json.dumps(body).encode(),
        params={name: value.encode("utf-8", "surrogatepass") for name, value in asked.items()},
        headers={"Content-Type": "application/json"},
    )
    never_ours(answer)


@settings(relaxed, max_examples=200)
@given(data=st.data(), body=st.binary(max_size=2000) | st.just(NESTED))
async def test_bodies_of_any_bytes(
    peopled: httpx.AsyncClient, shared_app: FastAPI, data: st.DataObject, body: bytes
) -> None:
    # a campaign that is over takes no lists: not drained here
    writing = [path for method, path, _, _ in operations(shared_app) if method == "POST" and "drain" not in path]
    path = data.draw(st.sampled_from(writing))
    url = "http://vocero" + at_path(path, "ana" if "agent" in path else "mantenimiento")
    kind = data.draw(st.sampled_from(["application/json", "text/csv", "x", ""]))
    never_ours(await peopled.post(url, content=body, headers={"Content-Type": kind}))


@relaxed
@given(
    text=st.lists(HOSTILE | st.sampled_from(["nombre,telefono", "Ana,+573001234567", '"', ";", "\n"]), max_size=20).map(
        "\n".join
    )
)
async def test_lists_and_campaign_files_of_any_text(peopled: httpx.AsyncClient, text: str) -> None:
    body = text.encode("utf-8", "surrogatepass")
    never_ours(await peopled.post("/campaigns", content=body))
    never_ours(await peopled.post("/campaigns/mantenimiento/leads", content=b"nombre,telefono,x\n" + body))


@pytest.mark.parametrize("headers", [{"Content-Length": "99999999999"}, {"Content-Length": "-1"}, {"Accept": "\xff"}])
async def test_odd_headers(api: httpx.AsyncClient, headers: dict[str, Any]) -> None:
    raw = {key: value.encode("latin-1") for key, value in headers.items()}
    never_ours(await api.post("/agents", content=b"{}", headers=raw))
