"""Recordings through the whole dialer: whole files, and what happens when they cannot be written."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cti_api.model.ids import AgentId, CampaignId, TrunkId
from dialer.calls.recording import is_whole
from vocero.demo import CAMPAIGN_FILE
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.customers import Behaviour, number
from vocero.lab.rig import Rig, RigTrunk

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(120)]

ANA = AgentId("ana")
CAMPAIGN = CampaignId("demo-mantenimiento")
TRUNK = TrunkId("operador-a")
WAIT_SECONDS = 30.0


@pytest.fixture
async def rig(asterisk_program: AsteriskProgram, tmp_path: Path) -> AsyncIterator[Rig]:
    """A campaign that requires recordings, two people who talk until hung up, one agent signed in."""
    file = CAMPAIGN_FILE.read_text().replace("recording: on", "recording: required")
    file = file.replace("amd:\n  enabled: true", "amd:\n  enabled: false")
    rows = [f"Persona {serial},{number(Behaviour.TALKS, serial).e164},ABC{serial:03d}" for serial in range(2)]
    async with Rig(tmp_path / "rig", asterisk_program, trunks=[RigTrunk(id=TRUNK)]) as rig:
        await rig.make_campaign(CAMPAIGN, file.encode(), "\n".join(["nombre,telefono,placa", *rows, ""]))
        await rig.add_agent(ANA, "Ana Díaz", [CAMPAIGN])
        await rig.log_in(ANA)
        yield rig


def state(rig: Rig) -> str:
    return str(rig.control.get(f"/agents/{ANA}")["state"])


async def test_a_talk_leaves_a_recording_as_long_as_itself(rig: Rig) -> None:
    rig.control.post(f"/campaigns/{CAMPAIGN}/start")
    await rig.dialer.wait_until(lambda: state(rig) == "busy", WAIT_SECONDS)
    attempt_id = rig.control.get(f"/agents/{ANA}")["call"]["attempt_id"]
    file = rig.asterisk.recordings / f"{attempt_id}.wav"
    await rig.dialer.wait_until(lambda: file.exists() and file.stat().st_size > 50_000, WAIT_SECONDS)
    rig.control.post(f"/agents/{ANA}/hangup")
    await rig.dialer.wait_until(lambda: state(rig) == "wrap_up", WAIT_SECONDS)
    rig.control.post(f"/agents/{ANA}/disposition", {"code": "ya_realizado", "fields": {}})
    await rig.dialer.wait_until(lambda: state(rig) in ("ready", "reserved", "busy"), WAIT_SECONDS)
    attempts = rig.control.get(f"/campaigns/{CAMPAIGN}/attempts", format="json")
    closed = next(a for a in attempts if a["attempt_id"] == attempt_id)
    assert closed["recording"] == file.name
    assert is_whole(file.stat().st_size, closed["talk_seconds"])


async def test_a_campaign_that_requires_recordings_pauses_when_they_cannot_be_written(rig: Rig) -> None:
    rig.asterisk.recordings.rmdir()
    rig.asterisk.recordings.write_text("where the folder was")
    rig.control.post(f"/campaigns/{CAMPAIGN}/start")
    await rig.dialer.wait_until(lambda: state(rig) == "busy", WAIT_SECONDS)
    await rig.dialer.wait_until(lambda: rig.control.get(f"/campaigns/{CAMPAIGN}")["state"] == "paused", WAIT_SECONDS)
    assert rig.control.get(f"/campaigns/{CAMPAIGN}")["alarm"] == "recording"
    assert state(rig) == "busy", "the talk itself goes on"
    await rig.dialer.wait_until(
        lambda: "recording.failed" in [event["kind"] for event in rig.control.get("/events")], WAIT_SECONDS
    )
