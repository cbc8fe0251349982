"""Pages that need no script: rendered from templates, with headers that let them do nothing but what they are for."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

_TEMPLATES: Final = Path(__file__).parent / "templates"


def rendered(template: str, status: HTTPStatus, *, referrer: str = "no-referrer", **values: Any) -> Response:
    """A page. `referrer`: what of its address others are told; the address may be the key to it."""
    text = _environment().get_template(template).render(style=_style(), **values)
    return HTMLResponse(text, status, headers(referrer))


def headers(referrer: str) -> dict[str, str]:
    """What a browser may do with a page of ours: show it, and send its form back."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode("ascii")
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; "
            "frame-ancestors 'none'"
        ),
        "Cache-Control": "no-store",
        "Referrer-Policy": referrer,
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex, nofollow",
    }


async def form_of(request: Request, largest_bytes: int) -> dict[str, str]:
    """The form's fields; nothing of one that is larger, or is none."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest_bytes:
            return {}
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=8)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


@cache
def _style() -> str:
    return (_TEMPLATES / "booking.css").read_text(encoding="utf-8")
