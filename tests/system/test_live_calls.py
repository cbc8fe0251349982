"""Calls in flight on the real thing: hold, hand on, listen, whisper, join in; what each side hears of it, by tones."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import AsyncIterator
from functools import partial

import pytest
import pytest_asyncio

from cti_api.inbound_settings import OutsideLine, TransferSettings, TransferTarget
from cti_api.model.ids import AgentId, CampaignId
from tests.support.calls import heard_amid
from tests.support.floor import TRUNK, until_agent
from tests.support.live_scene import AGENTS, Scene
from tests.support.shift import campaign_file, closed_attempt, get, people, post, until
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.customers import Behaviour, number
from vocero.lab.handsets import Voice
from vocero.lab.rig import Rig, RigTrunk
from vocero.lab.softphones import Softphone
from vocero.lab.sounds import RATE, alaw, audible_seconds, tone

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(240)]

CAMPAIGN = CampaignId("turno")
AMBULANCE, PERSON_HZ, AMBULANCE_HZ = number(Behaviour.TALKS, 900), 1300.0, 2100.0
PEOPLE = [number(Behaviour.TALKS, serial) for serial in range(14)]
QUIET = RATE // 2
"""Samples after which nothing of what was before is heard any more."""
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
    told = await scene.until_told("call.transferred", call)
    assert [each["payload"] for each in told] == [{"from": "ana", "to": "agent:luis"}]
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
    for ends in ("back", "complete"):
        await post(scene.rig, "/agents/ana/consult", {"to": "queue:soporte"})
        await scene.until_they_talk("ana", "luis")
        await post(scene.rig, f"/agents/ana/consult/{ends}")
        await scene.person_hears(person, "ana" if ends == "back" else "luis")


async def test_a_colleague_is_asked_and_each_hears_who_they_should_and_nobody_else(scene: Scene) -> None:
    person, ana, luis = PEOPLE[8], scene.phone("ana"), scene.phone("luis")
    call = await scene.talk(person, "luis")
    await scene.person_hears(person, "ana")
    await scene.are_joined({"ana", person.digits})
    await post(scene.rig, "/agents/ana/consult", {"to": "agent:luis"})
    await scene.are_joined({"ana", "luis"})
    told, mine, theirs = len(scene.all_heard_by(person)), len(ana.heard()), len(luis.heard())
    await until(lambda: heard_amid(luis.heard()[theirs:], ana.tone_hz) >= 0.5, 20, "luis hears ana")
    await until(lambda: heard_amid(ana.heard()[mine:], luis.tone_hz) >= 0.5, 20, "ana hears luis")

    def music() -> array[int]:
        return scene.all_heard_by(person)[told + QUIET :]

    await until(lambda: audible_seconds(music()) >= 1.0, 20, "the person hears music")
    assert [heard_amid(music(), hz) for hz in (ana.tone_hz, luis.tone_hz)] == [0, 0], "the person hears the music alone"
    for phone, before in ((ana, mine), (luis, theirs)):
        assert heard_amid(phone.heard()[before + QUIET :], PERSON_HZ) == 0, "and neither hears the person"
    assert ((await scene.call(call)) or {})["state"] == "consulting"

    await post(scene.rig, "/agents/ana/consult/back")
    await scene.are_joined({"ana", person.digits})
    await scene.person_hears(person, "ana")
    await post(scene.rig, "/agents/ana/consult", {"to": "agent:luis"})
    await scene.are_joined({"ana", "luis"})
    mine = len(ana.heard())
    await post(scene.rig, "/agents/ana/consult/complete")
    await scene.are_joined({"luis", person.digits})
    await scene.person_hears(person, "luis")
    assert heard_amid(ana.heard()[mine + QUIET :], PERSON_HZ) == 0
    assert (await get(scene.rig, "/agents/ana"))["state"] == "ready"
    told_of = await scene.until_told("call.consulted", call, 6)
    said = [(each["payload"]["what"], each["payload"]["how"]) for each in told_of]
    twice = [("asked", ""), ("answered", "")]
    assert said == [*twice, ("ended", "back"), *twice, ("ended", "handed_on")]


async def test_somebody_outside_is_asked_comes_to_nothing_and_has_the_person_in_the_end(scene: Scene) -> None:
    person = PEOPLE[9]
    call = await scene.talk(person)
    await post(scene.rig, "/agents/ana/consult", {"to": "extension:taller"})  # whose telephone is not there
    await scene.are_joined({"ana", person.digits})
    await post(scene.rig, "/agents/ana/consult", {"to": "outside:ambulancia"})
    await scene.are_joined({"ana", "colleagueambulancia"})
    ana = scene.phone("ana")
    await until(lambda: heard_amid(ana.heard(), AMBULANCE_HZ) >= 0.5, 20, "ana hears the ambulance")
    assert scene.heard_by(person, AMBULANCE_HZ) == 0
    await post(scene.rig, "/agents/ana/consult/complete")
    await scene.until_call(call, "transferred")
    await scene.are_joined({person.digits, "colleagueambulancia"})
    await until(lambda: scene.heard_by(person, AMBULANCE_HZ) >= 0.5, 20, "the person hears the ambulance")
    assert (await get(scene.rig, "/agents/ana"))["state"] == "wrap_up"
    await post(scene.rig, f"/calls/{call}/hangup")

    async def gone() -> bool:
        return await scene.call(call) is None

    await until(gone, 10, "the line is free")


@pytest.mark.parametrize("who", ["person", "colleague", "agent", "dialer"])
async def test_whoever_goes_in_a_consultation_leaves_nobody_with_nobody(scene: Scene, who: str) -> None:
    person = PEOPLE[10 + ("person", "colleague", "agent", "dialer").index(who)]
    call = await scene.talk(person, "luis")
    await post(scene.rig, "/agents/ana/consult", {"to": "agent:luis"})
    await scene.are_joined({"ana", "luis"})
    if who == "person":
        await post(scene.rig, f"/calls/{call}/hangup")
        await scene.are_joined()
        assert (await get(scene.rig, "/agents/ana"))["state"] == "wrap_up"
        assert (await get(scene.rig, "/agents/luis"))["state"] == "ready"
    elif who == "colleague":
        await scene.phone("luis").hang_up()
        await scene.are_joined({"ana", person.digits})
    elif who == "agent":
        await scene.phone("ana").hang_up()
        await scene.are_joined({"luis", person.digits})
    else:
        scene.rig.dialer.kill()
        await scene.rig.start_dialer()
        await scene.rig.reconciled()
        await scene.are_joined({"ana", person.digits})
        await scene.person_hears(person, "ana")


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
