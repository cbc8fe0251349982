"""The after-sales example runs R5.3 to R5.6 of procedure P5 as its page says (the ids are those of its README)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ivr.tree import steps
from ivr.tree.case_file import parse_cases
from ivr.tree.inputs import Done, Failed, Input, Keys, LookedUp, Started
from ivr.tree.nodes import Queue
from ivr.tree.place import entrance
from ivr.tree.prompts import spoken
from ivr.tree.read import parse_tree
from ivr.tree.run_cases import coverage, run_case
from ivr.tree.walk import walk

FOLDER = Path(__file__).parents[2] / "examples" / "p5_after_sales"
TREE = parse_tree((FOLDER / "tree.yaml").read_text(encoding="utf-8"))
CASES = parse_cases((FOLDER / "cases.yaml").read_text(encoding="utf-8"), TREE.timezone)
README = (FOLDER / "README.md").read_text(encoding="utf-8")
NOON = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
NIT = Keys("1023456021")
NOT_FOUND = LookedUp({}, found=False)


def steps_of(*happened: Input) -> list[steps.Step]:
    """Everything the tree does for a caller to whom this happens."""
    walked = walk(TREE, entrance(TREE, NOON, {"caller": "70123456", "called": "22100100"}), Started(), NOON)
    found = list(walked.steps)
    for each in happened:
        walked = walk(TREE, walked.place, each, NOON)
        found += walked.steps
    return found


def tickets(found: list[steps.Step]) -> list[tuple[str, dict[str, object]]]:
    return [(step.kind, dict(step.values)) for step in found if isinstance(step, steps.Ticket)]


def said(found: list[steps.Step]) -> str:
    prompts = [step.pieces for step in found if isinstance(step, steps.Say | steps.HangUp)]
    return " ".join(spoken(pieces) for pieces in prompts)


def ends_in(found: list[steps.Step]) -> str:
    last = found[-1]
    assert isinstance(last, steps.Queue)
    return last.name


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_case_leads_where_it_has_to(case) -> None:
    assert run_case(TREE, case).problem == ""


def test_the_cases_leave_no_node_and_no_way_out_and_each_names_its_requirement() -> None:
    covered = coverage(TREE, [run_case(TREE, case) for case in CASES])
    assert (covered.nodes_missed, covered.ways_missed) == ((), ())
    by_id = {case.name.split()[0] for case in CASES}
    assert by_id == {"R5.1", "R5.3", "R5.4", "R5.5", "R5.6"}
    assert f"what {len(CASES)} of them do" in README


@pytest.mark.parametrize(("product", "desk"), [("1", "analista-tecnico"), ("2", "jefe-tecnico"), ("3", "jefe-tecnico")])
def test_r5_3_a_fault_of_internet_goes_to_the_analyst_one_of_line_or_television_to_the_technical_manager(
    product: str, desk: str
) -> None:
    found = steps_of(NIT, Keys("1"), Keys(product), Keys("1"), NOT_FOUND, Done("205"))
    assert ends_in(found) == desk
    [(kind, values)] = tickets(found)
    assert (kind, values["nit"]) == ("falla", "1023456021")
    assert {"producto", "problema"} <= set(values)
    assert "Registré su falla con el número de caso 2 0 5." in said(found)


def test_r5_3_an_open_order_goes_to_priority_follow_up_and_is_not_registered_again() -> None:
    order = LookedUp({"orden_estado": "abierta", "orden": "4711", "causa": "corte de fibra"})
    found = steps_of(NIT, Keys("1"), Keys("1"), Keys("1"), order, Done("206"))
    assert ends_in(found) == "seguimiento-prioritario"
    [(kind, values)] = tickets(found)
    assert (kind, values["orden"]) == ("seguimiento-prioritario", "4711")


def test_r5_3_an_order_closed_without_solution_is_registered_again_with_the_same_cause() -> None:
    order = LookedUp({"orden_estado": "cerrada_sin_solucion", "orden": "4712", "causa": "humedad"})
    found = steps_of(NIT, Keys("1"), Keys("2"), Keys("2"), order, Done("207"))
    assert ends_in(found) == "jefe-tecnico"
    [(kind, values)] = tickets(found)
    assert (kind, values["causa"], values["orden"]) == ("falla", "humedad", "4712")


def test_r5_4_an_attended_claim_is_told_and_escalated_when_the_caller_is_not_satisfied() -> None:
    claim = LookedUp({"reclamo_estado": "atendido", "reclamo": "815", "resolucion": "se devolvieron 80 bolivianos"})
    found = steps_of(NIT, Keys("2"), Keys("9"), Keys("1"), claim, Keys("2"), Done("208"))
    [(kind, values)] = tickets(found)
    assert (kind, values["mes"], values["reclamo"]) == ("reclamo-escalado", "septiembre", "815")
    assert ends_in(found) == "gerencia-comercial"


def test_r5_4_an_assigned_claim_is_made_urgent_and_a_call_is_promised_to_the_number_that_calls() -> None:
    claim = LookedUp({"reclamo_estado": "asignado", "reclamo": "816", "resolucion": ""})
    found = steps_of(NIT, Keys("2"), Keys("9"), Keys("1"), claim, Done("209"))
    [(kind, values)] = tickets(found)
    assert (kind, values["caller"]) == ("reclamo-urgente", "70123456")
    assert "le llamaremos a este número" in said(found)


@pytest.mark.parametrize("answer", [NOT_FOUND, Failed()])
def test_r5_4_a_claim_nobody_knows_of_is_registered_with_month_and_reason(answer: Input) -> None:
    [(kind, values)] = tickets(steps_of(NIT, Keys("2"), Keys("12"), Keys("3"), answer, Done("210")))
    assert (kind, values["mes"], values["motivo"]) == ("reclamo", "diciembre", "pago no registrado")


def test_r5_5_the_current_month_is_free_and_the_case_is_opened_and_the_requirements_are_sent() -> None:
    found = steps_of(NIT, Keys("3"), Keys("1"), Done("211"))
    [(kind, values)] = tickets(found)
    assert (kind, values["periodo"]) == ("detalle-de-llamadas", "mes_en_curso")
    [sent] = [step for step in found if isinstance(step, steps.Send)]
    assert (sent.name, sent.via, sent.to) == ("requisitos-detalle-de-llamadas", steps.Via.WHATSAPP, "")
    assert "una carta de solicitud" in said(found)


def test_r5_5_an_earlier_month_is_not_ordered_before_its_price_is_accepted() -> None:
    asked = steps_of(NIT, Keys("3"), Keys("2"), Keys("3"))
    last = asked[-1]
    assert isinstance(last, steps.Listen)
    assert "Cada mes cuesta 12 bolivianos" in spoken(last.prompt)
    assert tickets(asked) == []
    assert tickets(steps_of(NIT, Keys("3"), Keys("2"), Keys("3"), Keys("2"))) == []
    assert len(tickets(steps_of(NIT, Keys("3"), Keys("2"), Keys("3"), Keys("1")))) == 1


def test_r5_6_the_rule_is_told_and_only_a_suspension_that_it_allows_is_registered() -> None:
    assert "una vez al año, por cuatro meses como máximo" in spoken(listened(steps_of(NIT, Keys("4"))).prompt)
    for state in ("ya_usada", "demasiado_larga", "otra cosa"):
        refused = LookedUp({"suspension_estado": state, "desde_cuando": "15 de marzo de 2027"})
        assert tickets(steps_of(NIT, Keys("4"), Keys("1"), Keys("2"), refused)) == []
    allowed = LookedUp({"suspension_estado": "permitida"})
    found = steps_of(NIT, Keys("4"), Keys("1"), Keys("3"), allowed, Keys("1"), Done("212"))
    assert [kind for kind, _ in tickets(found)] == ["suspension"]


def listened(found: list[steps.Step]) -> steps.Listen:
    last = found[-1]
    assert isinstance(last, steps.Listen)
    return last


def test_the_page_names_every_desk_of_the_tree() -> None:
    desks = {node.name for node in TREE.nodes.values() if isinstance(node, Queue)}
    assert {desk for desk in desks if f"`{desk}`" in README} == desks
