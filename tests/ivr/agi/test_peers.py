"""Three that speak AGI, held against each other: the real Asterisk as recorded, pyst2, and our own two sides.

pyst2 is of another make: what it says to Asterisk, and what it makes of Asterisk's replies, is what we say and make.
"""

from __future__ import annotations

import asyncio
import io
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asterisk.agi import AGI, AGIAppError, AGIInvalidCommand, AGIUsageError

from ivr.agi import verbs
from ivr.agi.verbs import Command
from ivr.agi.wire import Environment, Refusal, Reply, Wire, encode
from tests.support.agi_fake import WAIT_SECONDS, FakeAsterisk, words
from tests.support.agi_handlers import PIP
from tests.support.agi_recording import COMMANDS, likeness, placed, recording
from vocero.lab.ports import LOOPBACK


@pytest.fixture(autouse=True)
def hang_up_signal() -> Iterator[None]:
    """pyst2 takes SIGHUP for itself."""
    before = signal.getsignal(signal.SIGHUP)
    yield
    signal.signal(signal.SIGHUP, before)


def pyst2(said: bytes) -> tuple[Any, io.StringIO]:
    """A pyst2 to which Asterisk says this after the recorded environment, and what it writes."""
    environment = "".join(f"{line}\n" for line in [*recording("commands").environment, ""])
    asked = io.StringIO()
    return AGI(io.StringIO(environment + said.decode()), asked, io.StringIO()), asked


def ours(said: bytes) -> Reply | Refusal:
    wire = Wire()
    wire.feed("".join(f"{line}\n" for line in [*recording("commands").environment, ""]).encode())
    wire.command("NOOP")
    (reply,) = wire.feed(said)
    assert isinstance(reply, Reply | Refusal)
    return reply


# ------------------------------------------------------------------ what Asterisk says


def test_both_read_the_same_of_the_call() -> None:
    peer, _ = pyst2(b"")
    wire = Wire()
    (environment,) = wire.feed("".join(f"{line}\n" for line in [*recording("commands").environment, ""]).encode())
    assert isinstance(environment, Environment)
    assert {f"agi_{name}": value for name, value in environment.values.items()} == peer.env


@pytest.mark.parametrize(
    "command",
    [
        "ANSWER",
        'GET VARIABLE "VOCERO_TAKEN"',
        'GET VARIABLE "NADA"',
        'GET FULL VARIABLE "${CHANNEL(state)}"',
        'STREAM FILE "@SOUNDS@/pip" "12" "0"',
        'SET VARIABLE "VOCERO_NEXT" "hang-up"',
    ],
)
def test_both_read_the_same_of_a_reply(command: str) -> None:
    said = recording("commands").replies(command)
    peer, _ = pyst2(said)
    theirs, mine = peer.get_result(), ours(said)
    assert isinstance(mine, Reply)
    assert theirs["result"] == (mine.result, mine.value)
    assert int(theirs.get("endpos", ("0", ""))[0]) == mine.endpos


@pytest.mark.parametrize(
    ("command", "error"),
    [("NO SUCH", AGIInvalidCommand), ("WAIT FOR DIGIT", AGIUsageError), ('STREAM FILE "/no/hay" "" "0"', AGIAppError)],
)
def test_both_are_refused_the_same(command: str, error: type[Exception]) -> None:
    said = recording("commands").replies(command)
    peer, _ = pyst2(said)
    with pytest.raises(error):
        peer.get_result()
    mine = ours(said)
    assert isinstance(mine, Refusal) or verbs.has_failed(mine)


# ------------------------------------------------------------------ what is said to Asterisk


@pytest.mark.parametrize(
    ("theirs", "mine"),
    [
        (lambda agi: agi.answer(), verbs.answer()),
        (lambda agi: agi.wait_for_digit(2500), verbs.wait_for_digit(2500)),
        (lambda agi: agi.stream_file("/a/b", "12#", 160), verbs.stream_file("/a/b", "12#", 160, 5)),
        (lambda agi: agi.get_variable("A_B"), verbs.get_variable("A_B")),
        (lambda agi: agi.get_full_variable("${CHANNEL(state)}"), verbs.get_full_variable("${CHANNEL(state)}")),
        (lambda agi: agi.set_variable("A_B", "c.d"), verbs.set_variable("A_B", "c.d")),
        (lambda agi: agi.set_autohangup(60), verbs.set_autohangup(60)),
        (lambda agi: agi.channel_status(), verbs.channel_status()),
    ],
)
def test_asterisk_understands_the_same_words_from_both(theirs: Callable[[Any], object], mine: Command) -> None:
    peer, asked = pyst2(b"200 result=0 endpos=0\n")
    theirs(peer)
    assert words(asked.getvalue().strip()) == words(encode(mine.verb, *mine.arguments).decode().strip())


# ------------------------------------------------------------------ the fake


SCRIPT = """
from asterisk.agi import AGI
call = AGI()
call.answer()
call.set_variable("CALLER", call.env["agi_callerid"])
call.set_variable("PRESSED", call.wait_for_digit(1000) + call.wait_for_digit(1000))
call.stream_file("{pip}", "12", 0)
call.set_variable("SAME", call.get_variable("CALLER"))
"""


async def test_a_script_of_pyst2_leads_the_fakes_call_over_a_socket() -> None:
    with socket.create_server((LOOPBACK, 0)) as listener:
        listener.setblocking(False)
        async with FakeAsterisk(listener.getsockname()[1], caller="573009998877", keys="7*", chunk_bytes=5) as fake:
            line, _ = await asyncio.get_running_loop().sock_accept(listener)
            line.setblocking(True)
            with line:
                script = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-c", SCRIPT.format(pip=PIP)),
                    stdin=line,
                    stdout=line,
                    stderr=asyncio.subprocess.PIPE,
                )
            async with asyncio.timeout(WAIT_SECONDS):
                _, said = await script.communicate()
            assert script.returncode == 0, said.decode()
            await fake.until_gone()
    assert fake.variables == {"CALLER": "573009998877", "PRESSED": "7*", "SAME": "573009998877"}
    assert ["STREAM", "FILE", PIP, "12", "0"] in fake.commands


@pytest.mark.parametrize("command", COMMANDS)
def test_the_fake_answers_as_asterisk_was_recorded_to(command: str) -> None:
    fake, said = FakeAsterisk(0), ""
    for asked, _ in recording("commands").exchanges:
        said = fake.reply_to(words(asked))
        if asked == placed(command):
            break
    recorded = recording("commands").replies(command).decode()
    if said.startswith("520-"):  # the text between is each one's own
        assert (said.splitlines()[0], said.splitlines()[-1]) == (recorded.splitlines()[0], recorded.splitlines()[-1])
    else:
        assert likeness(said) == likeness(recorded.rstrip("\n"))


def test_the_fakes_caller_hangs_up_as_asterisk_was_recorded_to() -> None:
    played, lines = recording("hung-up").exchanges[-1]
    assert played.startswith("STREAM FILE")
    assert likeness("\n".join(lines)) == ["200 result=-1 endpos=…", "HANGUP", "HANGUP"]
