"""`vocero kpi …` over the control API: in Spanish, with everything behind each number."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from cti_api.counting import Counting
from cti_api.kpi.business_hours import BY_THE_CLOCK
from cti_api.model.events import EventKind
from cti_api.relay import Relay
from tests.support.control_server import ZONE, ControlServer
from tests.support.shell import Shell
from tests.support.shift import until
from tests.support.store import at, event


@pytest.fixture
def shell(server: ControlServer, alone: Shell) -> Iterator[Shell]:
    """Six calls are counted, and counting goes on."""
    calls = [
        event(
            EventKind.ATTEMPT_CLOSED, at(n * 3600), campaign_id="norte", lead_id=n, attempt_id=f"{n:032x}",
            payload={"result": "connected" if n % 3 else "no_answer", "contact": bool(n % 3), "effective": n == 1,
                     "reason": "" if n % 3 else "no_answer", "brand": "Kia" if n < 4 else "[b]Mazda"},
        )
        for n in range(6)
    ]  # fmt: skip
    tasks: list[asyncio.Task[None]] = []

    async def all_counted() -> bool:
        return (await server.store.kpi.standing()).counted == len(calls)

    async def begin() -> None:
        relay = Relay(server.store.outbox)
        tasks.append(asyncio.create_task(relay.run()))
        tasks.append(asyncio.create_task(Counting(server.store.kpi, ZONE, BY_THE_CLOCK).run(relay)))
        await server.store.outbox.append(*calls)
        await until(all_counted, 10, "all is counted")

    async def end() -> None:
        for task in tasks:
            task.cancel()

    server.do(begin)
    yield alone
    server.do(end)


def test_an_indicator_is_shown_with_its_formula_its_counts_and_its_interval(shell: Shell) -> None:
    assert "NAME [--by …] [--month …]" in shell("kpi", "--help").out
    assert "bueno desde 80 %, malo por debajo de 70 %" in shell("kpi").out
    shown = shell("kpi", "contact_rate", "--month", "2026-03").out
    for said in ("Contactabilidad", "contactos / llamadas realizadas", "66,7 %", "2026-03-01 a 2026-03-31", "P1"):
        assert said in shown
    by_brand = shell("kpi", "contact_rate", "--by", "brand", "--month", "2026-03", "--campaign", "norte").out
    assert "Kia" in by_brand
    assert "[b]Mazda" in by_brand
    assert (
        shell("kpi", "calls_made", "--month", "2026-03", "--where", "brand=Kia", "--json").json["answer"]["figures"][0][
            "value"
        ]
        == 4
    )


def test_what_lacks_its_facts_says_which(shell: Shell) -> None:
    assert "Sin datos: falta registrar contratos renovados" in shell("kpi", "retention").out
    assert "No hay filas" in shell("kpi", "rows", "retention").out


def test_the_rows_behind_are_shown_page_after_page(shell: Shell) -> None:
    shown = shell("kpi", "rows", "contact_rate", "--month", "2026-03", "--where", "brand=Kia").out
    assert "No contesta" in shown
    assert "Mazda" not in shown
    found = shell("kpi", "rows", "contact_rate", "--month", "2026-03", "--most", "5", "--json").json
    assert [each["id"][-1] for each in found] == ["5", "4", "3", "2", "1"]
    contacts = shell("kpi", "rows", "contact_rate", "--month", "2026-03", "--measure", "contacts", "--json").json
    assert len(contacts) == 4


def test_everything_is_counted_anew_and_is_the_same(shell: Shell) -> None:
    before = shell("kpi", "contact_rate", "--by", "hour", "--month", "2026-03", "--json").json
    assert "Se contaron de nuevo 6 eventos" in shell("kpi", "rebuild").out
    assert shell("kpi", "contact_rate", "--by", "hour", "--month", "2026-03", "--json").json == before


REFUSED = (
    (("nada",), "There is no indicator 'nada'"),
    (("a/b",), "is no indicator"),
    (("asa", "--by", "brand"), "not told apart by brand"),
    (("asa", "--by", "color"), "by: must be"),
    (("calls_made", "--where", "color=rojo"), "write one of brand, agent"),
    (("calls_made", "--month", "noviembre"), "month"),
)


def test_what_has_no_answer_is_refused_with_a_reason(shell: Shell) -> None:
    for arguments, said in REFUSED:
        assert said in shell("kpi", *arguments, expect=2).err, arguments
