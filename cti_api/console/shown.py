"""A page of the console: its frame, who looks at it, and what a browser may do with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cti_api.access.actors import Role
from cti_api.access.sessions import csrf_of
from cti_api.console.sentences import said
from cti_api.console.words import words_of
from cti_api.web.access import ACCOUNT_PAGE
from cti_api.web.known import Known

_TEMPLATES: Final = Path(__file__).parent / "templates"
MENU: Final = (
    ("agent", "/agente", frozenset({Role.AGENT})),
    ("board", "/tablero", frozenset({Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR})),
    ("indicators", "/tablero/indicadores", frozenset({Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR})),
    ("administration", "/administracion", frozenset({Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR})),
)
"""A word, a place, and whose it is; the first of theirs is where somebody who signs in begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Whoever looks at the page."""

    name: str
    role: Role | None
    agent_id: str
    """Their seat; empty: none."""
    csrf: str
    """What they send with each change."""
    must_enrol: bool = False
    """They see nothing before they have a second factor."""

    @property
    def menu(self) -> list[tuple[str, str]]:
        """Their sections: a word and a place."""
        if self.must_enrol:
            return []
        return [(word, place) for word, place, roles in MENU if self._has(word, roles)]

    @property
    def home(self) -> str:
        return self.menu[0][1] if self.menu else ACCOUNT_PAGE

    def _has(self, word: str, roles: frozenset[Role]) -> bool:
        # whoever has a seat may take calls, whatever else they do
        return self.role in roles or (word == "agent" and bool(self.agent_id) and self.role is not Role.AUDITOR)


NOBODY: Final = Reader(name="", role=None, agent_id="", csrf="")


def reader_of(known: Known) -> Reader:
    session = known.session
    if session is None:
        return NOBODY
    return Reader(
        name=session.name,
        role=session.role,
        agent_id=session.agent_id or "",
        csrf=csrf_of(known.token),
        must_enrol=known.actor is not None and known.actor.must_enrol,
    )


def page(
    request: Request,
    template: str,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    script: str = "",
    words: str = "",
    **values: Any,
) -> Response:
    """A page for whoever asks.

    `script`: the module that makes it live, by its name below ``/static/``. `words`: the part of the words that the
    module is given, besides those of every page.
    """
    known: Known | None = getattr(request.state, "known", None)
    reader = reader_of(known) if known is not None else NOBODY
    spoken = words_of()
    given = {
        "refused": spoken.part("refused"),
        "page": spoken.part("page"),
        **({words: spoken.part(words)} if words else {}),
    }
    text = _environment().get_template(template).render(
        w=spoken, reader=reader, here=request.url.path, section_here=_section(reader, request.url.path),
        script=script, given=given, timezone=request.app.state.handed.timezone, **values
    )  # fmt: skip
    return HTMLResponse(text, status, {**_headers(_socket_origin(request))})


def _section(reader: Reader, here: str) -> str:
    """The section that the page is in: the nearest above it."""
    return max((place for _, place in reader.menu if here.startswith(place)), key=len, default="")


def _headers(socket: str) -> dict[str, str]:
    """A page may use what is served beside it, and nothing from anywhere else; only it may hear the microphone.

    The form of WebSockets' origin is named because not every browser takes it for the same place as the page's.
    """
    return {
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self' blob:; "
            f"connect-src 'self' {socket}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        "Permissions-Policy": "microphone=(self), autoplay=(self), camera=(), geolocation=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex, nofollow",
    }


def _socket_origin(request: Request) -> str:
    """By the settings, never by what a request says of its host."""
    parts = urlsplit(request.app.state.guard.keeper.origin)
    return f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.globals["said"] = said
    return environment
