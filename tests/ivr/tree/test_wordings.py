"""Whatever a tree says is known beforehand, but for what only one caller's call knows."""

from pathlib import Path

from ivr.tree.nodes import Tree
from ivr.tree.prompts import Piece
from ivr.tree.read import parse_tree
from ivr.tree.wordings import wordings
from tests.support.trees import SMALL

FRONT_DESK = Path(__file__).parents[3] / "examples" / "p4_front_desk" / "tree.yaml"

PART = """\
tree: parte
title: Una parte
timezone: UTC
is_part: true
start: pregunta
fallback: saluda
variables: {nombre: Ana}
nodes:
  pregunta: {ask: ¿Está bien?, kind: yes_no, into: bien, then: saluda, confirm: always, say_back: "¿Dijo {heard}?"}
  saluda: {say: [{text: Hola., file: hola.wav}, "Hola, {nombre}."], then: return}
"""


def texts_of(tree: Tree) -> list[str]:
    return [piece.text for piece in wordings(tree)]


def test_each_line_of_a_tree_is_there_once_with_its_words_for_silence_and_misunderstanding() -> None:
    texts = texts_of(parse_tree(SMALL))
    assert len(texts) == len(set(texts))
    for line in ("¿Qué necesita?", "Ventas, 1.", "No le escuché.", "Sigo sin entenderle.", "Le paso con un asesor."):
        assert line in texts
    assert "Disculpe, no podemos continuar con su llamada. Por favor, llámenos de nuevo." in texts


def test_what_is_read_back_is_there_for_everything_that_can_be_chosen() -> None:
    texts = texts_of(parse_tree(FRONT_DESK.read_text(encoding="utf-8")))
    assert "¿Le comunico con María Elena Quispe? Diga sí o marque 1. Si no, diga no o marque 2." in texts
    assert "Entendí: asesor. Si es correcto, diga sí o marque 1. Si no, diga no o marque 2." in texts
    assert not [text for text in texts if "{" in text]
    assert not [text for text in texts if text.startswith(("Su turno es", "Su línea tiene una deuda"))]


def test_the_trees_within_are_there_with_their_recordings() -> None:
    outer = """\
tree: casa
title: Casa
timezone: UTC
start: parte
fallback: adios
nodes:
  parte: {sub_tree: parte, version: 2, then: adios}
  adios: {hang_up: Hasta luego.}
"""
    found = wordings(parse_tree(outer, parts={("parte", 2): parse_tree(PART)}))
    assert Piece("Hola.", "hola.wav") in found
    assert {Piece("Hasta luego."), Piece("¿Dijo sí?"), Piece("¿Dijo no?")} <= set(found)
    assert "Hola, Ana." not in [piece.text for piece in found]
