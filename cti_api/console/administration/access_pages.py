"""Who comes in, people and other systems, and what they did."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from cti_api.access.actors import Role, Scope
from cti_api.border import Slug
from cti_api.console.administration.frame import administration
from cti_api.errors import NotFound
from cti_api.web.handed import Everything

router = APIRouter(prefix="/administracion", include_in_schema=False)

DEEDS: Final = 200
"""On a page."""


@router.get("/usuarios")
async def users(request: Request, handed: Everything) -> Response:
    """People and keys."""
    now = handed.clock.now()
    keys = [(key, key.holds(now)) for key in await handed.store.machine_keys.all()]
    return administration(
        request, "users", users=await handed.store.users.all(), keys=keys, all_roles=tuple(Role),
        scopes=tuple(Scope), seats=[view.agent for view in handed.dialer.agents()],
    )  # fmt: skip


@router.get("/usuarios/{user_id}")
async def user(user_id: Slug, request: Request, handed: Everything) -> Response:
    """One: name, role and seat."""
    found = await handed.store.users.get(user_id)
    seats = [view.agent for view in handed.dialer.agents()]
    return administration(request, "users", "user", user=found, all_roles=tuple(Role), seats=seats)


@router.get("/llaves/{key_id}")
async def key(key_id: Slug, request: Request, handed: Everything) -> Response:
    """One key: what it opens, and another in its place."""
    found = next((each for each in await handed.store.machine_keys.all() if each.id == key_id), None)
    if found is None:
        raise NotFound(f"There is no key {key_id}.")
    return administration(
        request, "users", "key", key=found, holds=found.holds(handed.clock.now()), scopes=tuple(Scope)
    )  # fmt: skip


@router.get("/borrados")
async def erasures(request: Request, handed: Everything) -> Response:
    """Who was erased is known to nobody: when, by whom and why; and a form that says first what would go."""
    return administration(request, "erasures", erasures=list(reversed(await handed.store.erasures.all())))


@router.get("/auditoria")
async def audit(
    request: Request, handed: Everything, after: Annotated[int | None, Query(ge=0, le=2**53)] = None
) -> Response:
    """The newest, or a page from somewhere on; and whether the chain holds."""
    deeds = await (handed.store.audit.newest(DEEDS) if after is None else handed.store.audit.after(after, DEEDS))
    check = await handed.store.audit.check(None)
    newest_first = sorted(deeds, key=lambda link: link.seq, reverse=True)
    earlier = max(newest_first[-1].seq - DEEDS - 1, 0) if newest_first and newest_first[-1].seq > 1 else None
    return administration(request, "audit", deeds=newest_first, check=check, earlier=earlier, is_newest=after is None)
