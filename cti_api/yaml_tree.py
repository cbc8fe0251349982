"""YAML text to a small tree that knows its lines.

The file is read as YAML 1.2 by ruamel.yaml, from its event stream: nothing is constructed, so no tag can make an object
and no alias can grow. Scalars stay text; what they mean is for whoever asks for a number, a time or a yes (so ``19:00``
is never 1140 and ``no`` never False).

A hostile file costs little: its size, its depth and its number of entries are limited, and reading stops where a limit
is passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from cti_api.errors import Fault, InputError

DEEPEST: Final = 12
"""Levels. A campaign file has six."""

MOST_ENTRIES: Final = 10_000
"""Scalars, lists and sections together."""


QUOTES: Final = '; a text that has ": " in it or begins with { goes into quotes'
_WANT_QUOTES: Final = ("mapping values are not allowed here", "expected <block end>", "expected ',' or '}'")
"""How ruamel.yaml complains of such a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileKind:
    """What kind of file is read: how it is called, and what it may be."""

    noun: str
    """As in "a campaign file"."""
    largest_bytes: int
    """Of UTF-8."""
    looks_like: str
    """One entry of it, to show what is meant."""
    may_be_empty: bool = False


@dataclass(frozen=True, slots=True)
class Scalar:
    """One written value."""

    text: str
    line: int
    """Counted from 1."""
    quoted: bool
    """In quotes or as a block: then it is a text, whatever it looks like."""

    @property
    def is_empty(self) -> bool:
        """Nothing is written, or one of YAML's words for nothing."""
        return not self.quoted and self.text in {"", "~", "null", "Null", "NULL"}


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Node, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Entries:
    """A section: named values, in the file's order."""

    entries: dict[str, Node]
    line: int
    key_lines: dict[str, int]
    """Where each name stands; its value may begin lines below."""


Node = Scalar | Items | Entries
Plain: TypeAlias = "str | list[Plain] | dict[str, Plain] | None"


def plain(node: Node) -> Plain:
    """The tree without its lines: texts, lists and dictionaries; None where nothing is written."""
    match node:
        case Scalar():
            return None if node.is_empty else node.text
        case Items():
            return [plain(item) for item in node.items]
        case Entries():
            return {name: plain(entry) for name, entry in node.entries.items()}


def line_at(tree: Node, keys: tuple[int | str, ...]) -> int | None:
    """The line of the deepest of `keys` (names, and places in lists) that stands in the file; None when none does."""
    line: int | None = None
    for key in keys:
        if isinstance(tree, Entries) and key in tree.entries:
            line, tree = tree.key_lines[str(key)], tree.entries[str(key)]
        elif isinstance(tree, Items) and isinstance(key, int) and key < len(tree.items):
            tree = tree.items[key]
            line = tree.line
        else:
            break
    return line


def read_tree(text: str, kind: FileKind, faults: list[Fault]) -> Entries:
    """The file's top section. Faults that leave the rest readable (a name twice, an alias, a tag) go to `faults`.

    Raises `InputError` with a single fault where the text cannot be read any further.
    """
    most = kind.largest_bytes
    if len(text) > most or len(text.encode("utf-8", "surrogatepass")) > most:
        raise _unreadable(kind, f"the file is larger than {most // 1024} KiB")
    try:
        # Each document of the file begins one event; the tree of the first is built, a second one is refused.
        events = iter(YAML(typ="safe", pure=True).parse(text.removeprefix("\ufeff")))
        tree = _Builder(events, kind, faults).document()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        why = " ".join(part for part in (error.context, error.problem) if part)
        hint = QUOTES if any(words in why for words in _WANT_QUOTES) else ""
        raise _unreadable(kind, f"this is not YAML: {why}{hint}", mark.line + 1 if mark else None) from error
    except YAMLError as error:
        raise _unreadable(kind, f"this is not YAML: {str(error).splitlines()[0]}") from error
    if tree is None and kind.may_be_empty:
        return Entries({}, 1, {})
    if not isinstance(tree, Entries):
        raise _unreadable(kind, f"a {kind.noun} is a list of names with values, such as `{kind.looks_like}`")
    return tree


def _unreadable(kind: FileKind, message: str, line: int | None = None) -> InputError:
    return InputError(f"The {kind.noun} cannot be read.", [Fault("", message, line)])


class _Builder:
    """Builds the tree of one document from its events."""

    def __init__(self, events: Iterator[Any], kind: FileKind, faults: list[Fault]) -> None:
        self._events = events
        self._kind = kind
        self._faults = faults
        self._entries = 0

    def document(self) -> Node | None:
        """The file's only document; None when the file is empty."""
        tree: Node | None = None
        started = False
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                if started:
                    message = f"a {self._kind.noun} holds one document: a second `---` is not allowed"
                    raise _unreadable(self._kind, message, _line(event))
                started = True
                tree = self._node(next(self._events), "", 1)
        return tree

    def _node(self, event: Any, path: str, depth: int) -> Node:
        self._entries += 1
        if self._entries > MOST_ENTRIES:
            raise _unreadable(self._kind, f"the file has more than {MOST_ENTRIES} entries", _line(event))
        if depth > DEEPEST:
            raise _unreadable(self._kind, f"the file is nested more than {DEEPEST} levels deep", _line(event))
        if isinstance(event, AliasEvent):
            self._fault(path, "an alias (*) is not allowed: write the value out", event)
            return Scalar("", _line(event), quoted=False)
        if event.tag is not None and not (isinstance(event, ScalarEvent) and event.style in {"'", '"', "|", ">"}):
            self._fault(path, "a tag (!) is not allowed", event)
        if isinstance(event, MappingStartEvent):
            return self._section(event, path, depth)
        if isinstance(event, SequenceStartEvent):
            return self._list(event, path, depth)
        return Scalar(event.value, _line(event), quoted=event.style is not None)

    def _list(self, start: Any, path: str, depth: int) -> Items:
        items: list[Node] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            items.append(self._node(event, f"{path}[{len(items)}]", depth + 1))
        return Items(tuple(items), _line(start))

    def _section(self, start: Any, path: str, depth: int) -> Entries:
        entries: dict[str, Node] = {}
        lines: dict[str, int] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            key = self._node(event, path, depth + 1)
            name = key.text if isinstance(key, Scalar) else ""
            inner = f"{path}.{name}" if path else name
            value = self._node(next(self._events), inner, depth + 1)
            if not isinstance(key, Scalar):
                self._fault(path, "the name of an entry is a word, not a list or section", event)
            elif name in entries:
                self._fault(inner, f"is here a second time; the first is in line {lines[name]}", event)
            else:
                entries[name] = value
                lines[name] = _line(event)
        return Entries(entries, _line(start), lines)

    def _fault(self, path: str, message: str, event: Any) -> None:
        self._faults.append(Fault(path, message, _line(event)))


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1
