"""The way in: a name and a password, then perhaps a code, without a script; and where each begins."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from cti_api.console.shown import page, reader_of
from cti_api.errors import NotSignedIn, TooOften
from cti_api.web.access import known_of
from cti_api.web.handed import Everything, Handed
from cti_api.web.pages import form_of
from cti_api.web.second_step import begin_step, step_of
from cti_api.web.sign_in import LONGEST_TRIED, Guard, Guarded, SignIn, begin, with_code, with_password

router = APIRouter(include_in_schema=False)

LARGEST_FORM: Final = 9 * LONGEST_TRIED + 2048
"""Bytes: each sign of a password may be written as nine."""
LONGEST_NAME: Final = 200
CODE_PAGE: Final = "/entrar/codigo"


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
    """Signs in, and goes where they wanted to; who has a second factor is asked for its code first."""
    form = await form_of(request, LARGEST_FORM)
    name, password = form.get("nombre", "")[:LONGEST_NAME], form.get("clave", "")[:LONGEST_TRIED]
    wanted = _own_place(form.get("a", ""))
    try:
        user = await with_password(SignIn(name=name, password=password), request, handed, guard)
        if user.has_second_factor:
            went = RedirectResponse(f"{CODE_PAGE}?{urlencode({'a': wanted})}", HTTPStatus.SEE_OTHER)
            begin_step(user, went, handed, guard.steps, guard.keeper)
        else:
            went = RedirectResponse(wanted, HTTPStatus.SEE_OTHER)
            await begin(user, request, went, handed, guard)
    except NotSignedIn:
        return page(request, "sign_in.html", HTTPStatus.UNAUTHORIZED, wanted=wanted, name=name, problem="wrong")
    except TooOften:
        return page(request, "sign_in.html", HTTPStatus.TOO_MANY_REQUESTS, wanted=wanted, name=name, problem="haste")
    return went


@router.get("/entrar/codigo")
async def show_code(request: Request, handed: Everything, guard: Guarded) -> Response:
    """One field, for whoever's password fitted."""
    wanted = _own_place(request.query_params.get("a", ""))
    return _code_page(request, handed, guard, wanted)


@router.post("/entrar/codigo")
async def enter_code(request: Request, handed: Everything, guard: Guarded) -> Response:
    """The second step."""
    form = await form_of(request, LARGEST_FORM)
    wanted = _own_place(form.get("a", ""))
    went = RedirectResponse(wanted, HTTPStatus.SEE_OTHER)
    try:
        await with_code(form.get("codigo", ""), request, went, handed, guard)
    except NotSignedIn:
        return _code_page(request, handed, guard, wanted, "wrong", HTTPStatus.UNAUTHORIZED)
    except TooOften as error:
        return _code_page(request, handed, guard, wanted, "haste", HTTPStatus.TOO_MANY_REQUESTS, error.seconds)
    return went


def _code_page(
    request: Request,
    handed: Handed,
    guard: Guard,
    wanted: str,
    problem: str = "",
    status: HTTPStatus = HTTPStatus.OK,
    seconds: int = 0,
) -> Response:
    try:
        step_of(request, handed, guard.steps, guard.keeper)
    except NotSignedIn:
        return page(request, "sign_in.html", HTTPStatus.GONE, wanted=wanted, name="", problem="late")
    return page(request, "code.html", status, wanted=wanted, problem=problem, seconds=seconds)


def _own_place(wanted: str) -> str:
    """A page of ours: a link from elsewhere must not lead on to another host (``//evil.example`` is one)."""
    ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isascii() and wanted.isprintable()
    return wanted if ours and len(wanted) <= LONGEST_NAME else "/"
