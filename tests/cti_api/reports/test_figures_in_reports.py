"""Each number of a report is what the API answers to the one question that it is, and sums come out even."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import httpx
import pytest

from cti_api.figures import Question
from cti_api.kpi.facts import Scope
from cti_api.kpi.formula import Unit
from cti_api.kpi.indicators import INDICATORS
from cti_api.kpi.measures import Split
from cti_api.kpi.surveys import figures_of
from cti_api.kpi.written import amount, group
from cti_api.reports import campaign, monthly, survey, weekly
from cti_api.reports.build import gather
from cti_api.reports.document import Cell, Document, Shown, Table
from cti_api.reports.laid_out import Of, ids_of
from cti_api.reports.periods import Period, month_of, read_period
from cti_api.reports.sources import Sources
from cti_api.survey_file.parse import parse_survey
from tests.support.built_reports import Made
from tests.support.busy_months import AGENTS, BRANDS, CAMPAIGN, NOW, SURVEY

NOVEMBER = Question(first=date(2026, 11, 1), last=date(2026, 11, 30))
WEEK = Question(first=date(2026, 11, 16), last=date(2026, 11, 22))
OF_CAMPAIGN = Question(first=date(2000, 1, 1), last=date(2026, 11, 26), scope=Scope.CAMPAIGN, of=CAMPAIGN)
GROWING = ("calls_made", "appointments", "effectiveness")
OF_SURVEY = replace(NOVEMBER, scope=Scope.SURVEY, of=SURVEY)


def value(cell: Cell) -> Any:
    return cell.value if isinstance(cell, Shown) else cell


async def answered(api: httpx.AsyncClient, columns: Sequence[Of], question: Question) -> list[float | None]:
    """What the API answers, to each."""
    query: dict[str, Any] = {"from": f"{question.first}", "to": f"{question.last}", "id": list(ids_of(columns))}
    if question.scope is not None:
        query[question.scope.value] = question.of
    if question.where is not None:
        query[question.where[0].value] = question.where[1]
    found = await api.get("/kpi", params=query)
    assert found.status_code == 200, found.text
    cards = {card["id"]: card["answer"] for card in found.json()}
    return [_told(cards[column.indicator], column) for column in columns]


def _told(answer: dict[str, Any], column: Of) -> float | None:
    assert not answer["lacking"]
    for told in answer["figures"]:
        found: float | None = told["value"] if column.measure is None else told["counts"][column.measure]
        return found
    return None


async def asked(api: httpx.AsyncClient, column: Of, question: Question) -> float | None:
    [found] = await answered(api, [column], question)
    return found


async def compare(api: httpx.AsyncClient, table: Table, columns: tuple[Of, ...], rows: dict[str, Question]) -> None:
    """Every figure of every row whose first cell is a key of `rows`, and of no other, with the answer for it alone."""
    found = {str(row[0]): row for row in [*table.rows, *([table.total] if table.total is not None else [])]}
    assert set(rows) == set(found)
    for name, question in rows.items():
        told = await answered(api, columns, question)
        for cell, column, expected in zip(found[name][1:], columns, told, strict=True):
            assert (value(cell) or 0.0) == pytest.approx(expected or 0.0), (name, column)


async def test_each_brands_figures_are_what_is_answered_for_that_brand_alone(
    api: httpx.AsyncClient, reports: dict[str, Made]
) -> None:
    table = reports["monthly"].table("Por marca")
    rows = {brand: replace(NOVEMBER, where=(Split.BRAND, brand)) for brand in filter(None, BRANDS)}
    without = next(row for row in table.rows if row[0] == "(sin dato)")
    named = replace(table, rows=tuple(row for row in table.rows if row != without))
    await compare(api, named, monthly.BY_BRAND, rows | {"Total": NOVEMBER})
    for place, column in enumerate(monthly.BY_BRAND, start=1):
        if column.measure is not None or column.indicator in ("calls_made", "appointments"):
            assert sum(value(row[place]) for row in table.rows) == value((table.total or ())[place])


async def test_a_month_is_added_up_day_by_day(api: httpx.AsyncClient, reports: dict[str, Made]) -> None:
    table = reports["monthly"].table("Acumulado")
    assert [row[0] for row in table.rows] == [date(2026, 11, day) for day in range(1, 27)]
    for row in table.rows:
        day = row[0]
        assert isinstance(day, date)
        told = await answered(api, [Of(each) for each in GROWING], replace(NOVEMBER, last=day))
        for cell, until in zip(row[5:], told, strict=True):
            assert value(cell) == (None if until is None else pytest.approx(until))


async def test_the_trend_is_of_months_and_begins_with_the_first_that_was_counted(
    api: httpx.AsyncClient, reports: dict[str, Made]
) -> None:
    table = reports["monthly"].table("Tendencia")
    months = {
        name: replace(NOVEMBER, first=month_of(day).first, last=month_of(day).last)
        for name, day in (
            ("septiembre 2026", date(2026, 9, 1)), ("octubre 2026", date(2026, 10, 1)),
            ("noviembre 2026, hasta el 26/11", date(2026, 11, 1)),
        )
    }  # fmt: skip
    await compare(api, table, monthly.TREND, months)


async def test_reasons_add_up_to_all_calls_without_contact_brand_by_brand(
    api: httpx.AsyncClient, reports: dict[str, Made]
) -> None:
    for sheet, indicator in (("Sin contacto", "no_contact"), ("Sin cita", "no_success")):
        table = reports["monthly"].table(sheet)
        total = await asked(api, Of(indicator), NOVEMBER)
        assert table.total is not None and table.total[1] == total == sum(value(row[1]) for row in table.rows)
        assert value(table.rows[-1][3]) == pytest.approx(1.0)
        brands = [column.heading for column in table.columns[4:-1]]
        assert set(brands) == set(filter(None, BRANDS))
        for place, brand in enumerate(brands, start=4):
            own = await asked(api, Of(indicator), replace(NOVEMBER, where=(Split.BRAND, brand)))
            assert table.total[place] == own == sum(value(row[place]) for row in table.rows)
        for row in table.rows:
            assert sum(value(cell) for cell in row[4:]) == row[1]


async def test_the_summary_compares_with_as_many_days_of_the_month_before(
    api: httpx.AsyncClient, reports: dict[str, Made]
) -> None:
    table = reports["monthly"].table("Resumen")
    assert table.columns[4].heading == "Mes anterior, hasta el 26/10"
    october = replace(NOVEMBER, first=date(2026, 10, 1), last=date(2026, 10, 26))
    for name, row in zip(monthly.SUMMARY, table.rows, strict=True):
        now, before = await asked(api, Of(name), NOVEMBER), await asked(api, Of(name), october)
        assert now is not None and before is not None
        assert (row[0], value(row[1]), value(row[4])) == (INDICATORS[name].name_es, now, before)
        assert value(row[5]) == pytest.approx(now - before)


async def test_each_agents_week_adds_up_to_everybodys_and_day_by_day_to_their_own(
    api: httpx.AsyncClient, reports: dict[str, Made]
) -> None:
    table = reports["weekly"].table("Por agente")
    rows = {name: replace(WEEK, where=(Split.AGENT, agent)) for agent, name in AGENTS.items()}
    await compare(api, table, weekly.BY_AGENT, rows | {"Total": WEEK})
    assert table.total is not None
    for place in (1, 2, 3, 4, 5, 6, 8, 9):
        assert sum(value(row[place]) for row in table.rows) == pytest.approx(value(table.total[place]))
    for row in (*table.rows, table.total):
        assert value(row[1]) + value(row[2]) == value(row[3])
    own = {row[0]: row for row in table.rows}
    for part, column in enumerate((3, 1, 2)):
        days = reports["weekly"].table("Agente y día", part)
        for row in days.rows:
            assert sum(value(cell) for cell in row[1:8]) == row[8] == value(own[row[0]][column])
        assert days.total is not None and days.total[8] == value(table.total[column])


async def test_each_day_of_the_week_is_its_own_answer(api: httpx.AsyncClient, reports: dict[str, Made]) -> None:
    table = reports["weekly"].table("Por día")
    week = read_period("2026-W47")
    rows = {weekly.day_name(day): replace(WEEK, first=day, last=day) for day in week.days()}
    await compare(api, table, weekly.BY_AGENT, rows | {"Total": WEEK})
    assert [row[0] for row in table.rows][:2] == ["lunes 16/11", "martes 17/11"]


async def test_a_week_that_goes_on_has_no_day_that_is_still_to_come(sources: Sources) -> None:
    made = await gather("weekly", sources, read_period("2026-W48"), "", NOW)
    assert made.cover.period_words == "semana del 23 al 29 de noviembre de 2026, hasta el 26/11"
    sheets = {sheet.name: sheet.tables[0] for sheet in made.sheets}
    assert sheets["Resumen"].columns[4].heading == "Semana anterior, hasta el 19/11"
    assert [row[0] for row in sheets["Por día"].rows][-1] == "jueves 26/11"
    assert [column.heading for column in sheets["Agente y día"].columns][-2:] == ["jueves 26/11", "Total"]


async def test_a_campaigns_splits_are_its_own_answers(api: httpx.AsyncClient, reports: dict[str, Made]) -> None:
    report = reports["campaign"]
    lists = {name: replace(OF_CAMPAIGN, where=(Split.LIST, name)) for name in ("clientes.csv", "flotas.xlsx")}
    by_list = report.table("Por lista")
    named = replace(by_list, rows=tuple(row for row in by_list.rows if row[0] != "(sin dato)"))
    await compare(api, named, campaign.BY_LIST, lists | {"Total": OF_CAMPAIGN})
    by_hour = report.table("Por hora")
    assert sum(value(row[1]) for row in by_hour.rows) == await asked(api, Of("calls_made"), OF_CAMPAIGN)
    by_agent = report.table("Por agente")
    assert sum(value(row[1]) for row in by_agent.rows) == await asked(api, Of("handled"), OF_CAMPAIGN)
    results = report.table("Resultados")
    assert [row[:3] for row in results.rows] == [("No agenda", "contacto, efectiva", 6)]
    assert report.table("Resultados", 1).total == ("Intentos cerrados", None, 12, 1.0)


async def test_the_hour_to_call_at_is_said_to_be_the_surest_and_not_the_highest(
    sources: Sources, reports: dict[str, Made]
) -> None:
    told = (await sources.figures.ask(["contact_rate"], replace(OF_CAMPAIGN, by=Split.HOUR)))["contact_rate"]
    [best] = [each for each in told.figures if each.group == told.best]
    assert best.interval is not None and best.value is not None
    assert best.value < max(each.value or 0.0 for each in told.figures)
    note = next(each for each in reports["campaign"].document.sheets if each.name == "Por hora").notes[0]
    hour, least = group(Split.HOUR, best.group), amount(best.interval.low, Unit.SHARE)
    assert f"más asegura encontrar a las personas: {hour}, con una contactabilidad de {least} o más" in note
    assert "la contactabilidad más alta" not in note


def test_a_campaigns_abandonment_stands_beside_its_own_limit(reports: dict[str, Made]) -> None:
    for name, limit in (("campaign", "2 %"), ("monthly", "3 %")):
        row = next(row for row in reports[name].table("Resumen").rows if row[0] == "Abandono")
        assert row[2] == f"bueno hasta {limit}, malo por encima de {limit}"


async def test_a_surveys_answers_are_those_of_the_store_and_its_figures_agree_with_them(
    api: httpx.AsyncClient, sources: Sources, reports: dict[str, Made]
) -> None:
    report = reports["survey"]
    await compare(api, report.table("Por cola"), survey.COLUMNS, {"Soporte técnico": OF_SURVEY, "Total": OF_SURVEY})
    stored = await sources.store.surveys.get(SURVEY)
    bounds = month_of(date(2026, 11, 1)).bounds(sources.figures.zone)
    counted, people = await sources.store.survey_results.counted(SURVEY, *bounds)
    [every] = figures_of(parse_survey(stored.text), counted, people)
    rows = {row[0]: row for row in report.table("Indicadores").rows}
    summary = {row[0]: value(row[1]) for row in report.table("Resumen").rows}
    for name, question in (("Satisfacción (CSAT)", 1), ("Recomendación neta (NPS)", 4), ("Facilidad (CES)", 3)):
        own = every.questions[question]
        assert own.value is not None and own.interval is not None
        assert [value(cell) for cell in rows[own.title][3:6]] == pytest.approx([own.value, *own.interval])
        assert summary[name] == pytest.approx(own.value)
    assert report.document.sheets[0].notes[0] == "Facilidad (CES): promedio, de 1 a 7; más es más fácil."
    assert sum(value(row[1]) for row in report.table("Respuestas", 1).rows) == every.questions[1].answered == 16


async def test_the_control_form_has_a_row_for_each_customer(reports: dict[str, Made]) -> None:
    table = reports["control"].table("Control")
    assert len(table.rows) == 12
    assert [column.heading for column in table.columns][:4] == ["Placa", "Marca", "Modelo", "Cliente"]
    assert table.rows[3][3] == "=cmd|' /C calc'!A0"


async def test_what_nobody_ever_recorded_is_said_to_be_lacking(store_of_nothing: Sources) -> None:
    period: Period = month_of(date(2026, 11, 1))
    made: Document = await gather("monthly", store_of_nothing, period, "", NOW)
    summary = made.sheets[0]
    assert all(value(row[1]) == "sin datos" for row in summary.tables[0].rows)
    lacking = "Efectividad de llamadas: Sin datos: falta registrar llamadas efectivas"
    assert any(note.startswith(lacking) for note in summary.notes)
    assert made.sheets[1].tables[0].rows == ()
