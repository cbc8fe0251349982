"""Asks other systems while a caller waits: over HTTP, each question once, within its time, and never beyond it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self

import httpx

from cti_api.clock import Clock
from ivr.look_ups.answer import MOST_BYTES, Answer, Found, NotFound, Unusable, read_answer
from ivr.look_ups.breaker import Breaker
from ivr.look_ups.request import Request, request_of
from ivr.look_ups.spec import Spec
from ivr.tree.inputs import Failed, LookedUp
from ivr.tree.prompts import Value
from ivr.tree.steps import LookUp

MOST_AT_ONCE: Final = 50
"""Connections; whoever waits for one waits within their own time."""

log = logging.getLogger(__name__)


class Outcome(StrEnum):
    FOUND = "found"
    NOT_FOUND = "not_found"
    FAILED = "failed"
    """Not reached, or nothing could be made of what it said."""
    LATE = "late"
    """No answer within the time."""
    RESTING = "resting"
    """Not asked: it failed several times in a row."""
    UNKNOWN = "unknown"
    """Not asked: the settings have no look-up of that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What became of one look-up."""

    outcome: Outcome
    values: Mapping[str, Value] = field(default_factory=dict)
    why: str = ""
    """Of what is neither found nor not found: one sentence, without anything of the caller's."""
    seconds: float = 0.0


Told = Callable[[str, str, float], None]
"""Is told of each: its name, outcome, and how long it took."""


class LookUps:
    """Every look-up of the settings. Entered, it can ask."""

    _client: httpx.AsyncClient

    def __init__(self, specs: Iterable[Spec], clock: Clock, told: Told | None = None) -> None:
        self._specs = {spec.name: spec for spec in specs}
        self._clock, self._told = clock, told
        self._breakers: dict[str, Breaker] = {}

    async def __aenter__(self) -> Self:
        self._client = httpx.AsyncClient(
            limits=httpx.Limits(max_connections=MOST_AT_ONCE, max_keepalive_connections=0),
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": "Vocero", "Accept": "application/json", "Accept-Encoding": "identity"},
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def look_up(self, step: LookUp) -> LookedUp | Failed:
        """What the tree is told; it comes within `step.within_seconds`, whatever the other system does."""
        looked = await self.ask(step.name, step.values, step.within_seconds)
        match looked.outcome:
            case Outcome.FOUND:
                return LookedUp(looked.values)
            case Outcome.NOT_FOUND:
                return LookedUp({}, found=False)
            case _:
                return Failed()

    async def ask(self, name: str, values: Mapping[str, Value], within_seconds: float) -> Looked:
        """The same, with the reasons. Never raises but when it is cancelled."""
        began = self._clock.monotonic()
        outcome, found, why = await self._asked(name, values, within_seconds)
        seconds = self._clock.monotonic() - began
        if why and outcome is not Outcome.RESTING:
            told = {"look_up": name, "outcome": outcome, "why": why, "seconds": round(seconds, 2)}
            log.warning("a look-up failed", extra=told)
        if self._told is not None:
            self._told(name, outcome, seconds)
        return Looked(outcome=outcome, values=found, why=why, seconds=seconds)

    async def _asked(
        self, name: str, values: Mapping[str, Value], within_seconds: float
    ) -> tuple[Outcome, Mapping[str, Value], str]:
        spec = self._specs.get(name)
        if spec is None:
            return Outcome.UNKNOWN, {}, "the settings have no look-up of that name"
        request = request_of(spec, values)
        if request is None:
            return Outcome.NOT_FOUND, {}, ""
        breaker, now = self._breakers.get(name, Breaker()), self._clock.monotonic()
        if not breaker.may_ask(now):
            return Outcome.RESTING, {}, "it failed several times in a row and is left alone for a while"
        self._breakers[name] = breaker.asked(now)
        outcome, answer = Outcome.FAILED, await self._answer(spec, request, min(spec.seconds, within_seconds))
        if answer is None:
            outcome, answer = Outcome.LATE, Unusable("there is no answer within its time")
        self._learn(name, failed=isinstance(answer, Unusable))
        match answer:
            case Found(found):
                return Outcome.FOUND, found, ""
            case NotFound():
                return Outcome.NOT_FOUND, {}, ""
            case Unusable(why):
                return outcome, {}, why

    async def _answer(self, spec: Spec, request: Request, seconds: float) -> Answer | None:
        """None: it did not come in time."""
        method = "POST" if spec.posts else "GET"
        body = {} if request.json is None else {"json": request.json}
        try:
            async with (
                asyncio.timeout(seconds),
                self._client.stream(
                    method, request.url, headers=dict(spec.headers), timeout=seconds, **body
                ) as response,
            ):
                held = bytearray()
                async for chunk in response.aiter_raw():
                    held += chunk
                    if len(held) > MOST_BYTES:
                        break
                return read_answer(spec, response.status_code, bytes(held))
        except (TimeoutError, httpx.TimeoutException):
            return None
        except (httpx.ConnectError, OSError) as error:
            return Unusable(f"there is no connection ({type(error).__name__})")
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ValueError) as error:
            return Unusable(f"the connection ended without an answer ({type(error).__name__})")

    def _learn(self, name: str, *, failed: bool) -> None:
        before = self._breakers[name]
        after = before.failed(self._clock.monotonic()) if failed else before.answered()
        self._breakers[name] = after
        if after.is_open and not before.is_open:
            log.warning("a look-up is left alone for a while", extra={"look_up": name, "failures": after.failures})
        elif before.is_open and not after.is_open:
            log.warning("a look-up answers again", extra={"look_up": name})
