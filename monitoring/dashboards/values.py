"""A dashboard as a plain value: rows of panels, each with what it asks Prometheus, and what it says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

ACROSS: Final = 24
"""Columns of Grafana's grid."""


class Kind(StrEnum):
    """How a panel shows its figures, by Grafana's own names."""

    NUMBER = "stat"
    """The latest of each series, with its way there behind it."""
    LINES = "timeseries"
    BARS = "bargauge"
    """The latest of each series, side by side."""
    STATES = "state-timeline"
    """What was so when, a line for each series."""
    TEXT = "text"


class Unit(StrEnum):
    """Grafana's names of them: those that round nothing and write nothing in English. ``short`` would write 1,560 calls
    as "2 K", and ``s`` anything from a minute on as "4.1 mins" or "1.8 weeks"."""

    COUNT = "locale"
    """Whole, as the reader's browser writes numbers."""
    SHARE = "percentunit"
    TIME = "dthms"
    """Seconds, written as 00:04:06; of parts of a second nothing is left."""
    MOMENT = "s"
    """Seconds of which a minute is never made, written as 85 ms or 1.5 s."""
    BYTES = "bytes"


class Colour(StrEnum):
    """Few, and the same thing the same everywhere."""

    GOOD = "green"
    WATCH = "yellow"
    BAD = "red"
    CALM = "blue"
    BUSY = "purple"
    AFTER = "orange"
    NOTHING = "#8e8e8e"


@dataclass(frozen=True, slots=True)
class Query:
    """One of a panel's questions, in PromQL."""

    expr: str
    legend: str = ""
    """What its series are called; ``{{label}}`` stands for a label's value."""
    once: bool = False
    """Asked for the end of the dashboard's time alone: for what is so now, and for sums over all of that time. Asked
    over time, a figure that is gone (last month's, of a process that is down) would be shown as the latest one."""


@dataclass(frozen=True, slots=True)
class Look:
    """How one series, or one value, is written and coloured."""

    word: str
    colour: Colour


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One picture."""

    title: str
    kind: Kind
    means: str
    """What the figure is, with its formula where there is one."""
    queries: tuple[Query, ...] = ()
    unit: Unit = Unit.COUNT
    decimals: int | None = None
    width: int = 8
    """Of `ACROSS`."""
    steps: tuple[tuple[float | None, Colour], ...] = ()
    """From which value on it has which colour; the first from None."""
    series: Mapping[str, Look] = field(default_factory=dict)
    """By the legend of each series."""
    values: Mapping[int, Look] = field(default_factory=dict)
    """What is written instead of a value."""
    stacked: bool = False
    line_at_steps: bool = False
    """Lines: the steps are drawn too."""
    least: float | None = None
    most: float | None = None
    nothing: str = "–"
    """What is written where there is no figure."""
    text: str = ""
    """`Kind.TEXT`: in Markdown."""


@dataclass(frozen=True, slots=True)
class Row:
    """Panels below a heading, from left to right; who has no more room begins a line."""

    title: str
    panels: tuple[Panel, ...]
    height: int = 8


@dataclass(frozen=True, slots=True)
class Variable:
    """What the reader chooses, by a label's values."""

    name: str
    title: str
    metric: str
    """Of which series the label's values are."""
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One dashboard."""

    id: str
    title: str
    means: str
    """For whom it is and what for."""
    rows: tuple[Row, ...]
    variables: tuple[Variable, ...] = ()
    since: str = "now-1h"
    refresh: str = "10s"
