"""What a Colombian or a Bolivian would say."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.spoken import Currency, Form, code, counted, day, digits, hour, letters, moment, money, name, number, percent
from audio.spoken import telephone as phone
from cti_api.errors import InputError

VALUES = {
    "cero": 0, "uno": 1, "un": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7,
    "ocho": 8, "nueve": 9, "diez": 10, "once": 11, "doce": 12, "trece": 13, "catorce": 14, "quince": 15,
    "dieciséis": 16, "diecisiete": 17, "dieciocho": 18, "diecinueve": 19, "veinte": 20, "veintiuno": 21,
    "veintiún": 21, "veintiuna": 21, "veintidós": 22, "veintitrés": 23, "veinticuatro": 24, "veinticinco": 25,
    "veintiséis": 26, "veintisiete": 27, "veintiocho": 28, "veintinueve": 29, "treinta": 30, "cuarenta": 40,
    "cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80, "noventa": 90, "cien": 100, "ciento": 100,
    "doscientos": 200, "trescientos": 300, "cuatrocientos": 400, "quinientos": 500, "seiscientos": 600,
    "setecientos": 700, "ochocientos": 800, "novecientos": 900,
}  # fmt: skip
VALUES |= {word.replace("ientos", "ientas"): value for word, value in VALUES.items() if word.endswith("ientos")}


def understood(words: str) -> int:
    """The number in Spanish words, by a reader of its own."""
    billions = millions = thousands = units = 0
    for word in words.split():
        if word == "mil":
            thousands, units = thousands + max(units, 1) * 1000, 0
        elif word in ("millón", "millones"):
            millions, thousands, units = (thousands + units) * 10**6, 0, 0
        elif word in ("billón", "billones"):
            billions, thousands, units = (thousands + units) * 10**12, 0, 0
        elif word != "y":
            units += VALUES[word]
    return billions + millions + thousands + units


@given(st.integers(0, 10**15 - 1) | st.integers(0, 2_000_000), st.sampled_from(Form))
def test_every_number_is_understood_as_what_it_was(value, form):
    words = number(value, form)
    assert understood(words) == value
    assert "uno mil" not in words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "cero"),
        (21, "veintiuno"),
        (100, "cien"),
        (101, "ciento uno"),
        (1_001, "mil uno"),
        (21_000, "veintiún mil"),
        (31_031, "treinta y un mil treinta y uno"),
        (101_000, "ciento un mil"),
        (1_000_000, "un millón"),
        (21_500_000, "veintiún millones quinientos mil"),
        (-7, "menos siete"),
        (Decimal("8.5"), "ocho coma cinco"),
        ("2.50", "dos coma cinco"),
        ("0.05", "cero coma cero cinco"),
        ("3.1416", "tres coma uno cuatro uno seis"),
        ("-0.25", "menos cero coma veinticinco"),
    ],
)
def test_numbers(value, words):
    assert number(value) == words


@pytest.mark.parametrize(
    ("many", "noun", "words"),
    [
        (1, ("minuto", "minutos"), "un minuto"),
        (0, ("minuto", "minutos"), "cero minutos"),
        (21, ("minuto", "minutos"), "veintiún minutos"),
        (31, ("día", "días"), "treinta y un días"),
        (1_000_000, ("peso", "pesos"), "un millón de pesos"),
        (2_000_000, ("peso", "pesos"), "dos millones de pesos"),
        (2_000_100, ("peso", "pesos"), "dos millones cien pesos"),
    ],
)
def test_a_figure_before_a_noun_loses_its_end(many, noun, words):
    assert counted(many, *noun) == words


@pytest.mark.parametrize(
    ("many", "words"),
    [
        (1, "una persona"),
        (21, "veintiuna personas"),
        (200, "doscientas personas"),
        (531, "quinientas treinta y una personas"),
        (1_300, "mil trescientas personas"),
        (200_000, "doscientas mil personas"),
        (200_000_000, "doscientos millones de personas"),
        (500_000_500, "quinientos millones quinientas personas"),
    ],
)
def test_a_figure_before_a_woman_is_one(many, words):
    assert counted(many, "persona", "personas", feminine=True) == words


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        (1, Currency.COP, "un peso"),
        (120_000, Currency.COP, "ciento veinte mil pesos"),
        (21_000, Currency.COP, "veintiún mil pesos"),
        (1_000_000, Currency.COP, "un millón de pesos"),
        (1_250_000, Currency.COP, "un millón doscientos cincuenta mil pesos"),
        (Decimal("85900.00"), Currency.COP, "ochenta y cinco mil novecientos pesos"),
        (12, Currency.BOB, "doce bolivianos"),
        ("120.50", Currency.BOB, "ciento veinte bolivianos con cincuenta centavos"),
        ("1.01", Currency.BOB, "un boliviano con un centavo"),
        ("0.20", Currency.BOB, "veinte centavos"),
        (0, Currency.BOB, "cero bolivianos"),
        ("0.005", Currency.BOB, "un centavo"),
        ("0.999", Currency.BOB, "un boliviano"),
        ("-3.50", Currency.USD, "menos tres dólares con cincuenta centavos"),
        ("-0.001", Currency.USD, "cero dólares"),
    ],
)
def test_money(amount, currency, words):
    assert money(amount, currency) == words


@given(st.decimals(-(10**12), 10**12, places=2), st.sampled_from(Currency))
def test_every_amount_can_be_said_and_is_understood(amount, currency):
    words = money(amount, currency).removeprefix("menos ")
    before, _, after = words.partition(" con ")
    if before.endswith(("centavo", "centavos")):
        before, after = "", before
    figures = [" ".join(part.split()[:-1]).removesuffix(" de") for part in (before, after)]
    whole, cents = (understood(part) for part in figures)
    assert whole + Decimal(cents) / 100 == abs(amount)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (time(0, 0), "las doce de la noche"),
        (time(1, 0), "la una de la mañana"),
        (time(8, 0), "las ocho de la mañana"),
        (time(11, 15), "las once y quince de la mañana"),
        (time(12, 0), "las doce del mediodía"),
        (time(12, 30), "las doce y media del mediodía"),
        (time(13, 21), "la una y veintiuno de la tarde"),
        (time(15, 30), "las tres y media de la tarde"),
        (time(18, 59), "las seis y cincuenta y nueve de la tarde"),
        (time(19, 5), "las siete y cinco de la noche"),
        (time(23, 45, 59), "las once y cuarenta y cinco de la noche"),
    ],
)
def test_hours(at, words):
    assert hour(at) == words


def test_no_two_times_of_a_day_are_said_alike():
    assert len({hour(time(each // 60, each % 60)) for each in range(1440)}) == 1440


def test_days():
    assert day(date(2026, 11, 26)) == "jueves veintiséis de noviembre"
    assert day(date(2027, 1, 1), year=True) == "viernes primero de enero de dos mil veintisiete"
    assert day(date(2026, 5, 31), weekday=False) == "treinta y uno de mayo"
    assert moment(datetime(2026, 11, 26, 13, 0)) == "jueves veintiséis de noviembre a la una de la tarde"  # noqa: DTZ001


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("+57 300 123 4567", "trescientos, ciento veintitrés, cuarenta y cinco, sesenta y siete"),
        ("3001234567", "trescientos, ciento veintitrés, cuarenta y cinco, sesenta y siete"),
        ("+573150050307", "trescientos quince, cero, cero, cinco, cero, tres, cero, siete"),
        ("+59171234567", "setenta y uno, veintitrés, cuarenta y cinco, sesenta y siete"),
        ("71200567", "setenta y uno, veinte, cero, cinco, sesenta y siete"),
        ("123", "uno, dos, tres"),
        ("+51999888777", "cinco, uno, nueve, nueve, nueve, ocho, ocho, ocho, siete, siete, siete"),
    ],
)
def test_telephone_numbers(written, words):
    assert phone(written) == words


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("KLM-404", "ka, ele, eme, cuatro, cero, cuatro"),
        ("1852 XYW", "uno, ocho, cinco, dos, equis, ye, doble u"),
        ("Núñez", "ene, u, eñe, e, zeta"),
    ],
)
def test_plates_and_names_letter_by_letter(written, words):
    assert letters(written) == words


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("A-25", "a, veinticinco"),
        ("BOC 101", "be, o, ce, ciento uno"),
        ("C007", "ce, cero, cero, siete"),
        ("12345", "uno, dos, tres, cuatro, cinco"),
        ("P0", "pe, cero"),
    ],
)
def test_tickets(written, words):
    assert code(written) == words


def test_percentages_and_figures_one_by_one():
    assert percent("92.5") == "noventa y dos coma cinco por ciento"
    assert digits("10-5") == "uno, cero, cinco"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("GÓMEZ  PÉREZ, ANA", "Gómez Pérez, Ana"),
        ("maría de los ángeles", "María de los Ángeles"),
        ("[[x]] <break time='9s'/> Luis\n1", "x Break Time s Luis"),
        ("***", ""),
    ],
)
def test_names_are_said_and_steer_nothing(written, words):
    assert name(written) == words


@given(st.text(max_size=300))
def test_whatever_a_list_holds_is_said_or_refused(text):
    assert len(name(text)) <= 300
    for says in (code, letters, digits, phone, number):
        try:
            assert says(text)
        except InputError as error:
            assert "\n" not in str(error)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e400", 10**15, "", "diez", "1" * 5000])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(InputError):
        number(value)
