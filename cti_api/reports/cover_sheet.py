"""The first sheet of a report: what it is of, when it was made, and what its figures mean."""

from __future__ import annotations

from typing import Final

from xlsxwriter.worksheet import Worksheet

from cti_api.kpi.answer import Judged
from cti_api.kpi.words import JUDGED
from cti_api.reports.document import Cover, Form
from cti_api.reports.looks import Looks, height_of, lines_of, put_text
from cti_api.reports.words import COVER_WORDS, DEFINITION_HEADINGS

_WIDTHS: Final = (34, 62, 34, 54)


def write_cover(page: Worksheet, cover: Cover, looks: Looks) -> None:
    """Title, what it is about, and a definition for each indicator."""
    for place, width in enumerate(_WIDTHS):
        page.set_column(place, place, width)
    for row, (text, look) in enumerate(((cover.title, looks.band), (cover.period_words, looks.band_below))):
        page.set_row(row, 34 if row == 0 else 22)
        for place in range(len(_WIDTHS)):
            put_text(page, row, place, text if place == 0 else "", look)
    facts = [
        *([(COVER_WORDS["company"], cover.company)] if cover.company else []),
        *cover.about,
        (COVER_WORDS["made_at"], f"{cover.made_at:%d/%m/%Y %H:%M}"),
        (COVER_WORDS["zone"], cover.zone),
    ]
    row = 2
    for name, value in facts:
        row += 1
        put_text(page, row, 0, name, looks.label)
        put_text(page, row, 1, value, looks.wrapped)
        page.set_row(row, height_of(lines_of(value, _WIDTHS[1])))
    row += 2
    put_text(page, row, 0, COVER_WORDS["definitions"], looks.section)
    for place, heading in enumerate(DEFINITION_HEADINGS):
        put_text(page, row + 1, place, heading, looks.head)
    row += 1
    for definition in cover.definitions:
        row += 1
        page.set_row(row, height_of(max(map(lines_of, definition, _WIDTHS))))
        for place, text in enumerate(definition):
            put_text(page, row, place, text, looks.wrapped)
    row += 2
    put_text(page, row, 0, COVER_WORDS["colours"], looks.label)
    for judged in Judged:
        put_text(page, row, 1, JUDGED[judged].es, looks.cell(Form.TEXT, judged))
        row += 1
    put_text(page, row, 1, COVER_WORDS["few"], looks.quiet)
    page.hide_gridlines(2)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
