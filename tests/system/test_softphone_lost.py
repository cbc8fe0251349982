"""Agents and their softphones on the real thing: who loses theirs holds no customer; what hand and keypad can do."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import pytest
import pytest_asyncio

from cti_api.errors import Conflict
from cti_api.model.ids import AgentId, CampaignId
from tests.support.calls import tone_heard
from tests.support.floor import TRUNK, until_agent
from tests.support.shift import attempts, campaign_file, closed_attempt, get, people, post, until
from tests.support.witness import PhoneCall, journal_calls, phone_calls
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.customers import Behaviour, number
from vocero.lab.rig import Rig, RigTrunk
from vocero.lab.softphones import Softphone
from vocero.lab.sounds import tone, write_wav

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(240)]

MESSAGE_HZ = 1700.0
"""What the campaigns here say to a person nobody comes for: no agent's tone is near it."""

LOST_SECONDS = 40.0
"""A generous bound for a softphone that went without a word: it is asked every 5 s, has 2 s to answer, and is asked
twice in a talk."""

SERIALS = count()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def rig(asterisk_program: AsteriskProgram, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    """One for all tests here: each has a campaign, people and agents of its own."""
    async with Rig(tmp_path_factory.mktemp("softphones"), asterisk_program, trunks=[RigTrunk(id=TRUNK)]) as rig:
        yield rig


class Scene:
    """A campaign with one person, and its agents."""

    def __init__(self, rig: Rig, name: str) -> None:
        self.rig = rig
        self.campaign = CampaignId(name)
        self.person = number(Behaviour.TALKS, next(SERIALS))

    async def open(self, *agents: str, connect: str = "nailed_up", **entries: Any) -> None:
        """Make it, and sign the agents in: who comes first is idle the longest, and gets the call."""
        file = campaign_file(self.campaign, [TRUNK], **{"wrap_up": "60 s", **entries})
        await self.rig.make_campaign(self.campaign, file, people([self.person]))
        folder = self.rig.asterisk.campaign_sounds / self.campaign
        folder.mkdir(parents=True)
        write_wav(folder / "abandoned.wav", tone(1000, MESSAGE_HZ))
        for agent in agents:
            await self.rig.add_agent(AgentId(agent), agent.title(), [self.campaign], connect=connect)
            await self.rig.log_in(AgentId(agent))

    async def start(self) -> None:
        await post(self.rig, f"/campaigns/{self.campaign}/start")

    async def talk(self, agent: str) -> None:
        """Start it, and wait until this agent talks with the person."""
        await self.start()
        await until_agent(self.rig, agent, "busy")

    def phone(self, agent: str) -> Softphone:
        return self.rig.phones[AgentId(agent)]

    async def closed_attempt(self) -> dict[str, Any]:
        """The only one, once its end is written."""
        return await closed_attempt(self.rig, self.campaign)

    def how(self) -> str:
        """How the person's only call ended, by their telephone; empty while it lasts."""
        calls = self.calls()
        assert len(calls) <= 1
        return calls[0].how if calls else ""

    def calls(self) -> list[PhoneCall]:
        """To the person, by their telephone."""
        return [c for c in phone_calls(self.rig.customers[TRUNK].steps()) if c.number == self.person.e164]

    async def talks(self) -> int:
        """How often the person was joined with an agent, by Asterisk's journal."""
        (attempt,) = await attempts(self.rig, self.campaign)
        return journal_calls(self.rig.asterisk.journal)[attempt["attempt_id"]].rows.count("BRIDGE_ENTER")

    async def until_over(self, seconds: float = 20) -> str:
        await until(lambda: self.how() != "", seconds, "the person's call is over")
        return self.how()

    def heard(self, hz: float) -> float:
        """Seconds of this tone that the person heard."""
        return tone_heard(self.rig.customers[TRUNK], self.person, hz)

    async def until_heard(self, hz: float, seconds: float) -> None:
        await until(lambda: self.heard(hz) > seconds, 20, f"the person hears {hz:g} Hz")


# ---------------------------------------------------------------------------------------------------- lost in a talk


async def test_a_person_whose_agents_softphone_dies_goes_to_the_next_agent(rig: Rig) -> None:
    scene = Scene(rig, "muere-en-la-llamada")
    await scene.open("ana", "luis")
    await scene.talk("ana")
    scene.phone("ana").kill()
    await until_agent(rig, "luis", "busy", LOST_SECONDS)
    lost = await get(rig, "/agents/ana")
    assert (lost["state"], lost["reason"], lost["call"]) == ("not_ready", "technical", None)
    await scene.until_heard(scene.phone("luis").tone_hz, 1.0)
    assert scene.how() == ""
    await scene.phone("ana").start()
    await until_agent(rig, "ana", "ready")
    await post(rig, "/agents/luis/hangup")
    await post(rig, "/agents/luis/disposition", {"code": "hablado"})
    attempt = await scene.closed_attempt()
    assert (attempt["result"], attempt["agent_id"]) == ("connected", "luis")
    for agent in ("ana", "luis"):  # not at the same moment: a softphone that had no turn for 2 s passes for lost
        await until_agent(rig, agent, "ready")


async def test_a_person_whose_agents_softphone_quits_goes_to_the_next_agent(rig: Rig) -> None:
    scene = Scene(rig, "cierra-en-la-llamada")
    await scene.open("berta", "pablo")
    await scene.talk("berta")
    await scene.phone("berta").stop()
    await until_agent(rig, "pablo", "busy")
    lost = await get(rig, "/agents/berta")
    assert (lost["state"], lost["reason"]) == ("not_ready", "technical")
    await post(rig, "/agents/pablo/hangup")
    assert await scene.until_over() == "hung_up"


async def test_a_person_whose_only_agent_is_lost_hears_the_message(rig: Rig) -> None:
    scene = Scene(rig, "muere-sin-otro")
    await scene.open("carla")
    await scene.talk("carla")
    scene.phone("carla").kill()
    assert await scene.until_over(LOST_SECONDS + 10) == "hung_up"
    await scene.until_heard(MESSAGE_HZ, 0.7)
    assert (await scene.closed_attempt())["result"] == "connected"
    await scene.phone("carla").start()
    await until_agent(rig, "carla", "ready")


async def test_who_asked_to_sign_out_after_the_call_is_signed_out_by_losing_the_softphone(rig: Rig) -> None:
    scene = Scene(rig, "se-iba-y-muere")
    await scene.open("dora")
    await scene.talk("dora")
    await post(rig, "/agents/dora/logout")
    await scene.phone("dora").stop()
    await until_agent(rig, "dora", "logged_off")
    await scene.phone("dora").start()
    await scene.until_over()
    assert (await get(rig, "/agents/dora"))["state"] == "logged_off"


# ---------------------------------------------------------------------------------------------- lost between two talks


async def test_a_softphone_that_died_between_talks_gets_no_person(rig: Rig) -> None:
    scene = Scene(rig, "muere-sin-llamada")
    await scene.open("elsa", "raul")
    scene.phone("elsa").kill()
    await until_agent(rig, "elsa", "not_ready", LOST_SECONDS)
    await scene.start()
    await until_agent(rig, "raul", "busy")
    await scene.phone("elsa").start()
    await until_agent(rig, "elsa", "ready")
    await post(rig, "/agents/raul/hangup")


async def test_a_person_joined_with_a_softphone_that_has_just_died_goes_on_to_the_next_agent(rig: Rig) -> None:
    scene = Scene(rig, "recien-muerto")
    await scene.open("flor", "saul")
    await scene.start()
    await until(lambda: bool(scene.calls()), 20, "the person's telephone rings")
    scene.phone("flor").kill()
    await until_agent(rig, "saul", "busy", LOST_SECONDS + 10)
    assert scene.how() == ""
    assert await scene.talks() == 2, "she had been joined with them, too"
    await post(rig, "/agents/saul/hangup")


async def test_a_pause_of_ones_own_is_not_ended_by_a_softphone_that_comes_back(rig: Rig) -> None:
    scene = Scene(rig, "pausa-y-muere")
    await scene.open("gina")
    await post(rig, "/agents/gina/pause", {"reason": "almuerzo"})
    await scene.phone("gina").stop()
    await scene.phone("gina").start()

    async def takes_her_back() -> bool:
        found = await get(rig, "/agents/gina")
        assert (found["state"], found["reason"]) == ("not_ready", "almuerzo")
        try:
            await post(rig, "/agents/gina/ready")
        except Conflict:
            return False
        return True

    await until(takes_her_back, 20, "her softphone was called, and she may be ready")


# ------------------------------------------------------------------------------------------------- rung for each call


async def test_a_rung_agent_is_joined_and_ends_the_call_by_hanging_up(rig: Rig) -> None:
    scene = Scene(rig, "timbrado")
    await scene.open("hugo", connect="rung")
    await scene.talk("hugo")
    await scene.until_heard(scene.phone("hugo").tone_hz, 0.5)
    await scene.phone("hugo").hang_up()
    assert await scene.until_over() == "hung_up"
    await until_agent(rig, "hugo", "wrap_up")
    await post(rig, "/agents/hugo/disposition", {"code": "hablado"})
    assert (await get(rig, "/agents/hugo"))["state"] == "ready"
    assert (await scene.closed_attempt())["disposition"] == "hablado"


async def test_a_person_whose_rung_agents_softphone_dies_goes_to_the_next_agent(rig: Rig) -> None:
    scene = Scene(rig, "timbrado-muere")
    await scene.open("ines", "tomas", connect="rung")
    await scene.talk("ines")
    scene.phone("ines").kill()
    await until_agent(rig, "tomas", "busy", LOST_SECONDS)
    assert (await get(rig, "/agents/ines"))["state"] == "not_ready"
    assert scene.how() == ""
    await post(rig, "/agents/tomas/hangup")


async def test_nobody_waits_for_a_softphone_that_rings_and_is_not_taken(rig: Rig) -> None:
    scene = Scene(rig, "timbra-y-nada")
    await scene.open("juan", connect="rung")
    os.kill(scene.phone("juan").pid, signal.SIGSTOP)
    try:
        await scene.start()
        assert await scene.until_over() == "hung_up"
        await scene.until_heard(MESSAGE_HZ, 0.7)
        await until_agent(rig, "juan", "not_ready", LOST_SECONDS)
    finally:
        os.kill(scene.phone("juan").pid, signal.SIGCONT)
    assert (await scene.closed_attempt())["result"] == "abandoned"


# --------------------------------------------------------------------------------------------------- hand and keypad


async def test_the_star_key_ends_the_call_and_a_digit_says_what_became_of_it(rig: Rig) -> None:
    scene = Scene(rig, "teclado")
    await scene.open("lola")
    await scene.talk("lola")
    await scene.phone("lola").press("*")
    assert await scene.until_over() == "hung_up"
    await until_agent(rig, "lola", "wrap_up")
    await scene.phone("lola").press("1")
    await until_agent(rig, "lola", "ready")
    assert (await scene.closed_attempt())["disposition"] == "hablado"


async def test_a_digit_that_stands_for_nothing_changes_nothing(rig: Rig) -> None:
    scene = Scene(rig, "teclado-errado")
    await scene.open("mara", wrap_up="3 s")
    await scene.talk("mara")
    await post(rig, "/agents/mara/hangup")
    await until_agent(rig, "mara", "wrap_up")
    await scene.phone("mara").press("7")
    await until_agent(rig, "mara", "ready")
    assert (await scene.closed_attempt())["disposition"] == "", "the wrap-up passed without a word"


async def test_a_pause_asked_for_in_a_call_begins_after_it(rig: Rig) -> None:
    scene = Scene(rig, "pausa-pedida")
    await scene.open("nora")
    await scene.talk("nora")
    asked = await post(rig, "/agents/nora/pause", {"reason": "almuerzo"})
    assert (asked["state"], asked["pending"]) == ("busy", "not_ready")
    await post(rig, "/agents/nora/hangup")
    await until_agent(rig, "nora", "wrap_up")
    await post(rig, "/agents/nora/disposition", {"code": "hablado"})
    paused = await get(rig, "/agents/nora")
    assert (paused["state"], paused["reason"], paused["pending"]) == ("not_ready", "almuerzo", None)
    assert (await post(rig, "/agents/nora/ready"))["state"] == "ready"


async def test_a_sign_out_asked_for_in_a_call_ends_the_shift_after_it(rig: Rig) -> None:
    scene = Scene(rig, "salida-pedida")
    await scene.open("olga")
    await scene.talk("olga")
    assert (await post(rig, "/agents/olga/logout"))["pending"] == "logged_off"
    assert scene.how() == ""
    await post(rig, "/agents/olga/hangup")
    await until_agent(rig, "olga", "wrap_up")
    await post(rig, "/agents/olga/disposition", {"code": "hablado"})
    assert (await get(rig, "/agents/olga"))["state"] == "logged_off"

    async def gone() -> bool:
        return not any(name.startswith("PJSIP/olga-") for name in await rig.channels())

    await until(gone, 30, "the softphone is off the line")
