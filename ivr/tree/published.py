"""Trees from their published texts: what the window asks before it publishes one, and the engine for every call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cti_api.errors import InputError
from ivr.tree.nodes import Tree
from ivr.tree.read import named_parts, parse_tree

Texts = Mapping[tuple[str, int], str]
"""Published texts by tree and version."""


def published_tree(text: str, version: int, parts: Texts) -> Tree:
    """The tree of that text as that version, with the trees within it. Raises `InputError` with every fault."""
    return replace(_tree(text, parts, ()), version=version)


def _tree(text: str, parts: Texts, within: tuple[tuple[str, int], ...]) -> Tree:
    found: dict[tuple[str, int], Tree] = {}
    for key in named_parts(text):
        if key in within:
            raise InputError(f"The tree {key[0]} in version {key[1]} leads into itself again.")
        if key in parts:
            part = replace(_tree(parts[key], parts, (*within, key)), version=key[1])
            found |= {**part.parts, key: part}
    return parse_tree(text, parts=found)


class PublishedTrees:
    """Reads trees for whoever publishes them (`cti_api.ports.TreeReader`)."""

    def parts_of(self, text: str) -> Sequence[tuple[str, int]]:
        return tuple(named_parts(text))

    def checked(self, text: str, parts: Texts) -> tuple[str, str]:
        tree = published_tree(text, 0, parts)
        return tree.id, tree.title
