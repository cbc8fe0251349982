"""One session against the fake Asterisk, with short waits."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable

import pytest

from cti_api.errors import ActionRefused, Conflict, InputError, LinkDown, ResultUnknown
from cti_api.model.ids import AttemptId
from dialer.ami.actions import Action, core_settings, core_show_channels, ping
from dialer.ami.session import AmiAddress, AmiSession, Proof, SessionTiming
from dialer.telephony import CallJoined, LinkDoubtful, TelephonyEvent
from tests.support.ami_fake import Action as Heard
from tests.support.ami_fake import AmiFake, Channel, Headers
from tests.support.ami_peers import ATTEMPT, CALM, HASTY, JOINED, LIVELY, address
from tests.support.cutting_proxy import CuttingProxy

ORIGINATE = Action(name="Originate", action_id=ATTEMPT, repeatable=False)


@pytest.fixture
async def fake() -> AsyncIterator[AmiFake]:
    async with AmiFake() as fake:
        yield fake
    assert [task for task in asyncio.all_tasks() if task.get_name().startswith("ami.")] == []


async def next_event(session: AmiSession) -> TelephonyEvent | Proof:
    async with asyncio.timeout(30):
        return await anext(session)


async def the_end(session: AmiSession) -> str:
    """Read to the end of the events; why the session is over."""
    with pytest.raises(LinkDown) as end:
        while True:
            await next_event(session)
    return str(end.value)


# ------------------------------------------------------------------ opening


@pytest.mark.parametrize("chunk_bytes", [1, 7, 0])
async def test_a_session_logs_in_and_gets_its_answers_whatever_the_size_of_the_pieces(chunk_bytes: int) -> None:
    async with AmiFake(chunk_bytes=chunk_bytes) as fake, AmiSession(address(fake), CALM) as session:
        answer = await session.perform(core_settings(), 2)
        assert answer.get("AsteriskVersion") == fake.version
        assert (await session.fully_booted(2)).get("Uptime") == "24"
    assert [action.name for action in fake.actions] == ["Login", "CoreSettings", "Logoff"]


async def test_a_wrong_password_is_refused_with_a_sentence_that_says_where_to_look(fake: AmiFake) -> None:
    with pytest.raises(ActionRefused, match=r"'vocero'.*Authentication failed.*manager\.conf") as refusal:
        async with AmiSession(address(fake, secret="wr0ng"), CALM):
            pass
    assert "wr0ng" not in str(refusal.value)
    assert len(fake.named("Login")) == 1


async def test_no_asterisk_at_the_address_is_a_link_that_is_down() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        nobody = AmiAddress(host="127.0.0.1", port=held.getsockname()[1], username="vocero", secret="x")
        with pytest.raises(LinkDown, match=r"at 127\.0\.0\.1:[0-9]+: connection refused"):
            async with AmiSession(nobody, CALM):
                pass


async def test_the_secret_is_not_told_to_another_service() -> None:
    async with AmiFake(banner=b"SSH-2.0-OpenSSH_9.2\r\n") as fake:
        with pytest.raises(LinkDown, match="not an Asterisk"):
            async with AmiSession(address(fake), CALM):
                pass
        assert fake.actions == []


async def test_a_port_that_never_greets_is_given_up() -> None:
    async with AmiFake(banner=b"") as fake:
        with pytest.raises(LinkDown, match="said nothing"):
            async with AmiSession(address(fake), SessionTiming(login_seconds=0.1)):
                pass


async def test_a_login_that_is_never_answered_is_given_up(fake: AmiFake) -> None:
    fake.silent = True
    with pytest.raises(LinkDown, match="did not answer Login"):
        async with AmiSession(address(fake), SessionTiming(login_seconds=1.0)):
            pass


async def test_a_connection_that_ends_during_the_login_is_a_link_that_is_down(fake: AmiFake) -> None:
    def hang_up(_action: Heard) -> list[Headers]:
        fake.cut()
        return []

    fake.answers["Login"] = hang_up
    with pytest.raises(LinkDown, match=r"closed the connection|broke"):
        async with AmiSession(address(fake), CALM):
            pass


# ------------------------------------------------------------------ actions


async def test_answers_find_their_actions_in_any_order(fake: AmiFake) -> None:
    held: list[Heard] = []

    def later(action: Heard) -> list[Headers]:
        held.append(action)
        if len(held) < 3:
            return []
        return [fake.reply(each, AsteriskVersion=each["ActionID"]) for each in reversed(held)]

    fake.answers["CoreSettings"] = later
    async with AmiSession(address(fake), CALM) as session, asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(session.perform(core_settings(), 2)) for _ in range(3)]
    for task, action in zip(asked, held, strict=True):
        assert task.result().get("AsteriskVersion") == action["ActionID"]


async def test_a_refusal_carries_the_words_of_asterisk(fake: AmiFake) -> None:
    fake.answers["Hangup"] = lambda action: [fake.reply(action, Response="Error", Message="No such channel")]
    async with AmiSession(address(fake), CALM) as session:
        with pytest.raises(ActionRefused, match="Hangup: No such channel"):
            await session.perform(Action(name="Hangup", repeatable=False), 2)


async def test_an_action_without_an_answer_ends_at_its_deadline_and_a_late_answer_harms_nobody(fake: AmiFake) -> None:
    fake.answers["Originate"] = lambda _: []
    async with AmiSession(address(fake), CALM) as session:
        with pytest.raises(ResultUnknown, match="did not answer Originate"):
            await session.perform(ORIGINATE, 0.05)
        await fake.say(fake.reply(await fake.got("Originate")), JOINED)
        assert await next_event(session) == CallJoined(ATTEMPT)
        assert await session.perform(core_settings(), 2)
    assert len(fake.named("Originate")) == 1


async def test_one_id_cannot_be_on_its_way_twice(fake: AmiFake) -> None:
    fake.answers["Originate"] = lambda _: []
    async with AmiSession(address(fake), CALM) as session, asyncio.TaskGroup() as tasks:
        first = tasks.create_task(_unknown(session.perform(ORIGINATE, 2)))
        await fake.got("Originate")
        with pytest.raises(Conflict):
            await session.perform(ORIGINATE, 2)
        assert "did not answer" in await first
    assert len(fake.named("Originate")) == 1


async def test_a_value_that_cannot_travel_is_refused_before_anything_is_sent(fake: AmiFake) -> None:
    async with AmiSession(address(fake), CALM) as session:
        with pytest.raises(InputError):
            await session.perform(Action(name="Ping", headers=(("X", "a\r\n\r\nAction: Logoff"),), repeatable=True), 2)
        await session.perform(core_settings(), 2)
    assert [action.name for action in fake.actions] == ["Login", "CoreSettings", "Logoff"]


async def test_everything_pending_ends_when_the_connection_does(fake: AmiFake) -> None:
    fake.answers["Originate"] = fake.answers["CoreShowChannels"] = lambda _: []
    async with AmiSession(address(fake), CALM) as session, asyncio.TaskGroup() as tasks:
        originate = tasks.create_task(_unknown(session.perform(ORIGINATE, 60)))
        listing = tasks.create_task(_unknown(session.collect(core_show_channels(), 60)))
        await fake.got("Originate")
        await fake.got("CoreShowChannels")
        fake.cut()
        assert await originate == await listing == await the_end(session) == session.lost
        with pytest.raises(LinkDown):
            await session.perform(ping(), 2)
        with pytest.raises(LinkDown):
            await next_event(session)


async def _unknown(action: Awaitable[object]) -> str:
    with pytest.raises(ResultUnknown) as unknown:
        await action
    return str(unknown.value)


async def test_leaving_ends_what_is_pending_even_when_asterisk_is_silent(fake: AmiFake) -> None:
    fake.answers["Originate"] = fake.answers["Logoff"] = lambda _: []
    async with asyncio.TaskGroup() as tasks:
        async with AmiSession(address(fake), CALM) as session:
            originate = tasks.create_task(_unknown(session.perform(ORIGINATE, 60)))
            await fake.got("Originate")
        assert await originate == "we closed it"


async def test_an_error_inside_leaves_as_it_is_and_without_a_goodbye(fake: AmiFake) -> None:
    with pytest.raises(ZeroDivisionError):
        async with AmiSession(address(fake), CALM):
            raise ZeroDivisionError
    await fake.until(lambda: not fake._writers)
    assert fake.named("Logoff") == []


async def test_a_cancelled_wait_sends_nothing_more_and_the_session_goes_on(fake: AmiFake) -> None:
    fake.answers["Originate"] = lambda _: []
    async with AmiSession(address(fake), CALM) as session:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await session.perform(ORIGINATE, 60)
        assert await session.perform(core_settings(), 2)
    assert len(fake.named("Originate")) == 1


# ------------------------------------------------------------------ lists


async def test_a_list_comes_whole(fake: AmiFake) -> None:
    fake.channels = [Channel(uniqueid=f"{number:032x}", name="Local/1@vocero-out-1;1") for number in range(300)]
    async with AmiSession(address(fake), CALM) as session:
        items = await session.collect(core_show_channels(), 2)
        assert [item.get("Uniqueid") for item in items] == [channel.uniqueid for channel in fake.channels]
        fake.channels = []
        assert await session.collect(core_show_channels(), 2) == ()


async def test_events_between_the_items_of_a_list_go_to_the_events(fake: AmiFake) -> None:
    def mixed(action: Heard) -> list[Headers]:
        begin, *rest = fake.a_list(
            action, [[("Event", "CoreShowChannel"), ("Channel", "x")]], "CoreShowChannelsComplete"
        )
        return [begin, JOINED, *rest]

    fake.answers["CoreShowChannels"] = mixed
    async with AmiSession(address(fake), CALM) as session:
        assert len(await session.collect(core_show_channels(), 2)) == 1
        assert await next_event(session) == CallJoined(ATTEMPT)


async def test_a_list_without_an_end_is_no_list(fake: AmiFake) -> None:
    fake.answers["CoreShowChannels"] = lambda action: fake.a_list(action, [[("Event", "CoreShowChannel")]], "x")[:-1]
    async with AmiSession(address(fake), CALM) as session:
        with pytest.raises(ResultUnknown, match="CoreShowChannels"):
            await session.collect(core_show_channels(), 0.05)


async def test_a_list_that_lost_an_item_is_no_list(fake: AmiFake) -> None:
    def short(action: Heard) -> list[Headers]:
        items: list[Headers] = [[("Event", "CoreShowChannel")]] * 2
        whole = fake.a_list(action, items, "CoreShowChannelsComplete")
        return [whole[0], whole[1], whole[3]]

    fake.answers["CoreShowChannels"] = short
    async with AmiSession(address(fake), CALM) as session:
        with pytest.raises(ResultUnknown, match="2 items came with 1"):
            await session.collect(core_show_channels(), 2)


async def test_a_list_longer_than_any_is_no_list(fake: AmiFake) -> None:
    fake.channels = [Channel(uniqueid=ATTEMPT, name="x")] * 6
    async with AmiSession(address(fake), CALM, max_events=5) as session:
        with pytest.raises(ResultUnknown, match="more than 5"):
            await session.collect(core_show_channels(), 2)


async def test_a_list_that_is_refused_says_so(fake: AmiFake) -> None:
    del fake.answers["CoreShowChannels"]
    async with AmiSession(address(fake), CALM) as session:
        with pytest.raises(ActionRefused, match="CoreShowChannels: Invalid"):
            await session.collect(core_show_channels(), 2)


# ------------------------------------------------------------------ liveness and overflow


async def test_a_session_that_is_answered_is_never_in_doubt(fake: AmiFake) -> None:
    async with AmiSession(address(fake), LIVELY) as session:
        await fake.got("Ping", times=5)
        await fake.say(JOINED)
        assert await next_event(session) == CallJoined(ATTEMPT)


async def test_one_missed_ping_is_a_doubt_and_an_answered_one_the_proof(fake: AmiFake) -> None:
    pong = fake.answers["Ping"]
    heard: list[Heard] = []

    def miss_the_first(action: Heard) -> list[Headers]:
        heard.append(action)
        return [] if len(heard) == 1 else list(pong(action))

    fake.answers["Ping"] = miss_the_first
    async with AmiSession(address(fake), HASTY) as session:
        assert isinstance(await next_event(session), LinkDoubtful)
        assert await next_event(session) == Proof()
        await fake.got("Ping", times=4)
        assert not session.lost


async def test_two_missed_pings_end_the_session(fake: AmiFake) -> None:
    async with AmiSession(address(fake), HASTY) as session:
        fake.silent = True
        assert isinstance(await next_event(session), LinkDoubtful)
        assert await the_end(session) == "Asterisk answered neither of two pings"
    assert fake.named("Logoff") == []


async def test_a_black_hole_is_noticed_and_everything_pending_ends(fake: AmiFake) -> None:
    async with CuttingProxy(fake.port) as proxy, AmiSession(address(proxy), HASTY) as session:
        proxy.black_hole()
        assert await _unknown(session.perform(ORIGINATE, 60)) == "Asterisk answered neither of two pings"
        assert isinstance(await next_event(session), LinkDoubtful)
        assert "two pings" in await the_end(session)
    assert proxy.originates == {}


async def test_a_refused_ping_is_a_sign_of_life(fake: AmiFake) -> None:
    fake.answers["Ping"] = lambda action: [fake.reply(action, Response="Error", Message="Permission denied")]
    async with AmiSession(address(fake), LIVELY) as session:
        await fake.got("Ping", times=4)
        assert not session.lost


async def test_a_peer_that_stops_reading_is_given_up_and_what_it_did_not_read_never_arrives(fake: AmiFake) -> None:
    large = Action(name="Ping", headers=(("X", "y" * 1000),) * 120, repeatable=True)  # 200 of them: more than TCP holds
    async with AmiSession(address(fake), CALM) as session, asyncio.TaskGroup() as tasks:
        fake.reading.clear()
        pings = [tasks.create_task(_unknown(session.perform(large, 20))) for _ in range(200)]
        originate = tasks.create_task(_unknown(session.perform(ORIGINATE, 20)))
        for task in (*pings, originate):
            assert await task == "Asterisk has read nothing for 0.5 s"
    fake.reading.set()
    await fake.until(lambda: not fake._writers)
    assert fake.named("Originate") == []


async def test_what_the_kernel_still_holds_when_the_session_ends_never_arrives() -> None:
    large = Action(name="Ping", headers=(("X", "y" * 1000),) * 120, repeatable=True)
    async with AmiFake(receive_bytes=4096) as fake:
        async with AmiSession(address(fake), HASTY) as session, asyncio.TaskGroup() as tasks:
            fake.reading.clear()
            fake.silent = True  # an answer would meet a closed port and end the connection before the Originate is read
            sent = [tasks.create_task(_unknown(session.perform(large, 20))) for _ in range(5)]
            sent.append(tasks.create_task(_unknown(session.perform(ORIGINATE, 20))))
            for task in sent:
                assert await task == "Asterisk answered neither of two pings"  # not: it has read nothing
        fake.reading.set()
        await fake.until(lambda: not fake._writers)
        assert fake.named("Originate") == []


async def test_events_that_find_the_queue_full_are_dropped_and_said_to_be(fake: AmiFake) -> None:
    async with AmiSession(address(fake), LIVELY, max_events=10) as session:
        await fake.say(*[JOINED] * 50)
        await fake.got("Ping", times=len(fake.named("Ping")) + 2)  # the storm has been read
        for _ in range(10):
            assert await next_event(session) == CallJoined(ATTEMPT)
        assert isinstance(await next_event(session), LinkDoubtful)
        assert await next_event(session) == Proof()
        await fake.say(JOINED)
        assert await next_event(session) == CallJoined(ATTEMPT)


async def test_events_that_say_nothing_to_us_take_no_room(fake: AmiFake) -> None:
    async with AmiSession(address(fake), CALM, max_events=10) as session:
        await fake.say(*[[("Event", "VarSet"), ("Variable", "X"), ("Value", "y")]] * 500, JOINED)
        assert await next_event(session) == CallJoined(ATTEMPT)


async def test_a_burst_far_above_any_load_is_read_whole_and_in_order(fake: AmiFake) -> None:
    """Four seconds of 5,000 events/s, at once."""
    async with AmiSession(address(fake), LIVELY) as session, asyncio.TaskGroup() as tasks:
        ids = [f"{number:032x}" for number in range(20_000)]
        tasks.create_task(fake.say(*[[*JOINED[:2], ("Uniqueid", each)] for each in ids]))
        assert [await next_event(session) for _ in ids] == [CallJoined(AttemptId(each)) for each in ids]


async def test_nonsense_on_the_wire_ends_the_session(fake: AmiFake) -> None:
    async with AmiSession(address(fake), CALM) as session:
        await fake.say_bytes(b"X: " + b"y" * 70_000)
        assert "without an end" in await the_end(session)


async def test_events_read_before_the_loss_come_before_it(fake: AmiFake) -> None:
    async with AmiSession(address(fake), CALM) as session:
        await fake.say(*[JOINED] * 20)
        await session.perform(core_settings(), 2)
        fake.cut()
        for _ in range(20):
            assert await next_event(session) == CallJoined(ATTEMPT)
        assert await the_end(session)


async def test_full_boot_is_waited_for_and_has_a_deadline() -> None:
    async with AmiFake(fully_booted=False) as fake, AmiSession(address(fake), CALM) as session:
        with pytest.raises(TimeoutError):
            await session.fully_booted(0.05)
        await fake.say(fake.booted())
        assert (await session.fully_booted(2)).event == "FullyBooted"
        fake.cut()
        await the_end(session)


async def test_full_boot_that_never_comes_ends_with_the_session() -> None:
    async with AmiFake(fully_booted=False) as fake, AmiSession(address(fake), CALM) as session:
        fake.cut()
        with pytest.raises(LinkDown):
            await session.fully_booted(5)
