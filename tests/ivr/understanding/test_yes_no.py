"""Yes and no in Colombia, Bolivia and Peru."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.understanding.yes_no import NO, NO_WITH_A_YES, UNSURE, WEAK_YES, YES, YES_WITH_A_NO, yes_no

YES_SAID = """sí|Sí.|¡Sí!|si|siii|sí sí|sí, sí, sí|sí señorita|sí, señor|sí, claro|claro|claro que sí|por supuesto
de una|de una pues|dale|dele|dele pues|listo|listo, sí|bueno|bueno, sí|está bien|de acuerdo
estoy de acuerdo|correcto|exacto|así es|sí, por favor|ya pues|ya|ya, señorita|sí pues|claro pues
obvio|afirmativo|sí, gracias|eso es|perfecto|cómo no|¡cómo no!|hágale|hágale pues|okay|ok|vale|va
me parece bien|creo que sí|sí quiero|acepto|confirmo|no hay problema|sí, no hay problema
¿por qué no?|ajá|efectivamente|con mucho gusto|sin problema|sí, muchas gracias, muy amable
desde luego|sip|simón|métale|excelente|seguro|sí, está correcto|es correcto|sí, así es, señorita
no faltaba más"""
NO_SAID = """no|No.|no no|no, no, no|no, gracias|no señor|no, señorita|para nada|negativo|nones|nunca|jamás
no, todavía no|todavía no|no quiero|de ninguna manera|claro que no|por supuesto que no|obvio que no
no, no es correcto|no es correcto|no estoy de acuerdo|por ahora no|no, así no|así no|tampoco
ni hablar|no es así|creo que no|no, muchas gracias|eso no|ya no|aún no|no, por favor|incorrecto
pues no|no pues|no, para nada|nel|ni loco|no me parece|desde luego que no|mejor no|nop|no acepto
no es cierto|ahora no|en absoluto|no deseo|no, señora, gracias|seguro que no"""
NEITHER = """|...|hola|no sé|No lo sé, no sé|no entiendo|no le entendí|no escucho|tal vez|quizás|depende|sí, no
no, sí quiero|sí o no|de pronto|más o menos|¿cómo dice?|el internet|cinco|sábado|noche|asiento|mañana
señorita|gracias|no, está bien|sí, pero no|no está bien|sí no"""


def cases(said: str) -> list[str]:
    return said.replace("\n", "|").split("|")


@pytest.mark.parametrize("said", cases(YES_SAID))
def test_it_is_a_yes(said: str) -> None:
    found = yes_no(said)
    assert found.value is True
    assert found.confidence >= 0.7


@pytest.mark.parametrize("said", cases(NO_SAID))
def test_it_is_a_no_whatever_yes_is_in_it(said: str) -> None:
    found = yes_no(said)
    assert found.value is False
    assert found.confidence >= 0.7


@pytest.mark.parametrize("said", cases(NEITHER))
def test_it_is_neither_and_asked_again(said: str) -> None:
    found = yes_no(said)
    assert (found.value, found.confidence) == (None, 0.0)


def test_weak_words_are_less_sure_than_a_plain_yes() -> None:
    assert yes_no("ya").confidence < yes_no("sí").confidence
    assert yes_no("listo, bueno").confidence > yes_no("listo").confidence


def test_a_yes_among_unknown_words_is_less_sure() -> None:
    assert yes_no("sí, del lado derecho").confidence < 1.0


@pytest.mark.parametrize(("phrases", "value"), [
    (YES, True), (YES_WITH_A_NO, True), (WEAK_YES[:-1], True), (NO, False), (NO_WITH_A_YES, False), (UNSURE, None),
])  # fmt: skip
def test_every_phrase_of_the_lists_means_what_its_list_says(phrases: tuple[str, ...], value: bool | None) -> None:
    assert {phrase: yes_no(phrase).value for phrase in phrases} == dict.fromkeys(phrases, value)


@given(st.text(max_size=200))
def test_nothing_that_can_be_written_breaks_it(text: str) -> None:
    found = yes_no(text)
    assert (found.confidence > 0) == (found.value is not None)
    assert found.heard == text
