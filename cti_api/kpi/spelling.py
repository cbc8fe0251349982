"""What lists write in several ways is one: ``KIA`` and ``Kia``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from cti_api.kpi.facts import Fact
from cti_api.kpi.measures import Split

SPELLED: Final = frozenset({Split.BRAND})
"""By hand, in each list anew."""

SpelledKey = tuple[Split, str]
"""A split, and a name of it as `folded` gives it."""


def folded(name: str) -> str:
    """Equal for what is the same name."""
    return " ".join(name.split()).casefold()


class Spellings:
    """The way in which each name was written first, which is the way it is told in."""

    def __init__(self, known: Mapping[SpelledKey, str]) -> None:
        self._known = known
        self.new: dict[SpelledKey, str] = {}

    def of(self, fact: Fact) -> Fact:
        """The fact with its names as they are told."""
        told = {split: self._first(split, name) for split, name in fact.splits.items() if split in SPELLED and name}
        changed = any(fact.splits[split] != name for split, name in told.items())
        return replace(fact, splits={**fact.splits, **told}) if changed else fact

    def _first(self, split: Split, name: str) -> str:
        plain, key = " ".join(name.split()), (split, folded(name))
        return plain and (self._known.get(key) or self.new.setdefault(key, plain))
