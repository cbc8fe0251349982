"""What the API answers when a route refuses or fails: always a problem, never a bare sentence or a traceback."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import compile_path

from cti_api.access.rules import WEBSOCKET, Rule
from cti_api.border import in_words
from cti_api.console.sentences import said_too
from cti_api.errors import Fault, NotSignedIn, StoreUnavailable, TooOften, VoceroError
from cti_api.web.problems import KINDS, MEDIA_TYPE, Problem, make_problem, problem_of

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5
"""After which a client may ask again: the link to Asterisk is retried at least that often (0.5 s doubling to 5 s)."""

_READS = frozenset({"GET", "HEAD", "OPTIONS"})


ShowPage = Callable[[Request, str, HTTPStatus], Response]
"""Says on a page why not, by the end of a problem's type."""


def install_problems(app: FastAPI, show: ShowPage | None = None) -> None:
    """Answer every refusal and failure of `app` with a problem; people who look at a page get one, by `show`."""

    @app.exception_handler(VoceroError)
    async def refused(request: Request, error: VoceroError) -> Response:
        if isinstance(error, StoreUnavailable):
            request.app.state.handed.observer.store_error()
        if show is not None and _is_page(request):
            problem = problem_of(error, writing=False)
            return show(request, problem.slug, problem.status)
        return refused_with(error, request.method)

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        faults = [Fault(_place(fault["loc"]), in_words(cast(ErrorDetails, fault))) for fault in error.errors()]
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _response(make_problem("input", status, KINDS[0].title, "The request is not valid.", faults))

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        status = HTTPStatus(error.status_code)
        # What is too large is wrong input, whoever says so.
        slug = "input" if status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE else ""
        response = _response(make_problem(slug, status, status.phrase, error.detail))
        response.headers.update(error.headers or {})
        if status is HTTPStatus.METHOD_NOT_ALLOWED and (methods := _methods_at(request)):
            response.headers["Allow"] = ", ".join(methods)
        return response

    @app.exception_handler(ClientDisconnect)
    async def gone(_request: Request, _error: ClientDisconnect) -> Response:
        # Nobody reads this. It is no fault of ours either, and who hangs up often must not fill the log.
        return Response(status_code=HTTPStatus.BAD_REQUEST)

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> JSONResponse:
        log.error("request failed", exc_info=error, extra={"method": request.method, "route": _route(request)})
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        return _response(make_problem("fault", status, KINDS[-1].title, "A fault of ours; the log has the details."))


def refused_with(error: VoceroError, method: str) -> JSONResponse:
    """The answer that says so."""
    response = _response(problem_of(error, writing=method not in _READS))
    if isinstance(error, TooOften):
        response.headers["Retry-After"] = str(error.seconds)
    if isinstance(error, NotSignedIn):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _is_page(request: Request) -> bool:
    rule = request.app.state.rules.get((request.method, request.scope.get("endpoint")))
    return rule is not None and rule.is_page


def _place(loc: Sequence[int | str]) -> str:
    """Where, in the request's own words: pydantic begins with the part of the request (body, path, query)."""
    return ".".join(map(str, loc[1:] if len(loc) > 1 else loc))


def _response(problem: Problem) -> JSONResponse:
    busy = problem.status is HTTPStatus.SERVICE_UNAVAILABLE
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if busy else None
    return JSONResponse(
        said_too(problem.body), status_code=problem.status.value, media_type=MEDIA_TYPE, headers=headers
    )


def _methods_at(request: Request) -> list[str]:
    """All that the address knows: the router tells those of the first route that has it alone."""
    rules: Mapping[Any, Rule] = getattr(request.app.state, "rules", {})
    there = {rule.method for rule in rules.values() if compile_path(rule.path)[0].match(request.url.path)}
    return sorted(there - {WEBSOCKET})


def _route(request: Request) -> str:
    """The route's template, never the path itself: that may hold what a person typed."""
    return getattr(request.scope.get("route"), "path", "")
