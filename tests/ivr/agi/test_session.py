"""One call, from its first byte to how it ended; Asterisk's side is played on a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from cti_api.errors import ActionRefused, Conflict, InputError
from cti_api.model.ids import QueueId
from ivr.agi import verbs
from ivr.agi.server import ServerLimits
from ivr.agi.session import AgiSession, CallOver, End
from ivr.agi.verbs import Application, ChannelState, Next
from tests.support.agi_fake import WAIT_SECONDS, FakeAsterisk
from tests.support.agi_handlers import PIP, Leads, serving
from tests.support.agi_recording import recording

QUICK = ServerLimits(tidy_seconds=0.2, drain_seconds=0.2)

Script = Callable[[AgiSession], Awaitable[None]]


async def led(script: Script, **asterisk: object) -> tuple[End | None, FakeAsterisk]:
    """Lead one call through to its end; how it ended, and what Asterisk saw."""
    handler = Leads(script)
    async with serving(handler, limits=QUICK) as server, FakeAsterisk(server.port, **asterisk) as fake:
        await fake.until_gone()
    (call,) = handler.calls
    return call.end, fake


async def test_a_call_is_led_by_one_command_after_the_other() -> None:
    told: list[object] = []

    async def script(call: AgiSession) -> None:
        told.append(await call.state())
        await call.answer()
        told.append(await call.state())
        told.append(await call.play(PIP, keys="12"))
        told.append(await call.wait_for_key(0.5))
        told.append(await call.wait_for_key(0.5))
        await call.set_variable("A", "b")
        told.append(await call.variable("A"))
        told.append(await call.variable("B"))
        told.append(await call.evaluate("${CHANNEL(state)}"))
        told.append(await call.connect_sound(UUID(int=1), "127.0.0.1", 9, seconds=5))
        await call.run(Application.START_MUSIC)
        await call.leave(Next.HANG_UP)

    end, fake = await led(script, keys="25")
    assert told == [ChannelState.RINGING, ChannelState.UP, ("2", 160), "5", "", "b", None, "Up", False]
    assert end is End.DONE
    assert fake.variables["VOCERO_NEXT"] == "hang-up"


async def test_whoever_takes_a_call_lifts_the_dialplans_two_seconds_first_and_says_so() -> None:
    async def script(call: AgiSession) -> None: ...

    _, fake = await led(script)
    assert fake.commands == [["SET", "AUTOHANGUP", "900"], ["SET", "VARIABLE", "VOCERO_TAKEN", "1"]]


async def test_somebody_whom_we_called_is_met_by_the_dialplans_own_words() -> None:
    async def script(call: AgiSession) -> None:
        await call.meet()

    done = {"GOSUB": "100 result=0 Trying...\n200 result=0 Gosub complete"}
    end, fake = await led(script, answers=done)
    assert (end, fake.commands[-1]) == (End.DONE, ["GOSUB", "vocero-met", "s", "1"])


async def test_a_dialplan_that_has_no_such_words_is_another_one() -> None:
    async def script(call: AgiSession) -> None:
        with pytest.raises(ActionRefused, match="could not carry GOSUB out"):
            await call.meet()

    await led(script, answers={"GOSUB": "200 result=-1 Gosub label not found"})


async def test_a_handler_that_just_returns_leaves_the_caller_to_the_fallback() -> None:
    async def script(call: AgiSession) -> None:
        await call.answer()

    end, fake = await led(script)
    assert end is End.DONE
    assert "VOCERO_NEXT" not in fake.variables


@pytest.mark.parametrize("chunk_bytes", [1, 7])
async def test_a_call_whose_bytes_come_one_by_one_is_the_same_call(chunk_bytes: int) -> None:
    async def script(call: AgiSession) -> None:
        assert (call.inbound.caller, call.inbound.entry) == ("573001112233", "recepcion")
        assert await call.play(PIP) == ("", 288)

    end, _ = await led(script, chunk_bytes=chunk_bytes)
    assert end is End.DONE


async def test_a_sound_that_is_not_there_is_refused_and_the_call_goes_on() -> None:
    async def script(call: AgiSession) -> None:
        with pytest.raises(ActionRefused, match="STREAM FILE"):
            await call.play("/no/hay")
        await call.leave(Next.HANG_UP)

    end, fake = await led(script)
    assert (end, fake.variables["VOCERO_NEXT"]) == (End.DONE, "hang-up")


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("510 Invalid or unknown command", "510 Invalid or unknown command"),
        ("511 Command Not Permitted on a dead channel or intercept routine", "511 Command Not Permitted"),
        ("520-Invalid command syntax.\nUsage\n520 End of proper usage.", "520 Invalid command syntax."),
    ],
)
async def test_what_asterisk_refuses_is_told_in_its_words_and_the_call_goes_on(reply: str, said: str) -> None:
    async def script(call: AgiSession) -> None:
        with pytest.raises(ActionRefused, match=said):
            await call.answer()
        assert await call.variable("B") is None

    end, _ = await led(script, answers={"ANSWER": reply})
    assert end is End.DONE


async def test_what_cannot_be_said_is_refused_before_a_byte_leaves_and_the_call_goes_on() -> None:
    async def script(call: AgiSession) -> None:
        with pytest.raises(InputError):
            await call.play("/a\nHANGUP")
        await call.answer()

    end, fake = await led(script)
    assert end is End.DONE
    assert fake.commands[-1] == ["ANSWER"]


async def test_two_tasks_cannot_speak_at_once() -> None:
    async def script(call: AgiSession) -> None:
        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(call.wait_for_key(1))
            await asyncio.sleep(0)
            with pytest.raises(Conflict):
                await call.answer()
            assert await waiting == ""

    end, _ = await led(script)
    assert end is End.DONE


# ------------------------------------------------------------------ how it ends otherwise


async def ends(fault: Callable[[FakeAsterisk], Awaitable[None]], *, during: str = "") -> End:
    """A handler waits for a key, or is not waiting for Asterisk at all, and then something happens to the call."""
    ended: list[End] = []
    idle = asyncio.Event()

    async def script(call: AgiSession) -> None:
        try:
            if not during:
                idle.set()
                await call.over()
            while True:
                await call.wait_for_key(5)
        except CallOver as over:
            with pytest.raises(CallOver):
                await call.answer()
            ended.append(over.end)
            raise

    handler = Leads(script)
    async with serving(handler, limits=QUICK) as server, FakeAsterisk(server.port, stalls_at=during) as fake:
        if during:
            await fake.until_asked(*during.split())
        else:
            async with asyncio.timeout(WAIT_SECONDS):
                await idle.wait()
        await fault(fake)
        await fake.until_gone()
    (call,) = handler.calls
    assert ended == [call.end]
    assert server.ends == {call.end: 1}
    return ended[0]


@pytest.mark.parametrize("during", ["", "WAIT FOR DIGIT"])
async def test_a_caller_who_hangs_up_ends_the_call_at_once(during: str) -> None:
    assert await ends(lambda fake: fake.hang_up(), during=during) is End.HUNG_UP


async def test_a_caller_who_is_gone_is_gone_though_the_connection_stays() -> None:
    async def hangs_up_without_an_end(fake: FakeAsterisk) -> None:
        await fake.say("HANGUP")
        await fake.say("200 result=0")

    assert await ends(hangs_up_without_an_end, during="WAIT FOR DIGIT") is End.HUNG_UP


@pytest.mark.parametrize("during", ["", "WAIT FOR DIGIT"])
async def test_an_asterisk_that_dies_ends_the_call_at_once(during: str) -> None:
    async def dies(fake: FakeAsterisk) -> None:
        fake.die()
        fake.gone.set()

    assert await ends(dies, during=during) is End.LOST


@pytest.mark.parametrize("during", ["", "WAIT FOR DIGIT"])
async def test_nonsense_ends_the_call_at_once(during: str) -> None:
    assert await ends(lambda fake: fake.say("200 OK"), during=during) is End.BROKEN


async def test_a_reply_that_nobody_asked_for_is_never_taken_for_an_answer() -> None:
    assert await ends(lambda fake: fake.say("200 result=49")) is End.BROKEN


async def test_an_asterisk_that_does_not_reply_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verbs, "QUICK_SECONDS", 0.05)

    async def script(call: AgiSession) -> None:
        with pytest.raises(CallOver):
            await call.wait_for_key(0.001)

    end, _ = await led(script, stalls_at="WAIT FOR DIGIT")
    assert end is End.TIMED_OUT


async def test_a_wait_that_is_cancelled_ends_the_call_for_its_reply_would_pass_for_the_next_ones() -> None:
    async def script(call: AgiSession) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await call.wait_for_key(5)
        with pytest.raises(CallOver):
            await call.answer()

    end, fake = await led(script, stalls_at="WAIT FOR DIGIT")
    assert end is End.CUT
    assert fake.commands[-1][0] == "WAIT"


async def test_a_key_that_no_telephone_has_is_nonsense() -> None:
    async def script(call: AgiSession) -> None:
        await call.wait_for_key(1)

    end, _ = await led(script, answers={"WAIT FOR DIGIT": "200 result=7"})
    assert end is End.BROKEN


@pytest.mark.parametrize(
    "said",
    [
        ["agi_network: yes", "agi_callerid: 1"],
        ["GET / HTTP/1.1"],
        [*recording("commands").environment, "", "200 result=1 (evil)"],
        [*recording("commands").environment, "agi_arg_1: 00000000000000000000000000000000"],
    ],
)
async def test_a_call_that_our_dialplan_did_not_send_reaches_no_handler(said: list[str]) -> None:
    async def script(call: AgiSession) -> None: ...

    handler = Leads(script)
    async with serving(handler, limits=QUICK) as server, FakeAsterisk(server.port, environment=said) as fake:
        await fake.until_gone()
    assert (handler.calls, server.ends) == ([], {End.BROKEN: 1})


async def test_a_caller_is_left_to_a_queue_on_the_terms_of_the_tree() -> None:
    async def script(call: AgiSession) -> None:
        await call.leave_for_queue(QueueId("soporte"), most_wait_seconds=89.2, offers_call_back=True)

    _, fake = await led(script)
    told = {name: fake.variables[f"VOCERO_{name}"] for name in ("QUEUE", "QUEUE_WAIT", "QUEUE_OFFER", "NEXT")}
    assert told == {"QUEUE": "soporte", "QUEUE_WAIT": "90", "QUEUE_OFFER": "1", "NEXT": "queue"}


@pytest.mark.parametrize(
    ("to", "said"), [("2121", "2121"), ("+57 (300) 123-4567", "57300123-4567"), ("${X}", ""), ("María", ""), ("", "")]
)
async def test_a_caller_is_left_to_a_transfer_whose_name_the_dialplan_can_be_given(to: str, said: str) -> None:
    async def script(call: AgiSession) -> None:
        await call.leave_for_transfer(to, ring_seconds=19.5)

    _, fake = await led(script)
    told = {name: fake.variables[f"VOCERO_{name}"] for name in ("TRANSFER", "RING", "NEXT")}
    assert told == {"TRANSFER": said, "RING": "20", "NEXT": "transfer"}


@pytest.mark.parametrize("why", ["", "done", "waited", "nobody", "wants_call_back", "unreachable"])
async def test_a_call_that_comes_again_says_why(why: str) -> None:
    seen: list[str] = []

    async def script(call: AgiSession) -> None:
        seen.append(call.inbound.returned)

    await led(script, environment=[*recording("commands").environment[:-1], f"agi_arg_3: {why}"])
    assert seen == [why]
