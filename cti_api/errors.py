"""The one error tree, sorted by what whoever catches it can do.

    VoceroError
    ├── SettingsError        stop: fix the settings, then start again
    ├── InputError           the input is wrong: show the faults, nothing was changed
    ├── NotFound             no such thing: check the name
    ├── Conflict             the state does not allow it: look, then decide again
    ├── NotSignedIn          nobody knows who asks: sign in, or bring a key
    ├── NotAllowed           it is not theirs to do: ask somebody who may
    ├── TooOften             wait, then ask again
    ├── Unreachable          the other side is away: try again later
    │   ├── LinkDown         no AMI session right now
    │   ├── StillCounting    the figures are being counted anew
    │   └── StoreUnavailable the store cannot be read or written (locked, full, read-only)
    ├── ResultUnknown        sent, but the answer never came: ask what is true, never resend
    ├── ActionRefused        the other side understood and said no: do not try again
    └── ProtocolError        nonsense on the wire: close that connection

A refusal that belongs to normal work (do-not-call, campaign closed) is a value, never one of these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class VoceroError(Exception):
    """Root of every error this product raises on purpose; its text is one sentence for a person."""


class SettingsError(VoceroError):
    """The settings do not allow a start; the text says which one and what to write instead."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a file or request."""

    path: str
    """Where, in the file's own words: ``retry.rules.busy.after``."""

    message: str
    """What is wrong and what would be right."""

    line: int | None = None
    """Line in the file, counted from 1; None where the input has no lines."""

    def __str__(self) -> str:
        where = ", ".join(part for part in (f"line {self.line}" if self.line is not None else "", self.path) if part)
        return f"{where}: {self.message}" if where else self.message


class InputError(VoceroError):
    """Input from outside is wrong; every fault found is listed, and nothing was changed."""

    def __init__(self, message: str, faults: Iterable[Fault] = ()) -> None:
        super().__init__(message)
        self.faults: tuple[Fault, ...] = tuple(faults)

    def __str__(self) -> str:
        return "\n".join([self.args[0], *(f"  {fault}" for fault in self.faults)])


class NotFound(VoceroError):
    """The thing named does not exist."""


class Conflict(VoceroError):
    """The present state does not allow what was asked; nothing was changed."""

    def __init__(self, message: str = "", *, rule: str = "", said: str = "") -> None:
        """`rule`: which rule objects, by a name that a page has words for. `said`: the rule's own sentence in the
        language of the people who work here, where it has one (a law does)."""
        super().__init__(message)
        self.rule = rule
        self.said = said


class NotSignedIn(VoceroError):
    """Nobody has shown who they are, or what they showed holds no more."""


class NotAllowed(VoceroError):
    """Whoever asks may not do this."""


class TooOften(VoceroError):
    """It was asked for too often; after some seconds it may be asked again."""

    def __init__(self, message: str, seconds: int = 60) -> None:
        super().__init__(message)
        self.seconds = seconds


class Unreachable(VoceroError):
    """The other side cannot be reached now; trying again later is safe."""


class LinkDown(Unreachable):
    """There is no AMI session now; the action was not sent."""


class StillCounting(Unreachable):
    """The figures are being counted anew: they would be of a part of what happened."""


class StoreUnavailable(Unreachable):
    """The store cannot be read or written (locked, disk full, read-only, connection lost)."""


class ResultUnknown(VoceroError):
    """The action was sent and its answer never came: ask what is true, never send it again."""


class ActionRefused(VoceroError):
    """The other side understood the action and refused it."""


class ProtocolError(VoceroError):
    """Bytes that the protocol does not allow; the connection they came on is to be closed."""
