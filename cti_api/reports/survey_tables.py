"""A survey's answers as tables: who took part, what each question came to, how often each answer was given. Pure, from
results as the API gives them (``GET /surveys/…/results``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cti_api.model.surveys import NO, YES
from cti_api.reports.document import Cell, Chart, ChartKind, Column, Form, Sheet, Shown, Table
from cti_api.reports.words import INTERVAL

Results = Mapping[str, Any]

FIGURES: Final = {"csat": "CSAT", "nps": "NPS", "ces": "CES"}
SPLITS: Final = {None: "", "agent": "Agente", "queue": "Cola", "service": "Servicio"}
_ANSWERS: Final = {YES: "sí", NO: "no"}
_PEOPLE: Final = (
    ("Respondieron completa", "finished"), ("Respondieron en parte", "partial"), ("No quisieron", "refused"),
    ("No dijeron nada", "silent"), ("No se alcanzaron", "expired"), ("Por encuestar", "waiting"),
)  # fmt: skip
_FORMS: Final = {"csat": Form.SHARE, "nps": Form.POINTS}


def people_sheet(results: Results) -> Sheet:
    """Who answered, and who did not."""
    by = SPLITS[results["by"]]
    columns = (
        Column(heading=by or "Encuesta", width=30),
        *(Column(heading=name, form=Form.COUNT, width=13) for name, _ in _PEOPLE),
        *(Column(heading=name, form=Form.SHARE, width=12) for name in ("Tasa de respuesta", *INTERVAL)),
        *(
            Column(heading=name, form=Form.SHARE, width=12)
            for name in ("Completas, de quienes respondieron", *INTERVAL)
        ),
    )
    rows = tuple(
        (
            group["group"] if by else results["survey"]["title"],
            *(group["asked"][name] for _, name in _PEOPLE),
            *(
                value
                for rate in ("response", "completion")
                for value in (group[f"{rate}_rate"], *(group[f"{rate}_interval"] or (None, None)))
            ),
        )
        for group in results["groups"]
    )
    chart = Chart(kind=ChartKind.STACKED, title="Quiénes respondieron", names=0, series=(1, 2, 3, 4, 5), most=20)
    return Sheet(
        name="Participación",
        title="Participación",
        tables=(Table(columns=columns, rows=rows),),
        charts=(chart,),
    )


def figures_sheet(results: Results) -> Sheet:
    """Each question's indicator and mean, with the interval in which everybody's lies."""
    by = SPLITS[results["by"]]
    columns = (
        *([Column(heading=by, width=24)] if by else []),
        Column(heading="Pregunta", width=34),
        Column(heading="Respuestas", form=Form.COUNT, width=12),
        Column(heading="Indicador", width=12),
        *(Column(heading=name, form=Form.DECIMAL, width=12) for name in ("Valor", *INTERVAL)),
        Column(heading="Bueno desde 90 %", width=12),
        *(Column(heading=name, form=Form.DECIMAL, width=12) for name in ("Promedio", *INTERVAL)),
    )
    rows = tuple(
        (*([group["group"]] if by else []), *_figure_row(question))
        for group in results["groups"]
        for question in group["questions"]
    )
    return Sheet(name="Indicadores", title="Qué da cada pregunta", tables=(Table(columns=columns, rows=rows),))


def _figure_row(question: Results) -> tuple[Cell, ...]:
    form = _FORMS.get(question["figure"], Form.DECIMAL)
    good = question["good"]
    return (
        question["title"],
        question["answered"],
        FIGURES.get(question["figure"], ""),
        *(Shown(value, form) for value in (question["value"], *(question["interval"] or (None, None)))),
        None if good is None else "sí" if good else "no",
        *(question["mean"], *(question["mean_interval"] or (None, None))),
    )


def answers_sheet(results: Results) -> Sheet:
    """How often each answer was given, told apart by groups: one table, to be filtered."""
    by = SPLITS[results["by"]]
    columns = (
        *([Column(heading=by, width=24)] if by else []),
        Column(heading="Pregunta", width=34),
        Column(heading="Respuesta", form=Form.DECIMAL, width=22),
        Column(heading="Personas", form=Form.COUNT, width=12),
    )
    rows = tuple(
        (*([group["group"]] if by else []), question["title"], _answer(question, value), count)
        for group in results["groups"]
        for question in group["questions"]
        for value, count in question["distribution"].items()
    )
    return Sheet(name="Respuestas", title="Respuestas", tables=(Table(columns=columns, rows=rows),))


def distributions_sheet(results: Results) -> Sheet:
    """How often each answer was given by all: a table and a chart for each question that is no comment."""
    questions = [each for group in results["groups"][:1] for each in group["questions"] if each["distribution"]]
    tables = tuple(
        Table(
            title=question["title"],
            columns=(
                Column(heading="Respuesta", form=Form.DECIMAL, width=24),
                Column(heading="Personas", form=Form.COUNT, width=12),
                Column(heading="Parte", form=Form.SHARE, width=12),
            ),
            rows=tuple(
                (_answer(question, value), count, count / question["answered"] if question["answered"] else None)
                for value, count in question["distribution"].items()
            ),
        )
        for question in questions
    )
    charts = tuple(
        Chart(kind=ChartKind.COLUMN, title=question["title"], names=0, series=(1,), table=place)
        for place, question in enumerate(questions)
        if question["answered"]
    )
    nothing = (Table(columns=(Column(heading="Respuesta", width=24), Column(heading="Personas", width=12)), rows=()),)
    return Sheet(name="Respuestas", title="Cuántos dieron cada respuesta", tables=tables or nothing, charts=charts)


def _answer(question: Results, value: str) -> Cell:
    """A scale's as the number that it is."""
    if question["kind"] == "scale":
        return Shown(float(value), Form.SCORE)
    return _ANSWERS.get(value, value) if question["kind"] == "yes_no" else value
