"""The help desk of the examples answers over HTTP from its file, by the rules of the procedures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import httpx
import pytest

from cti_api.look_up_settings import LookUpSettings
from ivr.look_ups.configured import specs_of
from ivr.tree.nodes import LookUp
from ivr.tree.read import parse_tree
from vocero.lab.help_desk import RECORDS, HelpDesk

TODAY = date(2026, 11, 25)


@pytest.fixture
def desk() -> Iterator[HelpDesk]:
    with HelpDesk(TODAY) as serving:
        yield serving


def asked(desk: HelpDesk, look_up: str, **values: str) -> tuple[int, dict[str, object]]:
    answer = httpx.get(desk.look_ups[look_up]["url"].format(**values), timeout=5)
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("2123456", {"estado": "al_dia", "saldo": 0, "falta": None}),
        ("2123457", {"estado": "en_mora", "saldo": 120.5, "falta": None}),
        ("2123458", {"estado": "faltan_requisitos", "saldo": 0, "falta": "fotocopia del carnet de identidad"}),
    ],
)
def test_r4_4_an_account_s_state_its_debt_and_what_is_missing(desk: HelpDesk, line: str, told: object) -> None:
    assert asked(desk, "estado-de-cuenta", linea=line, tramite="certificados") == (200, told)


@pytest.mark.parametrize(
    ("product", "state"), [("internet", "abierta"), ("linea", "cerrada_sin_solucion"), ("television", "resuelta")]
)
def test_r5_3_the_latest_order_of_a_product(desk: HelpDesk, product: str, state: str) -> None:
    status, told = asked(desk, "ordenes-de-falla", nit="1023456022", producto=product)
    assert (status, told["estado"]) == (200, state)
    assert told["numero"] and told["causa"]


@pytest.mark.parametrize(("month", "state"), [("septiembre", "atendido"), ("octubre", "asignado")])
def test_r5_4_the_claim_about_a_month_s_invoice(desk: HelpDesk, month: str, state: str) -> None:
    status, told = asked(desk, "reclamos-de-factura", nit="1023456022", mes=month)
    assert (status, told["estado"]) == (200, state)


@pytest.mark.parametrize(
    ("nit", "months", "told"),
    [
        ("1023456021", "4", {"estado": "permitida", "desde": None}),
        ("1023456021", "5", {"estado": "demasiado_larga", "desde": None}),
        ("1023456022", "2", {"estado": "ya_usada", "desde": "2027-03-15"}),
    ],
)
def test_r5_6_a_suspension_once_a_year_and_for_four_months_at_most(
    desk: HelpDesk, nit: str, months: str, told: object
) -> None:
    assert asked(desk, "suspensiones", nit=nit, meses_suspension=months) == (200, told)


@pytest.mark.parametrize(
    ("look_up", "values"),
    [
        ("estado-de-cuenta", {"linea": "9999999", "tramite": ""}),
        ("ordenes-de-falla", {"nit": "1", "producto": "internet"}),
        ("ordenes-de-falla", {"nit": "1023456021", "producto": "internet"}),
        ("reclamos-de-factura", {"nit": "1023456022", "mes": "enero"}),
        ("suspensiones", {"nit": "1023456021", "meses_suspension": "muchos"}),
    ],
)
def test_whom_and_what_nobody_knows_is_not_found(desk: HelpDesk, look_up: str, values: dict[str, str]) -> None:
    status, told = asked(desk, look_up, **values)
    assert (status, told) == (404, {})


@pytest.mark.parametrize("example", ["p4_front_desk", "p5_after_sales"])
def test_it_is_asked_with_what_the_trees_know_and_gives_what_they_need(desk: HelpDesk, example: str) -> None:
    tree = parse_tree((RECORDS.parent / example / "tree.yaml").read_text(encoding="utf-8"))
    specs = {
        spec.name: spec for spec in specs_of({name: LookUpSettings(**each) for name, each in desk.look_ups.items()})
    }
    looked_up = [node for node in tree.nodes.values() if isinstance(node, LookUp)]
    assert looked_up
    for node in looked_up:
        assert specs[node.name].asks_with <= set(node.values)
        assert set(node.gives) <= set(specs[node.name].gives)


def test_it_counts_what_it_is_asked(desk: HelpDesk) -> None:
    asked(desk, "estado-de-cuenta", linea="2123456", tramite="credito")
    asked(desk, "estado-de-cuenta", linea="2123456", tramite="cartera")
    assert desk.asked == {"/cuentas/2123456": 2}
