"""Keys by which other systems come in: ``Authorization: Bearer vocero_…``."""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from cti_api.access.actors import Scope
from cti_api.access.tokens import digest_of, new_key
from cti_api.border import Slug
from cti_api.store.machine_keys import MachineKey
from cti_api.web.access import also_say
from cti_api.web.handed import Everything

router = APIRouter(prefix="/keys", tags=["users and keys"])


class KeyLine(BaseModel):
    id: str
    scopes: tuple[Scope, ...]
    made_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None
    """To the minute."""
    holds: bool


class NewKey(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: Slug
    """Of the system that has it; the audit names it so."""
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1, max_length=len(Scope))]
    days: Annotated[int, Field(ge=1, le=3660)] | None = None
    """After which it opens nothing any more; absent: never."""


class ChangedKey(BaseModel):
    model_config = ConfigDict(extra="forbid")

    scopes: Annotated[tuple[Scope, ...], Field(min_length=1, max_length=len(Scope))]
    """All that it opens from now on."""


class MadeKey(BaseModel):
    line: KeyLine
    key: str
    """Told this once: only its digest is kept."""


@router.get("")
async def all_keys(handed: Everything) -> list[KeyLine]:
    """Every key there ever was."""
    now = handed.clock.now()
    return [_line(key, now) for key in await handed.store.machine_keys.all()]


@router.post("", status_code=HTTPStatus.CREATED)
async def add_key(new: NewKey, request: Request, handed: Everything) -> MadeKey:
    """A new one; it is shown in this answer and never again."""
    now, brought = handed.clock.now(), new_key()
    also_say(request, f"{new.id}: {', '.join(sorted({*new.scopes}))}")
    until = now + timedelta(days=new.days) if new.days is not None else None
    made = await handed.store.machine_keys.add(new.id, digest_of(brought), frozenset(new.scopes), until, now)
    return MadeKey(line=_line(made, now), key=brought)


@router.patch("/{key_id}")
async def change_key(key_id: Slug, changed: ChangedKey, request: Request, handed: Everything) -> KeyLine:
    """It opens something else, from this moment on; the key itself stays."""
    also_say(request, ", ".join(sorted({*changed.scopes})))
    now = handed.clock.now()
    return _line(await handed.store.machine_keys.change(key_id, now, scopes=frozenset(changed.scopes)), now)


@router.post("/{key_id}/replace")
async def replace_key(key_id: Slug, handed: Everything) -> MadeKey:
    """Another key under the same name, which opens the same; the one before opens nothing any more."""
    now, brought = handed.clock.now(), new_key()
    return MadeKey(
        line=_line(await handed.store.machine_keys.change(key_id, now, digest=digest_of(brought)), now), key=brought
    )


@router.post("/{key_id}/revoke")
async def revoke(key_id: Slug, handed: Everything) -> KeyLine:
    """It opens nothing any more, from this moment on."""
    now = handed.clock.now()
    return _line(await handed.store.machine_keys.revoke(key_id, now), now)


def _line(key: MachineKey, now: datetime) -> KeyLine:
    return KeyLine(
        id=key.id,
        scopes=tuple(sorted(key.scopes)),
        made_at=key.made_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        used_at=key.used_at,
        holds=key.holds(now),
    )
