"""A person answers and an agent is there: each hears the other, with and without answering-machine detection.

How fast that goes is measured on the wire by ``make bench`` (`tests/bench/bench_answer_to_agent.py`).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cti_api.model.ids import AgentId, TrunkId
from tests.support.shift import campaign_file, get, people, post, retry, staff, until, until_state
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.customers import Behaviour, number
from vocero.lab.rig import Rig, RigTrunk
from vocero.lab.sounds import LOUDER_THAN_MUSIC, audible_seconds, tone_seconds

pytestmark = pytest.mark.asterisk

TRUNK, ANA = TrunkId("operador-a"), AgentId("ana")
BOUND_SECONDS = 30.0


@pytest.mark.parametrize("amd", [False, True], ids=["without AMD", "with AMD"])
async def test_agent_and_person_hear_each_other(asterisk_program: AsteriskProgram, tmp_path: Path, amd: bool) -> None:
    talks = number(Behaviour.TALKS, 1)
    async with Rig(tmp_path, asterisk_program, trunks=[RigTrunk(id=TRUNK)]) as rig:
        # once more where AMD takes them for a machine
        file = campaign_file("oido", [TRUNK], amd={"enabled": amd}, retry=retry(4))
        await rig.make_campaign("oido", file, people([talks]))
        await staff(rig, ["oido"], ANA)
        await post(rig, "/campaigns/oido/start")
        phone, customers = rig.phones[ANA], rig.customers[TRUNK]

        await until(lambda: _is_in_a_talk(rig), BOUND_SECONDS, "agent and person are joined")
        before = len(phone.heard())
        await until(
            lambda: any(tone_seconds(heard, phone.tone_hz) >= 0.5 for heard in customers.heard(talks)),
            BOUND_SECONDS,
            "the person hears the agent",
        )
        await until(
            lambda: audible_seconds(phone.heard()[before:], above=LOUDER_THAN_MUSIC) >= 0.5,
            BOUND_SECONDS,
            "the agent hears the person",
        )
        await post(rig, f"/agents/{ANA}/hangup")
        await until_state(rig, "oido", "completed", BOUND_SECONDS)


async def test_what_the_agent_says_comes_back_from_the_persons_end(
    asterisk_program: AsteriskProgram, tmp_path: Path
) -> None:
    async with Rig(tmp_path, asterisk_program, trunks=[RigTrunk(id=TRUNK)]) as rig:
        await rig.make_campaign("eco", campaign_file("eco", [TRUNK]), people([number(Behaviour.ECHOES, 1)]))
        await staff(rig, ["eco"], ANA)
        await post(rig, "/campaigns/eco/start")
        phone = rig.phones[ANA]
        await until(
            lambda: tone_seconds(phone.heard(), phone.tone_hz) >= 0.5, BOUND_SECONDS, "the agent hears their own tone"
        )


async def _is_in_a_talk(rig: Rig) -> bool:
    return bool((await get(rig, f"/agents/{ANA}"))["state"] == "busy")
