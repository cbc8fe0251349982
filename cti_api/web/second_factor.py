"""One's own second factor: set up, its recovery codes, and switched off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import quote, urlencode, urlsplit

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from cti_api.access.tokens import digest_of, new_recovery_codes
from cti_api.access.totp import DIGITS, ENROLLING_LASTS, STEP_SECONDS, base32_of, grouped
from cti_api.errors import Conflict, NotAllowed, NotSignedIn, SettingsError
from cti_api.web.access import known_of, set_aside
from cti_api.web.handed import Everything, Handed
from cti_api.web.known import ConsoleKeeper
from cti_api.web.second_step import LONGEST_CODE, take_code
from cti_api.web.sign_in import LONGEST_TRIED, Code, Guard, Guarded, own_password, session_of

router = APIRouter(prefix="/me/second-factor", tags=["sign in"])

ISSUER: Final = "Vocero"

Password = Annotated[str, Field(max_length=LONGEST_TRIED)]


class WithPassword(BaseModel):
    model_config = ConfigDict(extra="forbid")

    password: Password
    """The present one."""


class WithBoth(BaseModel):
    model_config = ConfigDict(extra="forbid")

    password: Password
    """The present one."""
    code: Annotated[str, Field(max_length=LONGEST_CODE)]
    """Six digits of the telephone, or a recovery code."""


class OwnFactor(BaseModel):
    since: datetime | None
    """Null: there is none that holds."""
    codes_left: int
    """Recovery codes that were not used."""
    required: bool
    """Whether their role must have one."""


class ShownSecret(BaseModel):
    """It holds once its first code came."""

    secret: tuple[str, ...]
    """In groups, to be typed into the telephone."""
    uri: str
    """For a picture that the telephone reads (otpauth)."""
    until: datetime


class RecoveryCodes(BaseModel):
    """Shown this once: only their digests are kept."""

    codes: tuple[str, ...]


@router.get("")
async def own_factor(request: Request, handed: Everything, guard: Guarded) -> OwnFactor:
    """Whether there is one, and how many recovery codes are left."""
    session = session_of(request)
    factor = await handed.store.second_factors.of(session.user_id)
    required = session.role in guard.keeper.second_factor_for
    return OwnFactor(since=factor.since, codes_left=factor.codes_left, required=required)


@router.post("", status_code=HTTPStatus.CREATED)
async def show_secret(asked: WithPassword, request: Request, handed: Everything, guard: Guarded) -> ShownSecret:
    """A secret for their telephone; one that was shown before and waits is over."""
    with set_aside(request):
        user = await _again(asked.password, request, handed, guard)
    now = handed.clock.now()
    with _with_key():
        secret = await handed.store.second_factors.show(user, now)
    return shown(secret, user, guard.keeper, now)


@router.post("/confirm")
async def confirm(asked: Code, request: Request, handed: Everything) -> RecoveryCodes:
    """The first code of the secret that was shown: now it holds. Their other sessions are over."""
    session, codes = session_of(request), new_recovery_codes()
    with _with_key():
        await handed.store.second_factors.confirm(
            session.user_id, asked.code, map(digest_of, codes), session.digest, handed.clock.now()
        )
    return _told(codes)


@router.post("/codes")
async def replace_codes(asked: WithBoth, request: Request, handed: Everything, guard: Guarded) -> RecoveryCodes:
    """Other recovery codes; those before them open nothing any more."""
    user = await _with_both(asked, request, handed, guard)
    codes = new_recovery_codes()
    await handed.store.second_factors.replace_codes(user, map(digest_of, codes))
    return _told(codes)


@router.post("/off", status_code=HTTPStatus.NO_CONTENT)
async def switch_off(asked: WithBoth, request: Request, handed: Everything, guard: Guarded) -> None:
    """No second factor any more; whose role must have one sets up another next."""
    user = await _with_both(asked, request, handed, guard)
    await handed.store.second_factors.drop(user, and_sign_out=False)


def shown(secret: bytes, user_id: str, keeper: ConsoleKeeper, shown_at: datetime) -> ShownSecret:
    """As its owner takes it over."""
    uri = _uri(base32_of(secret), user_id, urlsplit(keeper.base_url).hostname or "")
    return ShownSecret(secret=grouped(base32_of(secret)), uri=uri, until=shown_at + ENROLLING_LASTS)


def _uri(secret: str, user_id: str, host: str) -> str:
    """As all authenticators read it (Google Authenticator's Key Uri Format). By the host a telephone with two of them
    tells them apart."""
    facts = {"secret": secret, "issuer": ISSUER, "algorithm": "SHA1", "digits": DIGITS, "period": STEP_SECONDS}
    return f"otpauth://totp/{quote(f'{ISSUER}:{user_id}@{host}', safe=':@')}?{urlencode(facts)}"


async def _with_both(asked: WithBoth, request: Request, handed: Handed, guard: Guard) -> str:
    """Whose they are. What is written of a wrong one is no deed of theirs."""
    with set_aside(request):
        user = await _again(asked.password, request, handed, guard)
        if not session_of(request).has_second_factor:
            raise Conflict("There is no second factor.", rule="second_factor_off")
        try:
            with _with_key():
                await take_code(handed, user, asked.code, known_of(request).address)
        except NotSignedIn as error:
            # they are signed in: a page that hears 401 would send them away
            raise Conflict(str(error), rule="second_factor_wrong") from None
    return user


async def _again(password: str, request: Request, handed: Handed, guard: Guard) -> str:
    try:
        return (await own_password(password, request, handed, guard)).id
    except NotAllowed as error:
        raise Conflict(str(error), rule="second_factor_password") from None


@contextmanager
def _with_key() -> Iterator[None]:
    try:
        yield
    except SettingsError as error:
        raise Conflict(str(error), rule="second_factor_no_key") from None


def _told(codes: tuple[str, ...]) -> RecoveryCodes:
    return RecoveryCodes(codes=tuple("-".join(grouped(code)) for code in codes))
