"""Small trees, and callers who walk through them without a telephone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ivr.tree.inputs import Input, Started
from ivr.tree.nodes import Tree
from ivr.tree.place import Walked, entrance
from ivr.tree.prompts import spoken
from ivr.tree.read import parse_tree
from ivr.tree.steps import HangUp, Listen, Say
from ivr.tree.walk import walk

NOON = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
"""A Wednesday, at noon in La Paz."""

SMALL = """\
tree: pequeno
title: Un árbol pequeño
timezone: America/La_Paz
start: principal
fallback: asesor
words:
  no_input: [No le escuché., Sigo sin escucharle.]
  no_match: [No le entendí., Sigo sin entenderle.]
nodes:
  principal:
    menu: ¿Qué necesita?
    choices:
      - {key: 1, say: "Ventas, 1.", phrases: [ventas, comprar], then: linea}
      - {key: 2, say: "Despedirse, 2.", phrases: [nada], then: adios}
    barge_in: {speech: false}
  linea:
    ask: ¿Cuál es su número?
    kind: digits
    digits: 7-8
    into: linea
    then: asesor
  asesor: {queue: ventas, say: Le paso con un asesor., waited: adios}
  adios: {hang_up: Hasta luego.}
"""


def small(*changes: tuple[str, str]) -> Tree:
    """The small tree with parts of its text replaced."""
    text = SMALL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return parse_tree(text)


class Caller:
    """Somebody in a tree: does one thing after another, five seconds apart."""

    def __init__(self, tree: Tree, now: datetime = NOON, **values: str) -> None:
        self.tree, self.now = tree, now
        self.walked: Walked = walk(tree, entrance(tree, now, {"caller": "+59171234567", **values}), Started(), now)

    def does(self, *happened: Input, seconds: float = 5.0) -> Caller:
        for each in happened:
            self.now += timedelta(seconds=seconds)
            self.walked = walk(self.tree, self.walked.place, each, self.now)
        return self

    @property
    def hears(self) -> str:
        """What the last walk says to them."""
        said = []
        for step in self.walked.steps:
            if isinstance(step, Say | HangUp):
                said.append(spoken(step.pieces))
            elif isinstance(step, Listen):
                said.append(spoken(step.prompt))
        return " ".join(said)

    @property
    def listening(self) -> Listen:
        awaits = self.walked.place.awaits
        assert isinstance(awaits, Listen)
        return awaits
