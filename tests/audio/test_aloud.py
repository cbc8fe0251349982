"""A text with figures is read aloud as a Colombian or a Bolivian would read it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.aloud import aloud


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Su turno es el 1 0 1. Si viene", "Su turno es el uno, cero, uno. Si viene"),
        ("K L M 4 1 2", "ka, ele, eme, cuatro, uno, dos"),
        ("una deuda de 120 bolivianos.", "una deuda de ciento veinte bolivianos."),
        ("120.5 bolivianos", "ciento veinte bolivianos con cincuenta centavos"),
        ("Bs 12 por mes", "doce bolivianos por mes"),
        ("Bs. 1.250,50", "mil doscientos cincuenta bolivianos con cincuenta centavos"),
        ("$ 120.000 al mes", "ciento veinte mil pesos al mes"),
        ("1.000.000 de pesos", "un millón de pesos"),
        ("US$ 21", "veintiún dólares"),
        ("10 dólares", "diez dólares"),
        ("de 8:00 a 18:30", "de las ocho de la mañana a las seis y media de la tarde"),
        ("a las 13:00", "a la una de la tarde"),
        ("1 de diciembre de 2026", "primero de diciembre de dos mil veintiséis"),
        ("el 2026-11-25", "el veinticinco de noviembre de dos mil veintiséis"),
        ("el 5/3/2026 o", "el cinco de marzo de dos mil veintiséis o"),
        ("Para fallas, marque 1. Si no, 2.", "Para fallas, marque uno. Si no, dos."),
        ("21 minutos, 1 hora y 200 personas", "veintiún minutos, una hora y doscientas personas"),
        ("de 1 a 5", "de uno a cinco"),
        ("su línea 2123456", "su línea dos, uno, dos, tres, cuatro, cinco, seis"),
        ("al +59171234567", "al setenta y uno, veintitrés, cuarenta y cinco, sesenta y siete"),
        ("00123", "cero, cero, uno, dos, tres"),
        ("85 %", "ochenta y cinco por ciento"),
        ("12.5 y 8,5", "doce coma cinco y ocho coma cinco"),
        ("-5 grados", "menos cinco grados"),
    ],
)
def test_figures_are_read_as_people_say_them(written: str, read: str) -> None:
    assert aloud(written) == read


@pytest.mark.parametrize("text", ["4G y 5G", "30/02/2026", "Buenos días.", "99999999999999999999.5", ""])
def test_what_is_written_in_no_known_way_stays(text: str) -> None:
    assert aloud(text) == text


@given(st.text(alphabet="0123456789 .,:/-+%$BsUlas deKñ", max_size=60))
def test_no_text_is_refused(text: str) -> None:
    assert isinstance(aloud(text), str)


@given(st.text(max_size=200))
def test_a_text_without_figures_is_left_alone(text: str) -> None:
    without = "".join(sign for sign in text.lower() if not sign.isnumeric())
    assert aloud(without) == without
