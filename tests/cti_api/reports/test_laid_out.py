"""Figures as tables: what is coloured, in what unit, and what stands behind them."""

from __future__ import annotations

import pytest

from cti_api.kpi.answer import Answer, Judged, answer
from cti_api.kpi.indicators import INDICATORS, Target
from cti_api.kpi.measures import Measure, Split
from cti_api.reports.document import Form, Shown
from cti_api.reports.laid_out import Of, group_table, summary_table


def told(indicator: str, counts: dict[Measure, float], target: Target | None = None) -> Answer:
    return answer(INDICATORS[indicator], {"": counts}, frozenset(Measure), target=target)


@pytest.mark.parametrize(("answers", "judged"), [(19, None), (20, Judged.BAD)])
def test_nobody_is_red_for_a_handful_of_answers(answers: int, judged: Judged | None) -> None:
    counts = {Measure.CSAT_SATISFIED: 0.0, Measure.CSAT_ANSWERS: float(answers)}
    by = answer(INDICATORS["csat"], {"ana": counts}, frozenset(Measure), by=Split.AGENT)
    table = group_table("Agente", [Of("csat")], {"csat": by}, {"csat": told("csat", counts)})
    expected = Shown(0.0, Form.SHARE, judged, faint=judged is None)
    assert table.rows == (("ana", expected),)
    assert table.total == ("Total", expected)
    state = summary_table({"csat": told("csat", counts)}).rows[0][3]
    assert state == (
        Shown("pocos datos", Form.TEXT, faint=True) if judged is None else Shown("malo", Form.TEXT, judged)
    )


def test_a_sum_is_judged_however_small_it_is() -> None:
    [row] = summary_table({"successes": told("successes", {Measure.SUCCESSES: 3}, Target(good=10))}).rows
    assert row[1] == Shown(3.0, Form.COUNT, Judged.BAD)


def test_times_stand_as_times_and_nothing_that_only_a_formula_needs() -> None:
    seconds = {Measure.TALK_SECONDS: 191_520.0, Measure.HOLD_SECONDS: 59.6, Measure.HANDLED: 300.0}
    [row] = summary_table({"aht": told("aht", seconds)}).rows
    assert isinstance(row[-1], str)
    assert "en conversación: 53:12:00" in row[-1] and "en retención: 0:01:00" in row[-1]
    assert "segundos" not in row[-1] and "191" not in row[-1]
    ease = {Measure.CES_TOTAL: 88.0, Measure.CES_ANSWERS: 16.0, Measure.CES_SQUARES: 517.0}
    [row] = summary_table({"ces": told("ces", ease)}).rows
    assert row[-1] == "suma de puntajes de facilidad: 88, respuestas de facilidad: 16"


def test_an_interval_is_two_numbers_and_points_have_their_sign() -> None:
    counts = {Measure.NPS_PROMOTERS: 50.0, Measure.NPS_DETRACTORS: 20.0, Measure.NPS_ANSWERS: 100.0}
    table = summary_table({"nps": told("nps", counts)})
    [row] = table.rows
    assert [column.heading for column in table.columns[4:6]] == ["Desde (95 %)", "Hasta (95 %)"]
    low, high = row[4:6]
    assert isinstance(low, Shown) and isinstance(high, Shown)
    assert low.form is high.form is Form.POINTS
    assert isinstance(low.value, float) and isinstance(high.value, float) and low.value < 30 < high.value
    assert row[1] == Shown(30.0, Form.POINTS)
