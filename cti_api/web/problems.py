"""Every error of the tree as an RFC 9457 problem, and back again: one table for the server and its clients.

Pure, and quick to import: the command line needs it, and needs no web framework.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NoReturn

from cti_api.errors import (
    ActionRefused,
    Conflict,
    Fault,
    InputError,
    LinkDown,
    NotAllowed,
    NotFound,
    NotSignedIn,
    ProtocolError,
    ResultUnknown,
    StillCounting,
    StoreUnavailable,
    TooOften,
    Unreachable,
    VoceroError,
)

MEDIA_TYPE = "application/problem+json"
_TYPE = "urn:vocero:problem:"


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
    Kind(NotSignedIn, "sign-in", HTTPStatus.UNAUTHORIZED, "Nobody knows who asks"),
    Kind(NotAllowed, "not-allowed", HTTPStatus.FORBIDDEN, "Whoever asks may not do this; nothing was changed"),
    Kind(TooOften, "too-often", HTTPStatus.TOO_MANY_REQUESTS, "Asked too often; nothing was changed"),
    Kind(StoreUnavailable, "store", HTTPStatus.SERVICE_UNAVAILABLE, "The store cannot be used now"),
    Kind(LinkDown, "link", HTTPStatus.SERVICE_UNAVAILABLE, "Asterisk is away; nothing was sent"),
    Kind(StillCounting, "counting", HTTPStatus.SERVICE_UNAVAILABLE, "The figures are being counted anew"),
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

    @property
    def slug(self) -> str:
        """The end of its type; empty: HTTP's own."""
        return str(self.body["type"]).removeprefix(_TYPE) if self.body["type"] != "about:blank" else ""


def problem_of(error: VoceroError, *, writing: bool = True) -> Problem:
    """`error` as a problem; a store that is away is told apart for writes (507) and reads (503)."""
    kind = next(kind for kind in KINDS if isinstance(error, kind.error))
    status = kind.status
    if isinstance(error, StoreUnavailable) and writing:
        status = HTTPStatus.INSUFFICIENT_STORAGE
    faults = error.faults if isinstance(error, InputError) else ()
    problem = make_problem(kind.slug, status, kind.title, str(error.args[0]) if error.args else "", faults)
    if isinstance(error, Conflict):
        problem.body.update({name: value for name, value in (("rule", error.rule), ("said", error.said)) if value})
    return problem


def raise_problem(problem: dict[str, Any]) -> NoReturn:
    """Raise the error that a problem of ours speaks of; a foreign problem becomes a `VoceroError`."""
    slug = str(problem.get("type", "")).removeprefix(_TYPE)
    kind = next((kind for kind in KINDS if kind.slug == slug), KINDS[-1])
    detail = str(problem.get("detail") or problem.get("title") or "Vocero refused without a reason")
    if kind.error is InputError:
        raise InputError(detail, [Fault(f["path"], f["message"], f.get("line")) for f in problem.get("faults", ())])
    raise kind.error(detail)


def make_problem(slug: str, status: HTTPStatus, title: str, detail: str, faults: Sequence[Fault] = ()) -> Problem:
    """A problem that no error of the tree speaks of; an empty `slug` is HTTP's own (``about:blank``)."""
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


def _sendable(text: str) -> str:
    """A hostile request may be quoted in a message: half characters cannot be sent as UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
