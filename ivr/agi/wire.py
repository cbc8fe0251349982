"""The Asterisk Gateway Interface on the wire: bytes ↔ values.

Asterisk connects, says some lines of ``agi_name: value`` and an empty one: the environment. From then on we say one
command, a line, and it says one reply: ``200 result=1 (value) endpos=160``, a refusal (``510``, ``511``), or several
lines from ``520-`` to ``520 `` that tell how the command is spelt. Between them a line ``HANGUP`` may come at any time,
more than once: the caller is gone.

Nothing here waits or logs. Every length has a limit. A reply is taken only while a command is open: what nobody asked
for can never pass for the answer to something else. What breaks the rules raises `ProtocolError`, and the connection
is of no more use; a command that cannot be said safely raises `InputError` before a byte leaves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from cti_api.errors import Conflict, InputError, ProtocolError

MAX_COMMAND_BYTES: Final = 2_047
"""Of one command with its LF: ``AGI_BUF_LEN`` 2048 in ``res/res_agi.c``, a NUL among them. The rest of a longer line
would be read as a command of its own."""

MAX_ARGUMENTS: Final = 126
"""Words of one command: ``MAX_ARGS`` 128 in ``res/res_agi.c``, the last two left empty."""

MAX_LINE_BYTES: Final = 8_192
"""Of one line from Asterisk. Ours: the longest value it tells has 4,096 bytes (``handle_getvariablefull``)."""

MAX_ENVIRONMENT_LINES: Final = 256
"""Ours: 22 lines (``setup_env``), two for the network, and up to 128 arguments."""

MAX_USAGE_LINES: Final = 64
"""Lines of one 520. Ours: the longest seen on 22.10 has three."""

_ENVIRONMENT: Final = re.compile(r"(?P<name>agi_[a-z0-9_]{1,40}):(?: (?P<value>.*))?\Z")
_REPLY: Final = re.compile(r"200 result=(?P<result>\S*)(?: \((?P<value>.*)\))?(?: endpos=(?P<endpos>-?\d+))?\Z")
_GOSUB: Final = re.compile(r"200 result=-?\d+ Gosub (?P<how>complete|failed|label not found)\Z")
"""``handle_gosub`` in ``apps/app_stack.c``."""
_REFUSAL: Final = re.compile(r"(?P<code>[45]\d\d)(?P<more>[ -])(?P<text>.*)\Z")

_UNSENDABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""LF ends a command, NUL the string; the other control characters, the two Unicode line ends and lone surrogates serve
no word of ours."""

HANGUP: Final = "HANGUP"
TRYING: Final = "100 result=0 Trying..."
"""A subroutine begins; its reply is still to come."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What Asterisk says of the call at the beginning: names without ``agi_``, such as ``callerid``."""

    values: Mapping[str, str]

    def get(self, name: str) -> str:
        """Empty where it was not said, or is ``unknown``."""
        value = self.values.get(name, "")
        return "" if value == "unknown" else value


@dataclass(frozen=True, slots=True)
class Reply:
    """A command was carried out, well or not: what the result means is the command's affair."""

    result: str
    """A number, for most; digits that were pressed, for some."""
    value: str = ""
    """What stands in parentheses: a variable's value, ``timeout``, ``hangup``."""
    endpos: int = 0
    """Where a sound was when it ended, in samples; -1 where it does not say."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A command was not carried out."""

    code: int
    """510 unknown, 511 not on a dead channel, 520 wrongly spelt, 503 no memory."""
    text: str
    """What Asterisk says, all lines of it."""


@dataclass(frozen=True, slots=True)
class HungUp:
    """The caller is gone. May be said again."""


Event = Environment | Reply | Refusal | HungUp


class _Place(Enum):
    """Where the decoder is in what Asterisk says."""

    ENVIRONMENT = auto()
    REPLIES = auto()
    USAGE = auto()
    """Within the lines of a 520."""


class Wire:
    """One connection's bytes, both ways, in pieces of any size."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._place = _Place.ENVIRONMENT
        self._environment: dict[str, str] = {}
        self._refused: list[str] = []
        self._open = False

    @property
    def silent(self) -> bool:
        """Whether not one byte has come yet: a port probe."""
        return self._place is _Place.ENVIRONMENT and not self._environment and not self._buffer

    @property
    def awaits_reply(self) -> bool:
        """Whether a command is open."""
        return self._open

    def command(self, verb: str, *arguments: str | int) -> bytes:
        """One command as bytes; it is open until its reply has come.

        `verb` is spelt by our own code, such as ``STREAM FILE``; every argument is quoted. Raises `InputError` for an
        argument that would not reach Asterisk as that one word, `Conflict` while another command is open.
        """
        if self._open:
            raise Conflict(f"{verb} was to be said before the reply to the last command came")
        line = encode(verb, *arguments)
        self._open = True
        return line

    def feed(self, piece: bytes) -> list[Event]:
        """The events that `piece` completes, in order. Raises `ProtocolError`."""
        buffer = self._buffer
        buffer += piece
        events: list[Event] = []
        start = 0
        while (end := buffer.find(b"\n", max(start, self._searched))) >= 0:
            if end - start > MAX_LINE_BYTES:
                raise ProtocolError(f"a line from Asterisk has more than {MAX_LINE_BYTES} bytes")
            line = buffer[start:end].decode("utf-8", "replace")
            start = end + 1
            if (event := self._take(line)) is not None:
                events.append(event)
        del buffer[:start]
        self._searched = len(buffer)
        if len(buffer) > MAX_LINE_BYTES:
            raise ProtocolError(f"a line from Asterisk passed {MAX_LINE_BYTES} bytes without an end")
        return events

    def _take(self, line: str) -> Event | None:
        match self._place:
            case _Place.ENVIRONMENT:
                return self._take_environment(line)
            case _Place.USAGE:
                return self._take_usage(line)
            case _Place.REPLIES:
                return self._take_reply(line)

    def _take_environment(self, line: str) -> Environment | None:
        if not line:
            self._place = _Place.REPLIES
            return Environment(self._environment)
        said = _ENVIRONMENT.match(line)
        if said is None:
            raise ProtocolError("the connection does not begin as one from Asterisk does")
        name = said["name"].removeprefix("agi_")
        if name in self._environment:
            raise ProtocolError(f"agi_{name} was said twice")
        if len(self._environment) == MAX_ENVIRONMENT_LINES:
            raise ProtocolError(f"Asterisk said more than {MAX_ENVIRONMENT_LINES} lines before the call")
        self._environment[name] = said["value"] or ""
        return None

    def _take_reply(self, line: str) -> Event | None:
        if line == HANGUP:
            return HungUp()
        if not self._open:
            raise ProtocolError("a reply came that no command asked for")
        if line == TRYING:
            return None
        if (reply := _REPLY.match(line)) is not None:
            self._open = False
            return Reply(reply["result"], reply["value"] or "", int(reply["endpos"] or 0))
        if (gosub := _GOSUB.match(line)) is not None:
            self._open = False
            return Reply("0" if gosub["how"] == "complete" else "-1", "", 0)
        if (refusal := _REFUSAL.match(line)) is None:
            # among them a value with a line break in it, of which the rest would pass for a reply
            raise ProtocolError("a reply came that is none")
        self._refused = [line]
        if refusal["more"] == "-":
            self._place = _Place.USAGE
            return None
        return self._refuse()

    def _take_usage(self, line: str) -> Refusal | None:
        self._refused.append(line)
        if len(self._refused) > MAX_USAGE_LINES:
            raise ProtocolError(f"a refusal has more than {MAX_USAGE_LINES} lines")
        if not line.startswith(self._refused[0][:3] + " "):
            return None
        self._place = _Place.REPLIES
        return self._refuse()

    def _refuse(self) -> Refusal:
        self._open = False
        first, *more = self._refused
        return Refusal(int(first[:3]), "\n".join([first[4:], *more]))


def encode(verb: str, *arguments: str | int) -> bytes:
    """One command as bytes, every argument in quotes. Raises `InputError`, which never repeats an argument."""
    if len(verb.split()) + len(arguments) > MAX_ARGUMENTS:
        raise InputError(f"{verb} with {len(arguments)} arguments: Asterisk takes {MAX_ARGUMENTS} words")
    line = " ".join([verb, *(_quoted(verb, str(argument)) for argument in arguments)])
    encoded = f"{line}\n".encode()
    if len(encoded) > MAX_COMMAND_BYTES:
        raise InputError(f"{verb} is too long for AGI: {len(encoded)} bytes, {MAX_COMMAND_BYTES} at most")
    return encoded


def _quoted(verb: str, argument: str) -> str:
    """One word for ``parse_args`` in ``res/res_agi.c``: a backslash makes the next character plain."""
    if unsendable := _UNSENDABLE.search(argument):
        raise InputError(f"an argument of {verb} has a control character at position {unsendable.start()}")
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
