"""What sounds alike in Latin America."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.alike import LONGEST, alike, as_it_sounds, grouped, nearest, plain


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("vaca", "baca"),
        ("zapato", "sapato"),
        ("cena", "sena"),
        ("llave", "yave"),
        ("hola", "ola"),
        ("queso", "keso"),
        ("gente", "jente"),
        ("wilson", "uilson"),
        ("zúñiga", "SUÑIGA"),
        ("Quispe", "kispe"),
        ("diez", "dies"),
        ("nuevo", "nuebo"),
    ],
)
def test_nobody_can_tell_them_apart(one: str, other: str) -> None:
    assert alike(one, other) == 1.0


def test_a_written_u_keeps_the_g_hard() -> None:
    assert as_it_sounds("guitarra gente") == "gitara jente"


@pytest.mark.parametrize(
    ("one", "other"), [("año", "ano"), ("seis", "siete"), ("sí", "no"), ("pero", "perro gato"), ("", "no")]
)
def test_these_can_be_told_apart(one: str, other: str) -> None:
    assert alike(one, other) < 1.0


def test_a_blurred_vowel_is_nearer_than_another_consonant() -> None:
    assert alike("cuatro", "cuatru") > alike("cuatro", "cuapro")


def test_plain_text_has_no_accents_nor_signs_and_keeps_decimals() -> None:
    assert plain("¡Sí, Señorita! 8,5 — «ÑANDÚ».") == "si señorita 8.5 ñandu"


def test_the_phrase_is_found_among_other_words_and_the_order_is_best_first() -> None:
    found = nearest("quiero poner un reclamo, por favor", ["ventas", "reclamos", "soporte"])
    assert found[0].phrase == "reclamos"
    assert found[0].likeness > 0.8 > 0.5 > found[1].likeness
    assert [near.likeness for near in nearest("", ["ventas"])] == [0.0]


def test_words_that_everybody_says_stand_for_no_phrase() -> None:
    assert nearest("quiero", ["quiero comprar"])[0].likeness < 0.5
    assert nearest("comprar", ["quiero comprar"])[0].likeness > 0.9


def test_of_phrases_with_one_value_the_best_counts() -> None:
    assert grouped([("a", 0.2), ("b", 0.5), ("a", 0.9)]) == (("a", 0.9), ("b", 0.5))


@given(st.text(max_size=2 * LONGEST), st.text(max_size=40))
def test_likeness_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    assert 0.0 <= alike(one, other) <= 1.0
    assert alike(one, other) == alike(other, one)
    assert all(0.0 <= near.likeness <= 1.0 for near in nearest(one, [other, "ventas"]))


@given(st.text(max_size=60))
def test_a_text_is_like_itself_and_folding_ends(text: str) -> None:
    assert alike(text, text) == 1.0
    assert plain(plain(text)) == plain(text)
