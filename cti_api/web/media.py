"""Kinds of documents that operations take and give, and the refusal of any other kind."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from fastapi import Request
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.exceptions import HTTPException

YAML: Final = "application/yaml"
"""Of a campaign's, queue's, survey's or tree's file (RFC 9512)."""
WAV: Final = "audio/wav"
CSV: Final = "text/csv"
JSON: Final = "application/json"
LINES: Final = "application/x-ndjson"
"""A JSON value in each line."""
ICALENDAR: Final = "text/calendar"
BYTES: Final = "application/octet-stream"
_ANY_TEXT: Final = frozenset({"text/plain", "text/yaml", "text/x-yaml", "application/x-yaml", BYTES})
"""What programs call a YAML file that they do not know as one."""


class FileText(BaseModel):
    """A file of ours, as it was uploaded."""

    text: str


def takes(media_type: str, example: str = "") -> dict[str, Any]:
    """For a route that reads its document itself."""
    content: dict[str, Any] = {"schema": {"type": "string"}}
    if example:
        content["example"] = example
    return {"requestBody": {"required": True, "content": {media_type: content}}}


def gives(*media_types: str, words: str) -> dict[int | str, dict[str, Any]]:
    """For a route that answers with something else than JSON."""
    return {HTTPStatus.OK.value: {"description": words, "content": {kind: {} for kind in media_types}}}


async def understood(request: Request) -> None:
    """Refuse a document of another kind than the operation takes. A file may come without saying what it is."""
    told = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    kinds = _taken(route)
    if not kinds or told in kinds or BYTES in kinds:
        return
    if kinds == {JSON}:
        fits = told.endswith("+json") or (not told and not _has_body(request))
    else:
        fits = not told or (YAML in kinds and told in _ANY_TEXT)
    if fits:
        return
    words = f"This takes {' or '.join(sorted(kinds))}: say so in Content-Type."
    raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, words, headers={"Accept": ", ".join(sorted(kinds))})


def _has_body(request: Request) -> bool:
    return "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"


def _taken(route: APIRoute) -> set[str]:
    named = (route.openapi_extra or {}).get("requestBody", {}).get("content", {})
    return {*named, *([JSON] if route.body_field is not None else [])}
