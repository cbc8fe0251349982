"""The picture of a tree: everything is in it, nothing lies on anything else, and it is sound XML."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.tree.draw import drawn
from ivr.tree.layout import COLUMN_GAP, ROW_GAP, WIDTH, Box, Port, laid_out
from ivr.tree.read import parse_tree
from tests.support.trees import small

TREE = (Path(__file__).parents[3] / "examples" / "p4_front_desk" / "tree.yaml").read_text(encoding="utf-8")


def test_every_node_is_drawn_with_what_it_says_and_where_it_leads() -> None:
    tree = parse_tree(TREE)
    root = ElementTree.fromstring(drawn(tree))
    texts = [text.text or "" for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {group.get("id") for group in root.iter("{http://www.w3.org/2000/svg}g")} >= set(tree.nodes)
    for shown in (
        "Mesa de entrada, Cooperativa Illimani",
        "¿En qué le puedo ayudar?",
        "Información",
        "→ turno",
        "☎ 2110",
    ):
        assert shown in texts
    assert any(text.startswith("En toda cola: tras la conversación → encuesta") for text in texts)


def test_what_a_file_says_cannot_become_markup() -> None:
    picture = drawn(small(("Hasta luego.", "<script>&</script>"), ("Un árbol pequeño", "A & B < C")))
    assert "<script>" not in picture
    assert "A &amp; B &lt; C" in picture
    ElementTree.fromstring(picture)


def test_the_longest_names_are_drawn_shortened() -> None:
    picture = drawn(small(("adios", "a" * 40), ("key: 2,", "key: '222222',")))
    assert f">{'a' * 25}…<" in picture
    ElementTree.fromstring(picture)


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_boxes_never_lie_on_each_other_and_lines_run_between_neighbouring_columns(data: st.DataObject) -> None:
    names = [f"n{place}" for place in range(data.draw(st.integers(1, 15)))]
    boxes = {
        name: Box(
            height=data.draw(st.integers(30, 200)),
            ports=tuple(Port(20.0, to) for to in data.draw(st.lists(st.sampled_from(names), max_size=4))),
        )
        for name in names
    }
    layout = laid_out(boxes, names[0])
    assert set(layout.tops) == set(names)
    by_column: dict[float, list[str]] = {}
    for name in names:
        by_column.setdefault(layout.lefts[name], []).append(name)
    for column in by_column.values():
        for upper, lower in pairwise(sorted(column, key=lambda name: layout.tops[name])):
            assert layout.tops[upper] + boxes[upper].height + ROW_GAP <= layout.tops[lower] + 1e-6
    for line in layout.lines:
        assert line.to_x - line.x == COLUMN_GAP
    assert min(layout.tops.values()) == 0
    assert layout.width == max(layout.lefts.values()) + WIDTH


def test_lines_that_are_not_drawn_are_told_by_name() -> None:
    picture = drawn(parse_tree(TREE))
    drawn_lines = len(re.findall('class="line', picture))
    named = len(re.findall(">→ [a-z]", picture))
    assert drawn_lines > 40
    assert named > 15
