"""The real Asterisk at the other end of AudioSocket: what it sends, and what it does when we leave."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
import pytest
import pytest_asyncio

from audio.pcm import FRAME_BYTES, RATE, level, pcm_of
from audio.server import AudioServer
from audio.session import AudioSession, Ending, Key, SessionOver, SoundTiming
from cti_api.clock import SystemClock
from tests.support.raw_ami import RawAmi, raw_ami
from tests.support.shift import until
from vocero.lab.asterisk import AsteriskProgram, LabAsterisk
from vocero.lab.ports import free_ports

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

SOON = 15.0
QUICK = SoundTiming(silent_seconds=1.2)
TONE = pcm_of(0.25 * np.sin(np.arange(10 * RATE) * 2 * np.pi * 1000 / RATE))

MODULES = ("res_audiosocket", "app_audiosocket", "app_milliwatt", "app_senddtmf", "app_exec")
DIALPLAN = """
[sound]
exten => s,1,Answer()
 same => n,TryExec(AudioSocket(${CALL},127.0.0.1:${PORT}))
 same => n,UserEvent(SoundOver,Call: ${CALL},Status: ${TRYSTATUS})
 same => n,Hangup()
[far]
exten => keys,1,Answer()
 same => n,Wait(0.2)
 same => n,SendDTMF(1#)
 same => n,Milliwatt()
exten => gone,1,Answer()
 same => n,Wait(0.3)
 same => n,Hangup()
exten => quiet,1,Answer()
 same => n,Wait(60)
exten => echo,1,Answer()
 same => n,Echo()
"""


class WithSound(LabAsterisk):
    """With a dialplan that leads a call to AudioSocket, and far ends that need no telephone."""

    def _write(self) -> None:
        super()._write()
        for name, more in (
            ("modules.conf", "\n".join(f"load = {module}.so" for module in MODULES)),
            ("extensions.conf", DIALPLAN),
        ):
            with (self._folder / "etc" / name).open("a") as conf:
                conf.write(f"\n{more}\n")


@dataclass(frozen=True, slots=True)
class Line:
    server: AudioServer
    ami: RawAmi

    @asynccontextmanager
    async def call(self, far: str) -> AsyncIterator[tuple[UUID, AudioSession]]:
        call_id = uuid4()
        with self.server.expecting(call_id) as arrival:
            self.dial(far, call_id, self.server.port)
            async with await arrival.session(SOON) as session:
                yield call_id, session

    def dial(self, far: str, call_id: UUID, port: int) -> None:
        where = {"Channel": f"Local/{far}@far", "Context": "sound", "Exten": "s", "Priority": "1", "Async": "true"}
        self.ami.send("Originate", {"CALL": str(call_id), "PORT": str(port)}, **where)

    async def status(self, call_id: UUID) -> str:
        """What the dialplan found when it went on."""
        return (await self.ami.event("UserEvent", UserEvent="SoundOver", Call=str(call_id)))["Status"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(asterisk_program: AsteriskProgram, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    folder: Path = tmp_path_factory.mktemp("sound")
    with free_ports() as ports:
        async with (
            WithSound(asterisk_program, folder, ports, trunks=[]) as asterisk,
            AudioServer("127.0.0.1", 0, SystemClock(), timing=QUICK) as server,
            raw_ami(asterisk.ami_port, asterisk.ami_secret) as ami,
        ):
            yield Line(server, ami)


class Ear:
    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def feed(self, pcm: bytes) -> None:
        self.pieces.append(pcm)


async def over(session: AudioSession) -> Ending:
    while not isinstance(event := await session.event(SOON), SessionOver):
        assert event is not None
    return event.ending


async def test_keys_come_as_events_and_sound_in_frames_of_20_ms(line: Line) -> None:
    ear = Ear()
    async with line.call("keys") as (_, session):
        with session.listening(ear):
            keys = [await session.event(SOON), await session.event(SOON)]
            await until(lambda: len(ear.pieces) >= 10, SOON, "sound comes")
    assert [event.key for event in keys if isinstance(event, Key)] == ["1", "#"]
    assert {len(piece) for piece in ear.pieces} == {FRAME_BYTES}
    assert level(b"".join(ear.pieces[-5:])) > -12


async def test_what_is_played_is_heard(line: Line) -> None:
    """And comes back from a far end that sends back what it hears."""
    ear = Ear()
    async with line.call("echo") as (_, session):
        with session.listening(ear):
            session.play(TONE)
            await until(lambda: bool(ear.pieces) and level(ear.pieces[-1]) > -20, SOON, "our tone comes back")
            session.cut()
            await until(lambda: level(ear.pieces[-1]) < -60, SOON, "it stopped")


async def test_a_caller_who_hangs_up_is_an_end_of_the_stream(line: Line) -> None:
    async with line.call("gone") as (_, session):
        assert await over(session) is Ending.HUNG_UP


async def test_leaving_gives_the_call_back_to_the_dialplan(line: Line) -> None:
    async with line.call("echo") as (call_id, _session):
        pass
    assert await line.status(call_id) == "SUCCESS"


async def test_when_nothing_comes_from_asterisk_the_dialplan_goes_on_with_its_fallback(line: Line) -> None:
    async with line.call("quiet") as (call_id, session):
        assert await over(session) is Ending.SILENT
        assert await line.status(call_id)


async def test_a_call_that_nobody_expects_goes_on_in_the_dialplan(line: Line) -> None:
    call_id = uuid4()
    line.dial("quiet", call_id, line.server.port)
    assert await line.status(call_id)
    assert line.server.turned.unexpected == 1


async def test_without_a_server_the_dialplan_knows_that_it_failed(line: Line) -> None:
    call_id = uuid4()
    with free_ports() as ports:
        line.dial("quiet", call_id, ports.ami)
        assert await line.status(call_id) == "FAILED"
