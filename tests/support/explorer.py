"""Schemathesis thinks out what to ask an API by its own description, and holds the answers to it.

The cases are Schemathesis' own: what the description allows, what it does not, and methods and headers that are not in
it. Only the sending is ours, since a store belongs to the loop in which it was opened.
"""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    missing_required_header,
    unsupported_method,
]
"""All but those that want whatever the description allows to be taken: a file with faults is refused for what it says,
and so is an hour that is gone."""
REFUSALS: Final = (400, 401, 403, 404, 405, 409, 415, 422, 429)
AS_THEY_ARE: Final = ("audio/wav", "application/octet-stream", "application/yaml", "text/csv")
"""Kinds of documents that Schemathesis would not know how to send."""


@dataclass
class Seen:
    """What came of it."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    """By operation and status."""
    faults: dict[tuple[str, str], str] = field(default_factory=dict)
    """By operation and what is wrong: the first of each, with its request and its answer."""

    @property
    def succeeded(self) -> set[str]:
        return {operation for operation, status in self.answers if status < 300}


def read(document: Mapping[str, Any]) -> Any:
    """The API that a document describes. What proves who asks is ours to send."""
    for kind in AS_THEY_ARE:
        schemathesis.serializer(kind)(_as_it_is)
    config = schemathesis.Config.from_dict(
        {
            "generation": {"with-security-parameters": False},
            # too long is wrong, too
            "checks": {"negative_data_rejection": {"expected-statuses": [*REFUSALS, 413]}},
        }
    )
    return schemathesis.openapi.from_dict(dict(document), config=config)


def cases_of(
    api: Any, known: Mapping[str, Any], *, each: int, edges: int, seed: int
) -> Iterator[tuple[str, list[Any]]]:
    """For every operation: its examples, as many cases that its description allows (with the names that are `known`)
    as that it does not, and some of those at its edges. The same for the same seed."""
    generation = api.config.generation
    for found in api.get_all_operations():
        operation = found.ok()
        named = [parameter.name for parameter in operation.path_parameters]
        there = {name: known[name] for name in named if name in known} or None
        cases = [
            case
            for strategy in operation.get_strategies_from_examples(path_parameters=there)
            for case in _drawn(strategy, 1)
        ]
        cases += _drawn(operation.as_strategy(path_parameters=there), each)
        cases += _drawn(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE), each)
        modes = list(GenerationMode)
        edge = list(api.iter_coverage_cases(operation, generation_modes=modes, generation_config=generation))
        own = operation.method.upper()
        edge = [case for case in edge if case.method == own or not _is_anothers(api, case.method, operation.path)]
        yield operation.label, cases + Random(f"{seed} {operation.label}").sample(edge, min(edges, len(edge)))


async def ask(client: httpx.AsyncClient, case: Any, seen: Seen) -> None:
    """Send it as `client`, and look at the answer."""
    home = urlsplit(str(client.base_url))
    request = requests.Request(**case.as_transport_kwargs(base_url=f"{home.scheme}://{home.netloc}")).prepare()
    assert request.method is not None and request.url is not None
    body = request.body.encode() if isinstance(request.body, str) else request.body
    sent = httpx.Request(request.method, request.url, headers={**request.headers}, content=body)
    sent.headers.update(client.headers)
    answer = await client.send(sent)
    seen.answers[case.operation.label, answer.status_code] += 1
    told = schemathesis.Response(
        status_code=answer.status_code,
        headers={name: answer.headers.get_list(name) for name in answer.headers},
        content=answer.content,
        request=request,
        elapsed=0.0,
        verify=False,
        encoding=answer.encoding,
    )
    wrong: list[Any] = []
    try:
        case.validate_response(told, checks=CHECKS)
    except FailureGroup as group:
        wrong += group.exceptions
    if answer.is_success and answer.content and not case.operation.schema.get_content_types(case.operation, told):
        wrong.append(AssertionError(f"an answer of a kind that is not described: {answer.headers['content-type']}"))
    for fault in wrong:
        said = f"{fault}\n{case.as_curl_command()}\n{answer.status_code} {answer.text[:600]}"
        seen.faults.setdefault((case.operation.label, type(fault).__name__), said)


def _is_anothers(api: Any, method: str, path: str) -> bool:
    """Whether the address is another operation's, too, which says why not: `GET /leads/why` asks for a lead of that id,
    and `PUT /calendars/x.ics` for a calendar of that name."""
    for other, methods in api.raw_schema["paths"].items():
        fits = re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(other)), path)
        if other != path and fits and method.lower() in methods:
            return True
    return False


def _as_it_is(_context: Any, value: Any) -> dict[str, Any]:
    return {"data": value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")}


def _drawn(strategy: Any, count: int) -> list[Any]:
    drawn: list[Any] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(case: Any) -> None:
        drawn.append(case)

    with contextlib.suppress(Unsatisfiable):  # of an operation in which nothing can be wrong
        draw()
    return drawn
