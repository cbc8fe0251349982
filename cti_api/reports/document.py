"""A report as a value: a cover, and sheets of tables with charts. It says what is shown and not how it is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import NamedTuple

from cti_api.kpi.answer import Judged


class Form(StrEnum):
    """How a cell is shown."""

    TEXT = "text"
    NOTE = "note"
    """Text that may be longer than its column is wide: on several lines."""
    COUNT = "count"
    SHARE = "share"
    """0..1, as a percentage."""
    SECONDS = "seconds"
    """As hours, minutes and seconds."""
    DECIMAL = "decimal"
    POINTS = "points"
    """Of the net promoter score, with its sign."""
    SCORE = "score"
    """A step of a scale: 5, or 4.5."""
    DAY = "day"
    HOUR = "hour"
    INSTANT = "instant"
    """Without a zone: a spreadsheet knows none. It is the one that the cover names."""
    POINTS_MORE = "points_more"
    """A difference between two shares, 0..1, in percentage points with its sign."""
    SECONDS_MORE = "seconds_more"
    """A difference of times, in seconds with its sign: a spreadsheet has no negative time."""
    MORE = "more"
    """Any other difference, with its sign."""


class Shown(NamedTuple):
    """A cell that is shown otherwise than its column."""

    value: str | float | None
    form: Form
    judged: Judged | None = None
    """Coloured as good, to be watched, or bad."""
    faint: bool = False
    """Of too few things to be judged: in grey."""


Cell = str | int | float | datetime | date | time | Shown | None
"""None is an empty cell. Instants have no zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    heading: str
    form: Form = Form.TEXT
    width: int = 14
    """In characters of a spreadsheet's standard type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None = None
    """A last row that stands out."""
    title: str = ""
    frozen: int = 1
    """Columns that stay in sight."""


class ChartKind(StrEnum):
    COLUMN = "column"
    BAR = "bar"
    LINE = "line"
    STACKED = "stacked"
    """Columns, one series upon the other."""
    PARETO = "pareto"
    """Columns of the first series, and the second, a share that grows to 1, as a line on an axis of its own."""
    WITH_RATE = "with_rate"
    """The same for any share: columns of all series but the last, and that one as a line on an axis of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Of columns of one of the sheet's tables, by their places in it."""

    kind: ChartKind
    title: str
    names: int
    """The column of the categories."""
    series: tuple[int, ...]
    table: int = 0
    most: int = 40
    """Rows that are drawn, from the first on: more cannot be told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    name: str
    title: str
    tables: tuple[Table, ...]
    charts: tuple[Chart, ...] = ()
    notes: tuple[str, ...] = ()
    """Sentences under the title: what a figure is, and which of them nobody has facts of."""


class Definition(NamedTuple):
    """What an indicator is, for who doubts it."""

    name: str
    formula: str
    target: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    title: str
    period_words: str
    company: str
    about: tuple[tuple[str, str], ...]
    """Whatever else belongs there, by its name: the campaign, who asked for it …"""
    made_at: datetime
    """On the company's clock, without a zone."""
    zone: str
    definitions: tuple[Definition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    name: str
    """Of the report's kind."""
    file_stem: str
    """Of every file that is made of it; ASCII, without a folder."""
    cover: Cover
    sheets: tuple[Sheet, ...] = field(default_factory=tuple)
