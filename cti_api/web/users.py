"""People who may sign in."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from cti_api.access.actors import Role
from cti_api.access.sessions import LINK_LASTS
from cti_api.access.tokens import digest_of, new_token
from cti_api.border import Flag, Line, Slug
from cti_api.errors import Fault, InputError
from cti_api.store.users import NewUser, User
from cti_api.web.access import also_say
from cti_api.web.handed import Everything, Handed

router = APIRouter(prefix="/users", tags=["users and keys"])

Name = Annotated[Line, Field(min_length=1)]


class UserLine(BaseModel):
    id: str
    """By which they sign in."""
    name: str
    role: Role
    agent_id: str | None
    """The seat that is theirs."""
    has_password: bool
    """False until they used their link."""
    disabled: bool
    made_at: datetime
    has_second_factor: bool


class NewOne(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: Slug
    name: Name
    role: Role
    agent_id: Slug | None = None
    """Of somebody with the role agent: which seat; without it that of the same name."""


class Changed(BaseModel):
    """What is to be another; what is not named stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    role: Role | None = None
    agent_id: Slug | None = None
    disabled: Flag | None = None


class OneTimeLink(BaseModel):
    """Told this once: only its digest is kept."""

    user: UserLine
    link: str
    """Opens a page on which they choose a password."""
    token: str
    expires_at: datetime


@router.get("")
async def all_users(handed: Everything) -> list[UserLine]:
    """Everybody who may sign in, or could."""
    return [_line(user) for user in await handed.store.users.all()]


@router.post("", status_code=HTTPStatus.CREATED)
async def add_user(new: NewOne, request: Request, handed: Everything) -> OneTimeLink:
    """Somebody new, and the link by which they choose a password."""
    seat = new.agent_id or (new.id if new.role is Role.AGENT else None)
    also_say(request, f"{new.id}, {new.role}")
    token, now = new_token(), handed.clock.now()
    made = NewUser(id=new.id, name=new.name, role=new.role, agent_id=seat)
    user = await handed.store.users.add(made, digest_of(token), now)
    return _link(handed, user, token, now)


@router.patch("/{user_id}")
async def change_user(user_id: Slug, changed: Changed, request: Request, handed: Everything) -> UserLine:
    """Another name, role or seat; or not to come in any more. They are signed out everywhere."""
    changes: dict[str, Any] = changed.model_dump(exclude_unset=True)
    missing = [Fault(name, "must not be null") for name in ("name", "role", "disabled") if changes.get(name, 0) is None]
    if missing:
        raise InputError("The user cannot be changed so.", missing)
    if not changes:
        raise InputError("Say what is to change: name, role, agent_id or disabled.")
    also_say(request, ", ".join(f"{name}: {value}" for name, value in changes.items() if name != "name"))
    return _line(await handed.store.users.change(user_id, changes, handed.clock.now()))


@router.post("/{user_id}/link")
async def new_link(user_id: Slug, handed: Everything) -> OneTimeLink:
    """Another link; those before it are over. The present password holds until it is used."""
    token, now = new_token(), handed.clock.now()
    user = await handed.store.users.new_link(user_id, digest_of(token), now)
    return _link(handed, user, token, now)


@router.post("/{user_id}/reset-second-factor")
async def reset_second_factor(user_id: Slug, handed: Everything) -> UserLine:
    """For somebody whose telephone and recovery codes are gone: they sign in by their password alone, and are signed
    out everywhere until then."""
    await handed.store.users.get(user_id)
    await handed.store.second_factors.drop(user_id, and_sign_out=True)
    return _line(await handed.store.users.get(user_id))


def _line(user: User) -> UserLine:
    return UserLine(
        id=user.id,
        name=user.name,
        role=user.role,
        agent_id=user.agent_id,
        has_password=user.password_hash is not None,
        disabled=user.disabled_at is not None,
        made_at=user.made_at,
        has_second_factor=user.has_second_factor,
    )


def _link(handed: Handed, user: User, token: str, now: datetime) -> OneTimeLink:
    return OneTimeLink(
        user=_line(user), link=f"{handed.console_url}/enlace/{token}", token=token, expires_at=now + LINK_LASTS
    )
