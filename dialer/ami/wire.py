"""The Asterisk Manager Interface on the wire: bytes ↔ messages.

A message is some lines of ``Name: value``, each ended by CRLF, and an empty line. Lines are cut from *bytes* and become
text only when the message is whole, so a letter that TCP splits in two stays a letter. Before the first message the
server says one line of greeting, the banner.

Nothing here knows what a message means, waits, or logs. Every length has a limit: a peer that passes one is not
Asterisk, and what it sent raises `ProtocolError`; a value of ours that the protocol cannot carry raises `InputError`
before a byte leaves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cti_api.errors import InputError, ProtocolError

MAX_MESSAGE_BYTES = 65_536
"""Of one message from Asterisk. Ours: the longest seen on 22.10 (ListCommands, every right) has 7,642 bytes."""

MAX_HEADERS_IN = 1_024
"""Of one message from Asterisk. Ours: the most seen on 22.10 (ListCommands, one for each action) is 104."""

MAX_LINE_BYTES_OUT = 1_024
"""Of one line to Asterisk, its CRLF included: ``inbuf[1025]`` in ``main/manager.c``. Tried on 22.10: one byte more and
the action is refused, and the rest of the line is taken for a message of its own."""

MAX_HEADERS_OUT = 128
"""Lines of one action: ``AST_MAX_MANHEADERS`` in ``include/asterisk/manager.h``. Tried on 22.10: 129 are refused."""

BANNER = b"Asterisk Call Manager/"
"""How every AMI server begins (``action_login``'s caller in ``main/manager.c``); the version of AMI follows."""

VARIABLES = frozenset(
    {
        "VOCERO_AFTER",
        "VOCERO_ATTEMPT",
        "VOCERO_CALLER_ID",
        "VOCERO_CAMPAIGN",
        "VOCERO_HOLD",
        "VOCERO_MACHINE",
        "VOCERO_MEETS",
        "VOCERO_NAILED",
        "VOCERO_RECORD",
        "VOCERO_RING",
        "VOCERO_TRUNK",
    }
)
"""The only dialplan variables that ever travel over AMI; ``asterisk/extensions.conf`` reads them."""

_CRLF = b"\r\n"
_END = b"\r\n\r\n"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}\Z")

_UNSENDABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""CR and LF end a header (Asterisk takes a bare LF too), NUL ends the string. The other control characters, the two
Unicode line ends and lone surrogates serve no value of ours."""

_ASSIGNMENT = re.compile(r"(?:__)?(?P<name>[A-Z_]+)=[A-Za-z0-9._:+-]{0,64}\Z")
"""A comma would begin a second variable and a parenthesis call a dialplan function (both tried): neither fits here."""

_QUESTION = re.compile(
    r"(?:EPOCH|STAT\(e,/\)|IFMODULE\([a-z0-9_]{1,60}\.so\)"
    r"|PJSIP_DIAL_CONTACTS\([a-z0-9-]{1,40}\)|PJSIP_ENDPOINT\([a-z0-9-]{1,40},[a-z_]{1,40}\))\Z"
)
"""The dialplan functions that we ask for (Getvar has the same header); they read and change nothing."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message from Asterisk: an event, an answer, or one item of a list."""

    headers: tuple[tuple[str, str], ...]
    """Names and values in the order they came, repeated ones included. A line without a colon has the name ``""``."""

    def get(self, name: str) -> str:
        """The first value of a header, whatever the case of its name; empty when it is not there."""
        wanted = name.lower()
        for present, value in self.headers:
            if present.lower() == wanted:
                return value
        return ""

    def every(self, name: str) -> tuple[str, ...]:
        """All values of a repeated header, in order."""
        wanted = name.lower()
        return tuple(value for present, value in self.headers if present.lower() == wanted)

    @property
    def event(self) -> str:
        """Name of the event or list item; empty for an answer."""
        return self.get("Event")

    @property
    def response(self) -> str:
        """``Success``, ``Error``, ``Goodbye``; empty for most events (OriginateResponse has one *and* is an event)."""
        return self.get("Response")

    @property
    def action_id(self) -> str:
        """The ActionID of the action it answers; empty when it answers none."""
        return self.get("ActionID")


class Decoder:
    """Cuts the bytes of one connection into messages, in pieces of any size."""

    def __init__(self) -> None:
        self.banner = ""
        """The server's greeting; empty until it has come whole."""
        self._buffer = bytearray()
        self._searched = 0

    def feed(self, piece: bytes) -> list[Message]:
        """The messages that `piece` completes, in order.

        Raises `ProtocolError` for a peer that is not AMI or passes a limit; the connection is then of no more use.
        """
        buffer = self._buffer
        buffer += piece
        if not self.banner:
            self._take_banner()
            if not self.banner:
                return []
        messages: list[Message] = []
        start = 0
        search = max(self._searched - len(_END) + 1, 0)
        while (end := buffer.find(_END, search)) >= 0:
            if message := _message(buffer[start:end]):
                messages.append(message)
            start = search = end + len(_END)
        del buffer[:start]
        self._searched = len(buffer)
        if len(buffer) > MAX_MESSAGE_BYTES:
            raise ProtocolError(f"a message from Asterisk passed {MAX_MESSAGE_BYTES} bytes without an end")
        return messages

    def _take_banner(self) -> None:
        """Move the greeting out of the buffer, once it is there."""
        buffer = self._buffer
        if buffer[: len(BANNER)] != BANNER[: len(buffer)]:
            raise ProtocolError("what answers at this address is not an Asterisk manager port")
        end = buffer.find(_CRLF)
        if max(end, len(buffer) if end < 0 else 0) > MAX_LINE_BYTES_OUT:
            raise ProtocolError("the greeting of the manager port has no end")
        if end >= 0:
            self.banner = buffer[:end].decode("utf-8", "replace")
            del buffer[: end + len(_CRLF)]


def _message(block: bytearray) -> Message | None:
    """One message from its lines without the closing empty line; None when there is nothing in it."""
    if len(block) > MAX_MESSAGE_BYTES:
        raise ProtocolError(f"a message from Asterisk has more than {MAX_MESSAGE_BYTES} bytes")
    lines = block.decode("utf-8", "replace").split("\r\n")
    if len(lines) > MAX_HEADERS_IN:
        raise ProtocolError(f"a message from Asterisk has more than {MAX_HEADERS_IN} headers")
    headers: list[tuple[str, str]] = []
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            headers.append((name, value[1:] if value[:1] == " " else value))
        elif line:
            headers.append(("", line))
    return Message(tuple(headers)) if headers else None


def encode(headers: Iterable[tuple[str, str]]) -> bytes:
    """One action as bytes.

    Raises `InputError` for a name or value that would reach Asterisk as anything else than one header of that name
    and value, for a dialplan variable that is not in `VARIABLES`, and for what Asterisk would refuse for its length.
    The error names the header and never repeats the value: it may be a secret.
    """
    lines = [_line(name, value) for name, value in headers]
    if len(lines) > MAX_HEADERS_OUT:
        raise InputError(f"an action of {len(lines)} lines: Asterisk takes {MAX_HEADERS_OUT}")
    return b"".join(lines) + _CRLF


def _line(name: str, value: str) -> bytes:
    if not _NAME.match(name):
        raise InputError(f"{name!r} cannot be the name of an AMI header")
    if unsendable := _UNSENDABLE.search(value):
        raise InputError(f"the value of {name} has a control character at position {unsendable.start()}")
    if name.lower() == "variable" and not _QUESTION.match(value):
        assignment = _ASSIGNMENT.match(value)
        if assignment is None or assignment["name"] not in VARIABLES:
            raise InputError("a dialplan variable that is not of the agreed names and values")
    line = f"{name}: {value}\r\n".encode()
    if len(line) > MAX_LINE_BYTES_OUT:
        raise InputError(f"the value of {name} is too long for AMI: {len(line)} bytes, {MAX_LINE_BYTES_OUT} at most")
    return line
