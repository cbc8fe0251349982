"""Signing in, the second step: the code of a telephone, after the password fitted. There is no session before it."""

from __future__ import annotations

import logging
import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from fastapi import Response
from starlette.requests import HTTPConnection

from cti_api.access.sessions import LONGEST, Proved, Session
from cti_api.access.tokens import digest_of, may_be_token, new_token
from cti_api.access.totp import PROOF_LASTS, Verdict
from cti_api.errors import NotSignedIn, TooOften
from cti_api.store.second_factors import Tried
from cti_api.store.users import User
from cti_api.web.handed import Handed
from cti_api.web.known import ConsoleKeeper

MOST_STEPS: Final = 1000
"""People between their password and their code; the one who has waited longest begins again."""
LONGEST_CODE: Final = 100
"""Characters of a code that somebody tries."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Somebody whose password fitted."""

    user: User
    until: float
    """On the clock that does not jump."""


class Steps:
    """Who is between the two. They are kept in memory alone: whoever is there at a restart types the password again."""

    def __init__(self) -> None:
        self._steps: OrderedDict[str, Step] = OrderedDict()

    def begin(self, token: str, user: User, now: float) -> None:
        """`now` in seconds on a clock that does not jump."""
        self._steps[digest_of(token)] = Step(user=user, until=now + PROOF_LASTS.total_seconds())
        if len(self._steps) > MOST_STEPS:
            self._steps.popitem(last=False)

    def find(self, token: str, now: float) -> Step | None:
        step = self._steps.get(digest_of(token)) if may_be_token(token) else None
        return step if step is not None and now < step.until else None

    def end(self, token: str) -> None:
        self._steps.pop(digest_of(token), None)


def begin_step(user: User, response: Response, handed: Handed, steps: Steps, keeper: ConsoleKeeper) -> None:
    """The password fitted: a cookie says so for five minutes, and opens nothing but the next step."""
    token = new_token()
    steps.begin(token, user, handed.clock.monotonic())
    set_cookie(response, keeper, keeper.step_cookie, token, int(PROOF_LASTS.total_seconds()))


def step_of(asked: HTTPConnection, handed: Handed, steps: Steps, keeper: ConsoleKeeper) -> tuple[str, Step]:
    """Who it is, and the cookie. Raises `NotSignedIn`."""
    token = keeper.brought(asked, keeper.step_cookie)
    step = steps.find(token, handed.clock.monotonic())
    if step is None:
        raise NotSignedIn("Sign in with name and password first; the code is to follow within five minutes.")
    return token, step


async def take_code(handed: Handed, user_id: str, typed: str, address: str) -> Tried:
    """Uses up a code of theirs. Raises `NotSignedIn` for one that does not fit, `TooOften` after too many of them."""
    now = handed.clock.now()
    tried = await handed.store.second_factors.use(user_id, typed[:LONGEST_CODE], now)
    if tried.verdict is Verdict.TOO_SOON:
        assert tried.again_at is not None  # why it is too soon
        wait = math.ceil((tried.again_at - now).total_seconds())
        raise TooOften(f"Too many wrong codes: the next is looked at in {wait} seconds.", max(wait, 1))
    if tried.verdict is Verdict.WRONG:
        log.warning("a code of a second factor did not fit", extra={"user": user_id, "address": address})
        raise NotSignedIn("The code does not fit, or was used already: wait for the next one.")
    return tried


async def come_in(
    user: User, response: Response, handed: Handed, keeper: ConsoleKeeper, proved: Proved = Proved.NOT
) -> tuple[str, Session]:
    """Another cookie in any case: one that somebody put there beforehand opens nothing."""
    token, now = new_token(), handed.clock.now()
    session = await handed.store.sessions.begin(user.id, user.password_hash or "", digest_of(token), now, proved)
    set_cookie(response, keeper, keeper.cookie, token, int(LONGEST.total_seconds()))
    return token, session


def set_cookie(response: Response, keeper: ConsoleKeeper, name: str, token: str, seconds: int) -> None:
    response.set_cookie(
        name, token, max_age=seconds, path="/", secure=keeper.is_encrypted, httponly=True, samesite="strict"
    )
