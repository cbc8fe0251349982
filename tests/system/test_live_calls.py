"""Calls in flight on the real thing: hold, hand on, listen, whisper, join in; what each side hears of it, by tones."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import AsyncIterator, Sequence
from functools import partial
from itertools import count
from typing import Any

import pytest
import pytest_asyncio

from cti_api.inbound_settings import OutsideLine, TransferSettings, TransferTarget
from cti_api.model.ids import AgentId, CampaignId
from cti_api.model.phone import PhoneNumber
from tests.support.calls import tone_heard
from tests.support.floor import TRUNK, until_agent
from tests.support.shift import campaign_file, closed_attempt, get, people, post, until
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.customers import Behaviour, number
from vocero.lab.handsets import Voice
from vocero.lab.rig import Rig, RigTrunk
from vocero.lab.softphones import Softphone
from vocero.lab.sounds import RATE, alaw, audible_seconds, share, tone

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(240)]

CAMPAIGN = CampaignId("turno")
AMBULANCE, PERSON_HZ, AMBULANCE_HZ = number(Behaviour.TALKS, 900), 1300.0, 2100.0
SERIALS = count()
PEOPLE = [number(Behaviour.TALKS, serial) for serial in range(8)]
AGENTS = ("ana", "luis", "sara")
TRANSFERS = TransferSettings(
    outside=OutsideLine(trunk=TRUNK, caller_id="+576015550100"),
    targets=(
        TransferTarget(to="ambulancia", number=AMBULANCE.e164, title="Ambulancia"),
        TransferTarget(to="taller", agent="taller"),
    ),
)
QUEUE_FILE = f"""
id: soporte
title: Soporte
region: CO
timezone: America/Bogota
campaigns: [{CAMPAIGN}]
announce_every: 75 s
wrap_up: 30 s
"""


class Scene:
    """One Asterisk, three telephones, and people who are called one after the other."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig

    async def talk(self, person: PhoneNumber, *agents: str) -> str:
        """Ana talks with this person, and the others are ready; the call's id."""
        name = CampaignId(f"llama-{next(SERIALS)}")
        await self.rig.make_campaign(name, campaign_file(name, [TRUNK], wrap_up="60 s"), people([person]))
        for agent in ("ana", *agents):
            await asyncio.to_thread(self.rig.control.patch, f"/agents/{agent}", {"campaigns": [name]})
            await self.rig.log_in(AgentId(agent))
        self.campaign = name
        await post(self.rig, f"/campaigns/{name}/start")
        call: str = (await until_agent(self.rig, "ana", "busy"))["call"]["attempt_id"]
        return call

    async def go_home(self) -> None:
        """Everybody is signed out, and no channel is left."""
        for agent in AGENTS:
            if (await get(self.rig, f"/agents/{agent}"))["state"] in ("busy", "reserved"):
                await post(self.rig, f"/agents/{agent}/hangup")
                await until_agent(self.rig, agent, "wrap_up")
            if (await get(self.rig, f"/agents/{agent}"))["state"] == "wrap_up":
                await post(self.rig, f"/agents/{agent}/ready")
            if (await get(self.rig, f"/agents/{agent}"))["state"] != "logged_off":
                await post(self.rig, f"/agents/{agent}/logout")
        for call in await get(self.rig, "/calls"):
            await post(self.rig, f"/calls/{call['id']}/hangup")
        assert await self.rig.quiet(20) == []

    def phone(self, agent: str) -> Softphone:
        return self.rig.phones[AgentId(agent)]

    def heard_by(self, person: PhoneNumber, hz: float) -> float:
        """Seconds of this tone that a person heard."""
        return tone_heard(self.rig.customers[TRUNK], person, hz)

    def all_heard_by(self, person: PhoneNumber) -> array[int]:
        """Everything a person heard, in all their calls."""
        return sum(self.rig.customers[TRUNK].heard(person), array("h"))

    async def person_hears(self, person: PhoneNumber, agent: str, more: float = 0.5) -> None:
        """… more of the agent than before."""
        hz = self.phone(agent).tone_hz
        before = self.heard_by(person, hz)
        await until(lambda: self.heard_by(person, hz) >= before + more, 20, f"{person} hears {agent}")

    async def call(self, call_id: str) -> dict[str, Any] | None:
        return next((call for call in await get(self.rig, "/calls") if call["id"] == call_id), None)

    async def until_call(self, call_id: str, state: str) -> None:
        async def there() -> bool:
            call = await self.call(call_id)
            return call is not None and call["state"] == state

        await until(there, 25, f"the call is {state}")

    async def events(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in await get(self.rig, "/events", since=0) if event["kind"] == kind]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def rig(asterisk_program: AsteriskProgram, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    says = {person: Voice(says=alaw(tone(1000, PERSON_HZ))) for person in PEOPLE}
    trunk = RigTrunk(id=TRUNK, own=says | {AMBULANCE: Voice(says=alaw(tone(1000, AMBULANCE_HZ)))})
    async with Rig(tmp_path_factory.mktemp("live"), asterisk_program, trunks=[trunk], transfers=TRANSFERS) as rig:
        await rig.make_campaign(CAMPAIGN, campaign_file(CAMPAIGN, [TRUNK]), people([number(Behaviour.BUSY, 1)]))
        for agent in AGENTS:
            await rig.add_agent(AgentId(agent), agent.title(), [CAMPAIGN])
        await asyncio.to_thread(rig.control.post, "/agents", {"id": "taller", "name": "Taller", "campaigns": []})
        await asyncio.to_thread(rig.control.send, "PUT", "/queues/soporte", QUEUE_FILE.encode(), "application/yaml")
        yield rig


@pytest.fixture
async def scene(rig: Rig) -> AsyncIterator[Scene]:
    made = Scene(rig)
    yield made
    await made.go_home()


async def test_a_person_on_hold_hears_the_music_and_the_agent_again(scene: Scene) -> None:
    person, ana = PEOPLE[0], scene.phone("ana")
    call = await scene.talk(person)
    await scene.person_hears(person, "ana")
    await ana.hold()

    async def held() -> bool:
        return bool((await get(scene.rig, "/agents/ana"))["held_since"])

    await until(held, 30, "ana is seen to hold")
    before = scene.heard_by(person, ana.tone_hz)
    (heard,) = scene.rig.customers[TRUNK].heard(person)
    quiet_at = len(heard)

    def music() -> float:
        (heard,) = scene.rig.customers[TRUNK].heard(person)
        return audible_seconds(heard[quiet_at + 4000 :])

    await until(lambda: music() >= 1.0, 20, "the person hears music")
    assert scene.heard_by(person, ana.tone_hz) <= before + 0.5
    assert (await scene.call(call) or {})["held_since"] is not None
    await ana.retrieve()
    await scene.person_hears(person, "ana")
    assert (await get(scene.rig, "/agents/ana"))["held_since"] is None
    kinds = [(await scene.events(kind))[0]["attempt_id"] for kind in ("call.held", "call.retrieved")]
    assert kinds == [call, call]


async def test_a_person_is_handed_on_to_another_agent(scene: Scene) -> None:
    person = PEOPLE[1]
    call = await scene.talk(person, "luis")
    await scene.person_hears(person, "ana")
    await post(scene.rig, "/agents/ana/transfer", {"to": "agent:luis"})
    assert (await get(scene.rig, "/agents/ana"))["state"] == "ready"
    await until_agent(scene.rig, "luis", "busy")
    await scene.person_hears(person, "luis")
    (told,) = await scene.events("call.transferred")
    assert (told["attempt_id"], told["payload"]) == (call, {"from": "ana", "to": "agent:luis"})
    await post(scene.rig, "/agents/luis/hangup")
    await post(scene.rig, "/agents/luis/disposition", {"code": "hablado"})
    assert (await closed_attempt(scene.rig, scene.campaign))["agent_id"] == "luis"


async def test_a_person_is_handed_on_to_a_number_outside_and_our_agent_is_free(scene: Scene) -> None:
    person = PEOPLE[2]
    call = await scene.talk(person)
    await post(scene.rig, "/agents/ana/transfer", {"to": "outside:ambulancia"})
    await until_agent(scene.rig, "ana", "wrap_up")
    await scene.until_call(call, "transferred")
    await until(lambda: scene.heard_by(person, AMBULANCE_HZ) >= 0.5, 20, "the person hears the ambulance")
    await until(lambda: scene.heard_by(AMBULANCE, PERSON_HZ) >= 0.5, 20, "the ambulance hears the person")
    await post(scene.rig, "/agents/ana/disposition", {"code": "hablado"})
    attempt = await closed_attempt(scene.rig, scene.campaign)
    assert (attempt["result"], attempt["agent_id"]) == ("connected", "ana")
    assert (await get(scene.rig, "/agents/ana"))["state"] == "ready"
    await post(scene.rig, f"/calls/{call}/hangup")

    async def gone() -> bool:
        return await scene.call(call) is None

    await until(gone, 30, "the line is free")


async def test_whom_nobody_takes_comes_back_to_the_agent(scene: Scene) -> None:
    person = PEOPLE[3]
    await scene.talk(person)
    await post(scene.rig, "/agents/ana/transfer", {"to": "extension:taller"})  # whose telephone is not there
    await until_agent(scene.rig, "ana", "busy")
    await scene.person_hears(person, "ana")


async def test_a_person_is_handed_on_into_a_queue_and_taken_there(scene: Scene) -> None:
    person = PEOPLE[4]
    await scene.talk(person)
    await asyncio.to_thread(scene.rig.control.patch, "/agents/luis", {"campaigns": [CAMPAIGN]})
    await scene.rig.log_in(AgentId("luis"))
    await post(scene.rig, "/agents/ana/transfer", {"to": "queue:soporte"})
    await until_agent(scene.rig, "ana", "wrap_up")
    luis = await until_agent(scene.rig, "luis", "busy")
    assert (luis["call"]["queue"], luis["call"]["lead_name"]) == ("soporte", "Persona 0")
    await scene.person_hears(person, "luis")


async def test_a_caller_comes_back_from_where_nobody_takes_them_and_goes_on_to_who_does(scene: Scene) -> None:
    """Whom we called, and who is a caller now."""
    person = PEOPLE[6]
    await scene.talk(person)
    await asyncio.to_thread(scene.rig.control.patch, "/agents/luis", {"campaigns": [CAMPAIGN]})
    await scene.rig.log_in(AgentId("luis"))
    await post(scene.rig, "/agents/ana/transfer", {"to": "queue:soporte"})
    caller = (await until_agent(scene.rig, "luis", "busy"))["call"]["caller_id"]
    await post(scene.rig, "/agents/luis/transfer", {"to": "extension:taller"})
    await until_agent(scene.rig, "luis", "busy")
    await scene.person_hears(person, "luis")
    await post(scene.rig, "/agents/luis/transfer", {"to": "outside:ambulancia"})
    await scene.until_call(caller, "transferred")
    await until(lambda: scene.heard_by(person, AMBULANCE_HZ) >= 0.5, 20, "the person hears the ambulance")
    assert (await get(scene.rig, "/agents/luis"))["state"] == "wrap_up"
    await post(scene.rig, f"/calls/{caller}/hangup")

    async def gone() -> bool:
        return await scene.call(caller) is None

    await until(gone, 30, "the line is free")


async def test_a_caller_is_handed_on_to_another_agent(scene: Scene) -> None:
    person = PEOPLE[7]
    await scene.talk(person)
    await asyncio.to_thread(scene.rig.control.patch, "/agents/luis", {"campaigns": [CAMPAIGN]})
    await scene.rig.log_in(AgentId("luis"))
    await post(scene.rig, "/agents/ana/transfer", {"to": "queue:soporte"})
    await until_agent(scene.rig, "luis", "busy")
    await post(scene.rig, "/agents/ana/ready")
    await post(scene.rig, "/agents/luis/transfer", {"to": "agent:ana"})
    await until_agent(scene.rig, "ana", "busy")
    await scene.person_hears(person, "ana")
    assert (await get(scene.rig, "/agents/luis"))["state"] == "ready"


async def test_who_listens_is_heard_by_nobody_who_whispers_by_the_agent_and_who_joins_in_by_both(scene: Scene) -> None:
    person, sara, ana = PEOPLE[5], scene.phone("sara"), scene.phone("ana")
    call = await scene.talk(person)
    said = {"telephone": "agent:sara"}
    await post(scene.rig, f"/calls/{call}/listen", said)
    for hz in (PERSON_HZ, ana.tone_hz):
        await until(partial(hears, sara, hz), 20, f"the supervisor hears {hz:g} Hz")
    await scene.person_hears(person, "ana")
    assert heard_amid(ana.heard(), sara.tone_hz) == 0
    mine = len(ana.heard())
    (only,) = (await scene.call(call) or {})["supervised"]
    assert (only["mode"], only["telephone"]) == ("listen", "agent:sara")

    await post(scene.rig, f"/calls/{call}/whisper", said)
    await until(lambda: heard_amid(ana.heard()[mine:], sara.tone_hz) >= 0.5, 20, "the agent hears the supervisor")
    await scene.person_hears(person, "ana")
    assert scene.heard_by(person, sara.tone_hz) == 0
    assert heard_amid(scene.all_heard_by(person), sara.tone_hz) == 0, "nothing of it, not even amid the agent's words"

    await post(scene.rig, f"/calls/{call}/barge", said)
    await until(
        lambda: heard_amid(scene.all_heard_by(person), sara.tone_hz) >= 0.5, 20, "the person hears the supervisor"
    )
    await post(scene.rig, "/agents/ana/hangup")
    await until_agent(scene.rig, "ana", "wrap_up")

    async def put_out() -> bool:
        return not any("sara" in name for name in await scene.rig.channels())

    await until(put_out, 30, "the supervisor is out when the talk is over")

    async def told() -> bool:
        events = [event["payload"] for event in await scene.events("call.supervised")]
        return [(each["what"], each["mode"]) for each in events] == [
            ("began", "listen"), ("changed", "whisper"), ("changed", "barge"), ("ended", "barge"),
        ]  # fmt: skip

    await until(told, 30, "each coming and going is told")


def hears(phone: Softphone, hz: float) -> bool:
    return heard_amid(phone.heard(), hz) >= 0.5


def heard_amid(samples: Sequence[int], hz: float) -> float:
    """Seconds in which this tone is a tenth or more of what is heard: it may sound together with others."""
    step = RATE // 10
    return sum(share(samples[i : i + step], hz) > 0.1 for i in range(0, len(samples) - step + 1, step)) / 10
