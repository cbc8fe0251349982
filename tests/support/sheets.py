"""Spreadsheets for tests, made as other programs make them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date
from xml.sax.saxutils import escape

import xlsxwriter

MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"

Cell = str | int | float | date | None


def xlsx(*sheets: Sequence[Sequence[Cell]], hidden: Sequence[int] = ()) -> bytes:
    """A workbook with these sheets, numbers as numbers and dates as dates; text is never a formula."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    for place, rows in enumerate(sheets):
        sheet = book.add_worksheet(f"Hoja{place + 1}")
        if place in hidden:
            sheet.hide()
        else:
            sheet.activate()  # a sheet on show is not hidden
        for line, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(line, column, cell, day)
                else:
                    sheet.write(line, column, cell)
    book.close()
    return file.getvalue()


def ods(rows: Sequence[Sequence[Cell]]) -> bytes:
    """An OpenDocument spreadsheet as LibreOffice writes it (OpenDocument 1.2, 9.1)."""
    table = "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="Hoja1">{table}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    return archive(
        {
            "mimetype": MIMETYPE.encode(),
            "content.xml": content.encode(),
            "META-INF/manifest.xml": (
                '<?xml version="1.0"?><manifest:manifest '
                'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
                f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{MIMETYPE}"/></manifest:manifest>'
            ).encode(),
        }
    )


def _ods_cell(cell: Cell) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, date):
        return f'<table:table-cell office:value-type="date" office:date-value="{cell.isoformat()}"/>'
    if isinstance(cell, int | float):
        return f'<table:table-cell office:value-type="float" office:value="{cell}"/>'
    return f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'


def archive(parts: dict[str, bytes]) -> bytes:
    """A zip archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            # the type of an OpenDocument is read before anything is unpacked
            made.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else None)
    return file.getvalue()


def bomb(unpacked_megabytes: int) -> bytes:
    """A spreadsheet of a few kilobytes that unpacks to this many megabytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        with made.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(unpacked_megabytes):
                part.write(bytes(1024 * 1024))
    return file.getvalue()


def lying(archived: bytes, part: bytes, says_bytes: int) -> bytes:
    """The archive with `part` saying in the directory (APPNOTE 4.3.12) that it unpacks to `says_bytes`."""
    made = bytearray(archived)
    place = made.rindex(part) - 46
    assert made[place : place + 4] == b"PK\x01\x02"
    made[place + 24 : place + 28] = says_bytes.to_bytes(4, "little")
    return bytes(made)
