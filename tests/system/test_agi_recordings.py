"""What tests take for Asterisk's side of AGI is still what Asterisk says."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.agi_recording import COMMANDS, FOLDER, PLAYED, Recorder, likeness
from tests.support.answering import NUMBER, answering_asterisk, calling
from tests.support.callers import WAIT_SECONDS
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.ports import LOOPBACK

pytestmark = pytest.mark.asterisk


async def test_asterisk_says_what_it_was_recorded_to_say(asterisk_program: AsteriskProgram, tmp_path: Path) -> None:
    recorder = Recorder()
    async with (
        answering_asterisk(asterisk_program, tmp_path) as there,
        calling(there) as answering,
        await asyncio.start_server(recorder.serve, LOOPBACK, answering.ivr_port),
    ):
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
