"""The ten defects that were found in panoramisk 1.4, and that ours has none of them.

Where it costs nothing the defect is shown first, with panoramisk as the client: that also shows that our fake gives it
the chance. Numbers as in the list of defects that led to a session of our own (`dialer/ami/__init__.py`).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable

import panoramisk
import pytest
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.call_manager import CallManager

from cti_api.errors import ActionRefused, InputError, LinkDown, ResultUnknown
from cti_api.model.ids import AttemptId
from dialer.ami.actions import Action, core_settings
from dialer.ami.link import LinkState
from dialer.ami.session import AmiSession, SessionTiming
from dialer.ami.translate import Translator
from dialer.ami.wire import Decoder, Message
from dialer.telephony import CallAnswered, CallEnded, CallRefused, LinkLost, LinkUp
from tests.support.ami_fake import AmiFake, Headers
from tests.support.ami_peers import ATTEMPT, CALL, CALM, ENDED, HASTY, address, heard, linked, until_up
from tests.support.cutting_proxy import CuttingProxy

ORIGINATE = {"Action": "Originate", "ActionID": ATTEMPT, "Channel": "Local/57@vocero-out/n", "Async": "true"}
NOT_PLACED: Headers = [
    ("Event", "OriginateResponse"),
    ("ActionID", ATTEMPT),
    ("Response", "Failure"),
    ("Context", "vocero-customer"),
    ("Reason", "0"),
    ("Uniqueid", ATTEMPT),
]


@contextlib.asynccontextmanager
async def by_panoramisk(fake: AmiFake, **settings: object) -> AsyncIterator[panoramisk.Manager]:
    manager = panoramisk.Manager(
        loop=asyncio.get_running_loop(),
        host=fake.host,
        port=fake.port,
        username="vocero",
        **{"secret": "s3cret", "reconnect_timeout": 0, **settings},
    )
    await manager.connect()
    try:
        yield manager
    finally:
        manager.close()


# ------------------------------------------------------------------ 1


async def test_1_panoramisk_sends_an_originate_again_after_a_reconnect() -> None:
    async with AmiFake() as fake, by_panoramisk(fake) as manager:
        fake.answers["Originate"] = lambda _: []
        await fake.got("Login")
        manager.send_action(dict(ORIGINATE))
        await fake.got("Originate")
        fake.cut()
        assert (await fake.got("Originate", times=2))["ActionID"] == ATTEMPT


async def test_1_ours_never_sends_one_again() -> None:
    async with AmiFake() as fake, linked(fake) as (link, events):
        fake.answers["Originate"] = lambda _: []
        await until_up(events)
        async with asyncio.TaskGroup() as tasks:
            call = tasks.create_task(_outcome(link.perform(CALL)))
            await fake.got("Originate")
            fake.cut()
            assert await call is ResultUnknown
        await until_up(events)
        await link.truth()
        assert len(fake.named("Originate")) == 1


# ------------------------------------------------------------------ 2


async def test_2_the_future_of_a_forgotten_action_never_ends_in_panoramisk() -> None:
    async with AmiFake() as fake, by_panoramisk(fake, forgetable_actions=("ping", "login", "originate")) as manager:
        fake.answers["Originate"] = lambda _: []
        await fake.got("Login")
        future = manager.send_action(dict(ORIGINATE))
        await fake.got("Originate")
        fake.cut()
        await fake.got("Login", times=2)
        answer = await manager.send_action({"Action": "CoreSettings"})
        assert answer.success
        assert not future.done()


async def test_2_ours_ends_every_wait_by_an_answer_a_deadline_or_the_loss() -> None:
    async with AmiFake() as fake, AmiSession(address(fake), CALM) as session, asyncio.TaskGroup() as tasks:
        fake.answers["Originate"] = lambda _: []
        short = tasks.create_task(_outcome(session.perform(_originate("a"), 0.05)))
        long = tasks.create_task(_outcome(session.perform(_originate("b"), 60)))
        await fake.got("Originate", times=2)
        assert await short is ResultUnknown
        fake.cut()
        assert await long is ResultUnknown
        assert await _outcome(session.perform(_originate("c"), 60)) is LinkDown


# ------------------------------------------------------------------ 3


async def test_3_an_originate_without_async_closes_the_connection_of_panoramisk() -> None:
    async with AmiFake() as fake, by_panoramisk(fake) as manager:
        await fake.got("Login")
        manager.send_action({key: value for key, value in ORIGINATE.items() if key != "Async"})
        await fake.until(lambda: fake.connections >= 2)


async def test_3_ours_takes_its_answer_like_any_other() -> None:
    async with AmiFake() as fake, AmiSession(address(fake), CALM) as session:
        assert (await session.perform(_originate(ATTEMPT), 2)).get("Message") == "Originate successfully queued"
        assert await session.perform(core_settings(), 2)
        assert fake.connections == 1


# ------------------------------------------------------------------ 4


async def test_4_originate_response_reaches_no_callback_of_panoramisk() -> None:
    async with AmiFake() as fake, by_panoramisk(fake) as manager:
        reached: list[str] = []
        hangup = asyncio.Event()
        manager.register_event("*", lambda _, event: reached.append(event.event))
        manager.register_event("Hangup", lambda _, event: hangup.set())
        await fake.got("Login")
        manager.send_action(dict(ORIGINATE))
        await fake.got("Originate")
        await fake.say(NOT_PLACED, ENDED)
        async with asyncio.timeout(30):
            await hangup.wait()
        assert "OriginateResponse" not in reached


async def test_4_it_reaches_the_events_of_ours_before_or_after_the_answer() -> None:
    async with AmiFake() as fake, linked(fake) as (link, events):
        fake.answers["Originate"] = lambda action: [NOT_PLACED, fake.reply(action), NOT_PLACED]
        await until_up(events)
        await link.perform(CALL)
        assert await heard(events) == await heard(events) == CallRefused(ATTEMPT)


# ------------------------------------------------------------------ 5


async def test_5_a_frozen_asterisk_and_a_black_hole_are_noticed() -> None:
    async with AmiFake() as fake, CuttingProxy(fake.port) as proxy:
        async with AmiSession(address(fake), HASTY) as session:
            fake.silent = True
            assert await _outcome(session.perform(core_settings(), 60)) is ResultUnknown
            assert session.lost == "Asterisk answered neither of two pings"
        fake.silent = False
        async with AmiSession(address(proxy), HASTY) as session:
            proxy.black_hole()
            assert await _outcome(session.perform(core_settings(), 60)) is ResultUnknown
            assert session.lost == "Asterisk answered neither of two pings"


def test_5_with_the_waits_of_the_product_a_black_hole_is_cut_within_12_seconds() -> None:
    waits = SessionTiming()
    assert waits.ping_every_seconds + 2 * waits.ping_answer_seconds < 12


# ------------------------------------------------------------------ 6


async def test_6_an_error_in_a_callback_of_panoramisk_loses_the_rest_and_the_connection() -> None:
    async with AmiFake() as fake, by_panoramisk(fake) as manager:
        reached: list[str] = []

        def stumble(_: object, event: Message) -> None:
            reached.append(event.event)
            raise ZeroDivisionError

        manager.register_event("Hangup", stumble)
        await fake.got("Login")
        await manager.send_action({"Action": "CoreSettings"})
        await fake.say(ENDED, ENDED)
        await fake.until(lambda: fake.connections >= 2)
        assert reached == ["Hangup"]


async def test_6_an_error_in_the_reader_of_our_events_is_the_readers_alone() -> None:
    async with AmiFake() as fake, linked(fake) as (link, events):
        await until_up(events)

        async def stumble() -> None:
            async for event in link.events():
                raise ZeroDivisionError(event)

        await fake.say(ENDED, ENDED)
        with pytest.raises(ZeroDivisionError):
            await asyncio.wait_for(stumble(), 5)
        assert await heard(link.events()) == CallEnded(ATTEMPT, 17)
        assert link.status.state is LinkState.UP
        assert fake.connections == 1


# ------------------------------------------------------------------ 7

JOSE = "Event: X\r\nName: José Muñoz\r\n\r\n".encode()


def test_7_panoramisk_loses_a_letter_that_two_reads_share() -> None:
    protocol = AMIProtocol()
    protocol.connection_made(None)
    protocol.encoding = "utf8"
    reached: list[str] = []
    protocol.handle_message = lambda message: reached.append(message.name)
    middle = JOSE.index(b"\xa9")
    protocol.data_received(JOSE[:middle])
    protocol.data_received(JOSE[middle:])
    assert reached == ["Jos Muñoz"]


@pytest.mark.parametrize("cut", range(1, len(JOSE)))
def test_7_ours_loses_none_wherever_the_reads_part(cut: int) -> None:
    decoder = Decoder()
    decoder.feed(b"Asterisk Call Manager/11.0.0\r\n")
    (message,) = [*decoder.feed(JOSE[:cut]), *decoder.feed(JOSE[cut:])]
    assert message.get("Name") == "José Muñoz"


# ------------------------------------------------------------------ 8

INJECTION = "x\r\n\r\nAction: Hangup\r\nChannel: /.*/"


async def test_8_panoramisk_lets_a_value_become_an_action() -> None:
    async with AmiFake() as fake, by_panoramisk(fake) as manager:
        await fake.got("Login")
        manager.send_action({**ORIGINATE, "Variable": INJECTION})
        assert (await fake.got("Hangup"))["Channel"] == "/.*/"


@pytest.mark.parametrize("value", [INJECTION, "x\nAction: Hangup", "VOCERO_CAMPAIGN=x,CALLERID(num)=911666"])
async def test_8_ours_lets_no_value_out_that_is_more_than_one(value: str) -> None:
    async with AmiFake() as fake, AmiSession(address(fake), CALM) as session:
        with pytest.raises(InputError):
            await session.perform(Action(name="Originate", headers=(("Variable", value),), repeatable=False), 2)
        await session.perform(core_settings(), 2)
        assert [action.name for action in fake.actions] == ["Login", "CoreSettings"]


# ------------------------------------------------------------------ 9


async def test_9_panoramisk_tries_a_wrong_password_for_ever_and_says_nothing() -> None:
    async with AmiFake() as fake, by_panoramisk(fake, secret="wrong") as manager:
        await fake.got("Login", times=5)
        assert not manager.authenticated


async def test_9_ours_says_it_once_as_a_state_with_a_sentence() -> None:
    async with AmiFake() as fake:
        with pytest.raises(ActionRefused, match=r"manager\.conf"):
            async with AmiSession(address(fake, secret="wrong"), CALM):
                pass
        async with linked(fake, secret="wrong") as (link, events):
            assert isinstance(await heard(events), LinkLost)
            assert link.status.state is LinkState.REFUSED


async def test_9_a_link_that_is_closed_while_it_waits_to_reconnect_stays_closed() -> None:
    async with AmiFake() as fake:
        async with linked(fake) as (_, events):
            assert isinstance(await heard(events), LinkUp)
            fake.cut()
            assert isinstance(await heard(events), LinkLost)
        before = fake.connections
        async with AmiSession(address(fake), CALM) as session:
            await session.perform(core_settings(), 2)
        assert fake.connections == before + 1


# ------------------------------------------------------------------ 10


async def test_10_panoramisk_takes_two_calls_of_one_second_for_one_and_a_misspelt_name_for_an_empty_value() -> None:
    calls = CallManager(loop=asyncio.get_running_loop())
    for uniqueid in ("1795319758.4", "1795319758.9"):
        calls.handle_calls(calls, panoramisk.message.Message({"Event": "Newstate", "Uniqueid": uniqueid}))
    (only,) = calls.calls_queues.values()
    assert only.queue.qsize() == 2
    assert only.queue.get_nowait().uniqeid == ""


def test_10_ours_tells_calls_apart_by_their_whole_id_and_a_misspelt_name_fails() -> None:
    def up(channel_id: str) -> Message:
        name = "Local/57@vocero-out-1;1"
        return Message((("Event", "Newstate"), ("Channel", name), ("ChannelState", "6"), ("Uniqueid", channel_id)))

    ids = [AttemptId(f"{number:032x}") for number in range(3)]
    assert [Translator().translate(up(each)) for each in ids] == [CallAnswered(each) for each in ids]
    with pytest.raises(AttributeError):
        up(ids[0]).uniqeid  # type: ignore[attr-defined]  # noqa: B018


# ------------------------------------------------------------------ words of this file


def _originate(action_id: str) -> Action:
    return Action(name="Originate", action_id=action_id, repeatable=False)


async def _outcome(waiting: Awaitable[object]) -> type[Exception] | None:
    try:
        await waiting
    except (ResultUnknown, LinkDown) as failure:
        return type(failure)
    return None
