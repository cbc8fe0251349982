"""The law in force, what a change of it would do, and the second person who approves it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from cti_api.border import Slug
from cti_api.console.administration.frame import administration
from cti_api.web.access import user_of
from cti_api.web.handed import Everything
from cti_api.web.policy import changes, history, in_force, show
from cti_api.web.registries import all_registries

router = APIRouter(prefix="/administracion", include_in_schema=False)


@router.get("/ley")
async def law(request: Request, handed: Everything) -> Response:
    """Packs, changes that were asked for, copies of public lists; and a form to see what a change would do."""
    asked = await changes(handed)
    return administration(
        request,
        "law",
        packs=await in_force(handed),
        pending=[each for each in asked if each.state == "pending"],
        decided=[each for each in reversed(asked) if each.state != "pending"],
        registries=await all_registries(handed),
        own=user_of(request),
    )


@router.get("/ley/{name}")
async def pack(name: Slug, request: Request, handed: Everything, version: str | None = None) -> Response:
    """One, in words, with every version that was in force."""
    shown = await show(name, handed, version)
    return administration(request, "law", "pack", pack=shown, versions=await history(name, handed))
