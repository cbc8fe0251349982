"""Five agents and the same customers twice: once called one for each free agent, once ahead of the agents.

Real Asterisk, real SIP, talks of seconds instead of minutes. What came of each arm is told by our store and by the
customers' telephones, which know nothing of each other: every number must be the same on both sides.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
import pytest_asyncio
from rich.console import Console
from rich.table import Table

from cti_api.model.ids import CampaignId, TrunkId
from cti_api.model.phone import PhoneNumber
from tests.support.campaigns import recording
from tests.support.crew import Crew
from tests.support.shift import attempts, campaign_file, get, people, post, staff, until_state
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.customers import Behaviour, Step, number
from vocero.lab.rig import Rig, RigTrunk

CUSTOMERS = int(os.environ.get("VOCERO_PACING_CUSTOMERS", "600"))
"""Of each arm."""
SECONDS_EACH = 4.0
"""What a customer takes in the slower arm, at most, with five agents; against hanging."""

pytestmark = [pytest.mark.asterisk, pytest.mark.long, pytest.mark.timeout(600 + 2 * SECONDS_EACH * CUSTOMERS)]

ARMS = ("progressive", "predictive")
AGENTS = ("ana", "beto", "carla", "dario", "elsa")
TRUNK = RigTrunk(id=TrunkId("operador-a"), channels=60)
LIMIT = 0.03
TALK = (7.0, 15.0)
"""Shortest and longest, in seconds."""
SHORTEST_TALK = 6.5
"""Whom we hang up on before this met nobody: two seconds of hold, half a second of message, three to press a key."""
MESSAGE_SECONDS = 0.5
ALIKE = 0.03
"""By how much the two sides may differ: the telephones know when they were taken, and not when an agent came."""

FATES = (
    (8, Behaviour.ANSWERS_LATE),
    (5, Behaviour.RINGS_THEN_FAILS),
    (4, Behaviour.RINGS_OUT),
    (3, Behaviour.BUSY),
)
"""Of twenty customers: two in five answer, after four seconds; a fifth rings for fifteen."""


def everybody() -> list[PhoneNumber]:
    """In the order in which both arms call them."""
    random, served = Random(4), Counter[Behaviour]()
    kinds, weights = [kind for _, kind in FATES], [weight for weight, _ in FATES]
    numbers = []
    for kind in random.choices(kinds, weights, k=CUSTOMERS):
        served[kind] += 1
        numbers.append(number(kind, served[kind], status=480 if kind is Behaviour.RINGS_THEN_FAILS else 0))
    return numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One arm as one witness tells it."""

    placed: Counter[str]
    """By number."""
    answered: frozenset[str]
    abandoned: frozenset[str]
    talk_seconds: float
    """While there was somebody left to be called."""

    def utilisation(self, seconds: float) -> float:
        return self.talk_seconds / (len(AGENTS) * seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    store: Side
    telephones: Side
    seconds: float
    """From the first call placed to the last."""
    status: dict[str, Any]
    decisions: list[dict[str, Any]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def arms(
    asterisk_program: AsteriskProgram, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[str, Arm]]:
    """One after the other: they measure time."""
    numbers = everybody()
    yield {mode: await _arm(mode, numbers, asterisk_program, tmp_path_factory.mktemp(mode)) for mode in ARMS}


async def _arm(mode: str, numbers: Sequence[PhoneNumber], program: AsteriskProgram, folder: Path) -> Arm:
    campaign = CampaignId("turno")
    async with Rig(folder / "rig", program, trunks=[TRUNK]) as rig:
        promise = {"limit": f"{LIMIT * 100:g} %", "hold": "2 s"}
        file = campaign_file(campaign, [TRUNK.id], mode=mode, abandonment=promise, max_channels=TRUNK.channels)
        await rig.make_campaign(campaign, file, people(numbers))
        sound = recording(MESSAGE_SECONDS)
        await asyncio.to_thread(
            rig.control.send, "PUT", f"/campaigns/{campaign}/messages/abandoned", sound, "audio/wav"
        )
        await staff(rig, [campaign], *AGENTS)
        async with asyncio.TaskGroup() as tasks:
            crew = tasks.create_task(Crew(rig.control, Random(5), talk=TALK).work())
            await post(rig, f"/campaigns/{campaign}/start")
            status = await until_state(rig, campaign, "completed", SECONDS_EACH * CUSTOMERS + 120)
            crew.cancel()
        tried = await attempts(rig, campaign)
        placed = [_instant(one["created_at"]) for one in tried]
        first, last = min(placed), max(placed)
        return Arm(
            store=_by_the_store(tried, first, last),
            telephones=_by_the_telephones(rig.customers[TRUNK.id].steps(), first, last),
            seconds=last - first,
            status=status,
            decisions=[one["payload"] for one in await get(rig, "/events") if one["kind"] == "pacing.decision"],
        )


def _by_the_store(tried: Sequence[dict[str, Any]], first: float, last: float) -> Side:
    talks = [(one["connected_at"], one["ended_at"]) for one in tried if one["connected_at"]]
    return Side(
        placed=Counter(one["number"] for one in tried),
        answered=frozenset(
            one["number"] for one in tried if one["result"] in ("connected", "abandoned", "caller_hung_up")
        ),
        abandoned=frozenset(one["number"] for one in tried if one["result"] == "abandoned"),
        talk_seconds=sum(_within(_instant(began), _instant(ended), first, last) for began, ended in talks),
    )


def _by_the_telephones(steps: Sequence[Step], first: float, last: float) -> Side:
    at: dict[str, dict[str, float]] = {}
    for step in steps:
        at.setdefault(step.call_id, {}).setdefault(step.what, step.at)
    of = {step.call_id: step.number.e164 for step in steps}
    up = {call: (when["answered"], when["hung_up"]) for call, when in at.items() if "answered" in when}
    left = {call for call, (began, ended) in up.items() if ended - began < SHORTEST_TALK}
    return Side(
        placed=Counter(of.values()),
        answered=frozenset(of[call] for call in up),
        abandoned=frozenset(of[call] for call in left),
        talk_seconds=sum(_within(*when, first, last) for call, when in up.items() if call not in left),
    )


def _instant(written: str) -> float:
    return datetime.fromisoformat(written).timestamp()


def _within(began: float, ended: float, first: float, last: float) -> float:
    return max(min(ended, last) - max(began, first), 0.0)


def test_the_figures_of_both_arms_are_told(arms: dict[str, Arm], capsys: pytest.CaptureFixture[str]) -> None:
    table = Table("arm", "as told by", "calls", "live answers", "abandoned", "share", "utilisation", "seconds")
    for mode, arm in arms.items():
        for name, side in (("the store", arm.store), ("the telephones", arm.telephones)):
            table.add_row(
                mode,
                name,
                str(side.placed.total()),
                str(len(side.answered)),
                str(len(side.abandoned)),
                f"{len(side.abandoned) / max(len(side.answered), 1):.2%}",
                f"{side.utilisation(arm.seconds):.1%}",
                f"{arm.seconds:.0f}",
            )
    with capsys.disabled():
        Console(width=120).print("", table)
    assert len(table.rows) == 2 * len(ARMS)


@pytest.mark.parametrize("mode", ARMS)
def test_both_sides_tell_the_same_of_every_customer(mode: str, arms: dict[str, Arm]) -> None:
    store, telephones = arms[mode].store, arms[mode].telephones
    assert store.placed == telephones.placed == Counter(one.e164 for one in everybody())
    assert store.answered == telephones.answered
    assert store.abandoned == telephones.abandoned
    seconds = arms[mode].seconds
    assert telephones.utilisation(seconds) == pytest.approx(store.utilisation(seconds), abs=ALIKE)


@pytest.mark.parametrize("mode", ARMS)
def test_the_promise_is_kept_and_told_as_it_was(mode: str, arms: dict[str, Arm]) -> None:
    arm = arms[mode]
    assert len(arm.store.abandoned) <= LIMIT * len(arm.store.answered) + 1
    results = arm.status["attempts_by_result"]
    assert results.get("abandoned", 0) == len(arm.store.abandoned)
    assert arm.decisions, "a sample of the decisions is among the events"


def test_agents_talk_more_when_calls_are_placed_ahead_of_them(arms: dict[str, Arm]) -> None:
    ahead, after = arms["predictive"], arms["progressive"]
    assert ahead.store.utilisation(ahead.seconds) > after.store.utilisation(after.seconds)
    assert ahead.telephones.utilisation(ahead.seconds) > after.telephones.utilisation(after.seconds)
    assert not after.store.abandoned, "one call for each free agent leaves nobody alone"
