"""What answers callers: queues, and trees with what came of them; each with its file."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from cti_api.border import Slug
from cti_api.console.administration.frame import administration
from cti_api.web.handed import Everything
from cti_api.web.queues import gave_up_today, get_queue, list_queues
from cti_api.web.trees import publications

router = APIRouter(prefix="/administracion", include_in_schema=False)


@router.get("/colas")
async def queues(request: Request, handed: Everything) -> Response:
    """All of them, and a form for another."""
    return administration(request, "queues", queues=await list_queues(handed))


@router.get("/colas/{queue_id}")
async def queue(queue_id: Slug, request: Request, handed: Everything) -> Response:
    """One: who waits, who gave up today, and its file."""
    found, missed = await get_queue(queue_id, handed), await gave_up_today(queue_id, handed)
    return administration(request, "queues", "queue", queue=found, missed=missed)


@router.get("/arboles")
async def trees(request: Request, handed: Everything) -> Response:
    """What new calls meet."""
    return administration(request, "trees", trees=await handed.store.trees.in_force(), answers=handed.trees is not None)


@router.get("/arboles/{tree}")
async def tree(tree: Slug, request: Request, handed: Everything) -> Response:
    """One: every version that was in force, and what it says."""
    versions = await publications(tree, handed)
    in_force = next(each for each in versions if each.in_force)
    text = await handed.store.trees.text(tree, in_force.version)
    return administration(
        request, "trees", "tree", tree=in_force, versions=versions, text=text, answers=handed.trees is not None
    )  # fmt: skip
