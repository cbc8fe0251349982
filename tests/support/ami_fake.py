"""An Asterisk manager port on a real loopback socket, for tests that need no Asterisk.

It reads actions the way `main/manager.c` does (a bare LF ends a line, too; an empty line ends an action), so that what
would be an injected action there is one here. It remembers every action it got, answers those of the product as
Asterisk 22.10 was seen to, and lets a test answer otherwise, say things by itself, stall, or hang up.

It is held against panoramisk, an AMI client of another make (`tests/dialer/ami/test_ten_defects.py`), and against the
real thing (`tests/system/test_ami_link.py`).
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

WAIT_SECONDS = 30.0
"""A bounded wait: nothing here takes long, and what never comes must fail."""

Headers = Sequence[tuple[str, str]]

NEEDED = (
    *("CoreSettings", "CoreShowChannels", "CoreStatus", "DBGetTree", "Getvar", "Hangup", "Originate", "Redirect"),
    "ShowDialPlan",
)


@dataclass(frozen=True)
class Action:
    """One action as the fake read it."""

    headers: tuple[tuple[str, str], ...]
    connection: int
    """Which connection it came on, counted from 1."""

    def __getitem__(self, name: str) -> str:
        return next((value for present, value in self.headers if present.lower() == name.lower()), "")

    def every(self, name: str) -> list[str]:
        return [value for present, value in self.headers if present.lower() == name.lower()]

    @property
    def name(self) -> str:
        return self["Action"]


Answer = Callable[[Action], Iterable[Headers]]
"""What is said to an action: no message at all, one, or the messages of a list."""


@dataclass
class Channel:
    """One channel for CoreShowChannels."""

    uniqueid: str
    name: str
    state: int = 6
    exten: str = "live"
    bridge_id: str = ""
    context: str = ""
    account: str = ""
    """Of a caller: the queue."""
    number: str = ""
    duration: str = "00:00:01"


@dataclass
class AmiFake:
    """The server; `async with AmiFake() as fake` and connect to `fake.host`, `fake.port`."""

    username: str = "vocero"
    secret: str = "s3cret"
    banner: bytes = b"Asterisk Call Manager/11.0.0\r\n"
    version: str = "22.10.1+dfsg"
    commands: tuple[str, ...] = NEEDED
    fully_booted: bool = True
    """Said right after a login."""
    started: tuple[str, str] = ("2026-11-22", "03:55:08")
    uptime: int = 24
    channels: list[Channel] = field(default_factory=list)
    phones: dict[str, bool] = field(default_factory=dict)
    """Registered softphones, and whether they answer."""
    chunk_bytes: int = 0
    """Size of the pieces in which answers are written; 0: whole."""
    receive_bytes: int = 0
    """Size of the kernel's receive buffer (SO_RCVBUF); 0: the machine's own."""
    host: str = "127.0.0.1"
    port: int = 0
    connections: int = 0
    actions: list[Action] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.answers: dict[str, Answer] = {
            "Login": self._login,
            "Logoff": lambda action: [self.reply(action, Response="Goodbye", Message="Thanks for all the fish.")],
            "Ping": lambda action: [self.reply(action, Ping="Pong", Timestamp="1795319734.429353")],
            "CoreSettings": lambda action: [self.reply(action, AMIversion="11.0.0", AsteriskVersion=self.version)],
            "CoreStatus": lambda action: [
                self.reply(action, CoreStartupDate=self.started[0], CoreStartupTime=self.started[1])
            ],
            "ListCommands": lambda action: [self.reply(action, **dict.fromkeys(self.commands, "(Priv: <none>)"))],
            "CoreShowChannels": self._show_channels,
            "DBGetTree": self._database,
            "Getvar": self._variable,
            "Originate": lambda action: [self.reply(action, Message="Originate successfully queued")],
            "Redirect": lambda action: [self.reply(action, Message="Redirect successful")],
            "Hangup": lambda action: [self.reply(action, Message="Channel Hungup")],
        }
        self.reading = asyncio.Event()
        """Cleared: nothing more is read."""
        self.reading.set()
        self.silent = False
        """Read and remembered, never answered."""
        self._writers: set[asyncio.StreamWriter] = set()
        self._news = asyncio.Condition()

    async def __aenter__(self) -> Self:
        await self.start_again()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Close the port and every connection."""
        self._server.close()
        self.reading.set()
        self.cut()
        await self._server.wait_closed()
        await self.until(lambda: not self._writers)

    async def start_again(self) -> None:
        """After `stop`: the same port."""
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self.receive_bytes:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_bytes)
        listening.bind((self.host, self.port))
        self._server = await asyncio.start_server(self._serve, sock=listening)
        self.port = listening.getsockname()[1]

    # ---------------------------------------------------------------- what a test does

    def cut(self) -> None:
        """Reset every connection."""
        for writer in self._writers:
            writer.transport.abort()

    async def say(self, *messages: Headers) -> None:
        """Send events to every client that is logged in or not."""
        for writer in tuple(self._writers):
            await self._write(writer, b"".join(encoded(message) for message in messages))

    async def say_bytes(self, piece: bytes) -> None:
        """Send bytes as they are."""
        for writer in tuple(self._writers):
            writer.write(piece)
            await writer.drain()

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something about the fake is so; TimeoutError when it never is."""
        async with asyncio.timeout(WAIT_SECONDS), self._news:
            await self._news.wait_for(true)

    async def got(self, name: str, times: int = 1) -> Action:
        """Wait for the n-th action of that name."""
        await self.until(lambda: len(self.named(name)) >= times)
        return self.named(name)[times - 1]

    def named(self, name: str) -> list[Action]:
        """Every action of that name so far."""
        return [action for action in self.actions if action.name == name]

    # ---------------------------------------------------------------- what it says

    @staticmethod
    def reply(action: Action, Response: str = "Success", **headers: str) -> Headers:  # noqa: N803 (AMI's own spelling)
        """The head of an answer as Asterisk writes it, and more headers."""
        return [("Response", Response), ("ActionID", action["ActionID"]), *headers.items()]

    @classmethod
    def a_list(cls, action: Action, items: Sequence[Headers], end: str) -> list[Headers]:
        """A list as Asterisk writes it: start, items, end with their number."""
        whose = ("ActionID", action["ActionID"])
        return [
            cls.reply(action, EventList="start", Message="A list will follow"),
            *([item[0], whose, *item[1:]] for item in items),
            [("Event", end), whose, ("EventList", "Complete"), ("ListItems", str(len(items)))],
        ]

    def _login(self, action: Action) -> Iterable[Headers]:
        if (action["Username"], action["Secret"]) != (self.username, self.secret):
            return [self.reply(action, Response="Error", Message="Authentication failed")]
        answer = [self.reply(action, Message="Authentication accepted")]
        return [*answer, self.booted()] if self.fully_booted else answer

    def booted(self) -> Headers:
        return [
            ("Event", "FullyBooted"),
            ("Privilege", "system,all"),
            ("Uptime", str(self.uptime)),
            ("LastReload", str(self.uptime)),
            ("Status", "Fully Booted"),
        ]

    def _show_channels(self, action: Action) -> Iterable[Headers]:
        items = [
            [
                ("Event", "CoreShowChannel"),
                ("Channel", channel.name),
                ("ChannelState", str(channel.state)),
                ("CallerIDNum", channel.number or "<unknown>"),
                ("AccountCode", channel.account),
                ("Context", channel.context),
                ("Exten", channel.exten),
                ("Uniqueid", channel.uniqueid),
                ("Duration", channel.duration),
                ("BridgeId", channel.bridge_id),
            ]
            for channel in self.channels
        ]
        return self.a_list(action, items, "CoreShowChannelsComplete")

    def _database(self, action: Action) -> Iterable[Headers]:
        items = [
            [("Event", "DBGetTreeResponse"), ("Key", f"/registrar/contact/{phone};@4c8c0c27b9a1"), ("Val", "{}")]
            for phone in self.phones
        ]
        return self.a_list(action, items, "DBGetTreeComplete")

    def _variable(self, action: Action) -> Iterable[Headers]:
        phone = action["Variable"].removeprefix("PJSIP_DIAL_CONTACTS(").removesuffix(")")
        value = f"PJSIP/{phone}/sip:{phone}@127.0.0.1:12100" if self.phones.get(phone) else ""
        return [self.reply(action, Variable=action["Variable"], Value=value)]

    # ---------------------------------------------------------------- the wire

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        self._writers.add(writer)
        await self._tell()
        try:
            await self._write(writer, self.banner)
            lines: list[str] = []
            while line := await self._line(reader):
                text = line.decode("utf-8", "replace").rstrip("\r\n")
                if text:
                    lines.append(text)
                elif lines:
                    headers = tuple(_header(each) for each in lines)
                    lines = []
                    if not await self._take(Action(headers, number), writer):
                        break
        except ConnectionError:
            pass  # the client's end of it; what matters is what it sent
        finally:
            writer.transport.abort()
            self._writers.discard(writer)
            await self._tell()

    async def _line(self, reader: asyncio.StreamReader) -> bytes:
        await self.reading.wait()
        return await reader.readline()

    async def _take(self, action: Action, writer: asyncio.StreamWriter) -> bool:
        """Answer; False when the connection is to be closed."""
        self.actions.append(action)
        await self._tell()
        if self.silent:
            return True
        answer = self.answers.get(action.name, self._unknown)
        messages = list(answer(action))
        await self._write(writer, b"".join(encoded(message) for message in messages))
        return ("Response", "Goodbye") not in {pair for message in messages for pair in message} and not (
            action.name == "Login" and ("Response", "Error") in messages[0]
        )

    def _unknown(self, action: Action) -> Iterable[Headers]:
        return [self.reply(action, Response="Error", Message=f"Invalid/unknown command: {action.name}.")]

    async def _write(self, writer: asyncio.StreamWriter, piece: bytes) -> None:
        size = self.chunk_bytes or len(piece) or 1
        for start in range(0, len(piece), size):
            writer.write(piece[start : start + size])
            await writer.drain()
            if self.chunk_bytes:
                await asyncio.sleep(0)

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()


def encoded(message: Headers) -> bytes:
    """A message as Asterisk writes it."""
    return "".join(f"{name}: {value}\r\n" for name, value in message).encode() + b"\r\n"


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name, value.removeprefix(" ")
