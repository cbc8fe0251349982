"""What we say to Asterisk about a call: every AGI command, application and variable of ours, each spelt once.

Which applications can be run is a closed list: none of them dials, transfers or reaches the machine, so whatever a
tree or a caller brings, a call that came in can never become one that goes out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address
from typing import Final
from uuid import UUID

from cti_api.errors import InputError, ProtocolError
from cti_api.model.ids import CHANNEL_ID, SLUG
from ivr.agi.wire import Environment, Reply

QUICK_SECONDS: Final = 3.0
"""For what Asterisk does at once, and beyond the time that a command itself takes. Measured: under a millisecond."""

SURVEY: Final = "survey"
"""The entry by which the dialplan brings somebody whom we called; the call's id is the attempt's."""
AFTER: Final = "after"
"""The entry by which it brings somebody whose talk with an agent is over; the same id."""
MET: Final = "vocero-met"
"""The dialplan's own words for: whom we called is led by us from now on."""

TAKEN: Final = "VOCERO_TAKEN"
"""Set to 1 by whoever takes a call, so that the dialplan knows a late silence from an early one."""
NEXT: Final = "VOCERO_NEXT"
"""Where the dialplan sends the caller afterwards: an extension of ``vocero-next``."""
QUEUE: Final = "VOCERO_QUEUE"
"""`Next.QUEUE`: which."""
QUEUE_WAIT: Final = "VOCERO_QUEUE_WAIT"
"""The longest wait there, in whole seconds; empty or 0: as long as the queue lets callers wait."""
QUEUE_OFFER: Final = "VOCERO_QUEUE_OFFER"
"""1: the caller may be offered to be called back."""
TRANSFER: Final = "VOCERO_TRANSFER"
"""`Next.TRANSFER`: to what, as the settings' `transfers` name it."""
RING: Final = "VOCERO_RING"
"""How many seconds that rings."""
TRY_STATUS: Final = "TRYSTATUS"
"""What became of an application that was tried (``app_exec``)."""

KEYS: Final = frozenset("0123456789*#ABCD")
MAX_FILE_LENGTH: Final = 1_000
"""Ours, of a sound's path."""

_VARIABLE: Final = re.compile(r"[A-Z][A-Z0-9_]{0,63}\Z")
_VALUE: Final = re.compile(r"[A-Za-z0-9._:+-]{0,64}\Z")
"""As over AMI: what a dialplan may be given without a thought."""
_EXPRESSION: Final = re.compile(r"\$\{(?:[A-Z][A-Z0-9_]{0,63}|CHANNEL\([a-z_,-]{1,60}\))\}\Z")
"""A variable, or something about the channel: functions that do more than tell are not asked."""
_TRANSFER: Final = re.compile(r"[a-z0-9-]{1,40}\Z")
_CALLED: Final = re.compile(r"[+0-9][0-9]{1,19}\Z")
_CALLER: Final = re.compile(r"\+?[0-9]{1,20}\Z")


class Next(StrEnum):
    """Where a caller goes when we are done: the extensions of ``vocero-next``."""

    HANG_UP = "hang-up"
    QUEUE = "queue"
    """Into a queue (`QUEUE`); from there the call comes again, `InboundCall.returned` saying why."""
    TRANSFER = "transfer"
    """To a telephone or number (`TRANSFER`); the same."""


RETURNED: Final = frozenset({"done", "waited", "nobody", "wants_call_back", "unreachable"})
"""Why a call comes again: they talked; the wait is over; nobody serves the queue; the caller would rather be called;
the telephone or number was not reached, or may not be."""


class Application(StrEnum):
    """Dialplan applications that may be run in a call."""

    START_MUSIC = "StartMusicOnHold"
    STOP_MUSIC = "StopMusicOnHold"


class ChannelState(StrEnum):
    """How far a call is: the numbers of ``CHANNEL STATUS``."""

    RINGING = "4"
    UP = "6"


@dataclass(frozen=True, slots=True)
class Command:
    """One command, and how long its reply may take."""

    verb: str
    arguments: tuple[str | int, ...] = ()
    seconds: float = QUICK_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundCall:
    """Who calls whom, as the dialplan says."""

    id: str
    """The call's own: 32 hex digits, made by the dialplan."""
    entry: str
    """What answers: the name of a tree."""
    number: str
    """The number that was called, as the trunk writes it."""
    caller: str
    """The caller's number, digits and perhaps a plus sign before them; empty where it is withheld."""
    channel: str
    """Name of the channel, such as ``PJSIP/claro-00000001``."""
    channel_id: str
    """Its uniqueid."""
    returned: str = ""
    """Empty: the call is new. Else one of `RETURNED`: the call of this id left us for a queue or a transfer, which is
    over."""


def inbound_call(environment: Environment) -> InboundCall:
    """The call that this environment tells of. Raises `ProtocolError` for one that our dialplan did not send."""
    call = InboundCall(
        id=environment.get("arg_1"),
        entry=environment.get("network_script"),
        number=environment.get("arg_2"),
        caller=environment.get("callerid"),
        channel=environment.get("channel"),
        channel_id=environment.get("uniqueid"),
        returned=environment.get("arg_3"),
    )
    if not (CHANNEL_ID.match(call.id) and SLUG.match(call.entry) and _CALLED.match(call.number) and call.channel):
        raise ProtocolError("a call came that our dialplan did not send: its id, entry or number is missing")
    if call.caller and not _CALLER.match(call.caller):
        raise ProtocolError("a call came whose caller's number did not pass our dialplan's filter")
    if call.returned and call.returned not in RETURNED:
        raise ProtocolError("a call came again for a reason that our dialplan does not have")
    return call


# ------------------------------------------------------------------ commands


def answer() -> Command:
    """Take the call; at once when it is taken already."""
    return Command("ANSWER")


def channel_status() -> Command:
    """How far the call is: `ChannelState`."""
    return Command("CHANNEL STATUS")


def set_autohangup(seconds: int) -> Command:
    """End the call (extension ``T`` of the dialplan) so many seconds from now; 0 would be never: refused."""
    if not 0 < seconds <= 86_400:
        raise InputError(f"a call cannot be limited to {seconds} seconds: 1 to 86,400")
    return Command("SET AUTOHANGUP", (seconds,))


def stream_file(path: str, keys: str, offset: int, seconds: float) -> Command:
    """Play a sound file (its path without the ending) from a sample on; a key of `keys` ends it.

    `seconds`: how long the file may last.
    """
    if len(path) > MAX_FILE_LENGTH:
        raise InputError(f"the path of a sound has {len(path)} characters: {MAX_FILE_LENGTH} at most")
    if not path.startswith("/") or "&" in path:
        raise InputError("a sound is named by its whole path, one at a time")
    return Command("STREAM FILE", (path, _known_keys(keys), max(offset, 0)), seconds + QUICK_SECONDS)


def wait_for_digit(milliseconds: int) -> Command:
    """Wait so long for one key."""
    if not 0 < milliseconds <= 600_000:
        raise InputError(f"a key cannot be waited for {milliseconds} ms: 1 to 600,000")
    return Command("WAIT FOR DIGIT", (milliseconds,), milliseconds / 1000 + QUICK_SECONDS)


def get_variable(name: str) -> Command:
    """A variable's value: `variable_of` reads the reply."""
    return Command("GET VARIABLE", (_matching(_VARIABLE, name, "the name of a variable"),))


def get_full_variable(expression: str) -> Command:
    """What ``${CHANNEL(state)}`` or another expression of that kind says."""
    return Command("GET FULL VARIABLE", (_matching(_EXPRESSION, expression, "an expression to read"),))


def set_variable(name: str, value: str) -> Command:
    """Give the dialplan a value. Never a dialplan function's: a name has no parentheses."""
    name = _matching(_VARIABLE, name, "the name of a variable")
    return Command("SET VARIABLE", (name, _matching(_VALUE, value, f"a value of {name}")))


def transfer_to(to: str) -> Command:
    """Say what a caller is transferred to. A plus sign, spaces and the like do not matter; what can be nothing on the
    dialplan's list is not said to it, so that the call comes again as ``unreachable``."""
    plain = re.sub(r"[ +().]", "", to.lower())
    return set_variable(TRANSFER, plain if _TRANSFER.match(plain) else "")


def run(application: Application, argument: str = "") -> Command:
    """Run an application that returns at once."""
    return Command("EXEC", (application.value, _matching(_VALUE, argument, f"an argument of {application}")))


def try_audio_socket(call_id: UUID, host: IPv4Address, port: int, seconds: float) -> Command:
    """Connect the call's sound to a server of ours, until either side ends it.

    Tried: where the server is not there the call goes on, and `TRY_STATUS` says ``FAILED``.
    """
    if not 0 < port < 65_536:
        raise InputError(f"{port} is no TCP port")
    return Command("EXEC", ("TryExec", f"AudioSocket({call_id},{host}:{port})"), seconds + QUICK_SECONDS)


def meet() -> Command:
    """Write down and tell that we lead the person who was called. Until then the dialplan holds them for us, and plays
    its message when the hold limit is over."""
    return Command("GOSUB", (MET, "s", 1))


# ------------------------------------------------------------------ replies


def key_of(reply: Reply) -> str:
    """The key that was pressed; empty for none. Raises `ProtocolError` for what is no key."""
    code = _number(reply)
    if code == 0:
        return ""
    if not 0 < code < 128 or chr(code) not in KEYS:
        raise ProtocolError(f"Asterisk says that the key {code} was pressed")
    return chr(code)


def variable_of(reply: Reply) -> str | None:
    """A variable's value; None for one that is not set."""
    return reply.value if _number(reply) == 1 else None


def has_failed(reply: Reply) -> bool:
    """-1: it could not be done, or the caller is gone. -2: there is no such application."""
    return reply.result in ("-1", "-2")


def _number(reply: Reply) -> int:
    try:
        return int(reply.result)
    except ValueError:
        raise ProtocolError("a reply has no number where one belongs") from None


def _known_keys(keys: str) -> str:
    if unknown := set(keys) - KEYS:
        raise InputError(f"no telephone has the keys {''.join(sorted(unknown))!r}")
    return keys


def _matching(pattern: re.Pattern[str], text: str, what: str) -> str:
    if not pattern.match(text):
        raise InputError(f"{what} has signs that the dialplan is not given, or too many of them")
    return text
