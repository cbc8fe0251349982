"""Somebody's own account: their second factor, shown as they stand with it, and their password."""

from __future__ import annotations

from functools import partial

import segno
from fastapi import APIRouter, Request
from fastapi.responses import Response

from cti_api.console.shown import page
from cti_api.web.access import known_of
from cti_api.web.handed import Everything
from cti_api.web.second_factor import shown
from cti_api.web.sign_in import Guarded, session_of

router = APIRouter(include_in_schema=False)


@router.get("/cuenta")
async def account(request: Request, handed: Everything, guard: Guarded, contrasena: str = "") -> Response:
    """No factor yet, one that waits for its first code, or one that holds; `contrasena`: the page comes back after
    another password was chosen."""
    session, factors = session_of(request), handed.store.second_factors
    factor = await factors.of(session.user_id)
    actor = known_of(request).actor
    show = partial(page, request, "account.html", script="account.js", words="account", user=session.user_id,
                   must=actor is not None and actor.must_enrol, changed=contrasena == "nueva")  # fmt: skip
    if factor.since is not None:
        return show(state="on", factor=factor)
    secret = await factors.shown(session.user_id, handed.clock.now()) if factor.shown_at is not None else None
    if secret is None or factor.shown_at is None:
        return show(state="none")
    told = shown(secret, session.user_id, guard.keeper, factor.shown_at)
    return show(state="shown", secret=told.secret, picture=picture_of(told.uri))


def picture_of(uri: str) -> str:
    """A QR code as SVG, black on white whatever the page's colours: telephones read no other."""
    text: str = segno.make(uri, error="m", micro=False).svg_inline(
        scale=5, light="#fff", svgclass="code", lineclass=None
    )
    return text
