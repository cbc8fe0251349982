"""A survey's results as Excel: a sheet of figures, a sheet of how often each answer was given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO, Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

FIGURES: Final = {"csat": "CSAT", "nps": "NPS", "ces": "CES"}
_SPLITS: Final = {None: "", "agent": "Agente", "queue": "Cola", "service": "Servicio"}
_PEOPLE: Final = (
    ("Respondieron completa", "finished"), ("Respondieron en parte", "partial"), ("No quisieron", "refused"),
    ("No dijeron nada", "silent"), ("No se alcanzaron", "expired"), ("Por encuestar", "waiting"),
)  # fmt: skip
_FIGURE_HEADINGS: Final = (
    "Pregunta", "Respuestas", "Indicador", "Valor", "Desde (95 %)", "Hasta (95 %)", "Bueno desde 90 %", "Promedio",
    "Desde (95 %)", "Hasta (95 %)",
)  # fmt: skip


def write_survey(file: BinaryIO, results: Mapping[str, Any]) -> None:
    """`results` as the API gives them (``GET /surveys/…/results``). All that people wrote is text, never a formula."""
    book = xlsxwriter.Workbook(file, {"strings_to_urls": False})
    head = book.add_format({"bold": True, "bg_color": "#1F3A5F", "font_color": "#FFFFFF", "text_wrap": True})
    share, figure = book.add_format({"num_format": "0.0 %"}), book.add_format({"num_format": "0.00"})
    by = _SPLITS[results["by"]]
    _people(book.add_worksheet("Participación"), results, by, head, share)
    _figures(book.add_worksheet("Indicadores"), results, by, head, share, figure)
    _answers(book.add_worksheet("Respuestas"), results, by, head)
    book.close()


def _people(sheet: Worksheet, results: Mapping[str, Any], by: str, head: Format, share: Format) -> None:
    headings = [by or "Encuesta", *(name for name, _ in _PEOPLE)]
    headings += ["Tasa de respuesta", "Desde (95 %)", "Hasta (95 %)"]
    headings += ["Completas, de quienes respondieron", "Desde (95 %)", "Hasta (95 %)"]
    _heading(sheet, headings, head)
    for line, group in enumerate(results["groups"], start=1):
        sheet.write_string(line, 0, group["group"] if by else results["survey"]["title"])
        place = 1
        for _, name in _PEOPLE:
            sheet.write_number(line, place, group["asked"][name])
            place += 1
        for rate in ("response", "completion"):
            for value in (group[f"{rate}_rate"], *(group[f"{rate}_interval"] or (None, None))):
                _number(sheet, line, place, value, share)
                place += 1


def _figures(
    sheet: Worksheet, results: Mapping[str, Any], by: str, head: Format, share: Format, figure: Format
) -> None:
    _heading(sheet, [*([by] if by else []), *_FIGURE_HEADINGS], head)
    line = 0
    for group in results["groups"]:
        for question in group["questions"]:
            line += 1
            place = _named(sheet, line, group["group"], question["title"], by)
            sheet.write_number(line, place, question["answered"])
            sheet.write_string(line, place + 1, FIGURES.get(question["figure"], ""))
            form = share if question["figure"] == "csat" else figure
            for step, value in enumerate((question["value"], *(question["interval"] or (None, None))), start=2):
                _number(sheet, line, place + step, value, form)
            if question["good"] is not None:
                sheet.write_string(line, place + 5, "sí" if question["good"] else "no")
            for step, value in enumerate((question["mean"], *(question["mean_interval"] or (None, None))), start=6):
                _number(sheet, line, place + step, value, figure)


def _answers(sheet: Worksheet, results: Mapping[str, Any], by: str, head: Format) -> None:
    _heading(sheet, [*([by] if by else []), "Pregunta", "Respuesta", "Personas"], head)
    line = 0
    for group in results["groups"]:
        for question in group["questions"]:
            for value, count in question["distribution"].items():
                line += 1
                place = _named(sheet, line, group["group"], question["title"], by)
                if question["kind"] == "scale":
                    sheet.write_number(line, place, float(value))
                else:
                    sheet.write_string(line, place, value)
                sheet.write_number(line, place + 1, count)


def _heading(sheet: Worksheet, headings: list[str], head: Format) -> None:
    sheet.set_column(0, len(headings) - 1, 18)
    for place, heading in enumerate(headings):
        sheet.write_string(0, place, heading, head)
    sheet.freeze_panes(1, 0)


def _named(sheet: Worksheet, line: int, group: str, title: str, by: str) -> int:
    """Whose row it is; the place of the next cell."""
    place = 0
    for text in (group, title) if by else (title,):
        sheet.write_string(line, place, text)
        place += 1
    return place


def _number(sheet: Worksheet, line: int, place: int, value: float | None, form: Format) -> None:
    if value is not None:
        sheet.write_number(line, place, value, form)
