"""A tree's question to a recogniser, and its answer back to the tree."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ivr.tree.inputs import Heard, NoMatch
from ivr.tree.question import heard, question_of, said
from ivr.tree.steps import BargeIn, Choosable, Kind, Listen
from ivr.understanding import question as neutral
from ivr.understanding.question import phrases_of
from ivr.understanding.understood import meant, not_understood
from ivr.understanding.weigh import ACT, CONFIRM
from tests.support.trees import Caller, small

THURSDAY = date(2026, 11, 26)
OPERATOR = Choosable(value="persona", key="0", phrases=("asesor", "hablar con una persona"), everywhere=True)


def asked(kind: Kind, *choices: Choosable, highest: int | None = None) -> Listen:
    lowest = None if highest is None else Decimal(0)
    return Listen(
        kind=kind,
        prompt=(),
        choices=choices,
        lowest=lowest,
        highest=None if highest is None else Decimal(highest),
        barge_in=BargeIn(),
    )


MENU = asked(
    Kind.MENU,
    Choosable(value="falla", key="1", phrases=("no funciona", "una falla")),
    Choosable(value="factura", key="2", phrases=("reclamo de factura", "factura")),
    Choosable(value="sin_voz", key="3"),
    OPERATOR,
)
LEAFLET = asked(
    Kind.MENU,
    Choosable(value="whatsapp", key="1", phrases=("por WhatsApp",)),
    Choosable(value="ninguno", key="2", phrases=("no", "no gracias")),
)
PEOPLE = asked(
    Kind.NAME,
    Choosable(value="Ana Díaz", phrases=("Ana María Díaz Rojas",)),
    Choosable(value="Tesorería", key="2110", phrases=("tesorería", "caja")),
    OPERATOR,
)


@pytest.mark.parametrize(
    ("listen", "words", "value"),
    [
        (MENU, "mi teléfono no funciona", "falla"),
        (MENU, "FAKTURA", "factura"),
        (MENU, "con una persona, por favor", "persona"),
        (MENU, "la dos", "factura"),
        (MENU, "opción tres, por favor", "sin_voz"),
        (PEOPLE, "con el interno veintiuno diez", "Tesorería"),
        (PEOPLE, "con la señora Ana Días", "Ana Díaz"),
        (PEOPLE, "me pasa con un asesor", "persona"),
        (asked(Kind.CHOICE, Choosable(value="m", phrases=("por la mañana",))), "en la mañana", "m"),
        (asked(Kind.YES_NO), "cómo no", True),
        (asked(Kind.YES_NO, OPERATOR), "claro que no", False),
        (asked(Kind.YES_NO, OPERATOR), "no, quiero un asesor", "persona"),
        (asked(Kind.DIGITS, OPERATOR), "dos doce treinta y cuatro cincuenta y seis", "2123456"),
        (asked(Kind.DIGITS, OPERATOR), "es el 212 3456", "2123456"),
        (asked(Kind.DIGITS, OPERATOR), "páseme con un asesor", "persona"),
        (asked(Kind.NUMBER), "mil doscientos", Decimal(1200)),
        (asked(Kind.NUMBER, highest=10), "un ocho", Decimal(8)),
        (asked(Kind.NUMBER, highest=40), "treinta y dos", Decimal(32)),
        (asked(Kind.DATE, OPERATOR), "pasado mañana", date(2026, 11, 28)),
        (asked(Kind.DATE), "el tres de marzo", date(2027, 3, 3)),
        (asked(Kind.OPEN, OPERATOR), "el asesor me atendió mal", "el asesor me atendió mal"),
        (asked(Kind.OPEN, OPERATOR), "quiero un asesor", "persona"),
    ],
)
def test_an_answer_in_words_is_the_value_the_tree_works_with(listen: Listen, words: str, value: object) -> None:
    found = said(listen, words, THURSDAY)
    assert isinstance(found, Heard)
    assert (found.text, found.value, type(found.value)) == (words, value, type(value))
    assert found.confidence > 0.5


@pytest.mark.parametrize(
    ("listen", "words"),
    [
        (MENU, "quiero una pizza"),
        (MENU, "espere un momento"),
        (MENU, "llamo en dos minutos"),
        (MENU, "cuatro"),
        (asked(Kind.YES_NO), "uno"),
        (MENU, ""),
        (asked(Kind.YES_NO), "sí, no"),
        (asked(Kind.DIGITS), "no lo tengo aquí"),
        (asked(Kind.NUMBER, highest=10), "ocho y medio"),
        (asked(Kind.DATE), "el treinta de febrero"),
        (asked(Kind.OPEN), " "),
    ],
)
def test_what_answers_nothing_is_no_match(listen: Listen, words: str) -> None:
    assert said(listen, words, THURSDAY) == NoMatch()


def test_a_key_that_sounds_like_a_phrase_is_never_acted_on() -> None:
    found = said(LEAFLET, "uno", THURSDAY)
    assert not isinstance(found, Heard) or found.confidence < ACT


def test_what_is_asked_for_beside_an_answer_is_to_be_confirmed() -> None:
    found = said(asked(Kind.YES_NO, OPERATOR), "no, con el asesor", THURSDAY)
    assert isinstance(found, Heard)
    assert found.value == "persona"
    assert CONFIRM <= found.confidence < ACT


def test_each_phrase_and_key_of_the_tree_is_listened_for() -> None:
    assert phrases_of(question_of(MENU, THURSDAY)) == (
        "no funciona", "una falla", "reclamo de factura", "factura", "asesor", "hablar con una persona",
        "uno", "dos", "tres", "cero",
    )  # fmt: skip
    assert phrases_of(question_of(LEAFLET, THURSDAY)) == ("por WhatsApp", "no", "no gracias", "dos")
    assert {"sí", "no", "asesor"} <= set(phrases_of(question_of(asked(Kind.YES_NO, OPERATOR), THURSDAY)))
    assert phrases_of(question_of(asked(Kind.OPEN, OPERATOR), THURSDAY)) == ()
    assert "veinte" not in phrases_of(question_of(asked(Kind.NUMBER, highest=10), THURSDAY))


def test_an_answer_to_another_question_is_no_match() -> None:
    assert heard(MENU, meant("ventas", 1.0, "ventas")) == NoMatch()
    assert heard(MENU, not_understood("eh")) == NoMatch()


def test_a_choice_of_the_whole_tree_is_known_as_such_when_it_is_listened_for() -> None:
    everywhere = "everywhere:\n  - {key: 0, phrases: [asesor], then: asesor}\nnodes:\n"
    listening = Caller(small(("nodes:\n", everywhere))).listening
    assert [(each.value, each.everywhere) for each in listening.choices] == [
        ("ventas", False), ("nada", False), ("asesor", True),
    ]  # fmt: skip
    assert question_of(listening, THURSDAY).kind is neutral.Kind.MENU
