"""HTTP to where the settings say and nowhere else: names are resolved here, and each address is looked at before one of
them, that very one, is connected to. So a name that means another thing a moment later leads nowhere."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

import httpx

from cti_api.messages.answer import Answer, not_taken, refused
from cti_api.messages.http import Response, request
from cti_api.messages.machine import Step
from cti_api.streams.addresses import is_outside

RESOLVE_SECONDS: Final = 5.0
MOST_ADDRESSES: Final = 4
"""Tried one after the other where there is no connection."""

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host, in the order in which they are to be tried. Raises `OSError`."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """As this machine resolves names."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(RESOLVE_SECONDS):
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Outside:
    """Sends to one URL. `inside_hosts`: names, in lower case, whose addresses may be anywhere."""

    def __init__(self, url: str, inside_hosts: Collection[str] = (), find: Resolve = resolve) -> None:
        parts = urlsplit(url)
        self._url = url
        self._host = (parts.hostname or "").lower()
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._netloc = parts.netloc
        self._may_be_inside = self._host in inside_hosts
        self._find = find

    async def post(self, client: httpx.AsyncClient, body: bytes, headers: Mapping[str, str]) -> Response | Answer:
        """What came back, or what is known without an answer: refused where an address is inside."""
        try:
            addresses = await self._find(self._host, self._port)
        except (OSError, UnicodeError) as error:  # TimeoutError is an OSError
            return not_taken(f"The name {self._host} cannot be resolved: {error or type(error).__name__}")
        if not self._may_be_inside and not (addresses and all(map(is_outside, addresses))):
            return refused(
                f"{self._host} is on this machine or in its networks: name it in streams.inside_hosts if that is meant"
            )
        answer: Response | Answer = not_taken(f"The name {self._host} has no address")
        for address in addresses[:MOST_ADDRESSES]:
            answer = await request(
                client,
                "POST",
                str(httpx.URL(self._url).copy_with(host=address)),
                content=body,
                headers={**headers, "Host": self._netloc},
                extensions={"sni_hostname": self._host},
            )
            if not (isinstance(answer, Answer) and answer.step is Step.NOT_TAKEN):
                break
        return answer


def allowed_inside(hosts: Collection[str]) -> frozenset[str]:
    """The names as they are compared."""
    return frozenset(host.lower() for host in hosts)
