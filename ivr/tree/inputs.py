"""What can happen to a caller, as the walk is told. Everything here may come from a stranger, in any order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from ivr.tree.prompts import Value


@dataclass(frozen=True, slots=True)
class Started:
    """The call was answered."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys were pressed, and the caller has finished: by the end key, enough of them, or a pause."""

    digits: str


@dataclass(frozen=True, slots=True)
class TooManyKeys:
    """More keys than a prompt may get; they were thrown away."""

    count: int


@dataclass(frozen=True, slots=True)
class Heard:
    """The caller spoke, and this was understood."""

    text: str
    value: Value | None
    """What it means for the question that is open: a choice's value, digits, a number, a date, a yes or no, or for an
    open question the text itself. None: nothing that fits."""
    confidence: float
    """0..1"""


@dataclass(frozen=True, slots=True)
class NoInput:
    """Neither key nor word within the time."""


@dataclass(frozen=True, slots=True)
class NoMatch:
    """There was speech, and nothing in it that could be recognised."""


@dataclass(frozen=True, slots=True)
class LookedUp:
    """The other system answered."""

    values: Mapping[str, Value]
    found: bool = True
    """False: it knows no such customer, line or order."""


@dataclass(frozen=True, slots=True)
class Done:
    """What was asked for is done: recorded, transferred and talked, surveyed, booked, or the ticket is written."""

    value: Value = ""
    """The recording's name, the ticket's number."""


class Why(StrEnum):
    """Why something did not come about."""

    UNREACHABLE = "unreachable"
    """The other side did not answer in time, was busy, or refused."""
    WAITED = "waited"
    """The longest wait in a queue is over."""
    NOBODY = "nobody"
    """Nobody serves the queue now."""
    WANTS_CALL_BACK = "wants_call_back"
    """The caller asked, in the queue, to be called back."""


@dataclass(frozen=True, slots=True)
class Failed:
    """What was asked for did not come about: a look-up, a transfer, a ticket, a place in a queue."""

    why: Why = Why.UNREACHABLE


@dataclass(frozen=True, slots=True)
class HungUp:
    """The caller is gone."""


Input: TypeAlias = Started | Keys | TooManyKeys | Heard | NoInput | NoMatch | LookedUp | Done | Failed | HungUp
