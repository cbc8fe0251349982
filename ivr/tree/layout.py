"""Where each box of a picture stands: in columns by how far it is from the start, near what leads to it.

Lines are drawn between neighbouring columns alone; every other way is told by its target's name in the box. So lines
cross in the gaps between columns only, and never a box.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

WIDTH: Final = 300.0
COLUMN_GAP: Final = 84.0
ROW_GAP: Final = 18.0
SWEEPS: Final = 6
"""Back and forth; later ones change next to nothing."""


class Port(NamedTuple):
    """Where a way leaves its box."""

    y: float
    """From the box's top."""
    to: str
    share: float | None = None
    """Of all calls, 0..1 and more, that go this way; None: nobody counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    height: float
    ports: tuple[Port, ...]
    leads_to: tuple[str, ...] = ()
    """Further boxes, to which no line is drawn."""
    entry: float = 12.0
    """Where lines come in, from the box's top."""


class Line(NamedTuple):
    x: float
    y: float
    to_x: float
    to_y: float
    from_box: str
    to_box: str
    share: float | None = None


@dataclass(slots=True)
class Layout:
    width: float = 0.0
    height: float = 0.0
    tops: dict[str, float] = field(default_factory=dict)
    lefts: dict[str, float] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)


def laid_out(boxes: Mapping[str, Box], start: str, *more_starts: str) -> Layout:
    """The layout of all boxes that can be reached, and of the others in a last column."""
    columns = _columns(boxes, (start, *more_starts))
    layout = Layout()
    for place, names in enumerate(columns):
        top = 0.0
        for name in names:
            layout.lefts[name] = place * (WIDTH + COLUMN_GAP)
            layout.tops[name] = top
            top += boxes[name].height + ROW_GAP
    column_of = {name: place for place, names in enumerate(columns) for name in names}
    for sweep in range(SWEEPS):
        forth = sweep % 2 == 0
        for names in columns[1:] if forth else columns[-2::-1]:
            wishes = {name: _wish(name, boxes, column_of, layout, forth) for name in names}
            if forth and sweep < SWEEPS - 2:  # the order is settled first, then only the places
                names.sort(key=lambda name: wishes[name])
            _place(names, wishes, boxes, layout)
    lowest = min(layout.tops.values(), default=0.0)
    layout.tops = {name: top - lowest for name, top in layout.tops.items()}
    layout.height = max((layout.tops[name] + boxes[name].height for name in boxes), default=0.0)
    layout.width = max((left + WIDTH for left in layout.lefts.values()), default=0.0)
    for name, box in boxes.items():
        for port in box.ports:
            if column_of.get(port.to) == column_of[name] + 1:
                layout.lines.append(
                    Line(
                        layout.lefts[name] + WIDTH,
                        layout.tops[name] + port.y,
                        layout.lefts[port.to],
                        layout.tops[port.to] + boxes[port.to].entry,
                        name,
                        port.to,
                        port.share,
                    )
                )
    return layout


def _columns(boxes: Mapping[str, Box], starts: Sequence[str]) -> list[list[str]]:
    columns: list[list[str]] = []
    placed: set[str] = set()
    following = [name for name in dict.fromkeys(starts[:1]) if name in boxes]
    while following:
        columns.append(following)
        placed.update(following)
        next_ones: dict[str, None] = {}
        for name in following:
            to = (*(port.to for port in boxes[name].ports), *boxes[name].leads_to)
            next_ones.update({each: None for each in to if each in boxes and each not in placed})
        following = list(next_ones)
    left = [name for name in boxes if name not in placed]
    if left:
        columns.append(left)
    return columns


def _wish(name: str, boxes: Mapping[str, Box], column_of: Mapping[str, int], layout: Layout, forth: bool) -> float:
    """The top that would make the lines of this box straight, on the side that is being followed."""
    box, column = boxes[name], column_of[name]
    if forth:
        tops = [
            layout.tops[other] + port.y - box.entry
            for other, each in boxes.items()
            if column_of[other] == column - 1
            for port in each.ports
            if port.to == name
        ]
    else:
        tops = [
            layout.tops[port.to] + boxes[port.to].entry - port.y
            for port in box.ports
            if column_of.get(port.to) == column + 1
        ]
    return sum(tops) / len(tops) if tops else layout.tops[name]


def _place(names: Sequence[str], wishes: Mapping[str, float], boxes: Mapping[str, Box], layout: Layout) -> None:
    """Tops as near to the wishes as boxes in this order can be: those that collide move as one, to their mean."""
    groups: list[tuple[float, float, list[str]]] = []  # top, height, boxes
    for name in names:
        top, height, members = wishes[name], boxes[name].height + ROW_GAP, [name]
        while groups and groups[-1][0] + groups[-1][1] > top:
            upper_top, upper_height, upper = groups.pop()
            both = len(upper) + len(members)
            top = (upper_top * len(upper) + (top - upper_height) * len(members)) / both
            height, members = upper_height + height, upper + members
        groups.append((top, height, members))
    for top, _, members in groups:
        for name in members:
            layout.tops[name] = top
            top += boxes[name].height + ROW_GAP
