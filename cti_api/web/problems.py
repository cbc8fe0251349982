"""Every error of the tree as an RFC 9457 problem, and back again: one table for the server and its clients."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NoReturn

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from cti_api.errors import (
    ActionRefused,
    Conflict,
    Fault,
    InputError,
    LinkDown,
    NotFound,
    ProtocolError,
    ResultUnknown,
    StoreUnavailable,
    Unreachable,
    VoceroError,
)

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
_TYPE = "urn:vocero:problem:"
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
RETRY_AFTER_SECONDS = 5
"""After which a client may ask again: the link to Asterisk is retried at least that often (0.5 s doubling to 5 s)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How one class of errors looks from outside."""

    error: type[VoceroError]
    slug: str
    status: HTTPStatus
    title: str


KINDS = (
    Kind(InputError, "input", HTTPStatus.UNPROCESSABLE_ENTITY, "The input is wrong; nothing was changed"),
    Kind(NotFound, "not-found", HTTPStatus.NOT_FOUND, "There is no such thing"),
    Kind(Conflict, "conflict", HTTPStatus.CONFLICT, "The present state does not allow it; nothing was changed"),
    Kind(StoreUnavailable, "store", HTTPStatus.SERVICE_UNAVAILABLE, "The store cannot be used now"),
    Kind(LinkDown, "link", HTTPStatus.SERVICE_UNAVAILABLE, "Asterisk is away; nothing was sent"),
    Kind(Unreachable, "unreachable", HTTPStatus.SERVICE_UNAVAILABLE, "The other side is away; nothing was sent"),
    Kind(ResultUnknown, "unknown", HTTPStatus.GATEWAY_TIMEOUT, "Sent, but no answer came: look before doing it again"),
    Kind(ActionRefused, "refused", HTTPStatus.FAILED_DEPENDENCY, "Asterisk refused it"),
    Kind(ProtocolError, "protocol", HTTPStatus.BAD_GATEWAY, "The other side spoke nonsense"),
    Kind(VoceroError, "fault", HTTPStatus.INTERNAL_SERVER_ERROR, "Vocero failed"),
)
"""From the narrow to the wide: the first that an error is an instance of speaks for it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as it goes over the wire."""

    status: HTTPStatus
    body: dict[str, Any]


def problem_of(error: VoceroError, *, writing: bool = True) -> Problem:
    """`error` as a problem; a store that is away is told apart for writes (507) and reads (503)."""
    kind = next(kind for kind in KINDS if isinstance(error, kind.error))
    status = kind.status
    if isinstance(error, StoreUnavailable) and writing:
        status = HTTPStatus.INSUFFICIENT_STORAGE
    faults = error.faults if isinstance(error, InputError) else ()
    return _problem(kind.slug, status, kind.title, str(error.args[0]) if error.args else "", faults)


def install_problems(app: FastAPI) -> None:
    """Answer every refusal and failure of `app` with a problem."""

    @app.exception_handler(VoceroError)
    async def refused(request: Request, error: VoceroError) -> JSONResponse:
        if isinstance(error, StoreUnavailable):
            request.app.state.handed.observer.store_error()
        return _response(problem_of(error, writing=request.method not in _READS))

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        faults = [Fault(".".join(map(str, fault["loc"])), fault["msg"]) for fault in error.errors()]
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _response(_problem("input", status, KINDS[0].title, "The request is not valid.", faults))

    @app.exception_handler(HTTPException)
    async def http(_request: Request, error: HTTPException) -> JSONResponse:
        status = HTTPStatus(error.status_code)
        response = _response(_problem("", status, status.phrase, error.detail))
        response.headers.update(error.headers or {})
        return response

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> JSONResponse:
        log.error("request failed", exc_info=error, extra={"method": request.method, "route": _route(request)})
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        return _response(_problem("fault", status, KINDS[-1].title, "A fault of ours; the log has the details."))


def raise_problem(problem: dict[str, Any]) -> NoReturn:
    """Raise the error that a problem of ours speaks of; a foreign problem becomes a `VoceroError`."""
    slug = str(problem.get("type", "")).removeprefix(_TYPE)
    kind = next((kind for kind in KINDS if kind.slug == slug), KINDS[-1])
    detail = str(problem.get("detail") or problem.get("title") or "Vocero refused without a reason")
    if kind.error is InputError:
        raise InputError(detail, [Fault(f["path"], f["message"], f.get("line")) for f in problem.get("faults", ())])
    raise kind.error(detail)


def _problem(slug: str, status: HTTPStatus, title: str, detail: str, faults: Sequence[Fault] = ()) -> Problem:
    body: dict[str, Any] = {
        "type": _TYPE + slug if slug else "about:blank",
        "title": title,
        "status": status.value,
        "detail": _sendable(detail),
    }
    if faults:
        body["faults"] = [
            {"path": _sendable(fault.path), "message": _sendable(fault.message), "line": fault.line} for fault in faults
        ]
    return Problem(status, body)


def _response(problem: Problem) -> JSONResponse:
    busy = problem.status is HTTPStatus.SERVICE_UNAVAILABLE
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if busy else None
    return JSONResponse(problem.body, status_code=problem.status.value, media_type=MEDIA_TYPE, headers=headers)


def _sendable(text: str) -> str:
    """A hostile request may be quoted in a message: half characters cannot be sent as UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _route(request: Request) -> str:
    """The route's template, never the path itself: that may hold what a person typed."""
    return getattr(request.scope.get("route"), "path", "")
