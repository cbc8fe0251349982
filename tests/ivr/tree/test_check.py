"""Reading a tree: it is taken whole or refused, with the line and path of every fault at once."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_api.errors import Fault, InputError
from ivr.tree.checks import Known, KnownLookUp
from ivr.tree.nodes import Menu
from ivr.tree.prompts import Line
from ivr.tree.read import parse_tree
from tests.support.trees import SMALL, small


def faults(text: str, known: Known | None = None) -> list[Fault]:
    with pytest.raises(InputError) as refused:
        parse_tree(text, known)
    return list(refused.value.faults)


def the_fault(old: str, new: str, known: Known | None = None) -> str:
    """The only fault of the small tree with `new` for `old`, as a person reads it."""
    assert old in SMALL
    found = faults(SMALL.replace(old, new, 1), known)
    assert len(found) == 1, found
    return str(found[0])


def test_a_menu_reads_like_what_the_caller_hears() -> None:
    menu = small().nodes["principal"]
    assert isinstance(menu, Menu)
    assert menu.question.prompt == (Line("¿Qué necesita?"),)
    assert [(choice.value, choice.to) for choice in menu.question.choices] == [("ventas", "linea"), ("nada", "adios")]


def test_every_fault_is_told_at_once_in_the_order_of_the_lines() -> None:
    text = SMALL.replace("then: linea", "then: lina").replace("digits: 7-8", "digits: many").replace("key: 2", "key: 1")
    found = faults(text + "  sola: {say: Nadie viene., then: adios}\n")
    assert [(fault.line, fault.path) for fault in found] == [
        (13, "nodes.principal.choices[0].then"),
        (14, "nodes.principal.choices[1].key"),
        (19, "nodes.linea.digits"),
    ]
    assert "did you mean `linea`?" in found[0].message
    unreachable = faults(SMALL + "  sola: {say: Nadie viene., then: adios}\n")
    assert [str(fault) for fault in unreachable] == [
        "line 24, nodes.sola: nothing leads here: name it in another node, or delete it"
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("then: asesor\n", "then: otro\n", "line 21, nodes.linea.then: there is no node otro"),
        ("    then: asesor\n", "", "line 16, nodes.linea.then: is missing"),
        ("menu: ¿Qué necesita?", "menu:", "line 11, nodes.principal.menu: is empty"),
        ("{hang_up: Hasta luego.}", "{hang_up: }", "nodes.adios.hang_up: is empty"),
        ("key: 2", "key: 1", "key 1 is that of «ventas» already"),
        ("[nada]", "[bentas]", "«bentas» sounds like a phrase of «ventas»"),
        ("[nada]", "[failed]", "is a word of the file itself"),
        ("{key: 2, ", "{", "is read out and has no `key`"),
        ("¿Cuál es", "Don {nombre}, ¿cuál es", "nothing sets the variable `nombre`"),
        ("¿Cuál es", "Es {linea}, ¿cuál es", "says `linea`, which is not known on every way that leads here"),
        ("¿Cuál es", "Es {caller} {¿cuál es", "has a { or } that is no variable"),
        ("then: asesor\n", "then: return\n", "`return` is for trees within trees"),
        ("¿Cuál es", "{caller}, ¿cuál es", "begins with { goes into quotes"),
        ("¿Cuál es", "Dígame: ¿cuál es", 'has ": " in it'),
        ("kind: digits", "kind: plate", "must be one of digits, number, date, yes_no, choice, open"),
        ("    kind: digits\n    digits: 7-8\n", "    kind: digits\n", "nodes.linea.digits: is missing"),
        ("waited: adios}", "}", "nodes.asesor.waited: is missing here and under the tree's `queues`"),
        ("{hang_up: Hasta luego.}", "{goodbye: Hasta luego.}", "a node is of one kind, this one names no kind"),
        ("into: linea", "into: caller", "`caller` is set by the system"),
        ("into: linea", "into: Línea", "must be lower-case letters without accents"),
    ],
)  # fmt: skip
def test_a_fault_has_its_place_and_its_sentence(old: str, new: str, told: str) -> None:
    assert told in the_fault(old, new)


def test_a_look_up_has_a_way_for_when_nobody_answers() -> None:
    look_up = "  mira: {look_up: cuenta, gives: [saldo], found: adios, not_found: adios}\n"
    found = faults(SMALL.replace("then: linea", "then: mira") + look_up)
    assert "line 24, nodes.mira.failed: is missing" in [str(fault) for fault in found]


def test_what_only_one_way_of_a_look_up_sets_is_not_said_on_the_others() -> None:
    text = SMALL.replace("then: linea", "then: mira").replace(
        "  linea:\n    ask: ¿Cuál es su número?", "  linea:\n    ask: Debe {saldo}."
    )
    look_up = "  mira: {look_up: cuenta, gives: [saldo], found: linea, not_found: adios, failed: %s}\n"
    assert parse_tree(text + look_up % "adios")
    assert "not known on every way" in str(faults(text + look_up % "linea")[0])


def test_whoever_says_nothing_does_not_go_in_circles() -> None:
    told = the_fault(
        "    barge_in: {speech: false}\n", "    give_up: espera\n  espera: {say: Espere., then: principal}\n"
    )
    assert told.endswith("a caller who does nothing goes in circles: principal → espera → principal")


def test_whoever_waits_for_more_needs_a_way_for_when_nobody_serves_the_queue() -> None:
    more = "  mas: {say: Siga con nosotros., then: asesor}\n"
    text = SMALL.replace("waited: adios}", "waited: mas}") + more
    assert "goes in circles: asesor → mas → asesor" in str(faults(text)[0])
    parse_tree(text.replace("waited: mas}", "waited: mas, nobody: adios}"))


def test_a_node_from_which_nobody_gets_anywhere_is_a_dead_end() -> None:
    text = (
        SMALL
        + "  uno: {ask: ¿Uno?, kind: yes_no, yes: dos, no: uno}\n  dos: {ask: ¿Dos?, kind: yes_no, yes: uno, no: dos}\n"
    )
    found = faults(text.replace("then: linea", "then: uno").replace("[nada], then: adios", "[nada], then: linea"))
    assert [fault.path for fault in found] == ["nodes.uno", "nodes.dos"]
    assert "is a dead end" in found[0].message


def test_a_fallback_that_asks_needs_a_way_of_its_own_when_nobody_answers() -> None:
    assert "it needs a `give_up` of its own" in str(faults(SMALL.replace("fallback: asesor", "fallback: linea"))[0])


def test_callers_are_transferred_to_where_the_settings_let_them() -> None:
    queue, transfer = "{queue: ventas, say: Le paso con un asesor., waited: adios}", "{transfer: 2122, failed: adios}"
    told = the_fault(queue, transfer, Known(transfers={"2121"}))
    assert "callers may not be transferred to 2122; did you mean `2121`?: name it under `transfers`" in told
    parse_tree(SMALL.replace(queue, transfer), Known(transfers={"2122"}))


def test_queues_and_recordings_are_those_there_are() -> None:
    assert "there is no queue ventas; did you mean `venta`?" in the_fault("Hasta", "Hasta", Known(queues={"venta"}))


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ({}, "nodes.mira.look_up: the settings have no look-up cuenta"),
        ({"cuentas": KnownLookUp((), ("saldo",))}, "no look-up cuenta; did you mean `cuentas`?"),
        ({"cuenta": KnownLookUp(("linea", "ci"), ("saldo",))}, "nodes.mira.with: lacks `ci`, which cuenta asks with"),
        ({"cuenta": KnownLookUp(("linea",), ("saldos",))}, "names `saldo`, which cuenta does not give; did you mean"),
    ],
)
def test_a_look_up_has_to_fit_what_the_settings_have(known: dict[str, KnownLookUp], told: str) -> None:
    look_up = (
        "  mira: {look_up: cuenta, with: [linea], gives: [saldo], found: asesor, not_found: asesor, failed: asesor}\n"
    )
    text = SMALL.replace("    into: linea\n    then: asesor\n", "    into: linea\n    then: mira\n") + look_up
    assert parse_tree(text, Known(look_ups={"cuenta": KnownLookUp(("linea",), ("saldo", "otro"))})).nodes["mira"]
    with pytest.raises(InputError) as refused:
        parse_tree(text, Known(look_ups=known))
    assert told in str(refused.value)
    with_file = "{hang_up: {text: Hasta luego., file: adios.wav}}"
    assert "there is no recording adios.wav" in the_fault(
        "{hang_up: Hasta luego.}", with_file, Known(has_sound=lambda path: False)
    )
    said = "{hang_up: {text: 'Adiós, {caller}.', file: adios.wav}}"
    assert "a recording cannot hold a variable" in the_fault("{hang_up: Hasta luego.}", said)


def test_what_is_there_everywhere_gives_way_to_a_menu_s_own_keys() -> None:
    tree = small(("nodes:\n", "everywhere:\n  - {key: 1, phrases: [asesor], then: asesor}\nnodes:\n"))
    menu = tree.nodes["principal"]
    assert isinstance(menu, Menu)
    assert [(choice.value, choice.key) for choice in menu.question.choices] == [
        ("ventas", "1"), ("nada", "2"), ("asesor", ""),
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_file_is_refused_with_faults_and_never_breaks_the_reader(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(SMALL)))
    length = data.draw(st.integers(0, 30))
    put = data.draw(
        st.one_of(st.text(max_size=8), st.sampled_from([": ", "- ", "{", "[]", "return", "\n", "go_to: x"]))
    )
    try:
        parse_tree(SMALL[:at] + put + SMALL[at + length :])
    except InputError as refused:
        assert refused.faults
