"""The control API as the command line uses it: HTTP over the Unix socket, errors as our own exceptions."""

from __future__ import annotations

import json
import os
import socket
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from cti_api.errors import InputError, ProtocolError, ResultUnknown, Unreachable
from cti_api.model.ids import SLUG
from cti_api.web.problems import MEDIA_TYPE, raise_problem

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 60.0
"""The slowest answer is that of an agent's log-in: a softphone rings for up to 20 s."""


def at(kind: str, name: str, *what: str) -> str:
    """The path of one campaign or agent, or of something of its: ``at("campaigns", "marzo", "report")``.

    Raises `InputError` for what can be nobody's name: a slash in it would lead elsewhere.
    """
    if not SLUG.match(name):
        raise InputError(f"{name!r} cannot be a name: lower-case letters, digits and hyphens, a letter first")
    return "/".join(["", kind, name, *what])


class Control:
    """One running Vocero, reached at its control socket. Use it as a context manager.

    Every method raises the error that the server's problem names (`cti_api.web.problems`), `Unreachable` when nothing
    answers there, and `ResultUnknown` when the answer stayed away.
    """

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._http = httpx.Client(
            # no TLS on a Unix socket: an empty context spares every command the reading of the system's certificates
            transport=httpx.HTTPTransport(uds=os.fspath(socket), verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)),
            base_url="http://vocero/api/v1",
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, path: str, **query: Any) -> Any:
        return self._json(self._http.build_request("GET", path, params=query))

    def every(self, path: str, **query: Any) -> Iterator[Any]:
        """What a list has, page after page, as long as one says where the next is."""
        request = self._http.build_request("GET", path, params=query)
        while True:
            with self._answered(request) as response:
                response.read()
                yield from response.json()
            if (following := response.links.get("next")) is None:
                return
            request = self._http.build_request("GET", f"http://vocero{following['url']}")

    def post(self, path: str, body: Any = None, **query: Any) -> Any:
        return self._json(self._http.build_request("POST", path, json=body, params=query))

    def put(self, path: str, body: Any) -> Any:
        return self._json(self._http.build_request("PUT", path, json=body))

    def patch(self, path: str, body: Any) -> Any:
        return self._json(self._http.build_request("PATCH", path, json=body))

    def send(self, method: str, path: str, body: bytes, media_type: str) -> Any:
        """POST or PUT a document."""
        headers = {"Content-Type": media_type}
        return self._json(self._http.build_request(method, path, content=body, headers=headers))

    def send_lines(self, path: str, body: Iterable[bytes], media_type: str, **query: Any) -> Iterator[Any]:
        """POST a document piece by piece; the answer is lines of JSON, each given as it comes."""
        headers = {"Content-Type": media_type}
        request = self._http.build_request("POST", path, content=body, params=query, headers=headers)
        with self._answered(request) as response:
            for line in response.iter_lines():
                yield json.loads(line)

    def chunks(self, path: str, *, answer_seconds: float = ANSWER_SECONDS, **query: Any) -> Iterator[bytes]:
        """GET a document, piece by piece. `answer_seconds`: the longest wait for the next piece."""
        patience = httpx.Timeout(answer_seconds, connect=CONNECT_SECONDS)
        with self._answered(self._http.build_request("GET", path, params=query, timeout=patience)) as response:
            yield from response.iter_bytes()

    def lines(self, path: str, **query: Any) -> Iterator[Any]:
        """GET lines of JSON, each given as it comes."""
        with self._answered(self._http.build_request("GET", path, params=query)) as response:
            for line in response.iter_lines():
                yield json.loads(line)

    def _json(self, request: httpx.Request) -> Any:
        with self._answered(request) as response:
            response.read()
            return response.json() if response.content else None

    @contextmanager
    def _answered(self, request: httpx.Request) -> Iterator[httpx.Response]:
        """The response to `request`, which is a success; its body is still to be read."""
        self._look()
        try:
            response = self._http.send(request, stream=True)
            try:
                if response.is_error:
                    response.read()
                    self._refuse(response)
                yield response
            finally:
                response.close()
        except httpx.ConnectError as error:
            raise Unreachable(self._nobody_there()) from error
        except httpx.TimeoutException as error:
            raise ResultUnknown(
                f"Vocero did not answer within {ANSWER_SECONDS:.0f} s: see `vocero campaign status` before trying again"
            ) from error
        except httpx.TransportError as error:
            raise ResultUnknown(f"The connection to Vocero was lost ({error}): look before doing it again") from error

    def _look(self) -> None:
        """Raise `Unreachable` where nobody listens, or not for us. (httpx would leave its own socket open then.)"""
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(CONNECT_SECONDS)
            try:
                probe.connect(os.fspath(self._socket))
            except PermissionError:
                raise Unreachable(
                    f"The control socket {self._socket} belongs to another user: run this as that user"
                ) from None
            except OSError:
                raise Unreachable(self._nobody_there()) from None

    def _refuse(self, response: httpx.Response) -> None:
        if response.headers.get("Content-Type", "") == MEDIA_TYPE:
            raise_problem(response.json())
        raise ProtocolError(f"{self._socket} answered {response.status_code}: that is no Vocero")

    def _nobody_there(self) -> str:
        return f"Vocero is not running here (nobody listens at {self._socket}): start it with `vocero up`"
