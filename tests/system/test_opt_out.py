"""A person presses 9 in the message: nobody calls them again, whether the dialer was there to hear it or not."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from cti_api.model.ids import AgentId, CampaignId
from cti_api.model.phone import PhoneNumber
from tests.support.calls import campaign_sound, ended, place, tone_heard
from tests.support.floor import TRUNK
from tests.support.raw_ami import RawAmi, raw_ami
from tests.support.shift import attempts, campaign_file, closed_attempt, post, until
from tests.support.witness import journal_calls
from tests.system.conftest import Telephones
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.customers import Behaviour, number
from vocero.lab.rig import Rig, RigTrunk

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(240)]

CONFIRMED_HZ = 1300.0


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def rig(asterisk_program: AsteriskProgram, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with Rig(tmp_path_factory.mktemp("opt-out"), asterisk_program, trunks=[RigTrunk(id=TRUNK)]) as rig:
        yield rig


class Scene:
    """Somebody with two numbers in a campaign, and in another campaign under the second of them."""

    def __init__(self, rig: Rig, name: str, serial: int) -> None:
        self.rig = rig
        self.campaign, self.other = CampaignId(name), CampaignId(f"{name}-otra")
        self.called = number(Behaviour.OPTS_OUT, serial)
        self.second = number(Behaviour.TALKS, 900 + serial)

    async def open(self, agent: str) -> None:
        """An agent whose telephone rings and is never taken, so that the person hears the message."""
        columns = {"name": "nombre", "phones": ["telefono", "otro"]}
        file = campaign_file(self.campaign, [TRUNK], columns=columns, hold="1 s")
        row = f"nombre,telefono,otro\nAna,{self.called.e164},{self.second.e164}\n"
        await self.rig.make_campaign(self.campaign, file, row)
        other = campaign_file(self.other, [TRUNK])
        await self.rig.make_campaign(self.other, other, f"nombre,telefono\nAna,{self.second.e164}\n")
        await self.rig.add_agent(AgentId(agent), agent.title(), [self.campaign], connect="rung")
        await self.rig.log_in(AgentId(agent))
        os.kill(self.rig.phones[AgentId(agent)].pid, signal.SIGSTOP)

    async def stories(self, called: PhoneNumber) -> dict[str, Any]:
        found = await post(self.rig, "/leads/why", {"words": called.e164})
        return {each["campaign_id"]: each["state"] for each in found}

    async def call(self) -> str:
        """Start it; the attempt that calls the person."""
        await post(self.rig, f"/campaigns/{self.campaign}/start")

        async def placed() -> bool:
            return bool(await attempts(self.rig, self.campaign))

        await until(placed, 20, "the person is called")
        return str((await attempts(self.rig, self.campaign))[0]["attempt_id"])

    async def wrote(self, attempt: str, row: str) -> None:
        """Asterisk's journal has this row of the call."""

        def written() -> bool:
            call = journal_calls(self.rig.asterisk.journal).get(attempt)
            return call is not None and row in call.rows

        await until(written, 20, f"{row} is written")

    async def nobody_calls_again(self) -> None:
        assert (await closed_attempt(self.rig, self.campaign))["result"] == "abandoned"
        assert await self.stories(self.second) == {self.campaign: "suppressed", self.other: "suppressed"}


@pytest.mark.long  # tests/dialer/engine/test_opt_out_by_key.py says the same in the short suite
async def test_a_nine_in_the_message_reaches_every_campaign_and_number_while_the_call_is_still_up(rig: Rig) -> None:
    scene = Scene(rig, "marca-nueve", 1)
    campaign_sound(rig.asterisk, scene.campaign, "opted-out", CONFIRMED_HZ)
    await scene.open("ana")
    try:
        await scene.call()

        async def refused_elsewhere() -> bool:
            return (await scene.stories(scene.second))[scene.other] == "suppressed"

        await until(refused_elsewhere, 20, "the other campaign's lead is suppressed")
        await until(
            lambda: tone_heard(rig.customers[TRUNK], scene.called, CONFIRMED_HZ) > 0.7, 20, "it is confirmed to them"
        )
        await scene.nobody_calls_again()
    finally:
        os.kill(rig.phones[AgentId("ana")].pid, signal.SIGCONT)


async def test_a_nine_that_is_pressed_while_no_dialer_runs_is_settled_from_the_journal(rig: Rig) -> None:
    scene = Scene(rig, "sin-nadie", 2)
    await scene.open("eva")
    try:
        attempt = await scene.call()
        await scene.wrote(attempt, "VOCERO_ABANDONED")
        rig.dialer.kill()
        await scene.wrote(attempt, "VOCERO_OPT_OUT")
        await rig.start_dialer()
        await rig.reconciled()
        await scene.nobody_calls_again()
    finally:
        os.kill(rig.phones[AgentId("eva")].pid, signal.SIGCONT)


async def test_another_key_says_nothing_and_the_message_is_heard_out(ami: RawAmi, telephones: Telephones) -> None:
    called = number(Behaviour.PRESSES_KEYS, 70)
    campaign_sound(telephones.asterisk, "otras-teclas", "abandoned", 900)
    attempt = place(ami, called, hold="0", campaign="otras-teclas")
    await ended(ami, attempt)
    assert not [e for e in ami.about(attempt) if e.get("UserEvent") == "VoceroOptOut"]
    assert tone_heard(telephones.customers, called, 900) >= 0.8


async def test_without_any_dialer_the_nine_is_told_confirmed_and_ends_the_call(telephones: Telephones) -> None:
    called = number(Behaviour.OPTS_OUT, 71)
    campaign_sound(telephones.asterisk, "confirma", "opted-out", CONFIRMED_HZ)
    async with raw_ami(telephones.asterisk.ami_port, telephones.asterisk.ami_secret) as ami:
        attempt = place(ami, called, hold="0", campaign="confirma")
        await ami.said("VoceroOptOut", attempt)
        assert await ended(ami, attempt) == 16
    await until(lambda: tone_heard(telephones.customers, called, CONFIRMED_HZ) >= 0.8, 20, "the confirmation is heard")
