"""The standing link against the fake Asterisk, with short waits."""

from dataclasses import replace

import pytest

from cti_api.errors import ActionRefused, Conflict, InputError, LinkDown, ResultUnknown
from cti_api.model.ids import AgentId
from dialer.ami.link import LinkState
from dialer.telephony import (
    CallAgent,
    HangUp,
    JoinCall,
    LinkLost,
    LinkUp,
)
from tests.support.ami_fake import AmiFake, Channel
from tests.support.ami_peers import ATTEMPT, CALL, LEG, QUICK, STARTED, heard, linked, until_up

# ------------------------------------------------------------------ coming up


async def test_the_link_comes_up_with_the_start_of_that_asterisk() -> None:
    async with AmiFake() as fake, linked(fake) as (link, events):
        assert await heard(events) == LinkUp(STARTED)
        assert (link.status.state, link.status.reason, link.status.asterisk_started_at) == (LinkState.UP, "", STARTED)


async def test_before_it_is_up_nothing_is_sent() -> None:
    async with AmiFake(fully_booted=False) as fake, linked(fake) as (link, events):
        await fake.got("Login")
        for request in (CALL, HangUp(channel_id=ATTEMPT)):
            with pytest.raises(LinkDown):
                await link.perform(request)
        with pytest.raises(LinkDown):
            await link.truth()
        await fake.say(fake.booted())
        assert await heard(events) == LinkUp(STARTED)
        await link.perform(CALL)
    assert len(fake.named("Originate")) == 1


async def test_no_asterisk_is_said_once_and_the_link_comes_up_when_there_is_one() -> None:
    async with AmiFake() as fake:
        await fake.stop()
        async with linked(fake) as (link, events):
            lost = await heard(events)
            assert isinstance(lost, LinkLost)
            assert "no connection to Asterisk" in lost.reason
            assert link.status.state is LinkState.DOWN
            await fake.start_again()
            assert await heard(events) == LinkUp(STARTED)


async def test_a_wrong_password_is_a_clear_state_and_is_tried_again_slowly() -> None:
    slowly = replace(QUICK, first_retry_seconds=0.0, longest_retry_seconds=0.0, refused_retry_seconds=0.2)
    async with AmiFake(secret="new") as fake, linked(fake, secret="old", timing=slowly) as (link, events):
        lost = await heard(events)
        assert isinstance(lost, LinkLost)
        assert "does not let the manager user 'vocero' in" in lost.reason
        assert link.status.state is LinkState.REFUSED
        assert len(fake.named("Login")) == 1  # with no wait between tries there would be hundreds by the next line
        await fake.got("Login", times=2)
        fake.secret = "old"
        assert await heard(events) == LinkUp(STARTED)
        assert len(fake.named("Login")) <= 4


@pytest.mark.parametrize("version", ["20.9.1", "", "23.0.0"])
async def test_an_asterisk_of_another_version_is_refused_with_a_sentence(version: str) -> None:
    async with AmiFake(version=version) as fake, linked(fake) as (link, events):
        lost = await heard(events)
        assert isinstance(lost, LinkLost)
        assert "version 22 only" in lost.reason
        assert link.status.state is LinkState.REFUSED
        with pytest.raises(LinkDown, match="version 22 only"):
            await link.perform(CALL)
    assert fake.named("Originate") == []


async def test_missing_rights_are_named() -> None:
    async with (
        AmiFake(commands=("CoreSettings", "CoreStatus", "CoreShowChannels")) as fake,
        linked(fake) as (_, events),
    ):
        lost = await heard(events)
        assert isinstance(lost, LinkLost)
        assert "may not use DBGetTree, Getvar, Hangup, Originate, Redirect" in lost.reason


async def test_an_asterisk_that_never_says_it_is_booted_tells_which_right_is_missing() -> None:
    async with (
        AmiFake(fully_booted=False) as fake,
        linked(fake, timing=replace(QUICK, boot_seconds=0.05)) as (_, events),
    ):
        lost = await heard(events)
        assert isinstance(lost, LinkLost)
        assert "read = system" in lost.reason


async def test_a_secret_that_cannot_be_sent_is_a_clear_state() -> None:
    async with AmiFake() as fake, linked(fake, secret="a\nb") as (link, events):
        lost = await heard(events)
        assert isinstance(lost, LinkLost)
        assert "Secret" in lost.reason
        assert link.status.state is LinkState.REFUSED


# ------------------------------------------------------------------ asking


async def test_requests_reach_asterisk_and_return_when_it_says_yes() -> None:
    async with AmiFake() as fake, linked(fake) as (link, events):
        await until_up(events)
        await link.perform(CALL)
        await link.perform(
            CallAgent(leg_id=LEG, agent_id=AgentId("ana"), nailed_up=True, attempt_id=None, ring_seconds=20)
        )
        await link.perform(JoinCall(leg_id=LEG, attempt_id=ATTEMPT))
        await link.perform(HangUp(channel_id=ATTEMPT))
    sent = [action for action in fake.actions if action.name in {"Originate", "Redirect", "Hangup"}]
    assert [(action.name, action["Channel"]) for action in sent] == [
        ("Originate", "Local/573001234567@vocero-out/n"),
        ("Originate", "PJSIP/ana"),
        ("Redirect", LEG),
        ("Hangup", ATTEMPT),
    ]
    assert sent[0]["ActionID"] == sent[0]["ChannelId"] == ATTEMPT


async def test_a_refused_request_says_why() -> None:
    async with AmiFake() as fake, linked(fake) as (link, events):
        fake.answers["Hangup"] = lambda action: [fake.reply(action, Response="Error", Message="No such channel")]
        await until_up(events)
        with pytest.raises(ActionRefused, match="No such channel"):
            await link.perform(HangUp(channel_id=ATTEMPT))


async def test_a_request_with_a_hostile_value_is_refused_and_nothing_is_sent() -> None:
    async with AmiFake() as fake, linked(fake) as (link, events):
        await until_up(events)
        with pytest.raises(InputError):
            await link.perform(replace(CALL, campaign="x\r\n\r\nAction: Logoff"))
        with pytest.raises(InputError):
            await link.perform(replace(CALL, machine_action="a,CALLERID(num)=1"))
    assert {action.name for action in fake.actions}.isdisjoint({"Originate", "Logoff"})


async def test_one_call_is_placed_once_on_one_session_and_over_all() -> None:
    async with AmiFake() as fake, linked(fake) as (link, events):
        await until_up(events)
        await link.perform(CALL)
        with pytest.raises(Conflict):
            await link.perform(CALL)
        fake.cut()
        await until_up(events)
        with pytest.raises(Conflict):
            await link.perform(CALL)
    assert len(fake.named("Originate")) == 1


async def test_a_channel_may_be_hung_up_twice() -> None:
    async with AmiFake() as fake, linked(fake) as (link, events):
        await until_up(events)
        await link.perform(HangUp(channel_id=ATTEMPT))
        await link.perform(HangUp(channel_id=ATTEMPT))
    assert len(fake.named("Hangup")) == 2


async def test_the_truth_is_our_channels_and_the_softphones_in_reach() -> None:
    async with AmiFake() as fake, linked(fake) as (link, events):
        fake.channels = [
            Channel(uniqueid=ATTEMPT, name="Local/57@vocero-out-1;1"),
            Channel(uniqueid=f"{ATTEMPT}-out", name="Local/57@vocero-out-1;2"),
            Channel(uniqueid="lab-1.5", name="PJSIP/claro-1"),
            Channel(uniqueid=LEG, name="PJSIP/ana-1", exten="wait"),
        ]
        fake.phones = {"ana": True, "eva": False}
        await until_up(events)
        truth = await link.truth()
    assert truth.asterisk_started_at == STARTED
    assert [(seen.channel_id, seen.agent_id) for seen in truth.channels] == [(ATTEMPT, None), (LEG, "ana")]
    assert truth.reachable_agents == {"ana"}


async def test_half_a_truth_is_none() -> None:
    async with AmiFake() as fake, linked(fake, timing=replace(QUICK, list_seconds=0.05)) as (link, events):
        fake.answers["CoreShowChannels"] = lambda action: [fake.reply(action, EventList="start")]
        await until_up(events)
        with pytest.raises(ResultUnknown):
            await link.truth()
