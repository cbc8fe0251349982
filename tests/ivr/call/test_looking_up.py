"""Another system is asked in the middle of a call, and what it says is said to the caller."""

from __future__ import annotations

import shutil
from contextlib import AsyncExitStack
from pathlib import Path

from cti_api.clock import SystemClock
from cti_api.look_up_settings import LookUpSettings
from cti_api.store.store import Store
from ivr.call.front_door import FrontDoor
from ivr.call.store_desk import StoreDesk
from ivr.call.trees import TreesInForce
from ivr.look_ups.configured import specs_of
from ivr.look_ups.look_ups import LookUps
from tests.support.front_desk import Queues
from tests.support.leading import leading
from tests.support.wire_http import Heard, Say, wire_http

CLOCK = SystemClock()
TREE = """\
tree: recepcion
title: Cuentas
timezone: America/La_Paz
start: linea
fallback: adios
nodes:
  linea: {ask: Su línea, kind: digits, digits: 4, into: linea, then: cuenta}
  cuenta: {look_up: cuenta, with: [linea], gives: [saldo, vence], found: dice, not_found: nadie, failed: nada}
  dice: {say: "Debe {saldo} bolivianos hasta el {vence}.", then: adios}
  nadie: {say: No la conozco., then: adios}
  nada: {say: Ahora no puedo mirar., then: adios}
  adios: {hang_up: Hasta luego.}
"""


ANSWERS = {
    "4711": "Debe 120.5 bolivianos hasta el 30 de noviembre de 2026.",
    "4712": "No la conozco.",
    "4713": "Ahora no puedo mirar.",
}


async def accounts(heard: Heard) -> Say:
    match heard.target:
        case "/cuentas/4711":
            return Say(200, {"deuda": {"monto": 120.50, "hasta": "2026-11-30"}})
        case "/cuentas/4712":
            return Say(404)
        case _:
            return Say(500)


async def test_what_the_other_system_says_is_said_and_what_it_does_not_leads_on_by_its_way(
    tmp_path: Path, sqlite_template: Path
) -> None:
    shutil.copy(sqlite_template, tmp_path / "vocero.db")
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(wire_http(accounts))
        configured = LookUpSettings.model_validate({
            "url": f"http://127.0.0.1:{port}/cuentas/{{linea}}",
            "gives": {"saldo": "deuda.monto", "vence": {"path": "deuda.hasta", "kind": "date"}},
        })  # fmt: skip
        store = await stack.enter_async_context(Store.open(f"sqlite:///{tmp_path / 'vocero.db'}", clock=CLOCK))
        await store.trees.publish("recepcion", "Cuentas", TREE, "ana", CLOCK.now())
        look_ups = await stack.enter_async_context(LookUps(specs_of({"cuenta": configured}), CLOCK))
        door = FrontDoor(
            trees=TreesInForce(store.trees),
            desk=StoreDesk(store=store, call_backs=Queues(), recordings=tmp_path, clock=CLOCK, region="BO"),
            look_ups=look_ups,
            record=store.front_desk,
            recordings=tmp_path,
            region="BO",
            clock=CLOCK,
        )
        led = await stack.enter_async_context(leading(door, tmp_path))
        for place, (number, told) in enumerate(ANSWERS.items()):
            async with led.caller(call_id=f"{place:032x}") as caller:
                await caller.hears("Su línea")
                caller.press(number)
                await caller.until_gone()
            assert caller.heard[-2:] == [told, "Hasta luego."]
