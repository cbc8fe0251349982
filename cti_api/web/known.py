"""Who asks, as far as they prove it: by the control socket, by a cookie of ours, or by a key."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from cti_api.access.actors import Actor, Role, Through
from cti_api.access.rules import SAFE_METHODS, WEBSOCKET
from cti_api.access.sessions import Session, is_csrf
from cti_api.access.tokens import digest_of, may_be_key, may_be_token
from cti_api.errors import NotAllowed, StoreUnavailable
from cti_api.store.machine_keys import MachineKey
from cti_api.web.handed import Handed

CSRF_HEADER: Final = "X-CSRF-Token"
_BEARER: Final = "bearer "


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of whoever asks."""

    actor: Actor | None
    """None: nobody we know."""
    address: str = ""
    """Empty: on this machine, by the control socket."""
    token: str = ""
    """What the cookie holds, whether it opens anything or not."""
    session: Session | None = None
    key: MachineKey | None = None


class Doorkeeper(Protocol):
    """Knows who comes to one door."""

    async def known(self, asked: HTTPConnection, handed: Handed) -> Known: ...

    def refuse_forged(self, asked: HTTPConnection, method: str, known: Known) -> None:
        """Raises `NotAllowed` for what a foreign page makes somebody's browser send."""
        ...


class SocketKeeper:
    """At the control socket: its file lets nobody in but its user, who may do everything."""

    async def known(self, asked: HTTPConnection, handed: Handed) -> Known:
        del handed
        name = asked.client.host if asked.client is not None else ""
        return Known(actor=Actor(through=Through.SOCKET, name=name))

    def refuse_forged(self, asked: HTTPConnection, method: str, known: Known) -> None:
        """No page reaches a Unix socket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleKeeper:
    """At the door for people and other systems."""

    base_url: str
    """How it is reached: ``https://consola.example.com``."""
    masked: frozenset[Role] = frozenset()
    """Who are shown telephone numbers with dots in them."""
    second_factor_for: frozenset[Role] = frozenset()
    """Who must have one."""
    stranger_seconds: float = 20.0
    """How long a request of nobody we know may take."""

    @property
    def is_encrypted(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def cookie(self) -> str:
        """Its name. Browsers take ``__Host-`` from nobody but this very host, and encrypted alone (RFC 6265bis, 4.1.3);
        on this machine there is neither."""
        return "__Host-vocero" if self.is_encrypted else "vocero"

    @property
    def step_cookie(self) -> str:
        """Of whoever has shown their password and not yet their second factor."""
        return f"{self.cookie}-step"

    @property
    def origin(self) -> str:
        """As browsers write it: without the port that goes without saying (RFC 6454, 6.2)."""
        parts = urlsplit(self.base_url.lower())
        usual = ":443" if self.is_encrypted else ":80"
        return f"{parts.scheme}://{parts.netloc.removesuffix(usual)}"

    async def known(self, asked: HTTPConnection, handed: Handed) -> Known:
        """Whoever brings a key is nobody else, whatever cookie is there."""
        address = asked.client.host if asked.client is not None else ""
        now = handed.clock.now()
        brought = asked.headers.getlist("authorization")
        if brought:
            return await self._of_key(brought, address, handed, now)
        token = self.brought(asked, self.cookie)
        session = await handed.store.sessions.find(digest_of(token)) if may_be_token(token) else None
        if session is None or session.ended(now):
            return Known(actor=None, address=address, token=token)
        actor = Actor(
            through=Through.SESSION,
            name=session.user_id,
            role=session.role,
            agent_id=session.agent_id,
            must_enrol=self.must_enrol(session),
        )
        return Known(actor=actor, address=address, token=token, session=session)

    def must_enrol(self, session: Session) -> bool:
        """Whether they may do nothing but set up a second factor."""
        return session.role in self.second_factor_for and not session.has_second_factor

    def refuse_forged(self, asked: HTTPConnection, method: str, known: Known) -> None:
        if method in SAFE_METHODS or known.key is not None:
            return
        origin = asked.headers.get("origin")
        if method == WEBSOCKET:  # a browser says truly where it comes from, and lets no page add a token
            if origin is None or origin.lower() != self.origin:
                raise NotAllowed(f"A WebSocket is opened by a page of {self.origin} alone.")
            return
        if origin is not None and origin.lower() != self.origin:
            raise NotAllowed(f"This comes from a page of {origin[:100]!a}; changes are taken from {self.origin} alone.")
        if known.session is None:
            return
        if origin is None:
            raise NotAllowed("A change by cookie says where it comes from (Origin); a program brings a key.")
        if not is_csrf(known.token, asked.headers.get(CSRF_HEADER, "")):
            raise NotAllowed(f"A change by cookie brings the token of GET /api/v1/me as {CSRF_HEADER}.")

    def brought(self, asked: HTTPConnection, cookie: str) -> str:
        """What our cookie holds. Two of the name are one too many: somebody put theirs beside ours."""
        found = []
        for header in asked.headers.getlist("cookie"):
            for part in header.split(";"):
                name, equals, value = part.strip().partition("=")
                if equals and name == cookie:
                    found.append(value)
        return found[0] if len(found) == 1 else ""

    async def _of_key(self, brought: list[str], address: str, handed: Handed, now: datetime) -> Known:
        (first, *more) = brought
        text = first[len(_BEARER) :].strip() if first[: len(_BEARER)].lower() == _BEARER and not more else ""
        key = await handed.store.machine_keys.find(digest_of(text)) if may_be_key(text) else None
        if key is None or not key.holds(now):
            return Known(actor=None, address=address)
        return Known(actor=Actor(through=Through.KEY, name=key.id, scopes=key.scopes), address=address, key=key)


async def note_seen(known: Known, handed: Handed) -> None:
    """Write down, once a minute, that they were here; a store that is away is no reason to send them away."""
    now = handed.clock.now()
    with contextlib.suppress(StoreUnavailable):
        if known.session is not None and known.session.is_due(now):
            await handed.store.sessions.seen(known.session.digest, now)
        if known.key is not None and known.key.is_due(now):
            await handed.store.machine_keys.used(known.key.id, now)
