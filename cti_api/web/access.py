"""Before and after every operation: who asks, whether they may, and that it is written down.

Nobody's body is read before it is known who sends it. The rule of an operation is that of `cti_api.access.matrix`, by
the route that was found, so that what is checked and what is done cannot be two things.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from cti_api.access.actors import Actor, Through
from cti_api.access.chain import Deed
from cti_api.access.matrix import MATRIX
from cti_api.access.rules import SAFE_METHODS, WEBSOCKET, Rule
from cti_api.errors import NotAllowed, NotFound, NotSignedIn, VoceroError
from cti_api.store.acting import Act, acting
from cti_api.web.answering import Answer
from cti_api.web.handed import Handed
from cti_api.web.known import Doorkeeper, Known, note_seen
from cti_api.web.refusals import refused_with
from cti_api.web.sound import Listening

LONGEST_TARGET: Final = 200
SIGN_IN_PAGE: Final = "/entrar"
"""Where a stranger who looks at a page is sent."""
ACCOUNT_PAGE: Final = "/cuenta"
"""Where somebody sets up their second factor."""

Rules = Mapping[tuple[str, Callable[..., Any]], Rule]
"""By method and the function that answers."""

log = logging.getLogger(__name__)


def rules_for(parts: Iterable[tuple[str, APIRouter]], matrix: Iterable[Rule] = MATRIX) -> Rules:
    """The rule of every route of these routers, each with what stands before its paths.

    Raises `LookupError` for one that has none: nothing is served of which nobody said who may.
    """
    known = {(rule.method, rule.path): rule for rule in matrix}
    found = {}
    for prefix, router in parts:
        for route in router.routes:
            if isinstance(route, APIRoute | APIWebSocketRoute):
                for method in (route.methods or ()) if isinstance(route, APIRoute) else (WEBSOCKET,):
                    rule = known.get((method, prefix + route.path))
                    if rule is None:
                        raise LookupError(f"{method} {prefix}{route.path} is not in cti_api/access/matrix.py")
                    found[method, route.endpoint] = rule
    return found


class Access:
    """ASGI middleware: knows who asks, sends strangers away, and writes down what was done."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        keeper: Doorkeeper,
        rules: Rules,
        headers: Mapping[str, str] | None = None,
        stranger_seconds: float | None = None,
    ) -> None:
        """`headers`: of each answer that does not say them itself. `stranger_seconds`: how long the request of somebody
        unknown may take, whose body comes as slowly as they like."""
        self._app = app
        self._keeper = keeper
        self._headers = headers or {}
        self._stranger_seconds = stranger_seconds
        self._open = [(rule.method, compile_path(rule.path)[0]) for rule in rules.values() if rule.is_open]
        self._pages = [compile_path(rule.path)[0] for rule in rules.values() if rule.is_page and rule.method == "GET"]
        self._sockets = {rule.path: rule for rule in rules.values() if rule.method == WEBSOCKET}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        handed: Handed = scope["app"].state.handed
        asked = HTTPConnection(scope)
        with acting() as act:
            answer = Answer(send, act, handed, self._headers)
            try:
                known = await self._keeper.known(asked, handed)
                if scope["method"] not in SAFE_METHODS and self._is_open(scope):
                    # the way in is a stranger's, whoever else is in already: a form of it brings no token
                    known = replace(known, actor=None, session=None)
                answer.of(known, lambda: self._keeper.known(asked, handed), self._keeper)
                if known.actor is None and not self._is_open(scope):
                    if self._is_page(scope):
                        await _to_the_door(scope)(scope, receive, answer.send)
                        return
                    raise NotSignedIn("Sign in first, or bring a key.")
                if known.actor is not None and known.actor.must_enrol and self._leads_to_enrolling(scope):
                    await _to(ACCOUNT_PAGE)(scope, receive, answer.send)
                    return
                self._keeper.refuse_forged(asked, scope["method"], known)
            except VoceroError as error:
                # Nothing was to be written yet: a store that is away could not be read.
                await refused_with(error, "GET")(scope, receive, answer.send)
                return
            await note_seen(known, handed)
            state = scope.setdefault("state", {})
            state["known"], state["act"] = known, act
            try:
                async with asyncio.timeout(self._stranger_seconds if known.actor is None else None) as patience:
                    await self._app(scope, receive, answer.send)
            except Exception:
                if patience.expired() and not answer.has_begun:
                    slow = Response(status_code=HTTPStatus.REQUEST_TIMEOUT, headers={"Connection": "close"})
                    await slow(scope, receive, answer.send)
                elif not answer.was_cut:
                    raise

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Everything is asked before the connection is taken; afterwards whoever has it asks whether it still holds."""
        handed: Handed = scope["app"].state.handed
        asked = HTTPConnection(scope)
        try:
            known = await self._keeper.known(asked, handed)
            if known.actor is None:
                raise NotSignedIn("Sign in first.")
            rule = self._sockets.get(scope["path"])
            if rule is None:
                raise NotFound("Nothing speaks WebSocket there.")
            self._keeper.refuse_forged(asked, WEBSOCKET, known)
            if refusal := rule.refusal(known.actor, {}):
                log.info("refused", extra={"who": str(known.actor), "operation": f"{rule.method} {rule.path}"})
                raise NotAllowed(refusal)
        except VoceroError as error:
            await refused_with(error, "GET")(scope, receive, send)
            return
        await note_seen(known, handed)

        async def still_known() -> bool:
            return (await self._keeper.known(asked, handed)).actor == known.actor

        state = scope.setdefault("state", {})
        state["known"], state["still_known"] = known, still_known
        await self._app(scope, receive, send)

    def _is_open(self, scope: Scope) -> bool:
        return any(method == scope["method"] and path.match(scope["path"]) for method, path in self._open)

    def _leads_to_enrolling(self, scope: Scope) -> bool:
        """Whether it is a page, and neither that on which somebody enrols nor one that is anybody's."""
        return self._is_page(scope) and not self._is_open(scope) and scope["path"] != ACCOUNT_PAGE

    def _is_page(self, scope: Scope) -> bool:
        return scope["method"] == "GET" and any(path.match(scope["path"]) for path in self._pages)


def _to_the_door(scope: Scope) -> Response:
    """Where they sign in, and from where they come back."""
    back = f"?a={quote(scope['path'], safe='/')}" if scope["path"] != "/" else ""
    return _to(f"{SIGN_IN_PAGE}{back}")


def _to(place: str) -> Response:
    return Response(status_code=HTTPStatus.SEE_OTHER, headers={"Location": place})


async def permitted(request: Request) -> None:
    """Raises `NotAllowed` where it is not theirs to do; else says what they are about to do.

    What only gives something away is written down before it is given.
    """
    known = known_of(request)
    rule: Rule = request.app.state.rules[request.method, request.scope["endpoint"]]
    if refusal := rule.refusal(known.actor, request.path_params):
        log.info("refused", extra={"who": str(known.actor), "operation": f"{rule.method} {rule.path}"})
        raise NotSignedIn(refusal) if known.actor is None else NotAllowed(refusal)
    if not rule.audited or known.actor is None:
        return
    handed: Handed = request.app.state.handed
    deed = _deed(request, rule, known.actor, known.address, handed)
    if rule.method in SAFE_METHODS:
        listening: Listening = request.app.state.listening
        is_part, now = "range" in request.headers, handed.clock.monotonic()
        if not listening.goes_on(deed.who, f"{deed.what} {deed.target}", is_part=is_part, now=now):
            await handed.store.audit.append(deed)
    else:
        act_of(request).about_to(deed)


def acts_as(request: Request, actor: Actor) -> None:
    """Somebody who was nobody until now: they signed in, or used their link."""
    handed: Handed = request.app.state.handed
    rule: Rule = request.app.state.rules[request.method, request.scope["endpoint"]]
    act_of(request).about_to(_deed(request, rule, actor, known_of(request).address, handed))


def also_say(request: Request, words: str) -> None:
    """What the audit is to say besides; before it is done, and nothing of anybody who is called."""
    act = act_of(request)
    if act.due is not None:
        act.about_to(replace(act.due, said=words))


def known_of(asked: HTTPConnection) -> Known:
    known: Known = asked.state.known
    return known


@contextmanager
def set_aside(request: Request) -> Iterator[None]:
    """What is written meanwhile is not yet what they are about to do: a code that is counted as wrong, say."""
    act = act_of(request)
    deed = act.due
    act.done()
    yield
    if deed is not None:
        act.about_to(deed)


def act_of(request: Request) -> Act:
    act: Act = request.state.act
    return act


def user_of(request: Request) -> str:
    """Who asks, for whatever keeps it: the Unix user's bare name, or ``person:ana``, ``key:crm``."""
    actor = known_of(request).actor
    if actor is None:
        return ""
    return actor.name if actor.through is Through.SOCKET else str(actor)


def name_of(request: Request, told: str) -> str:
    """By what name somebody acts: whoever signed in by their own, at the control socket by what was `told`."""
    actor = known_of(request).actor
    return told if actor is None or actor.through is Through.SOCKET else actor.name


def _deed(request: Request, rule: Rule, actor: Actor, address: str, handed: Handed) -> Deed:
    # a token in a path is nobody's to read again
    parts = "" if rule.is_open else " ".join(f"{name}={value}" for name, value in request.path_params.items())
    return Deed(
        at=handed.clock.now(),
        who=str(actor),
        address=address,
        what=f"{rule.method} {rule.path}",
        target="".join(sign if sign.isprintable() else "?" for sign in parts)[:LONGEST_TARGET],
        said="",
    )
