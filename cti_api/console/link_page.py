"""The page behind a one-time link: somebody chooses their password, without a script, and is in.

Looking at it uses nothing up: what looks at links in messages leaves it whole.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from cti_api.access.passwords import LONGEST, SHORTEST
from cti_api.access.tokens import digest_of, may_be_token
from cti_api.console.shown import page
from cti_api.console.sign_in_page import CODE_PAGE
from cti_api.errors import InputError, NotFound, TooOften
from cti_api.store.users import User
from cti_api.web.access import known_of
from cti_api.web.handed import Everything, Handed
from cti_api.web.pages import form_of
from cti_api.web.second_step import begin_step, come_in
from cti_api.web.sign_in import Guard, Guarded, choose

router = APIRouter(prefix="/enlace", include_in_schema=False)

LARGEST_FORM: Final = 4096
"""Bytes: two passwords of 128 characters, each of them written as up to nine signs, and the name."""


@router.get("/{token}")
async def show(token: str, request: Request, handed: Everything, guard: Guarded) -> Response:
    """Whose link it is, and two fields."""
    return await _answered(token, request, handed, guard, {})


@router.post("/{token}")
async def choose_password(token: str, request: Request, handed: Everything, guard: Guarded) -> Response:
    """The password, written twice."""
    return await _answered(token, request, handed, guard, await form_of(request, LARGEST_FORM))


async def _answered(token: str, request: Request, handed: Handed, guard: Guard, form: dict[str, str]) -> Response:
    try:
        guard.refuse_haste("", known_of(request).address, handed.clock.monotonic())
    except TooOften:
        return _gone(request, "haste", HTTPStatus.TOO_MANY_REQUESTS)
    now = handed.clock.now()
    user = await handed.store.users.of_link(digest_of(token), now) if may_be_token(token) else None
    if user is None:
        return _gone(request, "gone", HTTPStatus.NOT_FOUND)
    if request.method == "GET":
        return _page(request, user)
    password = form.get("clave", "")
    if len(password) < SHORTEST:
        return _page(request, user, "short")
    if password != form.get("otra", ""):
        return _page(request, user, "differ")
    try:
        user = await choose(token, password, request, handed, guard)
    except InputError:
        return _page(request, user, "guessed")
    except NotFound:
        return _gone(request, "gone", HTTPStatus.NOT_FOUND)
    # who may choose the password may as well come in; a link stands in for no telephone
    if user.has_second_factor:
        went = RedirectResponse(CODE_PAGE, HTTPStatus.SEE_OTHER)
        begin_step(user, went, handed, guard.steps, guard.keeper)
    else:
        went = RedirectResponse("/", HTTPStatus.SEE_OTHER)
        await come_in(user, went, handed, guard.keeper)
    return went


def _page(request: Request, user: User, problem: str = "") -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    return page(request, "link.html", status, user=user, problem=problem, gone="", shortest=SHORTEST, longest=LONGEST)


def _gone(request: Request, why: str, status: HTTPStatus) -> Response:
    return page(request, "link.html", status, gone=why)
