"""Cases: what callers do is walked without a telephone, and what no case came through is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cti_api.errors import InputError
from ivr.tree.case_file import parse_answers, parse_cases
from ivr.tree.nodes import Tree
from ivr.tree.read import parse_tree
from ivr.tree.read_nodes import KINDS
from ivr.tree.run_cases import Ran, Way, coverage, run_case
from tests.support.trees import SMALL, small

FOLDER = Path(__file__).parents[3] / "examples" / "p4_front_desk"
HEAD = "at: 2026-11-25 10:00\ncases:\n"


def run(tree: Tree, *cases: str) -> list[Ran]:
    return [run_case(tree, case) for case in parse_cases(HEAD + "\n".join(cases), tree.timezone)]


def test_the_front_desk_s_cases_all_hold_and_leave_no_node_and_no_way_out() -> None:
    tree = parse_tree((FOLDER / "tree.yaml").read_text(encoding="utf-8"))
    cases = parse_cases((FOLDER / "cases.yaml").read_text(encoding="utf-8"), tree.timezone)
    ran = [run_case(tree, case) for case in cases]
    assert [(each.case.name, each.problem) for each in ran if each.problem] == []
    covered = coverage(tree, ran)
    assert (covered.nodes_missed, covered.ways_missed) == ((), ())
    assert len(covered.nodes) >= 40


def test_each_row_of_the_routing_table_is_reached_by_keys_and_by_voice() -> None:
    tree = parse_tree((FOLDER / "tree.yaml").read_text(encoding="utf-8"))
    cases = parse_cases((FOLDER / "cases.yaml").read_text(encoding="utf-8"), tree.timezone)
    for how in ("por teclas", "por voz"):
        rows = {case.name: case.end for case in cases if case.name.endswith(f": {how}")}
        assert len(rows) == 14
        assert len(set(rows.values())) == 11  # desks: some serve several rows


def test_the_page_about_trees_tells_what_is_so() -> None:
    page = (FOLDER.parents[1] / "docs" / "ivr.md").read_text(encoding="utf-8")
    tree, cases = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    parsed = parse_tree(tree)
    ran = [run_case(parsed, case) for case in parse_cases(cases, parsed.timezone)]
    assert [each.problem for each in ran] == [""]
    kinds = re.findall(r"^\| `(\w+):", page, re.MULTILINE)
    assert set(kinds) == set(KINDS)


def test_a_case_that_goes_elsewhere_says_where() -> None:
    [ran] = run(small(), "  - {name: a, does: [1, '2123456#'], end: queue otra}")
    assert ran.problem == "ends with «queue ventas», not with «queue otra»"
    [ran] = run(small(), "  - {name: a, does: [nada], path: [linea], end: hang_up}")
    assert ran.problem == "goes principal → adios, not through linea"
    [ran] = run(small(), "  - {name: a, does: [nada], hears: [Buenas], end: hang_up}")
    assert ran.problem == "never says «Buenas»"
    [ran] = run(small(), "  - {name: a, does: [nada, 1], end: hang_up}")
    assert ran.problem == "nobody waits for «1»"


def test_a_case_may_stop_in_the_middle() -> None:
    [ran] = run(small(), "  - {name: a, does: [comprar], end: at linea}")
    assert ran.problem == ""


def test_a_look_up_nobody_answered_for_is_a_problem_of_the_case() -> None:
    look_up = "  mira: {look_up: cuenta, gives: [saldo], found: adios, not_found: adios, failed: adios}\n"
    tree = parse_tree(
        SMALL.replace("then: linea", "then: mira").replace("[nada], then: adios", "[nada], then: linea") + look_up
    )
    assert (
        run(tree, "  - {name: a, does: 1, end: hang_up}")[0].problem == "`answers` says nothing of the look-up cuenta"
    )
    answered = run(tree, "  - {name: a, does: 1, answers: {cuenta: {saldo: 3}}, end: hang_up}")
    assert answered[0].problem == ""


def test_words_in_a_case_are_understood_as_those_of_a_call_are() -> None:
    day = "kind: digits\n    digits: 7-8", "kind: date"
    [ran] = run(small(day), "  - {name: a, does: [quisiera comprar algo, pasado mañana], end: queue ventas}")
    assert ran.problem == ""
    [ran] = run(small(day), "  - {name: a, does: [ventas, el treinta de febrero], end: at linea}")
    assert "Disculpe" not in ran.said
    assert "No le entendí." in ran.said


def test_coverage_names_the_nodes_and_ways_without_a_case() -> None:
    tree = small()
    covered = coverage(tree, run(tree, "  - {name: a, does: nada, end: hang_up}"))
    assert covered.nodes_missed == ("linea", "asesor")
    assert covered.ways_missed == (
        Way("principal", "ventas"), Way("fallback", "give_up"), Way("linea", "then"), Way("asesor", "waited"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cases: []", "at: is missing"),
        ("at: 2026-11-25T10:00Z\ncases: [{name: a, end: x}]", "write it without one"),
        ("at: yesterday\ncases: [{name: a, end: x}]", "must be a day and time"),
        ("at: 2026-11-25\ncases: [{name: a}]", "cases[0].end: is missing"),
        ("at: 2026-11-25\ncases: [{name: a, end: x, does: [{says: a, confidence: 2}]}]", "must be from 0 % to 100 %"),
        ("at: 2026-11-25\nanswers: {cuenta: lost}\ncases: [{name: a, end: x}]", "must be values by their names"),
    ],
)
def test_a_file_of_cases_with_faults_is_refused(text: str, told: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_cases(text, "UTC")
    assert told in str(refused.value)


def test_answers_may_be_in_a_file_of_their_own() -> None:
    assert parse_answers("cuenta: {saldo: 12}\notra: failed\n") == {"cuenta": {"saldo": "12"}, "otra": "failed"}
