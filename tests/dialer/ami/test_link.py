"""The standing link against the fake Asterisk, with short waits."""

import contextlib
from dataclasses import replace

import pytest

from cti_api.errors import ActionRefused, Conflict, InputError, LinkDown, ResultUnknown
from cti_api.model.ids import AgentId, new_attempt_id
from dialer.ami.inspection import Step
from dialer.ami.link import LinkState
from dialer.telephony import (
    CallAgent,
    CallEnded,
    CallRefused,
    HangUp,
    JoinCall,
    LinkDoubtful,
    LinkLost,
    LinkUp,
)
from tests.support.ami_fake import Action as Heard
from tests.support.ami_fake import AmiFake, Channel, Headers
from tests.support.ami_peers import ATTEMPT, CALL, ENDED, HASTY, LEG, QUICK, STARTED, heard, linked, until_up
from tests.support.cutting_proxy import ORIGINATE_WHOLE, QUEUED, Cut, CuttingProxy, Toward

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


# ------------------------------------------------------------------ losing and finding it again


async def test_events_of_calls_come_between_up_and_lost_and_the_link_comes_back() -> None:
    async with AmiFake() as fake, linked(fake) as (link, events):
        assert await heard(events) == LinkUp(STARTED)
        await fake.say(ENDED)
        assert await heard(events) == CallEnded(ATTEMPT, 17)
        fake.cut()
        assert isinstance(await heard(events), LinkLost)
        assert await heard(events) == LinkUp(STARTED)
        assert fake.connections == 2
        assert link.status.state is LinkState.UP


async def test_a_link_that_came_up_is_looked_for_at_once_however_often_it_is_lost() -> None:
    doubling = replace(QUICK, first_retry_seconds=0.02, longest_retry_seconds=60.0)
    async with AmiFake() as fake, linked(fake, timing=doubling) as (_, events):
        for _ in range(12):  # doubled each time, the last wait alone would be a minute
            assert await heard(events) == LinkUp(STARTED)
            fake.cut()
            assert isinstance(await heard(events), LinkLost)


async def test_an_asterisk_that_was_started_anew_says_so_by_its_start() -> None:
    async with AmiFake() as fake, linked(fake) as (_, events):
        assert await heard(events) == LinkUp(STARTED)
        fake.started, fake.uptime = ("2026-11-22", "03:55:31"), 1
        fake.cut()
        assert isinstance(await heard(events), LinkLost)
        assert await heard(events) == LinkUp(STARTED.replace(second=31))


CUTS = {
    "in the middle of the Originate": Cut(Toward.ASTERISK, b"Action: Originate", after_bytes=20),
    "behind the Originate": Cut(Toward.ASTERISK, ORIGINATE_WHOLE),
    "before the answer": Cut(Toward.CLIENT, b"Response: Succ"),
}


@pytest.mark.parametrize("where", CUTS)
async def test_an_originate_whose_answer_was_cut_off_is_unknown_and_never_sent_again(where: str) -> None:
    async with AmiFake() as fake, CuttingProxy(fake.port) as proxy, linked(proxy) as (link, events):
        await until_up(events)
        proxy.cut_at(CUTS[where])
        with pytest.raises(ResultUnknown):
            await link.perform(CALL)
        assert isinstance(await heard(events), LinkLost)
        await until_up(events)
        await link.truth()
        assert max(proxy.originates.values(), default=0) <= 1
        assert len(fake.named("Originate")) == proxy.originates[ATTEMPT]


async def test_a_cut_behind_the_answer_leaves_the_call_placed_once() -> None:
    async with AmiFake() as fake, CuttingProxy(fake.port) as proxy, linked(proxy) as (link, events):
        await until_up(events)
        proxy.cut_at(Cut(Toward.CLIENT, QUEUED))
        await link.perform(CALL)
        assert isinstance(await heard(events), LinkLost)
        await until_up(events)
        await fake.say(
            [
                ("Event", "OriginateResponse"),
                ("ActionID", ATTEMPT),
                ("Response", "Failure"),
                ("Context", "vocero-customer"),
                ("Uniqueid", ATTEMPT),
            ]
        )
        assert await heard(events) == CallRefused(ATTEMPT)  # the event is broadcast: it finds the new session
    assert proxy.originates == {ATTEMPT: 1}


async def test_a_black_hole_stops_new_calls_at_the_first_missed_ping_and_is_cut_at_the_second() -> None:
    async with (
        AmiFake() as fake,
        CuttingProxy(fake.port) as proxy,
        linked(proxy, session_timing=HASTY) as (link, events),
    ):
        await until_up(events)
        proxy.black_hole()
        assert isinstance(await heard(events), LinkDoubtful)
        assert link.status.state is LinkState.DOUBTFUL
        with pytest.raises(LinkDown, match="doubtful"):
            await link.perform(CALL)
        assert isinstance(await heard(events), LinkLost)
        proxy.heal()
        await until_up(events)
    assert fake.named("Originate") == []


async def test_a_doubt_that_passes_ends_in_another_up_and_lets_the_refused_call_through() -> None:
    async with AmiFake() as fake, linked(fake, session_timing=HASTY) as (link, events):
        await until_up(events)
        pong, missed = fake.answers["Ping"], []

        def miss_one(action: Heard) -> list[Headers]:
            missed.append(action)
            return [] if len(missed) == 1 else list(pong(action))

        fake.answers["Ping"] = miss_one
        assert isinstance(await heard(events), LinkDoubtful)
        await link.perform(HangUp(channel_id=ATTEMPT))
        assert await heard(events) == LinkUp(STARTED)
        await link.perform(CALL)
    assert fake.connections == 1


async def test_an_asterisk_that_is_stopping_gets_no_new_calls() -> None:
    async with AmiFake() as fake, linked(fake) as (link, events):
        await until_up(events)
        await fake.say([("Event", "Shutdown"), ("Shutdown", "Cleanly"), ("Restart", "False")])
        assert await heard(events) == LinkDoubtful("Asterisk says that it is stopping")
        with pytest.raises(LinkDown, match="stopping"):
            await link.perform(CALL)
        fake.cut()
        assert isinstance(await heard(events), LinkLost)
        await until_up(events)


async def test_a_refusal_because_it_is_stopping_is_heard_before_it_says_so_itself() -> None:
    """Its Shutdown event comes a second later: time for a campaign to run through its leads (seen on 22.10)."""
    async with AmiFake() as fake, linked(fake) as (link, events):
        refusal = "Asterisk is shutting down"
        fake.answers["Originate"] = lambda action: [fake.reply(action, Response="Error", Message=refusal)]
        await until_up(events)
        with pytest.raises(ActionRefused, match="shutting down"):
            await link.perform(CALL)
        assert await heard(events) == LinkDoubtful("Asterisk says that it is stopping")
        with pytest.raises(LinkDown, match="stopping"):
            await link.perform(CALL)


async def test_a_call_that_never_left_may_be_placed_on_the_next_session() -> None:
    async with AmiFake() as fake, linked(fake) as (link, events):
        await until_up(events)
        await fake.say(
            *[ENDED] * 150
        )  # more than the link hands on unread: it still holds the session when that is lost
        fake.cut()
        with pytest.raises(LinkDown):
            while True:
                with contextlib.suppress(ResultUnknown):
                    await link.perform(HangUp(channel_id=LEG))
        assert link.status.state is LinkState.UP
        with pytest.raises(LinkDown):
            await link.perform(CALL)
        await until_up(events)
        await link.perform(CALL)
    assert len(fake.named("Originate")) == 1


# ------------------------------------------------------------------ the dialplan

GUARD = {"vocero-dial": (Step("s", "Set(why=number)"), Step("s", "Hangup(21)"))}


def runs(fake: AmiFake, *steps: Step) -> None:
    """This is what the fake shows of its dialplan from now on."""

    def show(action: Heard) -> list[Headers]:
        items = [
            [
                ("Event", "ListDialplan"),
                ("Context", action["Context"]),
                ("Extension", step.exten),
                ("Application", step.what.partition("(")[0]),
                ("AppData", step.what.partition("(")[2].removesuffix(")")),
            ]
            for step in steps
        ]
        return fake.a_list(action, items, "ShowDialPlanComplete")

    fake.answers["ShowDialPlan"] = show


async def test_no_call_is_placed_while_asterisk_runs_another_dialplan() -> None:
    async with AmiFake() as fake, linked(fake, dialplan=GUARD) as (link, events):
        runs(fake, *GUARD["vocero-dial"])
        assert await heard(events) == LinkUp(STARTED)
        await link.truth()
        await link.perform(CALL)
        runs(fake, Step("s", "Hangup(21)"))
        await link.truth()
        await link.truth()
        doubt = await heard(events)
        assert isinstance(doubt, LinkDoubtful)
        assert "vocero-dial is another than this version has" in doubt.reason
        with pytest.raises(LinkDown, match="vocero-dial"):
            await link.perform(replace(CALL, attempt_id=new_attempt_id()))
        await link.perform(HangUp(channel_id=ATTEMPT))  # people on the line are served on
        runs(fake, *GUARD["vocero-dial"])
        await link.truth()
        assert await heard(events) == LinkUp(STARTED), "said once each"
        await link.perform(replace(CALL, attempt_id=new_attempt_id()))
    assert len(fake.named("Originate")) == 2


async def test_an_asterisk_without_our_dialplan_gets_no_call() -> None:
    async with AmiFake() as fake, linked(fake, dialplan=GUARD) as (link, events):
        fake.answers["ShowDialPlan"] = lambda action: [
            fake.reply(action, Response="Error", Message="Did not find context vocero-dial")
        ]
        assert await heard(events) == LinkUp(STARTED)
        await link.truth()
        doubt = await heard(events)
        assert isinstance(doubt, LinkDoubtful)
        assert "vocero-dial is not there" in doubt.reason
