"""Numbers, and figures said one by one or in groups."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words

from ivr.understanding.numbers import MOST_DIGITS, digits, number
from ivr.understanding.understood import PERHAPS, SURE


@given(st.integers(0, 999_999_999))
def test_every_number_is_read_back(value: int) -> None:
    assert number(num2words(value, lang="es")).value == value
    assert number(f"{value}").value == value
    assert number(f"{value:,}".replace(",", ".")).value == value


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("unos trescientos cincuenta", 350),
        ("son mil doscientos", 1200),
        ("doscientas", 200),
        ("treinta y un mil", 31_000),
        ("uno", 1),
        ("Un millón.", 1_000_000),
        ("cinco pesos por favor", 5),
    ],
)
def test_a_number_is_found_among_what_is_said_around_it(said: str, value: int) -> None:
    assert (number(said).value, number(said).confidence) == (value, SURE)


@pytest.mark.parametrize("said", ["", "hola", "cinco o seis", "tres cuatro"])
def test_no_number_and_two_of_them_are_not_understood(said: str) -> None:
    assert number(said).value is None


def test_a_number_that_is_corrected_is_the_second_to_be_confirmed() -> None:
    found = number("cinco, no, perdón, seis")
    assert (found.value, found.confidence, found.rivals) == (6, PERHAPS, (5,))


@pytest.mark.parametrize(
    ("said", "figures"),
    [
        ("tres cuarenta y cinco doble cero", "34500"),
        ("uno dos tres", "123"),
        ("un dos tres", "123"),
        ("1 2 3", "123"),
        ("cero cero siete", "007"),
        ("007", "007"),
        ("triple siete", "777"),
        ("doble cero doble nueve", "0099"),
        ("veintitrés cuarenta y ocho", "2348"),
        ("dos mil quinientos", "2500"),
        ("trescientos cuarenta, dieciséis", "34016"),
        ("mi cédula es setenta y nueve, ciento veinte, cuatrocientos tres", "79120403"),
        ("el número es 300 123 45 67", "3001234567"),
        ("tres cero cero guion uno", "3001"),
        ("1.234.567", "1234567"),
        ("noventa y nueve", "99"),
        ("noventa", "90"),
        ("noventa cero", "900"),
    ],
)
def test_figures_are_put_one_behind_the_other(said: str, figures: str) -> None:
    assert (digits(said).value, digits(said).confidence) == (figures, SURE)


@pytest.mark.parametrize(
    ("said", "figures"), [("treinta uno", "301"), ("doble veinte", "2020"), ("a ver tres y no cuatro", "34")]
)
def test_a_group_that_can_be_meant_otherwise_is_to_be_confirmed(said: str, figures: str) -> None:
    assert (digits(said).value, digits(said).confidence) == (figures, PERHAPS)


@pytest.mark.parametrize("said", ["", "hola", "doble", "uno " * (MOST_DIGITS + 1)])
def test_no_figures_or_too_many_are_not_understood(said: str) -> None:
    assert digits(said).value is None


@given(st.lists(st.integers(0, 9), min_size=1, max_size=MOST_DIGITS))
def test_figures_said_one_by_one_are_those(said: list[int]) -> None:
    words = " ".join(num2words(figure, lang="es") for figure in said)
    assert digits(words).value == "".join(map(str, said))


@given(st.text(max_size=200))
def test_nothing_that_can_be_written_breaks_them(text: str) -> None:
    for found in (number(text), digits(text)):
        assert (found.confidence > 0) == found.understood
