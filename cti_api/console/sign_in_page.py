"""The way in: a name and a password, without a script; and where each begins."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from cti_api.console.shown import page, reader_of
from cti_api.errors import NotSignedIn, TooOften
from cti_api.web.access import known_of
from cti_api.web.handed import Everything
from cti_api.web.pages import form_of
from cti_api.web.sign_in import LONGEST_TRIED, Guarded, SignIn, sign_in

router = APIRouter(include_in_schema=False)

LARGEST_FORM: Final = 9 * LONGEST_TRIED + 2048
"""Bytes: each sign of a password may be written as nine."""
LONGEST_NAME: Final = 200


@router.get("/")
async def home(request: Request) -> Response:
    """Where whoever asks begins."""
    return RedirectResponse(reader_of(known_of(request)).home, HTTPStatus.SEE_OTHER)


@router.get("/entrar")
async def show(request: Request) -> Response:
    """The form; who is in already goes on."""
    wanted = _own_place(request.query_params.get("a", ""))
    if known_of(request).session is not None:
        return RedirectResponse(wanted, HTTPStatus.SEE_OTHER)
    return page(request, "sign_in.html", wanted=wanted, name="", problem="")


@router.post("/entrar")
async def enter(request: Request, handed: Everything, guard: Guarded) -> Response:
    """Signs in, and goes where they wanted to."""
    form = await form_of(request, LARGEST_FORM)
    name, password = form.get("nombre", "")[:LONGEST_NAME], form.get("clave", "")[:LONGEST_TRIED]
    wanted = _own_place(form.get("a", ""))
    went = RedirectResponse(wanted, HTTPStatus.SEE_OTHER)
    try:
        await sign_in(SignIn(name=name, password=password), request, went, handed, guard)
    except NotSignedIn:
        return page(request, "sign_in.html", HTTPStatus.UNAUTHORIZED, wanted=wanted, name=name, problem="wrong")
    except TooOften:
        return page(request, "sign_in.html", HTTPStatus.TOO_MANY_REQUESTS, wanted=wanted, name=name, problem="haste")
    return went


def _own_place(wanted: str) -> str:
    """A page of ours: a link from elsewhere must not lead on to another host (``//evil.example`` is one)."""
    ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isascii() and wanted.isprintable()
    return wanted if ours and len(wanted) <= LONGEST_NAME else "/"
