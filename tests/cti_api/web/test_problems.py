"""Errors over HTTP: each says what its caller can do, and comes back as the same error."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from cti_api import errors
from cti_api.errors import Fault, InputError, StoreUnavailable, VoceroError
from cti_api.web.problems import KINDS, raise_problem


def every_error(root: type[VoceroError] = VoceroError) -> list[type[VoceroError]]:
    """Those that may reach the API: a room's own ones, which end in it, are told as what they are made of."""
    ours = [root] if root.__module__ == errors.__name__ else []
    return [*ours, *(each for child in root.__subclasses__() for each in every_error(child))]


async def ask(app: FastAPI, error: Exception, method: str = "POST") -> httpx.Response:
    @app.api_route("/fail", methods=["GET", "POST"])
    async def fail() -> None:
        raise error

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://vocero") as client:
        return await client.request(method, "/fail")


@pytest.mark.parametrize("kind", every_error())
async def test_an_error_of_the_tree_comes_back_as_itself(app: FastAPI, kind: type[VoceroError]) -> None:
    answer = await ask(app, kind("One sentence."))
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code
    with pytest.raises(VoceroError, match=r"One sentence\.") as raised:
        raise_problem(answer.json())
    # the settings are read before there is an API; all else keeps its class
    assert type(raised.value) is (VoceroError if kind is errors.SettingsError else kind)


def test_every_error_of_the_tree_has_a_kind_of_its_own() -> None:
    assert {kind.error for kind in KINDS} == set(every_error()) - {errors.SettingsError}


async def test_faults_travel_with_their_place(app: FastAPI) -> None:
    faults = [Fault("retry.rules.busy.after", "is not a duration", 12), Fault("mode", "is missing")]
    answer = await ask(app, InputError("The campaign file has faults.", faults))
    with pytest.raises(InputError) as raised:
        raise_problem(answer.json())
    assert raised.value.faults == tuple(faults)


@pytest.mark.parametrize(("method", "status"), [("GET", 503), ("POST", 507)])
async def test_a_store_that_is_away_is_told_apart_for_writes(app: FastAPI, method: str, status: int) -> None:
    answer = await ask(app, StoreUnavailable("The disk of the store is full."), method)
    assert answer.status_code == status
    assert app.state.handed.registry.get_sample_value("vocero_store_errors_total") == 1


async def test_a_fault_of_ours_tells_no_secrets(app: FastAPI) -> None:
    answer = await ask(app, RuntimeError("password=hunter2"))
    assert (answer.status_code, "hunter2" in answer.text) == (500, False)
    assert answer.json()["type"] == "urn:vocero:problem:fault"


@pytest.mark.parametrize(
    ("verb", "path", "status"), [("GET", "/nothing", 404), ("DELETE", "/agents", 405), ("GET", "/agents/", 404)]
)
async def test_what_is_not_there_is_a_problem_too(api: httpx.AsyncClient, verb: str, path: str, status: int) -> None:
    answer = await api.request(verb, path)
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["status"], problem["type"]) == (status, status, "about:blank")


async def test_a_body_that_is_too_long_is_cut_off(api: httpx.AsyncClient) -> None:
    async def endless() -> Any:
        while True:
            yield b"a" * 65536

    for path in ("/campaigns", "/agents"):
        answer = await api.post(path, content=endless())
        assert (answer.status_code, answer.json()["detail"]) == (413, "Send at most 1 MB.")


@pytest.mark.parametrize(
    ("body", "path", "words"),
    [
        ({"id": "Ana"}, "id", "use lower-case letters, digits and hyphens, a letter first, at most 40 in all"),
        ({"id": "ana", "name": 5}, "name", "must be a text"),
        ({"id": "ana", "name": "x" * 300}, "name", "must have at most 200 characters"),
        ({"id": "ana"}, "name", "is missing"),
        ({"id": "ana", "name": "Ana", "colour": "red"}, "colour", "there is no such entry"),
        ({"id": "ana", "name": "Ana", "campaigns": "m"}, "campaigns", "must be a list"),
        ([], "body", "must be a section of names with values"),
    ],
)
async def test_what_is_wrong_with_a_request_is_said_in_words(
    api: httpx.AsyncClient, body: Any, path: str, words: str
) -> None:
    faults = (await api.post("/agents", json=body)).json()["faults"]
    assert (path, words) in [(fault["path"], fault["message"]) for fault in faults]
