"""How long a person stays signed in, and the token by which a page of ours proves that it is one."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from cti_api.access.actors import Role

LONGEST: Final = timedelta(hours=12)
"""After which everybody signs in again: a long shift (NIST SP 800-63B, 4.2.3)."""
IDLE: Final = {
    Role.AGENT: LONGEST,
    Role.SUPERVISOR: timedelta(hours=1),
    Role.ADMIN: timedelta(minutes=30),
    Role.AUDITOR: timedelta(minutes=30),
}
"""How long nothing may come of them: an agent on a long call asks for nothing, and may not be thrown out of it."""
SEEN_EVERY: Final = timedelta(minutes=1)
"""How exactly it is kept when somebody was seen last."""
LINK_LASTS: Final = timedelta(hours=24)
"""How long a one-time link opens."""
MOST_SESSIONS: Final = 10
"""Of one person at a time; the eleventh ends the one that was not seen for longest."""


class Proved(StrEnum):
    """How it was shown that it is them, besides by the password."""

    NOT = "not"
    BY_CODE = "code"
    """Of their telephone, or one that stands in for it."""
    BEFORE = "before"
    """In the session that this one follows."""


class Ended(StrEnum):
    """Why a session is over."""

    IDLE = "idle"
    LONG = "long"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody who is signed in."""

    digest: str
    """Of the cookie, which only they have."""
    user_id: str
    name: str
    """As people call them."""
    role: Role
    agent_id: str | None
    made_at: datetime
    seen_at: datetime
    disabled: bool
    has_second_factor: bool = False

    @property
    def ends_at(self) -> datetime:
        """When it ends at the latest."""
        return self.made_at + LONGEST

    def idle_at(self) -> datetime:
        """When it ends if nothing comes any more."""
        return min(self.seen_at + IDLE[self.role], self.ends_at)

    def ended(self, now: datetime) -> Ended | None:
        """Why it is over; None while it holds."""
        if self.disabled:
            return Ended.DISABLED
        if now >= self.ends_at or now < self.made_at - SEEN_EVERY:
            return Ended.LONG
        return Ended.IDLE if now >= self.idle_at() else None

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be written down that they were seen."""
        return now - self.seen_at >= SEEN_EVERY


def csrf_of(token: str) -> str:
    """What a page sends with each change: made from the cookie, which a foreign page cannot read."""
    return hmac.new(token.encode(), b"vocero.csrf", hashlib.sha256).hexdigest()


def is_csrf(token: str, told: str) -> bool:
    """Whether `told` is the one of this cookie."""
    return hmac.compare_digest(csrf_of(token).encode(), told.encode())
