"""Charts that can be read, and pages that are not cut through a table."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime

import pytest

from cti_api.kpi.answer import answer
from cti_api.kpi.indicators import INDICATORS
from cti_api.kpi.measures import Measure, Split
from cti_api.reports.document import Chart, ChartKind, Column, Cover, Document, Form, Sheet, Table
from cti_api.reports.laid_out import Of, group_table
from cti_api.reports.reasons import MOST_BRANDS, reason_sheet
from cti_api.reports.xlsx import PAGE_CHARACTERS, write_xlsx

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC).replace(tzinfo=None)
COVER = Cover(title="T", period_words="", company="", about=(), made_at=NOON, zone="UTC", definitions=())


def part(name: str, *sheets: Sheet) -> str:
    """Of the workbook's package."""
    raw = write_xlsx(Document(name="t", file_stem="t", cover=COVER, sheets=sheets))
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return archive.read(f"xl/{name}.xml").decode()


def table(names: int, value: float, form: Form = Form.SHARE, title: str = "") -> Table:
    return Table(
        columns=(Column(heading="Agente"), Column(heading="Valor", form=form, width=70)),
        rows=tuple((f"agente {n}", value) for n in range(names)),
        title=title,
    )


def drawn(names: int, value: float, form: Form = Form.SHARE) -> str:
    chart = Chart(kind=ChartKind.COLUMN, title="C", names=0, series=(1,))
    return part("charts/chart1", Sheet(name="H", title="H", tables=(table(names, value, form),), charts=(chart,)))


@pytest.mark.parametrize(("names", "direction"), [(12, "col"), (13, "bar")])
def test_many_names_stand_below_each_other(names: int, direction: str) -> None:
    assert f'<c:barDir val="{direction}"/>' in drawn(names, 0.5)


def test_a_share_is_not_drawn_as_of_more_than_all() -> None:
    assert '<c:max val="1"/>' in drawn(3, 1.0)
    assert "<c:max" not in drawn(3, 0.05)
    assert "<c:max" not in drawn(3, 9.4)  # as what was called of a list that was brought in elsewhere


@pytest.mark.parametrize("names", [3, 20])
def test_names_stand_beside_what_is_negative_and_not_in_it(names: int) -> None:
    below = drawn(names, -40.0, Form.POINTS)
    assert '<c:tickLblPos val="low"/>' in below
    assert '<c:max val="100"/>' in below and '<c:min val="-100"/>' in below
    assert '<c:tickLblPos val="low"/>' not in drawn(names, 40.0, Form.POINTS)


def test_no_table_begins_on_a_page_and_ends_on_the_next() -> None:
    tables = tuple(table(24, 1.0, title=title) for title in ("Atendidas", "Entrantes", "Salientes"))
    chart = Chart(kind=ChartKind.COLUMN, title="C", names=0, series=(1,))
    sheet = part("worksheets/sheet2", Sheet(name="H", title="H", tables=tables, charts=(chart,)))
    # three lines, then title, headings and 24 rows, and an empty one after each of the three
    assert re.findall(r'<brk id="([0-9]+)"', sheet) == ["30", "57", "84"]


@pytest.mark.parametrize(("names", "repeated"), [(24, False), (40, True)])
def test_a_table_that_goes_on_has_its_headings_on_the_next_page_too(names: int, repeated: bool) -> None:
    tables = tuple(table(names, 1.0, title=title) for title in ("Atendidas", "Entrantes", "Salientes"))
    book = part("workbook", Sheet(name="H", title="H", tables=tables))
    assert ("_xlnm.Print_Titles" in book) is repeated


def test_reasons_of_many_brands_are_printed_on_one_page_across() -> None:
    of_all = answer(INDICATORS["no_contact"], {"busy": {Measure.NO_CONTACT: 40.0}}, frozenset(Measure), by=Split.REASON)
    brand = answer(INDICATORS["no_contact"], {"busy": {Measure.NO_CONTACT: 1.0}}, frozenset(Measure), by=Split.REASON)
    sheet = reason_sheet("S", "S", "Llamadas", 40.0, of_all, {f"marca {n}": brand for n in range(MOST_BRANDS)})
    assert len(sheet.tables[0].columns) == 5 + MOST_BRANDS
    assert sum(column.width for column in sheet.tables[0].columns) <= PAGE_CHARACTERS


def test_a_long_name_is_not_cut() -> None:
    name = "María Fernanda Rodríguez Castellanos"
    by = answer(INDICATORS["handled"], {"ana": {Measure.HANDLED: 1.0}}, frozenset(Measure), by=Split.AGENT)
    found = group_table("Agente", [Of("handled")], {"handled": by}, None, label=lambda _: name)
    assert found.columns[0].width > len(name)
