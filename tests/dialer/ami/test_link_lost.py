"""The standing link loses the fake Asterisk, doubts it, and finds it again; no call is placed twice for that."""

import contextlib
from dataclasses import replace

import pytest

from cti_api.errors import ActionRefused, LinkDown, ResultUnknown
from dialer.ami.link import LinkState
from dialer.telephony import (
    CallEnded,
    CallRefused,
    HangUp,
    LinkDoubtful,
    LinkLost,
    LinkUp,
)
from tests.support.ami_fake import Action as Heard
from tests.support.ami_fake import AmiFake, Headers
from tests.support.ami_peers import ATTEMPT, CALL, ENDED, HASTY, LEG, QUICK, STARTED, heard, linked, until_up
from tests.support.cutting_proxy import ORIGINATE_WHOLE, QUEUED, Cut, CuttingProxy, Toward


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
