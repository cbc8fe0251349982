"""AMI as bytes on a socket: what the dialplan tests speak, so that they owe nothing to our own session."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator

Message = dict[str, str]


class RawAmi:
    """A logged-in connection. Everything that ever came is in `messages`, oldest first."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.messages: list[Message] = []
        self._reader = reader
        self._writer = writer
        self._sent = 0

    def send(self, name: str, variables: dict[str, str] | None = None, **headers: str) -> str:
        """Send an action; returns its ActionID."""
        self._sent += 1
        action_id = headers.pop("ActionID", f"t{self._sent}")
        lines = [f"Action: {name}", f"ActionID: {action_id}", *(f"{key}: {value}" for key, value in headers.items())]
        lines += [f"Variable: {key}={value}" for key, value in (variables or {}).items()]
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        return action_id

    async def ask(self, name: str, **headers: str) -> Message:
        """Send an action and wait for its answer."""
        action_id = self.send(name, **headers)
        return await self.until(lambda m: "Response" in m and m.get("ActionID") == action_id)

    async def until(self, true: Callable[[Message], bool], seconds: float = 30) -> Message:
        """The first message, of all that came and will come, of which `true` is true."""
        for message in self.messages:
            if true(message):
                return message
        async with asyncio.timeout(seconds):
            while not true(message := await self._next()):
                pass
        return message

    async def event(self, name: str, seconds: float = 30, **headers: str) -> Message:
        """The first event of this name with these headers."""
        return await self.until(lambda m: m.get("Event") == name and headers.items() <= m.items(), seconds)

    async def said(self, user_event: str, attempt: str, seconds: float = 30) -> Message:
        """The first user event of this name about this attempt."""
        return await self.event("UserEvent", seconds, UserEvent=user_event, Attempt=attempt)

    def events(self, name: str, **headers: str) -> list[Message]:
        """Every event of this name with these headers that came so far."""
        return [m for m in self.messages if m.get("Event") == name and headers.items() <= m.items()]

    def about(self, attempt: str) -> Iterator[Message]:
        """Every event in which the attempt's id stands anywhere."""
        return (m for m in self.messages if "Event" in m and any(attempt in value for value in m.values()))

    async def _next(self) -> Message:
        raw = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        message = dict(line.partition(": ")[::2] for line in raw.split("\r\n") if line)
        self.messages.append(message)
        return message


@contextlib.asynccontextmanager
async def raw_ami(port: int, secret: str, user: str = "vocero") -> AsyncIterator[RawAmi]:
    """Connect to an Asterisk on this machine and log in."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    try:
        await reader.readline()
        ami = RawAmi(reader, writer)
        assert (await ami.ask("Login", Username=user, Secret=secret))["Response"] == "Success"
        yield ami
    finally:
        writer.close()
