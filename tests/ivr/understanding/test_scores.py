"""A score from 0 to 10, as people give it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.understanding.scores import score
from ivr.understanding.understood import NEARLY, PERHAPS, SURE

WORDS = ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez")


@pytest.mark.parametrize(
    ("said", "value"),
    [
        *((word, number) for number, word in enumerate(WORDS)),
        *((f"{number}.", number) for number in range(11)),
        ("un diez", 10),
        ("Un 10.", 10),
        ("un uno", 1),
        ("un cero", 0),
        ("le doy un nueve", 9),
        ("Le doy un 9.", 9),
        ("la verdad, un cuatro", 4),
        ("ocho y medio", 8.5),
        ("8 y medio", 8.5),
        ("ocho y media", 8.5),
        ("ocho punto cinco", 8.5),
        ("8.5", 8.5),
        ("8,5", 8.5),
        ("Ocho, coma cinco.", 8.5),
        ("siete con cinco", 7.5),
        ("un punto cinco", 1.5),
        ("nueve punto cero", 9),
        ("nueve de diez", 9),
        ("un ocho sobre diez", 8),
        ("diez de diez", 10),
        ("diez, excelente", 10),
        ("un diez, un diez", 10),
        ("un punto", 1),
        ("tres puntos", 3),
        ("dies", 10),
        ("sinco", 5),
        ("un nuebe", 9),
        ("UN OCHO, SEÑORITA", 8),
    ],
)
def test_it_is_the_number_said(said: str, value: float) -> None:
    found = score(said)
    assert (found.value, found.confidence, found.heard) == (value, SURE, said)


@pytest.mark.parametrize(
    "said",
    [
        "", "  ", "...", "hola", "excelente", "muy bien", "no sé", "ninguno", "un", "le doy un", "once", "quince",
        "un cien", "diez y medio", "menos uno cien", "ocho o nueve", "entre siete y ocho", "ocho punto siete",
        "el internet", "mil", "2026", "8.55", "99999999999999999999",
    ],
)  # fmt: skip
def test_what_is_no_score_is_not_understood(said: str) -> None:
    found = score(said)
    assert (found.value, found.confidence, found.understood) == (None, 0.0, False)


def test_two_scores_are_told_as_rivals() -> None:
    assert score("ocho o nueve").rivals == (8.0, 9.0)


def test_the_second_corrects_the_first_and_is_to_be_confirmed() -> None:
    found = score("ocho, no, perdón, nueve")
    assert (found.value, found.confidence, found.rivals) == (9.0, PERHAPS, (8.0,))


@pytest.mark.parametrize("said", ["no le doy más de cinco", "ni un cinco"])
def test_a_score_beside_a_no_is_to_be_confirmed(said: str) -> None:
    assert (score(said).value, score(said).confidence) == (5, PERHAPS)


def test_strange_words_beside_it_make_it_less_sure() -> None:
    assert score("el técnico un siete").confidence == NEARLY
    assert score("el muchacho que vino ayer temprano merece siete").confidence == PERHAPS


@pytest.mark.parametrize(("said", "value"), [("siet", 7), ("tréis", 3), ("cuatru", 4), ("un nuevve", 9)])
def test_a_word_that_is_only_alike_is_never_sure(said: str, value: int) -> None:
    found = score(said)
    assert found.value == value
    assert found.confidence <= PERHAPS or (found.confidence == SURE and said == "un nuevve")


def test_the_scale_and_its_halves_are_the_question_s() -> None:
    assert score("cinco", highest=5).value == 5
    assert score("seis", highest=5).value is None
    assert score("cero", lowest=1).value is None
    assert score("cuatro de cinco", highest=5).value == 4
    assert score("ocho y medio", halves=False).value is None


@given(st.sampled_from(range(11)), st.sampled_from(["", "un ", "le doy un ", "yo diría que "]), st.booleans())
def test_every_whole_and_half_is_read_in_words_and_figures(number: int, before: str, half: bool) -> None:
    half = half and number < 10
    tail = " y medio" if half else ""
    for written in (WORDS[number], str(number)):
        assert score(f"{before}{written}{tail}").value == number + half / 2


@given(st.text(max_size=200))
def test_nothing_that_can_be_written_breaks_it(text: str) -> None:
    found = score(text)
    assert found.value is None or (0 <= found.value <= 10 and found.value % 0.5 == 0)
    assert (found.confidence > 0) == found.understood
