"""A report that has ten thousand hostile texts in it, in every place where a word of somebody's may stand."""

from __future__ import annotations

from functools import cache
from itertools import product
from random import Random
from typing import Final

from cti_api.reports.document import Cell, Chart, ChartKind, Column, Cover, Definition, Document, Form, Sheet, Table
from tests.support.built_reports import Made, made
from tests.support.busy_months import NOW

BEGINNINGS: Final = (
    "=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＋", "－", "＠", " =", "\x00=", "\ufeff=", "\u200b=", "'=", '"=',
    "{=", "\x0b=", "\x1f=", "\ud800=", "\udfff=", "\ufffe=", "\uffff=", "_x003D_", "&#61;", "<f>", "]]>=", "http://",
    "mailto:", "internal:", "\x85=", "\u2028=", "%3D", "=\x00",
)  # fmt: skip
ENDINGS: Final = (
    "1+1", "cmd|' /C calc'!A0", "SUM(A1:A9)", 'HYPERLINK("http://x","y")', "DDE(\"cmd\")", "<script>&amp;",
    "Niño\nPeña", "1", "", 'WEBSERVICE("http://x")', "_x0041_", "TRUE", "x" * 300, "😀" * 40,
)  # fmt: skip
CELLS: Final = 10_000
TITLES: Final = ("=1+1", "=Portada!A1", "¡Qué bien!A1", "Hostil!$A$1", "x" * 400, "\ud800\x01&<")
"""Of charts: a survey's questions are somebody's words, too."""


@cache
def hostile() -> tuple[str, ...]:
    """Ten thousand: every beginning with every ending, whatever a seeded chance makes of them, and the longest."""
    texts = ["".join(each) for each in product(BEGINNINGS, ENDINGS)]
    random = Random(20)
    many = len(BEGINNINGS) * len(ENDINGS)
    for n in range(CELLS - many - 20):
        middle = "".join(chr(random.choice((random.randrange(0x80), random.randrange(0x11_0000)))) for _ in range(6))
        texts.append(f"{random.choice(BEGINNINGS)}{middle}{random.choice(ENDINGS)}{n}")
    texts += [f"={sign * 40_000}" for sign in ("x", "=", "é", "😀", "\x01", "\ud800", '"', "&", "<", "ñ") * 2]
    assert len(texts) == CELLS
    return tuple(texts)


def hostile_report() -> Made:
    texts = hostile()
    columns = tuple(Column(heading=f"={n}" if n else "=A1", form=form, width=12)
                    for n, form in enumerate((*[Form.TEXT] * 3, Form.NOTE, Form.COUNT)))  # fmt: skip
    rows: list[tuple[Cell, ...]] = [tuple(texts[place : place + 5]) for place in range(0, CELLS, 5)]
    table = Table(columns=columns, rows=tuple(rows), title="=título", total=("=1", "+1", "-1", "@1", 5))
    drawn = tuple(Chart(kind=ChartKind.COLUMN, title=title, names=0, series=(4,)) for title in TITLES)
    sheets = (Sheet(name="Hostil", title="=1+1", tables=(table,), charts=drawn, notes=("@nota",)),)
    document = Document(name="monthly", file_stem="hostil", cover=cover("=1+1 & " * 1500), sheets=sheets)
    return made(document)


def cover(text: str) -> Cover:
    return Cover(
        title=text, period_words=text, company=text, about=((text, text),), made_at=NOW.replace(tzinfo=None),
        zone=text, definitions=(Definition(text, text, text, text),),
    )  # fmt: skip
