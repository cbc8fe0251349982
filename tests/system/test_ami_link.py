"""The AMI link against the real Asterisk: what it says of calls and softphones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cti_api.errors import ActionRefused
from cti_api.model.ids import AgentId, LegId, TrunkId, new_leg_id
from cti_api.model.phone import PhoneNumber
from dialer.ami.link import AmiLink
from dialer.telephony import (
    CallAgent,
    CallAnswered,
    CallDialed,
    CallEnded,
    CallForbidden,
    CallHoldExpired,
    CallJoined,
    CallLive,
    CallRefused,
    CallRinging,
    HangUp,
    JoinCall,
    KeyPressed,
    LegAnswered,
    LegEnded,
    LinkUp,
    PhoneReachable,
)
from tests.support.ears import Ears, a_call, at, linked
from tests.system.conftest import Telephones
from vocero.lab.customers import Behaviour, number
from vocero.lab.softphones import Softphone

pytestmark = pytest.mark.asterisk

ANA = AgentId("ana")


@pytest.fixture
async def up(telephones: Telephones) -> AsyncIterator[tuple[AmiLink, Ears]]:
    async with linked(at(telephones.asterisk)) as (link, ears):
        await ears.until(lambda said: bool(said) and isinstance(said[0], LinkUp))
        yield link, ears


async def seated(link: AmiLink, ears: Ears, agent: AgentId) -> LegId:
    leg = new_leg_id()
    await link.perform(CallAgent(leg_id=leg, agent_id=agent, nailed_up=True, attempt_id=None, ring_seconds=10))
    await ears.hear(LegAnswered(leg))
    return leg


async def test_a_call_is_told_from_ringing_to_its_end_and_the_truth_agrees(
    up: tuple[AmiLink, Ears], telephones: Telephones
) -> None:
    link, ears = up
    leg = await seated(link, ears, ANA)
    call = a_call(number(Behaviour.TALKS, 901))
    attempt = call.attempt_id
    await link.perform(call)
    await ears.hear(CallRinging(attempt), CallAnswered(attempt), CallLive(attempt))
    await link.perform(JoinCall(leg_id=leg, attempt_id=attempt))
    await ears.hear(CallJoined(attempt))
    await telephones.phones[ANA].press("7")
    await ears.hear(KeyPressed(leg, "7"))

    truth = await link.truth()
    seen = {channel.channel_id: channel for channel in truth.channels}
    assert set(seen) == {attempt, leg}
    assert (seen[attempt].up, seen[attempt].agent_id) == (True, None)
    assert (seen[leg].up, seen[leg].agent_id, seen[leg].exten) == (True, ANA, attempt)
    assert seen[attempt].bridge_id == seen[leg].bridge_id != ""
    assert truth.reachable_agents == set(telephones.phones)
    assert truth.asterisk_started_at == link.status.asterisk_started_at

    await link.perform(HangUp(channel_id=attempt))
    await ears.hear(CallEnded(attempt, 16))
    assert [channel.channel_id for channel in (await link.truth()).channels] == [leg]
    await link.perform(HangUp(channel_id=leg))
    await ears.hear(LegEnded(leg, 16))
    with pytest.raises(ActionRefused, match="No such channel"):
        await link.perform(HangUp(channel_id=leg))
    assert (await link.truth()).channels == ()


async def test_an_agent_who_has_only_just_answered_can_be_joined_at_once(up: tuple[AmiLink, Ears]) -> None:
    """LegAnswered is the channel's word, not the dialplan's: the two must not race."""
    link, ears = up
    for serial in range(10):
        call = a_call(number(Behaviour.TALKS, 910 + serial))
        await link.perform(call)
        await ears.hear(CallLive(call.attempt_id))
        leg = await seated(link, ears, ANA)
        await link.perform(JoinCall(leg_id=leg, attempt_id=call.attempt_id))
        await ears.hear(CallJoined(call.attempt_id))
        # one after the other: a person whose agent goes in the same instant stays a while, as one who lost their agent
        await link.perform(HangUp(channel_id=call.attempt_id))
        await ears.hear(CallEnded(call.attempt_id, 16))
        await link.perform(HangUp(channel_id=leg))
        await ears.hear(LegEnded(leg, 16))


async def test_a_call_without_an_agent_is_told_to_have_waited_too_long(up: tuple[AmiLink, Ears]) -> None:
    link, ears = up
    call = a_call(number(Behaviour.TALKS, 930), hold_seconds=0.25)
    await link.perform(call)
    await ears.hear(CallHoldExpired(call.attempt_id))
    await link.perform(HangUp(channel_id=call.attempt_id))
    await ears.hear(CallEnded(call.attempt_id, 16))


@pytest.mark.parametrize(
    ("behaviour", "status", "cause", "sip", "rings"),
    [
        (Behaviour.BUSY, 0, 17, 486, False),
        (Behaviour.CONGESTED, 0, 34, 503, False),
        (Behaviour.RINGS_THEN_FAILS, 480, 19, 480, True),
        (Behaviour.RINGS_OUT, 0, 19, None, True),
        (Behaviour.SILENT, 0, 18, None, False),
    ],
)
async def test_how_a_call_failed_is_told_whole(
    up: tuple[AmiLink, Ears], behaviour: Behaviour, status: int, cause: int, sip: int | None, rings: bool
) -> None:
    link, ears = up
    call = a_call(number(behaviour, 940, status=status), ring_seconds=5)
    attempt = call.attempt_id
    await link.perform(call)
    await ears.hear(CallDialed(attempt, cause, sip), CallEnded(attempt, cause), CallRefused(attempt))
    assert (CallRinging(attempt) in ears.said) == rings
    assert CallAnswered(attempt) not in ears.said


async def test_early_sound_is_a_living_trunk(up: tuple[AmiLink, Ears]) -> None:
    link, ears = up
    call = a_call(number(Behaviour.EARLY_SOUND, 941))
    await link.perform(call)
    await ears.hear(CallLive(call.attempt_id))
    assert ears.about(call.attempt_id)[0] == CallRinging(call.attempt_id)
    await link.perform(HangUp(channel_id=call.attempt_id))
    await ears.hear(CallEnded(call.attempt_id, 16))


@pytest.mark.parametrize(
    ("why", "other"),
    [("number", {"number": PhoneNumber("+12125550100")}), ("trunk", {"trunk": TrunkId("nobody")})],
)
async def test_what_the_dialplan_forbids_is_told(up: tuple[AmiLink, Ears], why: str, other: dict[str, object]) -> None:
    link, ears = up
    call = a_call(number(Behaviour.TALKS, 950), **other)
    await link.perform(call)
    await ears.hear(CallForbidden(call.attempt_id, why), CallEnded(call.attempt_id, 21))


async def test_an_agent_whose_softphone_is_not_there_ends_at_once(up: tuple[AmiLink, Ears]) -> None:
    link, ears = up
    leg = new_leg_id()
    await link.perform(
        CallAgent(leg_id=leg, agent_id=AgentId("nadie"), nailed_up=True, attempt_id=None, ring_seconds=10)
    )
    await ears.hear(LegEnded(leg, 0))


async def test_softphones_come_and_go_also_those_of_accounts_made_while_asterisk_runs(
    up: tuple[AmiLink, Ears], telephones: Telephones, tmp_path: Path
) -> None:
    link, ears = up
    dora, asterisk = AgentId("dora"), telephones.asterisk
    here, gone = PhoneReachable(dora, True), PhoneReachable(dora, False)
    password = asterisk.accounts.add(dora)
    phone = Softphone(tmp_path, dora, password, asterisk.sip_port, telephones.ports, phone=9)
    async with phone:
        await ears.hear(here)
        assert dora in (await link.truth()).reachable_agents
        phone.kill()
        await phone.start()  # from another address, while the first is still registered
        await ears.until(lambda said: said.count(here) >= 2)
        assert dora in (await link.truth()).reachable_agents
    await ears.hear(gone)
    assert ears.said.index(gone) > ears.said.index(here)
    assert dora not in (await link.truth()).reachable_agents
    asterisk.accounts.remove(dora)
