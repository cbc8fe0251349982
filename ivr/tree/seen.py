"""What real calls did in a tree, counted: for its picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ivr.tree.prompts import in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Calls of some days. A call that comes by several times is counted each time."""

    calls: int
    ways: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """(node, way) → how often it was taken; an empty way: the call ended there by us."""
    hung_up: Mapping[str, int] = field(default_factory=dict)
    """Node → callers who left in it."""
    handed_over: Mapping[str, int] = field(default_factory=dict)
    """Node → callers who went from it to people, and did not come back."""
    first: date | None = None
    last: date | None = None

    def visits(self, node: str) -> int:
        """How often the node was left, in whatever manner."""
        taken = sum(count for (name, _), count in self.ways.items() if name == node)
        return taken + self.hung_up.get(node, 0) + self.handed_over.get(node, 0)

    @property
    def days(self) -> str:
        """As a part of a Spanish sentence; empty: all there were."""
        ends = (("desde", self.first), ("hasta", self.last))
        return " ".join(f"{word} el {in_words(day)}" for word, day in ends if day is not None)
