"""The ways on from the IVR, at the real Asterisk: into a queue, to a telephone, to a number outside; and back to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import pairwise

import pytest
import pytest_asyncio

from cti_api.model.ids import AgentId, QueueId, TrunkId
from cti_api.sounds import CampaignSounds
from dialer.calls.journal import read_traces
from ivr.agi.session import AgiSession
from tests.support.agi_handlers import Walk, serving
from tests.support.answering import NUMBER, SHOWN_NUMBER, Answering, AnsweringAsterisk, answering_asterisk, calling
from tests.support.calls import channels, seat, steps
from tests.support.incoming import WAIT_SECONDS, Caller
from tests.support.raw_ami import Message
from tests.support.shift import until
from vocero.asterisk_site import OutsideNumber
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.customers import Behaviour, Customers, number
from vocero.lab.softphones import Softphone

pytestmark = pytest.mark.asterisk

MARIA = AgentId("maria")
SHOWN = "576015550100"
HANGS_UP, TALKS = number(Behaviour.HANGS_UP_AT_ONCE, 1), number(Behaviour.TALKS, 1)
OUTSIDE = {
    "2134": HANGS_UP,
    "2135": TALKS,
    "2136": number(Behaviour.BUSY, 1),
    "2137": number(Behaviour.RINGS_OUT, 1),
}
Way = Callable[[AgiSession], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class There:
    """What every test of the module uses."""

    answering: AnsweringAsterisk
    customers: Customers
    maria: Softphone


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def there(asterisk_program: AsteriskProgram, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[There]:
    folder = tmp_path_factory.mktemp("ways")
    transfers: dict[str, AgentId | OutsideNumber] = {"2121": MARIA}
    for name, to in OUTSIDE.items():
        transfers[name] = OutsideNumber(number=to.digits, trunk=TrunkId("etb"), shown=SHOWN, at_once=1)
    async with AsyncExitStack() as stack:
        answering = await stack.enter_async_context(answering_asterisk(asterisk_program, folder / "a", transfers))
        customers = await stack.enter_async_context(Customers(folder / "customers", answering.ports, trunk=1))
        password = answering.asterisk.accounts.add(MARIA)
        phone = Softphone(folder / MARIA, MARIA, password, answering.asterisk.sip_port, answering.ports, phone=0)
        yield There(answering, customers, await stack.enter_async_context(phone))


@pytest.fixture
async def answering(there: There) -> AsyncIterator[Answering]:
    async with calling(there.answering) as answering:
        yield answering


def queue(name: str, most_wait: float | None = None, *, offer: bool = False) -> Way:
    async def way(call: AgiSession) -> None:
        await call.leave_for_queue(QueueId(name), most_wait_seconds=most_wait, offers_call_back=offer)

    return way


def transfer(to: str, ring: float = 20) -> Way:
    async def way(call: AgiSession) -> None:
        await call.leave_for_transfer(to, ring_seconds=ring)

    return way


async def test_a_number_may_lead_into_a_queue_and_a_lead_who_calls_back_into_theirs(answering: Answering) -> None:
    """As the dialer does it, and as it is where no dialer runs."""
    known = await answering.callers.dial(SHOWN_NUMBER)
    calls_back = await answering.ami.event("UserEvent", UserEvent="VoceroCallsBack", Number=SHOWN_NUMBER)
    send(answering, calls_back["Caller"], "vocero-queue", "lead")
    came = await answering.ami.event("UserEvent", UserEvent="VoceroQueued", Caller=calls_back["Caller"])
    assert (came["Queue"], came["Call"], came["CallerIDNum"]) == ("", "", "573001112233")
    unknown = await answering.callers.dial(SHOWN_NUMBER)
    other = await queued(answering, "soporte")
    assert (other["Call"], other["AccountCode"]) == ("", "soporte")
    for call in (known, unknown):
        call.hang_up()
        await over(call)


async def over(call: Caller) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        await call.over.wait()


async def queued(answering: Answering, account: str) -> Message:
    """The caller's coming into a queue, on these terms."""
    return await answering.ami.event("UserEvent", UserEvent="VoceroQueued", Queue=account)


async def talks(answering: Answering, line: str) -> bool:
    """Whether there is a channel of that name in a conversation."""
    return any(c["Channel"].startswith(line) and c["BridgeId"] for c in await channels(answering.ami))


def send(answering: Answering, channel: str, context: str, exten: str) -> None:
    """What the dialer does."""
    answering.ami.send("Redirect", Channel=channel, Context=context, Exten=exten, Priority="1")


async def test_whoever_waited_talked_or_found_nobody_is_with_the_ivr_again(answering: Answering, there: There) -> None:
    walk = Walk([queue("soporte", 120, offer=True), queue("ventas"), queue("cartera", 5), queue("boc", offer=True)])
    async with serving(walk, answering.ivr_port):
        leg = await seat(answering.ami, MARIA)
        call = await answering.callers.dial(NUMBER)
        first = await queued(answering, "soporte:0120:01:1")
        caller = first["Caller"]
        assert (first["Call"], first["Uniqueid"]) == (walk.came[0][0], caller)
        send(answering, leg, "vocero-answer", caller)
        joined = await answering.ami.event("BridgeEnter", Uniqueid=caller)
        assert (joined["Context"], joined["AccountCode"]) == ("vocero-queue", "soporte:0120:01:1")
        send(answering, leg, "vocero-answer", "over")
        await answering.ami.event("UserEvent", UserEvent="VoceroReturned", Caller=caller, Why="done")
        second = await queued(answering, "ventas:00:00:2")
        assert second["Caller"] == f"{caller}.2"
        send(answering, caller, "vocero-queue", "nobody")
        await queued(answering, "cartera:05:00:3")
        send(answering, caller, "vocero-queue", "sorry")
        await queued(answering, "boc:00:01:4")
        send(answering, caller, "vocero-queue", "tell00002")
        await call.hears(0.5)
        await call.press("1")
        await over(call)
        answering.ami.send("Hangup", Channel=leg, Cause="16")
    assert walk.returned == ["", "done", "nobody", "waited", "wants_call_back"]
    traces = read_traces(answering.asterisk.journal.read_text().splitlines())
    stays = [traces[caller], *(traces[f"{caller}.{stay}"] for stay in (2, 3, 4))]
    assert [each.returned for each in stays] == [True] * 4
    assert [each.agent_id for each in stays] == [MARIA, None, None, None]
    assert all(a.ended_at and a.ended_at <= b.started_at for a, b in pairwise(stays))


async def test_a_talk_is_recorded_after_the_caller_was_told_so(answering: Answering, there: There) -> None:
    CampaignSounds(answering.asterisk.campaign_sounds).say_that_it_is_recorded(QueueId("grabada"), said=True)
    walk = Walk([queue("grabada")])
    async with serving(walk, answering.ivr_port):
        leg = await seat(answering.ami, MARIA)
        call = await answering.callers.dial(NUMBER)
        came = await queued(answering, "grabada:00:00:1")
        assert came["Notice"] == "1"
        assert call.audible_seconds > 1
        send(answering, leg, "vocero-answer", f"r{came['Caller']}")
        await answering.ami.event("BridgeEnter", Uniqueid=came["Caller"])
        recording = answering.asterisk.recordings / f"{came['Caller']}.wav"
        await until(recording.exists, WAIT_SECONDS, "it is recorded")
        send(answering, leg, "vocero-answer", "over")
        await over(call)
        answering.ami.send("Hangup", Channel=leg, Cause="16")
    assert walk.returned == ["", "done"]


async def test_an_agent_joined_in_the_second_stay_ends_it_with_a_key_and_the_ivr_has_the_caller(
    answering: Answering, there: There
) -> None:
    walk = Walk([queue("soporte"), queue("ventas")])
    async with serving(walk, answering.ivr_port):
        leg = await seat(answering.ami, MARIA)
        call = await answering.callers.dial(NUMBER)
        first = await queued(answering, "soporte:00:00:1")
        send(answering, first["Caller"], "vocero-queue", "nobody")
        second = await queued(answering, "ventas:00:00:2")
        send(answering, leg, "vocero-answer", second["Caller"])
        await answering.ami.event("BridgeEnter", Uniqueid=first["Caller"])
        await there.maria.press("*")
        await over(call)
        answering.ami.send("Hangup", Channel=leg, Cause="16")
    assert walk.returned == ["", "nobody", "done"]


async def test_an_ivr_that_is_gone_when_the_queue_is_over_leaves_the_caller_to_the_fallback(
    answering: Answering,
) -> None:
    async with serving(Walk([queue("soporte")]), answering.ivr_port):
        call = await answering.callers.dial(NUMBER)
        caller = (await queued(answering, "soporte:00:00:1"))["Caller"]
    heard = call.audible_seconds
    send(answering, caller, "vocero-queue", "sorry")
    await until(lambda: "why=down" in answering.asterisk.journal.read_text(), WAIT_SECONDS, "nobody listens")
    await call.hears(heard + 0.5)


async def test_a_telephone_rings_unless_it_is_in_a_call_and_the_caller_is_with_the_ivr_again_after_the_talk(
    answering: Answering, there: There
) -> None:
    walk = Walk([transfer("2121")])
    async with serving(walk, answering.ivr_port):
        call = await answering.callers.dial(NUMBER)
        await until(lambda: talks(answering, f"PJSIP/{MARIA}-"), WAIT_SECONDS, "maria has taken the call")
        await over(await answering.callers.dial(NUMBER))
        await there.maria.hang_up()
        await over(call)
    assert [why for _, why in walk.came] == ["", "", "unreachable", "done"]
    assert walk.came[0][0] == walk.came[3][0]


async def test_a_number_outside_is_called_as_the_settings_say_and_no_other(answering: Answering, there: There) -> None:
    listed = [transfer("2134"), transfer("2136"), transfer("2137", ring=1)]
    walk = Walk([*listed, transfer(TALKS.digits), transfer("+57 (300) 1"), transfer("../x"), transfer("vocero-dial")])
    async with serving(walk, answering.ivr_port):
        call = await answering.callers.dial(NUMBER)
        await over(call)
    assert walk.returned == ["", "done", *["unreachable"] * 6]
    assert steps(there.customers, TALKS) == []


async def test_no_more_callers_are_led_outside_at_once_than_the_settings_say(
    answering: Answering, there: There
) -> None:
    walk = Walk([transfer("2135")])
    async with serving(walk, answering.ivr_port):
        first = await answering.callers.dial(NUMBER)
        await until(lambda: talks(answering, "PJSIP/etb-"), WAIT_SECONDS, "the first caller talks outside")
        (line,) = [c for c in await channels(answering.ami) if c["Channel"].startswith("PJSIP/etb-")]
        assert line["ConnectedLineNum"] == SHOWN
        await over(await answering.callers.dial(NUMBER))
        first.hang_up()
        await over(first)
    assert [why for _, why in walk.came] == ["", "", "unreachable"]
