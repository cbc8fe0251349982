"""The picture of a tree: everything is in it, nothing lies on anything else, and it is sound XML."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.tree.draw import drawn
from ivr.tree.layout import COLUMN_GAP, ROW_GAP, WIDTH, Box, Port, laid_out
from ivr.tree.read import parse_tree
from ivr.tree.seen import Seen
from tests.support.trees import small

TINY = small()
TREE = (Path(__file__).parents[3] / "examples" / "p4_front_desk" / "tree.yaml").read_text(encoding="utf-8")


def texts_of(picture: str) -> list[str]:
    root = ElementTree.fromstring(picture)
    return [text.text or "" for text in root.iter("{http://www.w3.org/2000/svg}text")]


def test_every_node_is_drawn_with_what_it_says_and_where_it_leads() -> None:
    tree = parse_tree(TREE)
    root = ElementTree.fromstring(drawn(tree))
    texts = texts_of(drawn(tree))
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


def test_calls_that_were_counted_are_told_at_each_way_and_node_and_where_callers_left() -> None:
    tree = small(("nodes:\n", "everywhere:\n  - {key: 0, phrases: [asesor], then: asesor}\nnodes:\n"))
    seen = Seen(
        calls=40,
        ways={
            ("principal", "ventas"): 20, ("principal", "asesor"): 4, ("principal", "pagos"): 6, ("viejo", "then"): 3,
            ("linea", "then"): 15,
        },
        hung_up={"principal": 10},
        handed_over={"asesor": 15},
        first=date(2026, 11, 1),
        last=date(2026, 11, 25),
    )  # fmt: skip
    texts = texts_of(drawn(tree, seen))
    assert {"menú · 40", "pregunta · 15", "cola · 15", "cuelga · 0"} <= set(texts)
    for label, tally in (
        ("Ventas", "20 · 50 %"),
        ("Despedirse", "0 · 0 %"),
        ("asesor", "4 · 10 %"),
        ("«pagos», que ya no está", "6 · 15 %"),
        ("cuelgan aquí", "10 · 25 %"),
        ("siguen con una persona", "15 · 100 %"),
    ):
        assert tally in texts[texts.index(label) :][:3], label
    told = "40 llamadas desde el 1 de noviembre de 2026 hasta el 25 de noviembre de 2026: "
    assert told + "cuántas veces se tomó cada camino, y su parte." in texts
    assert "Otras 3 veces se pasó por nodos que este archivo no tiene." in texts


def test_the_more_calls_go_a_way_the_broader_is_its_line() -> None:
    def widths(ventas: int) -> list[float]:
        seen = Seen(calls=40, ways={("principal", "ventas"): ventas, ("principal", "nada"): 40 - ventas})
        return [float(found) for found in re.findall(r"stroke-width:([0-9.]+)\"", drawn(small(), seen))]

    few, many = widths(4), widths(40)
    assert sorted(few) != sorted(many)
    assert max(many) > max(few)
    assert "stroke-width:" not in drawn(small()).partition("</style>")[2]


def test_days_without_a_call_are_told_so() -> None:
    texts = texts_of(drawn(small(), Seen(calls=0, first=date(2026, 12, 1))))
    assert "Ninguna llamada desde el 1 de diciembre de 2026." in texts


@settings(max_examples=25)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from(["principal", "linea", "asesor", "adios", "otro"]), st.text(max_size=30)),
        st.integers(1, 10**6),
        max_size=12,
    ),
    st.dictionaries(st.sampled_from(["principal", "asesor", "otro"]), st.integers(1, 10**6)),
)
def test_whatever_was_counted_makes_a_sound_picture(ways: dict[tuple[str, str], int], hung_up: dict[str, int]) -> None:
    ElementTree.fromstring(drawn(TINY, Seen(calls=1, ways=ways, hung_up=hung_up)))


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
