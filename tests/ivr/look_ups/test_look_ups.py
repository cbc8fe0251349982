"""Other systems on the wire, asked while a caller waits: those that answer, and those that do everything else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from cti_api.clock import SystemClock
from ivr.look_ups.breaker import FAILURES, REST_SECONDS
from ivr.look_ups.look_ups import LookUps, Outcome
from ivr.look_ups.spec import Given, Spec
from ivr.tree.inputs import Failed, LookedUp
from ivr.tree.prompts import Value
from ivr.tree.steps import LookUp
from tests.support.wire_http import CUT, DRIPPING, ENDLESS, HALF, SILENT, Heard, Say, wire_http

TOKEN = "Bearer very-secret-token"
ACCOUNT = Say(200, {"estado": "al_dia"})
SHORT = 0.3
"""Seconds an answer may take where none is going to come."""


class Clock(SystemClock):
    """The machine's clock, which a test may put forward."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 26, tzinfo=UTC)

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead


class System:
    """Another system, and the look-ups that ask it."""

    def __init__(self) -> None:
        self.says: Say = ACCOUNT
        self.heard: list[Heard] = []
        self.told: list[tuple[str, str, float]] = []
        self.clock = Clock()
        self.was_asked = asyncio.Event()
        self.spec: Spec
        self.look_ups: LookUps

    async def answer(self, heard: Heard) -> Say:
        self.heard.append(heard)
        self.was_asked.set()
        return self.says

    async def look_up(self, name: str = "cuenta", within: float = 3.0, **values: Value) -> LookedUp | Failed:
        known = {"linea": "2123456", **values}
        step = LookUp(name=name, values=known, gives=("estado",), holding=(), within_seconds=within)
        return await self.look_ups.look_up(step)

    def tells(self, name: str, outcome: str, seconds: float) -> None:
        self.told.append((name, outcome, seconds))

    @property
    def outcomes(self) -> list[str]:
        return [outcome for _, outcome, _ in self.told]


@asynccontextmanager
async def asked(**changes: Any) -> AsyncIterator[System]:
    system = System()
    async with wire_http(system.answer) as port:
        spec = Spec(
            name="cuenta",
            url=f"http://127.0.0.1:{port}/cuentas/{{linea}}",
            headers={"Authorization": TOKEN},
            gives={"estado": Given(path=("estado",))},
        )
        system.spec = replace(spec, **changes)
        async with LookUps([system.spec], system.clock, system.tells) as system.look_ups:
            yield system


async def nobodys_port() -> int:
    """Where somebody listened until a moment ago."""
    async with wire_http(System().answer) as port:
        return port


async def test_the_other_system_is_asked_with_the_caller_s_value_and_our_secret() -> None:
    async with asked() as system:
        assert await system.look_up(linea="21/34 ñ") == LookedUp({"estado": "al_dia"})
        (heard,) = system.heard
        assert (heard.method, heard.target) == ("GET", "/cuentas/21%2F34%20%C3%B1")
        assert heard.headers["authorization"] == TOKEN
        assert system.outcomes == [Outcome.FOUND]


async def test_a_question_is_posted_where_the_settings_say_so() -> None:
    async with asked(posts=True, body={"cuenta": {"linea": "{linea}"}}) as system:
        assert await system.look_up() == LookedUp({"estado": "al_dia"})
        (heard,) = system.heard
        assert (heard.method, heard.json) == ("POST", {"cuenta": {"linea": "2123456"}})


async def test_nobody_of_that_name_is_an_answer() -> None:
    async with asked() as system:
        system.says = Say(404, {"error": "unknown"})
        for _ in range(FAILURES + 1):
            assert await system.look_up() == LookedUp({}, found=False)
        assert len(system.heard) == FAILURES + 1


async def test_a_value_that_is_none_is_not_asked_for() -> None:
    async with asked() as system:
        assert await system.look_up(linea="") == LookedUp({}, found=False)
        assert system.heard == []


@pytest.mark.parametrize(
    "says",
    [
        Say(500, {"estado": "al_dia"}),
        Say(401),
        Say(302, {"estado": "al_dia"}, {"Location": "/cuentas/otra"}),
        Say(200, b"<html>Mantenimiento</html>"),
        Say(200, b"\x1f\x8b\x08\x00\x00", {"Content-Encoding": "gzip"}),
        Say(200, {"saldo": 3}),
        Say(200, b"x", {"Content-Type": "a\tb", "X": "y" * 200_000}),
        Say(CUT),
        Say(HALF),
        Say(ENDLESS),
    ],
    ids=["500", "401", "redirect", "html", "gzip", "lacking", "headers", "cut", "half", "endless"],
)
async def test_an_answer_of_no_use_fails_at_once(says: Say) -> None:
    async with asked() as system:
        system.says = says
        assert await system.look_up() == Failed()
        assert system.outcomes == [Outcome.FAILED]
        assert len(system.heard) == 1, "it is asked once, and no redirect is followed"


@pytest.mark.parametrize("says", [Say(SILENT), Say(DRIPPING)], ids=["silent", "dripping"])
async def test_an_answer_that_takes_its_time_fails_when_the_time_is_over(says: Say) -> None:
    async with asked(seconds=SHORT) as system:
        system.says = says
        assert await system.look_up() == Failed()
        assert system.outcomes == [Outcome.LATE]


async def test_the_tree_may_have_less_time_than_the_settings_give() -> None:
    async with asked() as system:
        system.says = Say(SILENT)
        assert await system.look_up(within=SHORT) == Failed()
        assert system.outcomes == [Outcome.LATE]


async def test_a_system_that_is_not_there_fails() -> None:
    async with asked(url=f"http://127.0.0.1:{await nobodys_port()}/{{linea}}") as system:
        assert await system.look_up() == Failed()
        assert system.outcomes == [Outcome.FAILED]


async def test_a_look_up_that_the_settings_lack_fails() -> None:
    async with asked() as system:
        assert await system.look_up("pedido") == Failed()
        assert system.outcomes == [Outcome.UNKNOWN]


async def test_a_system_that_fails_is_left_alone_and_asked_again_by_one_caller() -> None:
    async with asked() as system:
        system.says = Say(503)
        for _ in range(FAILURES):
            await system.look_up()
        assert await system.look_up() == Failed()
        assert (system.outcomes[-1], len(system.heard)) == (Outcome.RESTING, FAILURES)
        assert {name for name, _, _ in system.told} == {"cuenta"}
        system.says = ACCOUNT
        system.clock.ahead += REST_SECONDS
        found = await asyncio.gather(system.look_up(), system.look_up())
        assert found == [LookedUp({"estado": "al_dia"}), Failed()]
        assert await system.look_up() == LookedUp({"estado": "al_dia"})


async def test_one_look_up_that_fails_leaves_the_others_alone() -> None:
    async with asked() as system:
        other = Spec(name="otra", url=f"http://127.0.0.1:{await nobodys_port()}/")
        async with LookUps([other, system.spec], system.clock) as system.look_ups:
            for _ in range(FAILURES + 1):
                assert await system.look_up("otra") == Failed()
            assert await system.look_up() == LookedUp({"estado": "al_dia"})


async def test_a_caller_who_hangs_up_ends_the_question() -> None:
    async with asked() as system:
        system.says = Say(SILENT)
        asking = asyncio.create_task(system.look_up())
        await system.was_asked.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        system.says = ACCOUNT
        assert await system.look_up() == LookedUp({"estado": "al_dia"})


async def test_the_log_says_what_failed_and_nothing_of_the_caller(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "ivr")
    async with asked() as system:
        system.says = Say(200, {"saldo": "2123456 debe 400"})
        for _ in range(FAILURES):
            await system.look_up()
    said = [(record.message, vars(record).get("look_up"), vars(record).get("why")) for record in caplog.records]
    assert said[0] == ("a look-up failed", "cuenta", "estado: estado is missing")
    assert ("a look-up is left alone for a while", "cuenta", None) in said
    for record in caplog.records:
        assert not any(secret in str(vars(record)) for secret in ("2123456", "debe", TOKEN))
    assert TOKEN not in repr(Spec(name="x", url="", headers={"Authorization": TOKEN}))
