"""Recordings through the whole dialer: whole files, and what happens when they cannot be written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cti_api.model.ids import TrunkId
from tests.support.floor import until_agent
from tests.support.recordings import BLOCK_SECONDS, as_long_as, sound_seconds
from tests.support.shift import attempts, campaign_file, get, people, post, staff, until, until_state
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.customers import Behaviour, number
from vocero.lab.rig import Rig, RigTrunk

pytestmark = pytest.mark.asterisk

CAMPAIGN, TRUNK = "grabada", TrunkId("operador-a")
WAIT_SECONDS = 30.0


@pytest.fixture
async def rig(asterisk_program: AsteriskProgram, tmp_path: Path) -> AsyncIterator[Rig]:
    """A campaign that requires recordings, two people who talk until hung up, one agent signed in."""
    file = campaign_file(CAMPAIGN, [TRUNK], recording="required", wrap_up="60 s")
    async with Rig(tmp_path / "rig", asterisk_program, trunks=[RigTrunk(id=TRUNK)]) as rig:
        await rig.make_campaign(CAMPAIGN, file, people(number(Behaviour.TALKS, serial) for serial in range(2)))
        await staff(rig, [CAMPAIGN], "ana")
        yield rig


async def test_a_talk_leaves_a_recording_as_long_as_itself(rig: Rig) -> None:
    await post(rig, f"/campaigns/{CAMPAIGN}/start")
    attempt_id = (await until_agent(rig, "ana", "busy", WAIT_SECONDS))["call"]["attempt_id"]
    file = rig.asterisk.recordings / f"{attempt_id}.wav"
    await until(lambda: sound_seconds(file) > BLOCK_SECONDS, WAIT_SECONDS, "the talk has lasted some seconds")
    await post(rig, "/agents/ana/hangup")
    await until_agent(rig, "ana", "wrap_up", WAIT_SECONDS)
    await post(rig, f"/campaigns/{CAMPAIGN}/pause")
    await post(rig, "/agents/ana/disposition", {"code": "hablado"})
    (closed,) = [one for one in await attempts(rig, CAMPAIGN) if one["attempt_id"] == attempt_id]
    assert closed["recording"] == file.name
    assert closed["talk_seconds"] > BLOCK_SECONDS
    await until(lambda: as_long_as(closed["talk_seconds"], file), WAIT_SECONDS, "the file holds the talk and no more")


async def test_a_campaign_that_requires_recordings_pauses_when_they_cannot_be_written(rig: Rig) -> None:
    rig.asterisk.recordings.rmdir()
    rig.asterisk.recordings.write_text("where the folder was")
    await post(rig, f"/campaigns/{CAMPAIGN}/start")
    await until_agent(rig, "ana", "busy", WAIT_SECONDS)
    paused = await until_state(rig, CAMPAIGN, "paused", WAIT_SECONDS)
    assert paused["alarm"] == "recording"
    assert (await get(rig, "/agents/ana"))["state"] == "busy", "the talk itself goes on"

    async def told() -> bool:
        return "recording.failed" in {event["kind"] for event in await get(rig, "/events")}

    await until(told, WAIT_SECONDS, "the failure is among the events")
