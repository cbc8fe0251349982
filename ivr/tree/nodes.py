"""The tree and its nodes, as values.

Every node knows its ways on: where a caller can go from it, by the name of what happened. Checks, picture and coverage
are made of these ways, and the walk takes no other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

from ivr.tree.prompts import Prompt
from ivr.tree.steps import BargeIn, Kind, Via
from ivr.understanding.weigh import ACT, CONFIRM

RETURN: Final = "return"
"""As the name of a node: back to the tree that this one is part of."""


class Way(NamedTuple):
    """One way out of a node."""

    name: str
    to: str
    implied: bool = False
    """It is not written at the node: it is the tree's fallback, or what the tree says of all its queues."""


class Confirm(StrEnum):
    """When the caller is asked whether it was understood rightly."""

    NEVER = "never"
    WHEN_UNSURE = "when_unsure"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One thing a caller may choose."""

    value: str
    """Its name in cases and variables; where the file gives none, its first phrase or its key."""
    key: str = ""
    phrases: tuple[str, ...] = ()
    say: Prompt = ()
    """How the caller is told of it; empty: it is there, but not read out."""
    to: str = ""
    everywhere: bool = False
    """Written once for every menu of the tree."""

    @property
    def shown(self) -> str:
        """How it is read back to the caller."""
        return self.phrases[0] if self.phrases else self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """How something is asked, and what is done when no answer comes."""

    kind: Kind
    prompt: Prompt
    no_input: tuple[Prompt, ...]
    """Said after silence, before asking again; the last one stays. Each later one should help more."""
    no_match: tuple[Prompt, ...]
    give_up: Way
    choices: tuple[Choice, ...] = ()
    choices_at_once: bool = True
    """False: they are read out only when the caller is asked again."""
    confirm: Confirm = Confirm.WHEN_UNSURE
    say_back: Prompt = ()
    tries: int = 3
    barge_in: BargeIn = field(default_factory=BargeIn)
    wait_seconds: float = 5.0
    longest_seconds: float = 15.0
    least_keys: int = 1
    most_keys: int = 1
    lowest: Decimal | None = None
    highest: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    prompt: Prompt
    then: str
    barge_in: BargeIn

    def ways(self) -> tuple[Way, ...]:
        return (Way("then", self.then),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    question: Question
    into: str = ""

    def ways(self) -> tuple[Way, ...]:
        return (*(Way(each.value, each.to) for each in self.question.choices), self.question.give_up)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    question: Question
    into: str = ""
    then: str = ""
    yes: str = ""
    no: str = ""

    def ways(self) -> tuple[Way, ...]:
        on = [Way("yes", self.yes), Way("no", self.no)] if self.yes else [Way("then", self.then)]
        asked_for = [Way(each.value, each.to) for each in self.question.choices if each.everywhere]
        return (*on, *asked_for, self.question.give_up)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One entry of a directory."""

    name: str
    extension: str = ""
    to: str = ""
    """A node, where it is no extension."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    question: Question
    listed: tuple[Listed, ...]
    failed: str
    """The extension is busy or nobody answers."""
    ring_seconds: float = 20.0

    def ways(self) -> tuple[Way, ...]:
        nodes = [Way(each.name, each.to) for each in self.listed if each.to]
        asked_for = [Way(each.value, each.to) for each in self.question.choices if each.everywhere]
        return (*nodes, *asked_for, Way("failed", self.failed), self.question.give_up)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBack:
    """Offer to be called back."""

    question: Question
    queue: str
    """Who calls; empty: whom the caller last waited for."""
    number: str
    """The variable with the number to call; empty: the one that calls."""
    booked: str
    declined: str

    def ways(self) -> tuple[Way, ...]:
        return (Way("booked", self.booked), Way("declined", self.declined), self.question.give_up)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    name: str
    values: tuple[str, ...]
    gives: tuple[str, ...]
    holding: Prompt
    found: str
    not_found: str
    failed: str

    def ways(self) -> tuple[Way, ...]:
        return (Way("found", self.found), Way("not_found", self.not_found), Way("failed", self.failed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A value, or a comparison with a number: ``> 0``."""

    written: str
    sign: str
    value: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    variable: str
    cases: tuple[Case, ...]
    otherwise: str

    def ways(self) -> tuple[Way, ...]:
        return (*(Way(case.written, case.to) for case in self.cases), Way("otherwise", self.otherwise))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    days: tuple[tuple[int, time, time], ...]
    """Weekday (0 Monday), start and end; an end of 00:00 is midnight."""
    open: str
    closed: str
    holiday: str
    """Empty: as when it is closed."""

    def ways(self) -> tuple[Way, ...]:
        ways = (Way("open", self.open), Way("closed", self.closed), Way("holiday", self.holiday))
        return tuple(way for way in ways if way.to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    name: str
    prompt: Prompt
    most_wait_seconds: float
    left_by: tuple[Way, ...]
    """``then`` after the conversation (without it the call is over), ``waited`` when the longest wait is over,
    ``nobody`` (without it as ``waited``), and ``wants_call_back`` (without it that is not offered)."""

    def ways(self) -> tuple[Way, ...]:
        return self.left_by

    def has(self, name: str) -> bool:
        """Whether it can be left by the way of that name."""
        return any(way.name == name for way in self.left_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    to: str
    prompt: Prompt
    ring_seconds: float
    then: str
    failed: str

    def ways(self) -> tuple[Way, ...]:
        return tuple(way for way in (Way("then", self.then), Way("failed", self.failed)) if way.to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    name: str
    values: tuple[str, ...]
    then: str
    failed: str
    """Empty: as when it was answered."""

    def ways(self) -> tuple[Way, ...]:
        return tuple(way for way in (Way("then", self.then), Way("failed", self.failed)) if way.to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    prompt: Prompt
    into: str
    longest_seconds: float
    then: str
    failed: str

    def ways(self) -> tuple[Way, ...]:
        return (Way("then", self.then), Way("failed", self.failed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    name: str
    via: Via
    to: str
    """The variable with the number or address; empty: the number that calls."""
    values: tuple[str, ...]
    then: str

    def ways(self) -> tuple[Way, ...]:
        return (Way("then", self.then),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    kind: str
    values: tuple[str, ...]
    into: str
    then: str
    failed: str

    def ways(self) -> tuple[Way, ...]:
        return (Way("then", self.then), Way("failed", self.failed))


@dataclass(frozen=True, slots=True, kw_only=True)
class GoTo:
    to: str

    def ways(self) -> tuple[Way, ...]:
        return (Way("then", self.to),)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubTree:
    tree: str
    version: int
    gives: tuple[str, ...]
    then: str

    def ways(self) -> tuple[Way, ...]:
        return (Way("then", self.then),)


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    prompt: Prompt

    def ways(self) -> tuple[Way, ...]:
        return ()


Asking: TypeAlias = Menu | Ask | Directory | CallBack
Node: TypeAlias = (
    Asking
    | Say
    | LookUp
    | Branch
    | Hours
    | Queue
    | Transfer
    | Survey
    | Record
    | Send
    | Ticket
    | GoTo
    | SubTree
    | HangUp
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """How sure a recogniser has to be, 0..1."""

    sure: float = ACT
    """From here on nobody is asked whether it is right."""
    unsure: float = CONFIRM
    """Below, it was not understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    id: str
    title: str
    start: str
    fallback: str
    """The node that helps whoever got stuck: mostly a queue."""
    nodes: Mapping[str, Node]
    confirm: Prompt
    """Asks whether ``{heard}`` is right."""
    sorry: Prompt
    """Said before a call is ended because no limit is left."""
    queues: tuple[Way, ...] = ()
    """How every queue is left that has no way of that name of its own."""
    timezone: str = "UTC"
    holidays: str = ""
    """The country whose holidays count (ISO 3166); empty: none."""
    closed_on: frozenset[date] = frozenset()
    """Days off of the house's own."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What each holds at the start."""
    is_part: bool = False
    """Only ever walked from another tree, to which ``return`` leads back."""
    confidence: Confidence = field(default_factory=Confidence)
    version: int = 0
    """0: not published."""
    parts: Mapping[tuple[str, int], Tree] = field(default_factory=dict)
    """The trees its `SubTree` nodes name, theirs included."""
