"""Trees that answer callers: published in versions, and put back to an earlier one."""

from __future__ import annotations

import asyncio
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from cti_api.border import Slug
from cti_api.errors import Conflict, InputError, NotFound
from cti_api.store.store import Store
from cti_api.store.trees import TreeVersion
from cti_api.web.access import user_of
from cti_api.web.handed import Everything
from cti_api.web.media import YAML, FileText, takes

router = APIRouter(prefix="/trees", tags=["trees"])

MOST_PARTS: Final = 50
"""Trees within one, all levels together."""

Version = Annotated[int, Field(ge=1, le=1_000_000)]


class Published(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    tree: str
    version: int
    title: str
    at: datetime
    """When it was put in force."""
    by: str
    in_force: bool


class Wanted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: Version


@router.get("")
async def all_trees(handed: Everything) -> list[Published]:
    """What new calls meet."""
    return [_published(each) for each in await handed.store.trees.in_force()]


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    openapi_extra=takes(YAML),
)
async def publish(request: Request, handed: Everything) -> Published:
    """Put a tree's file in force as its next version; calls under way end by the one they began with."""
    if handed.trees is None:
        raise Conflict("This Vocero answers no calls: publish where its callers are answered.")
    body = await request.body()
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError("A tree file is UTF-8.") from None
    reader = handed.trees
    # A large tree takes a part of a second to read and check: not on the loop.
    parts: dict[tuple[str, int], str] = {}
    waiting = list(await asyncio.to_thread(reader.parts_of, text))
    while waiting:
        name = waiting.pop()
        if name in parts:
            continue
        if len(parts) == MOST_PARTS:
            raise InputError(f"A tree has at most {MOST_PARTS} trees within it.")
        found = await _part(handed.store, *name)
        if found is not None:
            parts[name] = found
            waiting.extend(await asyncio.to_thread(reader.parts_of, found))
    tree, title = await asyncio.to_thread(reader.checked, text, parts)
    return _published(await handed.store.trees.publish(tree, title, text, user_of(request), handed.clock.now()))


@router.get("/{tree}")
async def publications(tree: Slug, handed: Everything) -> list[Published]:
    """Each time a version of the tree was put in force, the newest first."""
    return [_published(each) for each in await handed.store.trees.publications(tree)]


@router.get("/{tree}/versions/{version}")
async def version_file(tree: Slug, version: Version, handed: Everything) -> FileText:
    """What a version says."""
    return FileText(text=await handed.store.trees.text(tree, version))


@router.post("/{tree}/in-force")
async def put_in_force(tree: Slug, wanted: Wanted, request: Request, handed: Everything) -> Published:
    """Let new calls meet that version again."""
    return _published(await handed.store.trees.put_in_force(tree, wanted.version, user_of(request), handed.clock.now()))


async def _part(store: Store, tree: str, version: int) -> str | None:
    try:
        return await store.trees.text(tree, version)
    except NotFound:  # told by the check, with its line
        return None


def _published(version: TreeVersion) -> Published:
    return Published.model_validate(version)
