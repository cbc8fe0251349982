"""Signing in, in one step or two, and out, one's own password, and the one-time link by which the first is chosen.

Whoever is refused learns nothing of whether there is such a user: the same words, after the same time.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from cti_api.access.actors import Actor, Role, Scope, Through
from cti_api.access.hashing import Hashes
from cti_api.access.passwords import refuse_weak
from cti_api.access.sessions import Proved, Session, csrf_of
from cti_api.access.tokens import digest_of, may_be_token
from cti_api.access.totp import PROOF_LASTS
from cti_api.errors import NotAllowed, NotFound, NotSignedIn, TooOften
from cti_api.store.users import User
from cti_api.web.access import acts_as, also_say, known_of
from cti_api.web.handed import Everything, Handed
from cti_api.web.known import ConsoleKeeper
from cti_api.web.rate import Rate
from cti_api.web.second_step import LONGEST_CODE, Steps, begin_step, come_in, set_cookie, step_of, take_code

router = APIRouter(tags=["sign in"])

PER_MINUTE_HERE: Final = 5
"""Tries of one name from one address (OWASP ASVS 5.0, 6.3.1)."""
PER_MINUTE: Final = 10
"""Of one name from everywhere but where its owner signed in before: nobody is locked out by others."""
PER_MINUTE_OF_ADDRESS: Final = 20
AGAIN_SECONDS: Final = 12
"""After which one more try is there."""
MOST_KNOWN: Final = 10_000
LONGEST_TRIED: Final = 1000
"""Characters of a password that somebody tries: longer than any of ours, so that it is refused like a wrong one."""

log = logging.getLogger(__name__)


class SignIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=200)]
    password: Annotated[str, Field(max_length=LONGEST_TRIED)]


class Code(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(max_length=LONGEST_CODE)]
    """Six digits of the telephone, or a recovery code."""


class CodeWanted(BaseModel):
    """The password fitted; they are not signed in before their code."""

    next: Literal["code"] = "code"
    """To be sent to ``POST /session/code``, with the cookie that came with this."""
    until: datetime


class NewPassword(BaseModel):
    model_config = ConfigDict(extra="forbid")

    present: Annotated[str, Field(max_length=LONGEST_TRIED)]
    new: Annotated[str, Field(max_length=LONGEST_TRIED)]


class UsedLink(BaseModel):
    model_config = ConfigDict(extra="forbid")

    token: Annotated[str, Field(max_length=200)]
    """The end of the link."""
    password: Annotated[str, Field(max_length=LONGEST_TRIED)]


class Chosen(BaseModel):
    user: str
    """By which name they sign in now."""


class Me(BaseModel):
    """Whoever asks."""

    through: Through
    user: str
    name: str
    role: Role | None
    scopes: tuple[Scope, ...]
    agent_id: str | None
    csrf: str
    """To be sent as ``X-CSRF-Token`` with each change; empty for a key."""
    idle_at: datetime | None
    """When the session ends if nothing comes any more."""
    ends_at: datetime | None
    numbers_masked: bool
    has_second_factor: bool = False
    must_enrol: bool = False
    """They may do nothing but set up a second factor."""


class Guard:
    """Passwords and codes, and how often they may be tried."""

    def __init__(self, keeper: ConsoleKeeper) -> None:
        self.keeper = keeper
        self.hashes = Hashes()
        self.steps = Steps()
        self._here = Rate(PER_MINUTE_HERE, PER_MINUTE_HERE)
        self._name = Rate(PER_MINUTE, PER_MINUTE)
        self._address = Rate(PER_MINUTE_OF_ADDRESS, PER_MINUTE_OF_ADDRESS)
        self._owners: OrderedDict[tuple[str, str], None] = OrderedDict()

    def refuse_haste(self, name: str, address: str, now: float) -> None:
        """Raises `TooOften`. `now` in seconds on a clock that does not jump."""
        allowed = self._address.allows(address, now) and self._here.allows(f"{address} {name}", now)
        if allowed and name and (name, address) not in self._owners:
            allowed = self._name.allows(name, now)
        if not allowed:
            log.warning("signing in was tried too often", extra={"user": name, "address": address})
            raise TooOften("Too many tries: wait a minute, then try again.", AGAIN_SECONDS)

    def remember(self, name: str, address: str) -> None:
        """Its owner signs in from there."""
        self._owners[name, address] = None
        self._owners.move_to_end((name, address))
        if len(self._owners) > MOST_KNOWN:
            self._owners.popitem(last=False)


def _guard(request: Request) -> Guard:
    guard: Guard = request.app.state.guard
    return guard


Guarded = Annotated[Guard, Depends(_guard)]


@router.post("/session", response_model=Me, responses={HTTPStatus.ACCEPTED: {"model": CodeWanted}})
async def sign_in(
    asked: SignIn, request: Request, response: Response, handed: Everything, guard: Guarded
) -> Me | Response:
    """Sign in; a cookie keeps it, and the answer has the token for changes. Who has a second factor is asked for its
    code (202)."""
    user = await with_password(asked, request, handed, guard)
    if not user.has_second_factor:
        return await begin(user, request, response, handed, guard)
    until = handed.clock.now() + PROOF_LASTS
    wanted = JSONResponse(CodeWanted(until=until).model_dump(mode="json"), HTTPStatus.ACCEPTED)
    begin_step(user, wanted, handed, guard.steps, guard.keeper)
    return wanted


@router.post("/session/code")
async def sign_in_by_code(asked: Code, request: Request, response: Response, handed: Everything, guard: Guarded) -> Me:
    """The second step of signing in: the code of their telephone, or a recovery code, which opens once."""
    session, token = await with_code(asked.code, request, response, handed, guard)
    return _me(session, token, guard.keeper)


async def with_password(asked: SignIn, request: Request, handed: Handed, guard: Guard) -> User:
    """Whose password it is. Raises `NotSignedIn`, `TooOften`."""
    name, address = asked.name.strip().lower(), known_of(request).address
    guard.refuse_haste(name, address, handed.clock.monotonic())
    user = await _with_password(handed, guard, name, asked.password)
    if user is None:
        log.warning("signing in failed", extra={"user": name, "address": address})
        raise NotSignedIn("The name and the password do not fit.")
    if not user.has_second_factor:
        guard.remember(name, address)
    return user


async def with_code(
    code: str, request: Request, response: Response, handed: Handed, guard: Guard
) -> tuple[Session, str]:
    """The session of whoever brings it after their password, and its token. Raises `NotSignedIn`, `TooOften`."""
    token, step = step_of(request, handed, guard.steps, guard.keeper)
    address = known_of(request).address
    guard.refuse_haste(f"code {step.user.id}", address, handed.clock.monotonic())
    tried = await take_code(handed, step.user.id, code, address)
    acts_as(request, _person(step.user))
    if tried.by_recovery:
        also_say(request, f"by a recovery code, {tried.codes_left} left")
    guard.steps.end(token)
    set_cookie(response, guard.keeper, guard.keeper.step_cookie, "", 0)
    fresh, session = await come_in(step.user, response, handed, guard.keeper, Proved.BY_CODE)
    guard.remember(step.user.id, address)
    return session, fresh


@router.delete("/session", status_code=HTTPStatus.NO_CONTENT)
async def sign_out(request: Request, response: Response, handed: Everything, guard: Guarded) -> None:
    """Sign out, in every tab of this browser."""
    session = session_of(request)
    await handed.store.sessions.end(session.digest)
    set_cookie(response, guard.keeper, guard.keeper.cookie, "", 0)


@router.get("/me")
async def me(request: Request, guard: Guarded) -> Me:
    """Whoever asks, and the token for changes."""
    known = known_of(request)
    if known.session is not None:
        return _me(known.session, known.token, guard.keeper)
    actor = known.actor
    assert actor is not None  # the rule of this operation
    return Me(
        through=actor.through,
        user=actor.name,
        name=actor.name,
        role=actor.role,
        scopes=tuple(sorted(actor.scopes)),
        agent_id=None,
        csrf="",
        idle_at=None,
        ends_at=None,
        numbers_masked=False,
    )


@router.put("/me/password")
async def new_password(
    asked: NewPassword, request: Request, response: Response, handed: Everything, guard: Guarded
) -> Me:
    """Another password; every other session of theirs is over, and this one gets another cookie."""
    user = await own_password(asked.present, request, handed, guard)
    refuse_weak(asked.new, (user.id, user.name), "new")
    password_hash = await guard.hashes.make(asked.new)
    await handed.store.users.set_password(user.id, password_hash)
    fresh = await handed.store.users.get(user.id)
    return await begin(fresh, request, response, handed, guard, Proved.BEFORE)


@router.post("/links")
async def use_link(asked: UsedLink, request: Request, handed: Everything, guard: Guarded) -> Chosen:
    """Choose a password by a one-time link; then sign in."""
    guard.refuse_haste("", known_of(request).address, handed.clock.monotonic())
    return Chosen(user=(await choose(asked.token, asked.password, request, handed, guard)).id)


async def choose(token: str, password: str, request: Request, handed: Handed, guard: Guard) -> User:
    """Whose password it is now. Raises `NotFound` for a link that opens nothing, `InputError` for a weak password,
    after which the link still opens."""
    gone = NotFound("This link opens nothing: it was used, replaced, or is too old. Ask for another.")
    now = handed.clock.now()
    user = await handed.store.users.of_link(digest_of(token), now) if may_be_token(token) else None
    if user is None:
        raise gone
    refuse_weak(password, (user.id, user.name))
    password_hash = await guard.hashes.make(password)
    acts_as(request, _person(user))
    if await handed.store.users.use_link(digest_of(token), password_hash, now) is None:
        raise gone
    return await handed.store.users.get(user.id)


async def own_password(password: str, request: Request, handed: Handed, guard: Guard) -> User:
    """Whoever is signed in, once more by their password. Raises `NotAllowed` for another, `TooOften`."""
    session = session_of(request)
    guard.refuse_haste(session.user_id, known_of(request).address, handed.clock.monotonic())
    user = await _with_password(handed, guard, session.user_id, password)
    if user is None:
        raise NotAllowed("The present password is another one.")
    return user


async def _with_password(handed: Handed, guard: Guard, name: str, password: str) -> User | None:
    """The user, where it is their password; a hash is made in any case."""
    user = await handed.store.users.find(name) if len(name) <= 40 and name.isascii() and name.isprintable() else None
    kept = user.password_hash if user is not None and user.disabled_at is None else None
    if not await guard.hashes.fits(password, kept) or user is None:
        return None
    if guard.hashes.is_old(kept or ""):
        await handed.store.users.rehash(user.id, await guard.hashes.make(password))
        user = await handed.store.users.get(user.id)
    return user


async def begin(
    user: User,
    request: Request,
    response: Response,
    handed: Handed,
    guard: Guard,
    proved: Proved = Proved.NOT,
) -> Me:
    """Somebody is in. Raises `NotSignedIn` for whoever has a second factor and has not `proved` it."""
    acts_as(request, _person(user))
    token, session = await come_in(user, response, handed, guard.keeper, proved)
    return _me(session, token, guard.keeper)


def _person(user: User) -> Actor:
    return Actor(through=Through.SESSION, name=user.id, role=user.role, agent_id=user.agent_id)


def session_of(request: Request) -> Session:
    session = known_of(request).session
    assert session is not None  # these operations are open to no key, and not served at the control socket
    return session


def _me(session: Session, token: str, keeper: ConsoleKeeper) -> Me:
    return Me(
        through=Through.SESSION,
        user=session.user_id,
        name=session.name,
        role=session.role,
        scopes=(),
        agent_id=session.agent_id,
        csrf=csrf_of(token),
        idle_at=session.idle_at(),
        ends_at=session.ends_at,
        numbers_masked=session.role in keeper.masked,
        has_second_factor=session.has_second_factor,
        must_enrol=keeper.must_enrol(session),
    )
