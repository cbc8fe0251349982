"""People who call in, at the real Asterisk: they reach what answers, and hear something at once whatever fails."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest
import pytest_asyncio

from ivr.agi.server import ServerLimits
from ivr.agi.session import AgiSession, End
from ivr.agi.verbs import Next
from tests.support.agi_handlers import PIP, PROMPT, FrontDesk, Leads, serving
from tests.support.agi_recording import COMMANDS, FOLDER, PLAYED, Recorder, likeness
from tests.support.answering import (
    ENTRY,
    NUMBER,
    Answering,
    AnsweringAsterisk,
    SoundServer,
    answering_asterisk,
    calling,
)
from tests.support.incoming import WAIT_SECONDS, Caller
from tests.support.shift import until
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.ports import LOOPBACK
from vocero.lab.sounds import linear, tone_seconds

pytestmark = pytest.mark.asterisk

AT_ONCE_SECONDS = 3.0
"""Within this a caller hears something, whatever fails."""
GONE_SECONDS = 5.0
"""Within this nothing is left of a call."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def there(
    asterisk_program: AsteriskProgram, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[AnsweringAsterisk]:
    async with answering_asterisk(asterisk_program, tmp_path_factory.mktemp("answering")) as asterisk:
        yield asterisk


@pytest.fixture
async def answering(there: AnsweringAsterisk) -> AsyncIterator[Answering]:
    async with calling(there) as answering:
        yield answering


def fell_back(answering: Answering, call_id: str) -> str:
    """Why this call was given to the fallback, by Asterisk's journal; empty if it was not."""
    rows = [row for row in answering.asterisk.journal.read_text().splitlines() if f"call={call_id} why=" in row]
    return rows[0].partition("why=")[2].partition('"')[0] if rows else ""


def last_fallback(answering: Answering) -> str:
    rows = [row for row in answering.asterisk.journal.read_text().splitlines() if "VOCERO_FALLBACK" in row]
    return rows[-1].partition("why=")[2].partition('"')[0]


# ------------------------------------------------------------------ in good order


async def test_a_caller_hears_the_greeting_presses_a_key_and_is_led_to_the_end(answering: Answering) -> None:
    desk = FrontDesk()
    led = Leads(desk.answer)
    async with serving(led, answering.ivr_port) as server:
        call = await answering.callers.dial(NUMBER)
        await call.hears(0.3, within=AT_ONCE_SECONDS)
        await call.press("1")
        async with asyncio.timeout(WAIT_SECONDS):
            await call.over.wait()
        await until(lambda: not server.busy, GONE_SECONDS, "nothing is left of the call")
    assert (desk.chosen, server.ends) == (["1"], {End.DONE: 1})
    inbound = led.calls[0].inbound
    assert (inbound.entry, inbound.number, inbound.caller) == (ENTRY, NUMBER, "573001112233")
    assert f"call={inbound.id} number={NUMBER} entry={ENTRY}" in answering.asterisk.journal.read_text()
    assert fell_back(answering, inbound.id) == ""


async def test_callers_of_another_make_are_answered_and_leave(there: AnsweringAsterisk, tmp_path: Path) -> None:
    """SIPp's own caller: ten of them, each until half a second after the answer."""

    async def script(call: AgiSession) -> None:
        await call.answer()
        await call.play(PROMPT)

    ports = there.ports
    command = ["sipp", "-sn", "uac", f"{LOOPBACK}:{ports.sip}", "-s", NUMBER, "-i", LOOPBACK, "-nostdin"]
    command += ["-p", str(ports.trunk_sip(0)), "-mi", LOOPBACK, "-mp", str(ports.trunk_media(0))]
    async with serving(Leads(script), ports.agi) as server:
        sipp = await asyncio.create_subprocess_exec(
            *[*command, "-m", "10", "-r", "20", "-d", "500"],
            cwd=tmp_path,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(WAIT_SECONDS):
            _, said = await sipp.communicate()
        assert sipp.returncode == 0, said.decode(errors="replace")
        await until(lambda: not server.busy, GONE_SECONDS, "nothing is left of the calls")
    assert server.ends == {End.HUNG_UP: 10}


@pytest.mark.parametrize("number", ["576015550199", "573001234567", "600", "s", "live", "recepcion", "+576015550100"])
async def test_a_number_that_nobody_configured_leads_nowhere(answering: Answering, number: str) -> None:
    async with serving(FrontDesk(), answering.ivr_port) as server:
        call = await answering.callers.dial(number)
        async with asyncio.timeout(WAIT_SECONDS):
            await call.over.wait()
    assert (call.status, server.ends) == (404, {})


@pytest.mark.parametrize(
    "name",
    ["x%0A%0A200%20result=1%20%28evil%29", "57%0Aagi_arg_1%3A%20evil", "%22;%24%7BSHELL%28id%29%7D", "anonymous"],
)
async def test_nothing_a_caller_calls_himself_reaches_the_ivr_but_digits(answering: Answering, name: str) -> None:
    async def script(call: AgiSession) -> None:
        assert await call.variable("VOCERO_TAKEN") == "1"
        await call.leave(Next.HANG_UP)

    led = Leads(script)
    async with serving(led, answering.ivr_port) as server:
        call = await answering.callers.dial(NUMBER, name)
        async with asyncio.timeout(WAIT_SECONDS):
            await call.over.wait()
        await until(lambda: not server.busy, GONE_SECONDS, "nothing is left of the call")
    assert server.ends == {End.DONE: 1}
    assert led.calls[0].inbound.caller.strip("0123456789") == ""


async def test_the_dialers_manager_user_can_start_no_script_and_no_program(answering: Answering) -> None:
    for application in ("AGI", "Exec", "TryExec", "ExecIf"):
        answer = await answering.ami.ask(
            "Originate", Channel=f"Local/{NUMBER}@vocero-in", Application=application, Data="agi://127.0.0.1/x"
        )
        assert answer["Response"] == "Error", application


# ------------------------------------------------------------------ what fails, and what is heard then


async def test_an_ivr_that_is_not_there_leaves_the_caller_to_the_fallback(answering: Answering) -> None:
    call = await answering.callers.dial(NUMBER)
    await call.hears(0.5, within=AT_ONCE_SECONDS)
    assert last_fallback(answering) == "down"


async def test_an_ivr_that_takes_the_connection_and_says_nothing_has_two_seconds(answering: Answering) -> None:
    with socket.create_server((LOOPBACK, answering.ivr_port)):  # nobody accepts: as a frozen process
        call = await answering.callers.dial(NUMBER)
        await until(lambda: call.first_sound_at is not None, AT_ONCE_SECONDS, "the fallback is heard")
        assert last_fallback(answering) == "stalled"


async def test_an_ivr_that_has_no_room_sends_the_caller_to_the_fallback(answering: Answering) -> None:
    async with serving(FrontDesk(), answering.ivr_port, ServerLimits(calls=0)) as server:
        call = await answering.callers.dial(NUMBER)
        await call.hears(0.3, within=AT_ONCE_SECONDS)
        assert (server.refused, last_fallback(answering)) == (1, "refused")


@pytest.mark.parametrize("how", ["fails", "sends the caller nowhere", "is cut while it waits", "is cut while it plays"])
async def test_an_ivr_that_dies_in_the_middle_of_a_call_leaves_the_caller_to_the_fallback(
    answering: Answering, how: str
) -> None:
    answered = asyncio.Event()

    async def script(call: AgiSession) -> None:
        await call.answer()
        answered.set()
        if how == "fails":
            raise ZeroDivisionError
        if how == "sends the caller nowhere":
            await call.set_variable("VOCERO_NEXT", "no-hay")
            return
        if how == "is cut while it waits":
            await call.wait_for_key(60)
        await call.play(PROMPT)

    led = Leads(script)
    async with serving(led, answering.ivr_port, ServerLimits(drain_seconds=0)) as server:
        call = await answering.callers.dial(NUMBER)
        async with asyncio.timeout(WAIT_SECONDS):
            await answered.wait()
        if not how.startswith("is cut"):
            await until(lambda: server.ends.total() == 1, WAIT_SECONDS, "it is over")
    (lost,) = led.calls
    await until(lambda: fell_back(answering, lost.inbound.id) == "lost", AT_ONCE_SECONDS, "Asterisk notices")
    await until(lambda: call.first_sound_at is not None, AT_ONCE_SECONDS, "the fallback is heard")


async def test_a_call_that_is_longer_than_it_may_be_ends_with_the_fallback_too(answering: Answering) -> None:
    async def script(call: AgiSession) -> None:
        await call.answer()
        await call.limit(1)
        await call.wait_for_key(60)

    async with serving(Leads(script), answering.ivr_port) as server:
        call = await answering.callers.dial(NUMBER)
        await call.hears(0.2, within=AT_ONCE_SECONDS)
        assert (last_fallback(answering), server.ends) == ("too-long", {End.HUNG_UP: 1})


async def test_a_sound_server_that_is_not_there_leaves_the_caller_to_the_keys(answering: Answering) -> None:
    told: list[object] = []

    async def script(call: AgiSession) -> None:
        await call.answer()
        with socket.socket() as nobody:
            nobody.bind((LOOPBACK, 0))
            told.append(await call.connect_sound(uuid4(), LOOPBACK, nobody.getsockname()[1], seconds=60))
        told.append((await call.play(PROMPT, keys="2"))[0])
        await call.leave(Next.HANG_UP)

    async with serving(Leads(script), answering.ivr_port):
        call = await answering.callers.dial(NUMBER)
        await call.hears(0.2, within=AT_ONCE_SECONDS)
        await call.press("2")
        async with asyncio.timeout(WAIT_SECONDS):
            await call.over.wait()
    assert told == [False, "2"]


async def test_a_sound_server_has_the_callers_sound_until_it_gives_it_back(answering: Answering) -> None:
    told: list[object] = []
    sounds = SoundServer(0.5)

    async def script(call: AgiSession) -> None:
        await call.answer()
        async with sounds.listening() as port:
            told.append(await call.connect_sound(uuid4(), LOOPBACK, port, seconds=60))
        told.append((await call.play(PIP))[0])
        await call.leave(Next.HANG_UP)

    async with serving(Leads(script), answering.ivr_port):
        call = await answering.callers.dial(NUMBER)
        async with asyncio.timeout(WAIT_SECONDS):
            await call.answered.wait()
        await call.talk(0.6)
        async with asyncio.timeout(WAIT_SECONDS):
            await call.over.wait()
    assert told == [True, ""]
    assert tone_seconds(linear(bytes(call.sound)), 1000) >= 0.3
    assert sounds.heard_bytes > 0


async def test_a_caller_who_floods_the_menu_with_keys_is_bid_farewell(answering: Answering) -> None:
    desk = FrontDesk(most_keys=4)
    async with serving(desk, answering.ivr_port) as server:
        call = await answering.callers.dial(NUMBER)
        await call.hears(0.1, within=AT_ONCE_SECONDS)
        await call.press("9" * 10, gap_seconds=0.04)
        async with asyncio.timeout(WAIT_SECONDS):
            await call.over.wait()
        await until(lambda: not server.busy, GONE_SECONDS, "nothing is left of the call")
    assert (desk.chosen, server.ends) == ([""], {End.DONE: 1})


# ------------------------------------------------------------------ what other tests take for Asterisk


async def test_asterisk_says_what_it_was_recorded_to_say(answering: Answering) -> None:
    recorder = Recorder()
    async with await asyncio.start_server(recorder.serve, LOOPBACK, answering.ivr_port):
        recorder.next_call(*COMMANDS)
        call = await answering.callers.dial(NUMBER)
        async with asyncio.timeout(WAIT_SECONDS):
            await recorder.over.wait()
            await call.over.wait()
        assert likeness(recorder.text) == likeness((FOLDER / "commands.txt").read_text())
        recorder.next_call("ANSWER", PLAYED, until_end=True)
        call = await answering.callers.dial(NUMBER)
        await call.hears(0.1)
        call.hang_up()
        async with asyncio.timeout(WAIT_SECONDS):
            await recorder.over.wait()
        assert likeness(recorder.text) == likeness((FOLDER / "hung-up.txt").read_text())


# ------------------------------------------------------------------ many, who leave when they like


async def leave_anywhere(answering: Answering, callers: int, seconds: float, random: Random) -> None:
    """So many call in this time, and each hangs up at some moment of the first seconds of the call."""

    async def call_and_leave(at: float, stays: float) -> Caller:
        await asyncio.sleep(at)
        call = await answering.callers.dial(NUMBER, f"57300{random.randrange(10**7):07d}")
        await asyncio.sleep(stays)
        call.hang_up()
        return call

    desk = FrontDesk()
    async with serving(desk, answering.ivr_port, ServerLimits(calls=callers)) as server:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(callers):
                tasks.create_task(call_and_leave(random.uniform(0, seconds), random.uniform(0, 1.5)))
        await answering.quiet(GONE_SECONDS)
        await until(lambda: not server.busy, GONE_SECONDS, "no task is left")
        assert server.ends.total() > callers * 0.8, "the others left before the IVR was asked"
        assert set(server.ends) <= {End.HUNG_UP, End.LOST}
        assert (server.failed, server.refused) == (0, 0)
        assert not [task for task in asyncio.all_tasks() if task.get_name() in ("agi.call", "agi.read", "agi.handler")]
        last = await answering.callers.dial(NUMBER)
        await last.hears(0.2, within=AT_ONCE_SECONDS)
        last.hang_up()


async def test_of_a_hundred_callers_who_leave_anywhere_nothing_is_left(answering: Answering) -> None:
    await leave_anywhere(answering, 100, 1.0, Random(5))


@pytest.mark.long
async def test_of_a_thousand_callers_who_leave_anywhere_nothing_is_left(answering: Answering) -> None:
    await leave_anywhere(answering, 1_000, 40.0, Random(7))


async def test_an_ivr_that_dies_under_sixty_callers_leaves_every_one_to_the_fallback(answering: Answering) -> None:
    led = Leads(FrontDesk().answer)
    async with serving(led, answering.ivr_port, ServerLimits(drain_seconds=0)):
        calls = [await answering.callers.dial(NUMBER) for _ in range(60)]
        await until(lambda: all(call.audible_seconds > 0.1 for call in calls), WAIT_SECONDS, "every one hears the menu")
    await until(
        lambda: all(fell_back(answering, call.inbound.id) == "lost" for call in led.calls),
        AT_ONCE_SECONDS,
        "Asterisk notices in every call",
    )
    before = [call.audible_seconds for call in calls]
    await until(
        lambda: all(call.audible_seconds > heard + 0.3 for call, heard in zip(calls, before, strict=True)),
        AT_ONCE_SECONDS,
        "every one hears the fallback",
    )
    assert len(led.calls) == 60


@pytest.mark.long
async def test_who_hears_the_fallback_out_is_hung_up(answering: Answering) -> None:
    call = await answering.callers.dial(NUMBER)
    async with asyncio.timeout(30):
        await call.over.wait()
    assert call.audible_seconds > 6
