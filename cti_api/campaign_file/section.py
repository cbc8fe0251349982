"""Reading one section of the file: each entry asked for once, faults noted and never raised.

An entry that is missing or wrong is replaced by a stand-in so that reading can go on and find the other faults. No
stand-in ever leaves the file's reader: one fault is enough to refuse the whole file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TypeVar

from cti_api.errors import Fault
from cti_api.yaml_tree import Entries, Items, Node, Scalar

T = TypeVar("T")


@dataclass(slots=True)
class Notes:
    """What was noticed while reading: the faults, and the line of every entry for whoever checks further."""

    faults: list[Fault] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)

    def fault(self, path: str, message: str, line: int | None = None) -> None:
        """Note a fault, unless that entry has one; without a line of its own it gets the nearest one above it."""
        if not any(known.path == path for known in self.faults):
            self.faults.append(Fault(path, message, self.line_of(path) if line is None else line))

    def line_of(self, path: str) -> int | None:
        """The line of that entry, or of the innermost section that holds it."""
        while path and path not in self.lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.lines.get(path)

    def has_fault_at(self, path: str) -> bool:
        """Whether that entry, something in it or something around it is known to be wrong."""
        return any(_holds(path, f.path) or _holds(f.path, path) for f in self.faults)


def _holds(outer: str, inner: str) -> bool:
    return inner == outer or inner.startswith((f"{outer}.", f"{outer}["))


class Section:
    """A section's entries, read by name; `finish` refuses those nobody asked for."""

    def __init__(self, node: Node | None, path: str, notes: Notes) -> None:
        if node is not None and not isinstance(node, Entries):
            notes.fault(path, "must be a section of names with values", node.line)
        self._entries = node.entries if isinstance(node, Entries) else {}
        self._missing = not isinstance(node, Entries)
        self._path = path
        self._notes = notes
        self._asked: list[str] = []
        if isinstance(node, Entries):
            notes.lines.setdefault(path, node.line)
            notes.lines.update({self.path(name): line for name, line in node.key_lines.items()})

    def path(self, name: str) -> str:
        """The path of an entry in the file's own words; of the section itself where `name` is empty."""
        return f"{self._path}.{name}" if self._path and name else self._path or name

    def required(self, name: str, read: Callable[[str], T], stand_in: T) -> T:
        """The value of an entry that must be there."""
        node = self._node(name, required=True)
        return stand_in if node is None else read_value(node, self.path(name), read, stand_in, self._notes)

    def optional(self, name: str, read: Callable[[str], T], default: T) -> T:
        """The value of an entry, or `default` where the file has none."""
        node = self._node(name)
        return default if node is None else read_value(node, self.path(name), read, default, self._notes)

    def texts(
        self, name: str, read: Callable[[str], T], *, required: bool = False, repeated: bool = False
    ) -> tuple[T, ...]:
        """A list of values, each once unless they may be `repeated`; a single value stands for a list of one."""
        node = self._node(name, required=required)
        if node is None:
            return ()
        if isinstance(node, Scalar) and not node.is_empty:
            node = Items((node,), node.line)
        values: list[T] = []
        for path, item in self._items(node, self.path(name), required=required):
            value = read_value(item, path, read, None, self._notes)
            if value is not None:
                if value in values and not repeated:
                    self._notes.fault(path, "is in the list a second time", item.line)
                values.append(value)
        return tuple(values)

    @property
    def notes(self) -> Notes:
        """Where faults and lines are noted."""
        return self._notes

    def written(self, name: str, *, required: bool = False) -> Node | None:
        """An entry as it stands in the file, for what may be written in several ways; None where the file has none."""
        return self._node(name, required=required)

    def section(self, name: str, *, required: bool = False) -> Section:
        """A section inside this one; an empty one where the file has none."""
        return Section(self._node(name, required=required), self.path(name), self._notes)

    def sections(self, name: str, *, required: bool = False) -> Sequence[Section]:
        """A list of sections."""
        node = self._node(name, required=required)
        if node is None:
            return ()
        found = self._items(node, self.path(name), required=required)
        return [Section(item, path, self._notes) for path, item in found]

    def note(self, name: str, message: str) -> None:
        """Note a fault at an entry of this section."""
        self._notes.fault(self.path(name), message)

    def names(self) -> tuple[str, ...]:
        """Every name in the section, for sections whose names are free."""
        return tuple(self._entries)

    def finish(self) -> None:
        """Refuse every entry that nobody asked for, naming the nearest right name."""
        for name in self._entries:
            if name in self._asked:
                continue
            near = get_close_matches(name, self._asked, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"allowed are {', '.join(self._asked)}"
            self._notes.fault(self.path(name), f"there is no such entry; {hint}")

    def _node(self, name: str, *, required: bool = False) -> Node | None:
        self._asked.append(name)
        node = self._entries.get(name)
        if node is None and required and not self._missing:
            self._notes.fault(self.path(name), "is missing")
        return node

    def _items(self, node: Node, path: str, *, required: bool) -> Iterator[tuple[str, Node]]:
        if not isinstance(node, Items):
            self._notes.fault(path, "must be a list", node.line)
        elif required and not node.items:
            self._notes.fault(path, "must have at least one entry", node.line)
        else:
            for index, item in enumerate(node.items):
                inner = f"{path}[{index}]"
                self._notes.lines.setdefault(inner, item.line)
                yield inner, item


def read_value(node: Node, path: str, read: Callable[[str], T], stand_in: T, notes: Notes) -> T:
    """The value written at `node`; `stand_in`, and a fault noted, where it cannot be read."""
    if not isinstance(node, Scalar):
        notes.fault(path, "must be a single value, not a list or section", node.line)
    elif node.is_empty:
        # YAML begins an empty value where the next thing is written: the entry's own line is told.
        notes.fault(path, "is empty: write a value or leave the entry out")
    else:
        try:
            return read(node.text)
        except ValueError as error:
            notes.fault(path, str(error), node.line)
    return stand_in
