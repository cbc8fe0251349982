"""Days, as people say them on Thursday 26 November 2026."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.understanding.dates import MONTHS, WEEKDAYS, date_said
from ivr.understanding.understood import SURE

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("hoy", "2026-11-26"),
        ("hoy por la tarde", "2026-11-26"),
        ("Mañana.", "2026-11-27"),
        ("mañana por la mañana", "2026-11-27"),
        ("pasado mañana", "2026-11-28"),
        ("pasado mañana en la mañana", "2026-11-28"),
        ("ayer", "2026-11-25"),
        ("antier", "2026-11-24"),
        ("el quince de marzo", "2027-03-15"),
        ("El 15 de marzo.", "2027-03-15"),
        ("quince de marzo de dos mil veintisiete", "2027-03-15"),
        ("15 de marzo del 2028", "2028-03-15"),
        ("el quince del mes de marzo", "2027-03-15"),
        ("el primero de enero", "2027-01-01"),
        ("uno de enero", "2027-01-01"),
        ("el treinta y uno de diciembre", "2026-12-31"),
        ("veintiséis de noviembre", "2026-11-26"),
        ("el 3 de setiembre", "2027-09-03"),
        ("el quince de marzo del próximo año", "2027-03-15"),
        ("el lunes", "2026-11-30"),
        ("el lunes que viene", "2026-11-30"),
        ("el miércoles por la tarde", "2026-12-02"),
        ("el lunes de la próxima semana", "2026-11-30"),
        ("viernes", "2026-11-27"),
        ("mañana viernes", "2026-11-27"),
        ("lunes quince de marzo", "2027-03-15"),
        ("15/03/2027", "2027-03-15"),
        ("2027-03-15", "2027-03-15"),
        ("15-3-27", "2027-03-15"),
        ("en tres días", "2026-11-29"),
        ("el veintinueve de febrero", "2028-02-29"),
        ("quince de marzo de mil novecientos ochenta", "1980-03-15"),
    ],
)
def test_it_is_that_day(said: str, day: str) -> None:
    found = date_said(said, TODAY)
    assert (str(found.value), found.confidence) == (day, SURE)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("el quince", "2026-12-15"),
        ("el treinta", "2026-11-30"),
        ("el 15/03", "2027-03-15"),
        ("dentro de una semana", "2026-12-03"),
        ("en dos semanas", "2026-12-10"),
        ("en ocho días", "2026-12-03"),
        ("en quince días", "2026-12-10"),
        ("en un mes", "2026-12-26"),
        ("en tres meses", "2027-02-26"),
        ("el próximo viernes", "2026-11-27"),
        ("el jueves", "2026-12-03"),
        ("martes quince de marzo", "2027-03-15"),
        ("mañana lunes", "2026-11-27"),
        ("el lunes pasado", "2026-11-23"),
    ],
)
def test_a_day_that_can_be_meant_otherwise_is_to_be_confirmed(said: str, day: str) -> None:
    found = date_said(said, TODAY)
    assert str(found.value) == day
    assert 0 < found.confidence < SURE


@pytest.mark.parametrize(
    "said",
    [
        "", "hola", "sí", "la próxima semana", "el treinta de febrero", "el 31 de abril", "32 de enero", "cero de mayo",
        "el mes que viene", "por la mañana", "en la tarde", "lunes o martes", "el quince de marzo o el tres de abril",
        "29 de febrero de 2027", "99/99", "15/13/2027", "en cero días", "mañana quince de marzo o mayo",
        "en mil mil días", "0000-00-00", "el quince de marzo de mil", "en 999999999999 semanas",
    ],
)  # fmt: skip
def test_what_is_no_day_is_not_understood(said: str) -> None:
    assert date_said(said, TODAY).value is None


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("quince de marzo", "2026-03-15"),
        ("el treinta", "2026-10-30"),
        ("lunes", "2026-11-23"),
        ("1/5/82", "1982-05-01"),
    ],
)
def test_a_day_that_lies_behind_is_looked_for_there(said: str, day: str) -> None:
    assert str(date_said(said, TODAY, past=True).value) == day


def test_who_says_next_friday_on_thursday_may_mean_the_one_after() -> None:
    assert date_said("el próximo viernes", TODAY).rivals == (date(2026, 12, 4),)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.dates(date(1901, 1, 1), date(2199, 12, 31)))
def test_a_whole_date_is_that_day_whenever_it_is_said(today: date, day: date) -> None:
    month = next(name for name, number in MONTHS.items() if number == day.month)
    said = f"el {WEEKDAYS[day.weekday()]} {day.day} de {month} de {day.year}"
    assert date_said(said, today).value == day


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.sampled_from(WEEKDAYS))
def test_a_weekday_lies_in_the_seven_days_ahead(today: date, weekday: str) -> None:
    found = date_said(f"el {weekday}", today).value
    assert found is not None
    assert today < found <= today + timedelta(days=7)
    assert WEEKDAYS[found.weekday()] == weekday


@given(
    st.text(max_size=100) | st.from_regex(r"\A[a-záéíóúñ0-9 /.-]{0,60}\Z"), st.dates(date(2, 1, 1), date(8000, 1, 1))
)
def test_nothing_that_can_be_written_breaks_it(text: str, today: date) -> None:
    found = date_said(text, today)
    assert (found.confidence > 0) == found.understood
