"""The nearest of a list, by sound: menus and people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.understanding.choices import choice
from ivr.understanding.names import name

MENU = {
    "ventas": "ventas",
    "quiero comprar": "ventas",
    "soporte técnico": "soporte",
    "facturación": "facturacion",
    "un reclamo": "reclamo",
    "cancelar el servicio": "cancelacion",
    "traslado del servicio": "traslado",
    "hablar con un asesor": "asesor",
    "operadora": "asesor",
    "repetir": "repetir",
}
PEOPLE = {
    "101": ("Ana María Díaz Rojas",),
    "102": ("José Luis Quispe Mamani", "Pepe Quispe"),
    "103": ("María Fernanda Vásquez",),
    "104": ("Jorge Cevallos Llanos",),
    "105": ("Hernán Zúñiga",),
    "200": ("Cartera", "cobranzas"),
    "201": ("Mesa de ayuda",),
}


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("Ventas.", "ventas"),
        ("bentas", "ventas"),
        ("ventas, por favor", "ventas"),
        ("me comunica con ventas", "ventas"),
        ("quiero comprar un servicio nuevo", "ventas"),
        ("soporte", "soporte"),
        ("necesito soporte técnico", "soporte"),
        ("suporte tecnico", "soporte"),
        ("fakturasión", "facturacion"),
        ("una pregunta de facturación", "facturacion"),
        ("quiero poner un reclamo", "reclamo"),
        ("reclamos", "reclamo"),
        ("reclamar", "reclamo"),
        ("cancelar", "cancelacion"),
        ("cancelar mi servicio", "cancelacion"),
        ("quiero un traslado", "traslado"),
        ("un asesor", "asesor"),
        ("quiero hablar con un acesor", "asesor"),
        ("con la operadora", "asesor"),
        ("repetir por favor", "repetir"),
    ],
)
def test_what_was_meant_is_chosen_though_it_was_said_otherwise(said: str, value: str) -> None:
    found = choice(said, MENU)
    assert found.value == value
    assert found.confidence >= 0.7


def test_a_phrase_that_is_all_that_was_said_is_sure_though_it_holds_a_shorter_one() -> None:
    phrases = {"no": "no", "ahora no puedo": "más tarde", "si es urgente": "urgente", "sí": "sí"}
    for phrase, value in phrases.items():
        assert (choice(phrase, phrases).value, choice(phrase, phrases).confidence) == (value, 1.0)


@pytest.mark.parametrize("said", ["", "hola", "quiero", "buenos días", "no sé", "el perro", "con", "ocho y medio"])
def test_what_is_like_nothing_of_the_list_is_not_understood(said: str) -> None:
    assert choice(said, MENU).value is None


def test_a_word_of_two_choices_is_not_understood_and_names_both() -> None:
    found = choice("servicio", {"cancelar servicio": "c", "trasladar servicio": "t"})
    assert (found.value, set(found.rivals)) == (None, {"c", "t"})


def test_a_choice_with_a_rival_is_less_sure() -> None:
    alone = choice("plan familiar", {"plan familiar": "f", "operadora": "o"})
    rivalled = choice("plan familiar", {"plan familiar": "f", "plan familia": "x"})
    assert alone.value == rivalled.value == "f"
    assert rivalled.confidence < 0.7 < alone.confidence
    assert rivalled.rivals == ("x",)


def test_nothing_is_chosen_from_nothing() -> None:
    assert choice("ventas", {}).value is None


@given(st.sampled_from(sorted(MENU)))
def test_every_phrase_chooses_its_own_value(phrase: str) -> None:
    assert choice(phrase, MENU).value == MENU[phrase]
    assert choice(phrase.upper() + ", por favor", MENU).value == MENU[phrase]


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("Ana María Díaz Rojas", "101"),
        ("ana díaz", "101"),
        ("Dias, Ana", "101"),
        ("quiero hablar con la doctora Ana Díaz, por favor", "101"),
        ("José Quispe", "102"),
        ("jose kispe", "102"),
        ("don Pepe Quispe", "102"),
        ("Quispe Mamani", "102"),
        ("la señora Basques", "103"),
        ("María Vázquez", "103"),
        ("Jorge Ceballos", "104"),
        ("Jorge Sevallos Yanos", "104"),
        ("ernan suñiga", "105"),
        ("con cartera", "200"),
        ("cobranza", "200"),
        ("la mesa de ayuda", "201"),
    ],
)
def test_a_person_is_found_by_sound_in_any_order(said: str, key: str) -> None:
    found = name(said, PEOPLE)
    assert found.value == key
    assert found.confidence >= 0.7


def test_a_name_that_two_have_is_asked_about() -> None:
    found = name("quiero hablar con María", PEOPLE)
    assert found.value is None
    assert set(found.rivals) == {"101", "103"}


@pytest.mark.parametrize("said", ["", "hola", "Pedro Páramo", "quiero hablar con", "buenos días", "el señor"])
def test_who_is_not_in_the_directory_is_not_understood(said: str) -> None:
    assert name(said, PEOPLE).value is None


def test_nobody_is_found_in_an_empty_directory() -> None:
    assert name("Ana", {}).value is None
    assert name("Ana", {"1": ()}).value is None


@given(st.text(max_size=300))
def test_nothing_that_can_be_written_breaks_them(text: str) -> None:
    for found in (choice(text, MENU), name(text, PEOPLE)):
        assert (found.confidence > 0) == found.understood
