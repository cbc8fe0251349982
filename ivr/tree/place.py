"""Where a caller is in a tree. A place is all the walk remembers; it can be kept, compared and gone back to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from ivr.tree.nodes import Choice, Tree
from ivr.tree.prompts import Value, Values
from ivr.tree.steps import Awaited, Queue, Step, Survey, Transfer


class Meant(NamedTuple):
    """What a caller's answer means for the question that was asked."""

    value: Value
    shown: str
    """As it is read back."""
    confidence: float
    choice: Choice | None = None


class Whence(NamedTuple):
    """Where a sub-tree was entered: whose node it was."""

    tree: tuple[str, int]
    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    tree: tuple[str, int]
    """Id and version: a call stays with the version it began with."""
    node: str
    since: datetime
    """When the last input came."""
    awaits: Awaited | None = None
    """The step that is being carried out; None before the start and after the end."""
    is_over: bool = False
    values: Values = field(default_factory=dict)
    above: tuple[Whence, ...] = ()
    no_input: int = 0
    """Silences at this question; with `no_match` the tries that are used up."""
    no_match: int = 0
    pending: Meant | None = None
    """Understood, not yet confirmed."""
    nodes: int = 0
    """Passed in this call."""
    keys: int = 0
    seconds: float = 0.0
    """Spent in the tree."""
    is_rescued: bool = False
    """A limit was passed: the fallback has it now."""

    def at(self, now: datetime) -> Place:
        """The same place later; time that others answer for does not count."""
        passed = max((now - self.since).total_seconds(), 0.0)
        counts = not isinstance(self.awaits, Queue | Transfer | Survey)
        return replace(self, since=max(now, self.since), seconds=self.seconds + (passed if counts else 0.0))

    def knowing(self, **values: Value) -> Place:
        """The same place with variables set."""
        return replace(self, values={**self.values, **values}) if values else self


class Passed(NamedTuple):
    """A node that was left, and by which of its ways."""

    tree: str
    node: str
    way: str


class Walked(NamedTuple):
    place: Place
    steps: tuple[Step, ...] = ()
    passed: tuple[Passed, ...] = ()


def entrance(tree: Tree, now: datetime, values: Values | None = None) -> Place:
    """Where a call begins; `values` are what is known of it, such as ``caller``, the number that calls."""
    return Place(tree=(tree.id, tree.version), node=tree.start, since=now, values={**tree.variables, **(values or {})})
