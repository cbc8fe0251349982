"""The dialer killed without warning, with calls up: nobody is called twice, no lead is lost, no agent is signed out.

Counted by the customers' telephones and Asterisk's journal; our store is only what is held against them.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from cti_api.clock import SystemClock
from cti_api.model.ids import AgentId, CampaignId
from cti_api.model.leads import DIALABLE_LEAD_STATES, FINAL_LEAD_STATES
from cti_api.model.phone import PhoneNumber
from tests.support.calls import place
from tests.support.crew import Crew
from tests.support.floor import TRUNK, all_go_home, crowd, seeded, until_agent, until_live
from tests.support.raw_ami import raw_ami
from tests.support.shift import (
    ANSWERED,
    attempts,
    campaign_file,
    closed_attempt,
    get,
    people,
    post,
    retry,
    staff,
    until,
    until_state,
)
from tests.support.witness import dialed_twice, journal_calls, left_behind, phone_calls
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.customers import Behaviour, number
from vocero.lab.rig import Rig, RigTrunk

pytestmark = pytest.mark.asterisk

CAMPAIGN = CampaignId("turno")
MIN_GAP = 1.0
"""Of `shift.retry`, in seconds."""

AGENTS = 16
LIVE_CALLS = 12
"""At least so many when the dialer is killed."""
KILLED_AFTER = (0.15, 1.6)
"""Seconds since the dialer answered, shortest and longest."""
LONG_KILLS = int(os.environ.get("VOCERO_KILLS", "200"))

MIX = {
    Behaviour.TALKS: 8,
    Behaviour.RINGS_OUT: 4,
    Behaviour.ANSWERS_LATE: 4,
    Behaviour.HANGS_UP: 3,
    Behaviour.MACHINE: 2,
    Behaviour.BUSY: 1,
    Behaviour.CONGESTED: 1,
    Behaviour.HANGS_UP_AT_ONCE: 1,
}
"""Of 24 people."""

TOLD = {Behaviour.RINGS_OUT: {"no_answer"}, Behaviour.BUSY: {"busy"}, Behaviour.CONGESTED: {"congestion"}}
"""What becomes of a call to them, watched or not; of one to anybody else: `ANSWERED`."""

ORPHAN_SECONDS = 5.0
"""No channel outlives its attempt by more than this."""

log = logging.getLogger(__name__)


def everybody(count: int, random: Random) -> dict[PhoneNumber, Behaviour]:
    """People of every behaviour, in random order."""
    serials: Counter[Behaviour] = Counter()
    behaviours = {}
    for kind in random.choices(list(MIX), weights=list(MIX.values()), k=count):
        behaviours[number(kind, serials[kind])] = kind
        serials[kind] += 1
    return behaviours


async def killed_again_and_again(rig: Rig, random: Random, leads: int, kills: int) -> None:
    """Agents at work, the dialer killed and started; then the campaign is drained and everything counted."""
    live_at_kill: list[int] = []
    behaviours = everybody(leads, random)
    file = campaign_file(CAMPAIGN, [TRUNK], wrap_up="3 s", amd={"enabled": True}, retry=retry(2))
    await rig.make_campaign(CAMPAIGN, file, people(behaviours))
    await crowd(rig, CAMPAIGN, AGENTS)
    await post(rig, f"/campaigns/{CAMPAIGN}/start")
    async with asyncio.TaskGroup() as tasks:
        crew = tasks.create_task(Crew(rig.control, random, talk=(2.0, 8.0)).work())
        for _ in range(kills):
            await asyncio.sleep(random.uniform(*KILLED_AFTER))
            live_at_kill.append(await until_live(rig, LIVE_CALLS))
            rig.dialer.kill()
            await rig.start_dialer()
        await rig.reconciled()
        await post(rig, f"/campaigns/{CAMPAIGN}/drain")
        status = await until_state(rig, CAMPAIGN, "completed", 90)
        crew.cancel()

    tried = await attempts(rig, CAMPAIGN)
    results = Counter(attempt["result"] for attempt in tried)
    log.info(
        "%d kills with %d to %d calls live; %d calls: %s",
        kills,
        min(live_at_kill),
        max(live_at_kill),
        len(tried),
        dict(results),
    )
    phones, journal = phone_calls(rig.customers[TRUNK].steps()), journal_calls(rig.asterisk.journal)
    assert dialed_twice(tried, phones, journal, MIN_GAP) == []
    assert left_behind(tried, journal, ORPHAN_SECONDS) == []
    assert [one for one in tried if one["state"] != "closed"] == []
    assert sum(status["leads_by_state"].values()) == leads
    assert status["leads_by_state"].keys() <= FINAL_LEAD_STATES | DIALABLE_LEAD_STATES
    for one in tried:
        told = TOLD.get(behaviours[PhoneNumber(one["number"])], ANSWERED)
        if one["attempt_id"] in journal:
            assert one["result"] in told, journal[one["attempt_id"]].rows
        else:
            assert one["result"] == "never_dialed"
    await all_go_home(rig)


@pytest.mark.timeout(240)
async def test_six_kills_at_any_instant_call_nobody_twice_and_lose_no_lead(
    asterisk_program: AsteriskProgram, tmp_path: Path
) -> None:
    async with seeded(20261122, tmp_path, asterisk_program) as (rig, random):
        await killed_again_and_again(rig, random, leads=100, kills=6)


@pytest.mark.long
@pytest.mark.timeout(3000)
async def test_hundreds_of_kills_at_any_instant_call_nobody_twice_and_lose_no_lead(
    asterisk_program: AsteriskProgram, tmp_path: Path
) -> None:
    seed = Random().getrandbits(32)
    async with seeded(seed, tmp_path, asterisk_program) as (rig, random):
        await killed_again_and_again(rig, random, leads=200 + 12 * LONG_KILLS, kills=LONG_KILLS)


# --------------------------------------------------------------------------------------------- one thing at a time


@asynccontextmanager
async def a_talk(folder: Path, program: AsteriskProgram, **entries: Any) -> AsyncIterator[tuple[Rig, dict[str, Any]]]:
    """Ana in a talk with the campaign's only person."""
    async with Rig(folder, program, trunks=[RigTrunk(id=TRUNK)]) as rig:
        file = campaign_file(CAMPAIGN, [TRUNK], **{"wrap_up": "60 s", **entries})
        await rig.make_campaign(CAMPAIGN, file, people([number(Behaviour.TALKS, 0)]))
        await staff(rig, [CAMPAIGN], "ana")
        await post(rig, f"/campaigns/{CAMPAIGN}/start")
        await until_agent(rig, "ana", "busy")
        yield rig, await get(rig, "/agents/ana")


async def killed_and_back(rig: Rig) -> None:
    rig.dialer.kill()
    await rig.start_dialer()
    await rig.reconciled()


def assert_same_call(found: dict[str, Any], before: dict[str, Any]) -> None:
    """The talk's beginning is Asterisk's where the dialer did not see it itself."""
    began, began_before = (datetime.fromisoformat(each["connected_at"]) for each in (found, before))
    assert abs(began - began_before) < timedelta(seconds=1)
    assert found | {"connected_at": None} == before | {"connected_at": None}


async def test_a_talk_goes_on_through_a_kill_and_its_agent_has_it_on_screen(
    asterisk_program: AsteriskProgram, tmp_path: Path
) -> None:
    async with a_talk(tmp_path, asterisk_program) as (rig, ana):
        killed_at = SystemClock().now()
        await killed_and_back(rig)
        found = await get(rig, "/agents/ana")
        assert found["state"] == "busy"
        assert_same_call(found["call"], ana["call"])
        await post(rig, "/agents/ana/hangup")
        await until_agent(rig, "ana", "wrap_up")
        await post(rig, "/agents/ana/disposition", {"code": "hablado"})
        attempt = await closed_attempt(rig, CAMPAIGN)
        assert (attempt["result"], attempt["agent_id"], attempt["disposition"]) == ("connected", "ana", "hablado")
        (call,) = phone_calls(rig.customers[TRUNK].steps())
        assert call.how == "hung_up"
        assert datetime.fromisoformat(attempt["connected_at"]) < killed_at, "the talk is counted from its beginning"


async def test_a_talk_that_ends_while_no_dialer_runs_is_wrapped_up_by_its_agent(
    asterisk_program: AsteriskProgram, tmp_path: Path
) -> None:
    async with a_talk(tmp_path, asterisk_program) as (rig, ana):
        rig.dialer.kill()
        await rig.phones[AgentId("ana")].press("*")
        await until(lambda: phone_calls(rig.customers[TRUNK].steps())[0].how == "hung_up", 30, "the person is gone")
        await rig.start_dialer()
        found = await until_agent(rig, "ana", "wrap_up")
        assert_same_call(found["call"], ana["call"])
        await post(rig, "/agents/ana/disposition", {"code": "hablado"})
        await until_agent(rig, "ana", "ready")
        attempt = await closed_attempt(rig, CAMPAIGN)
        assert (attempt["result"], attempt["agent_id"], attempt["disposition"]) == ("connected", "ana", "hablado")


async def test_a_wrap_up_and_what_was_asked_for_after_it_outlive_a_kill(
    asterisk_program: AsteriskProgram, tmp_path: Path
) -> None:
    async with a_talk(tmp_path, asterisk_program) as (rig, ana):
        await post(rig, "/agents/ana/pause", {"reason": "almuerzo"})
        await post(rig, "/agents/ana/hangup")
        await until_agent(rig, "ana", "wrap_up")
        await killed_and_back(rig)
        found = await get(rig, "/agents/ana")
        assert (found["state"], found["pending"]) == ("wrap_up", "not_ready")
        assert_same_call(found["call"], ana["call"])
        await post(rig, "/agents/ana/disposition", {"code": "hablado"})
        paused = await get(rig, "/agents/ana")
        assert (paused["state"], paused["reason"]) == ("not_ready", "almuerzo")
        await killed_and_back(rig)
        paused = await get(rig, "/agents/ana")
        assert (paused["state"], paused["reason"]) == ("not_ready", "almuerzo")


async def test_a_disposition_given_in_the_talk_outlives_a_kill(
    asterisk_program: AsteriskProgram, tmp_path: Path
) -> None:
    async with a_talk(tmp_path, asterisk_program) as (rig, _):
        await post(rig, "/agents/ana/disposition", {"code": "hablado"})
        await killed_and_back(rig)
        await post(rig, "/agents/ana/hangup")
        await until_agent(rig, "ana", "ready")
        assert (await closed_attempt(rig, CAMPAIGN))["disposition"] == "hablado"


async def test_a_second_dialer_on_the_same_store_is_refused_in_a_sentence(
    asterisk_program: AsteriskProgram, tmp_path: Path
) -> None:
    async with Rig(tmp_path, asterisk_program, trunks=[RigTrunk(id=TRUNK)]) as rig:
        second = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "vocero", "--settings", str(rig.settings_file), "up"),
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await asyncio.wait_for(second.communicate(), 30)
        assert second.returncode == 1
        assert said.decode().startswith("✗ Another dialer runs on this store")
        assert f"pid {rig.dialer.pid}" in said.decode()
        assert (await get(rig, "/status"))["link_up"], "the first one works on"


async def test_a_channel_with_an_id_of_ours_that_belongs_to_no_attempt_is_hung_up(
    asterisk_program: AsteriskProgram, tmp_path: Path
) -> None:
    async with Rig(tmp_path, asterisk_program, trunks=[RigTrunk(id=TRUNK)]) as rig:
        rig.dialer.kill()
        async with raw_ami(rig.asterisk.ami_port, rig.asterisk.ami_secret) as ami:
            stranger = place(ami, number(Behaviour.TALKS, 0), trunk=TRUNK, hold="60")
            await ami.said("VoceroLive", stranger)
            await rig.start_dialer()
            await ami.event("Hangup", 30, Uniqueid=stranger)
        assert "a channel without an attempt is hung up" in rig.dialer.output.read_text()
