"""One HTTP request that must not be made twice: what is known of it once it is over.

Every request has a connection of its own. On one that is kept, a request may be lost to a server that has just hung up,
and nobody could tell that from a message that was taken.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Self

import httpx

from cti_api.messages.answer import LONGEST_WORDS, Answer, no_answer, not_taken, refused

TIMEOUT: Final = httpx.Timeout(10.0, connect=5.0)
"""Seconds without a byte; the whole has the postman's deadline."""

MOST_BYTES: Final = 64 * 1024
"""Of an answer."""

LONGEST_WAIT: Final = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Response:
    """What came back, as far as it matters."""

    status: int
    body: bytes
    retry_after: timedelta | None

    def json(self) -> dict[str, Any]:
        """The body's object; empty where it is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def words(self) -> str:
        """For a person: the status and what it says beside."""
        said = " ".join(self.body[: 2 * LONGEST_WORDS].decode("utf-8", "replace").split())
        return f"{self.status} {said}".strip()


class HttpProvider:
    """What is reached over HTTP; it has its client while it is entered."""

    _client: httpx.AsyncClient

    async def __aenter__(self) -> Self:
        self._client = httpx.AsyncClient(
            timeout=TIMEOUT,
            limits=httpx.Limits(max_keepalive_connections=0),
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": "Vocero", "Accept-Encoding": "identity"},
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()


async def request(client: httpx.AsyncClient, method: str, url: str, **what: Any) -> Response | Answer:
    """The response, or what is known without one."""
    try:
        async with client.stream(method, url, **what) as response:
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > MOST_BYTES:
                    break
            return Response(response.status_code, bytes(body[:MOST_BYTES]), _retry_after(response))
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        return not_taken(f"There is no connection: {error or type(error).__name__}")
    except httpx.TransportError as error:
        return no_answer(f"The connection ended without an answer: {error or type(error).__name__}")


def plainly(response: Response, busy: frozenset[int] = frozenset({429})) -> Answer | None:
    """What the status alone says; None for success.

    An error of the server may come from whatever stands before it, after the message went through: only where it says
    when to come again is it known not to have been taken.
    """
    if 200 <= response.status < 300:
        return None
    if response.status in busy or (response.status == 503 and response.retry_after is not None):
        return not_taken(response.words, response.retry_after)
    return no_answer(response.words) if response.status >= 500 else refused(response.words)


def _retry_after(response: httpx.Response) -> timedelta | None:
    """RFC 9110, 10.2.3, as seconds; a date is as good as none."""
    written = response.headers.get("Retry-After", "").strip()
    if not written.isascii() or not written.isdigit():
        return None
    return min(timedelta(seconds=int(written[:6])), LONGEST_WAIT)
