"""What is to be done next for a caller. `Say` and `Send` are done in passing; every other step is waited for.

A walk gives any number of steps in passing and, as its last, exactly one that is waited for; the engine brings what
became of it as the next input, within the time the step allows. After `HangUp` nothing comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from ivr.tree.prompts import Piece, Value


class Kind(StrEnum):
    """What is listened for, and what its value is."""

    MENU = "menu"
    """One of a few choices: the choice's value."""
    CHOICE = "choice"
    """The same, where the answer is kept."""
    NAME = "name"
    """One entry of a directory: its name."""
    DIGITS = "digits"
    """A number that is a name (an account, a plate): its digits as text."""
    NUMBER = "number"
    """A quantity: a `Decimal`."""
    DATE = "date"
    YES_NO = "yes_no"
    OPEN = "open"
    """The caller's own words."""


YES_KEY, NO_KEY = "1", "2"
"""The keys of every question that is answered by yes or no."""


class Via(StrEnum):
    """How something is sent."""

    WHATSAPP = "whatsapp"
    SMS = "sms"
    EMAIL = "email"


class Ending(StrEnum):
    """Why a call ends by us."""

    FINISHED = "finished"
    TOO_MANY_NODES = "too_many_nodes"
    TOO_LONG = "too_long"
    TOO_MANY_KEYS = "too_many_keys"


@dataclass(frozen=True, slots=True, kw_only=True)
class BargeIn:
    """What cuts a prompt short."""

    keys: bool = True
    speech: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Choosable:
    """One thing a caller may choose: what a grammar is made of."""

    value: str
    key: str = ""
    """Keys that choose it; empty: by words alone."""
    phrases: tuple[str, ...] = ()
    everywhere: bool = False
    """Open in the whole tree: it may be said instead of an answer to this question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Said in passing. What cuts it short belongs to the step that is waited for, if that listens."""

    pieces: tuple[Piece, ...]
    barge_in: BargeIn


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """Say `prompt`, and listen meanwhile to what may cut it short and afterwards to everything."""

    kind: Kind
    prompt: tuple[Piece, ...]
    choices: tuple[Choosable, ...] = ()
    least_keys: int = 1
    most_keys: int = 1
    """With so many the answer is complete; 0: keys mean nothing here."""
    ends_with: str = "#"
    """The key that says "that was all"; empty: none."""
    lowest: Decimal | None = None
    highest: Decimal | None = None
    wait_seconds: float = 5.0
    """After the prompt, until the first key or word: then `NoInput`."""
    between_keys_seconds: float = 3.0
    longest_seconds: float = 15.0
    """Of speech: then it is taken as it is."""
    barge_in: BargeIn


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """Ask another system. `Failed` after `within_seconds` at the latest; `holding` is said from `holding_after`."""

    name: str
    values: Mapping[str, Value]
    gives: tuple[str, ...]
    holding: tuple[Piece, ...]
    holding_after_seconds: float = 1.5
    within_seconds: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Wait for somebody who serves that queue, and talk with them."""

    name: str
    most_wait_seconds: float
    offers_call_back: bool
    """A caller who does not want to wait may say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Lead the call to an extension or an allowed outside number."""

    to: str
    ring_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    name: str
    longest_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    name: str
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """A follow-up event: what is named goes out behind the call."""

    name: str
    via: Via
    to: str
    """A number or address; empty: to the number that calls."""
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """Write a ticket; its number comes back with `Done`."""

    kind: str
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookCallBack:
    """The caller accepted: somebody of the queue calls back."""

    queue: str
    to: str
    """Empty: the number that calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    pieces: tuple[Piece, ...]
    """Said before."""
    ending: Ending = Ending.FINISHED


Awaited: TypeAlias = Listen | LookUp | Queue | Transfer | Record | Survey | Ticket | BookCallBack | HangUp
Step: TypeAlias = Say | Send | Awaited
