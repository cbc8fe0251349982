"""What pages are made of: style, code, sounds. Read once; nothing but what is in the folder can be asked for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from cti_api.errors import NotFound

router = APIRouter(include_in_schema=False)

_FOLDER: Final = Path(__file__).parent / "static"
KINDS: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".wav": "audio/wav",
}
"""Other files of the folder are not served."""


@dataclass(frozen=True, slots=True)
class Asset:
    body: bytes
    kind: str
    etag: str


@router.get("/static/{path:path}")
async def static(path: str, request: Request) -> Response:
    """One file. A browser keeps it, and asks each time whether it is still the same."""
    asset = assets().get(path)
    if asset is None:
        raise NotFound("There is no such file.")
    headers = {"ETag": asset.etag, "Cache-Control": "no-cache"}
    if asset.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(asset.body, media_type=asset.kind, headers=headers)


@cache
def assets() -> dict[str, Asset]:
    """By the path below the folder."""
    found = {}
    for file in sorted(_FOLDER.rglob("*")):
        kind = KINDS.get(file.suffix)
        if kind is not None and file.is_file():
            body = file.read_bytes()
            name = file.relative_to(_FOLDER).as_posix()
            found[name] = Asset(body, kind, f'"{hashlib.sha256(body).hexdigest()[:32]}"')
    return found
