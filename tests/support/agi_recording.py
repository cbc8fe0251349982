"""Conversations with the real Asterisk, as files: what it said and what it was asked, line by line.

    < agi_network: yes
    > ANSWER
    < 200 result=0

`tests/system/test_callers.py` holds a conversation again and compares; everything else that speaks for Asterisk
in tests is held against these.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

from vocero.asterisk_site import SHIPPED

FOLDER = Path(__file__).parents[1] / "data/agi"
SOUNDS = "@SOUNDS@"
"""In a recording: the folder of the shipped sounds."""

COMMANDS = (
    "CHANNEL STATUS",
    "ANSWER",
    'CHANNEL STATUS ""',
    'SET AUTOHANGUP "60"',
    'SET VARIABLE "VOCERO_TAKEN" "1"',
    'GET VARIABLE "VOCERO_TAKEN"',
    'GET VARIABLE "NADA"',
    r'SET VARIABLE "A" "a b=c (d) \"q\" \\ ñ"',
    'GET VARIABLE "A"',
    'GET FULL VARIABLE "${CHANNEL(state)}"',
    'GET FULL VARIABLE "${NADA}"',
    "NO SUCH",
    "WAIT FOR DIGIT",
    'WAIT FOR DIGIT "40"',
    'STREAM FILE "/no/hay" "" "0"',
    'STREAM FILE "@SOUNDS@/pip" "12" "0"',
    'STREAM FILE "@SOUNDS@/pip" "" "160"',
    "GET DATA @SOUNDS@/pip 40 3",
    'EXEC "TryExec" "AudioSocket(40325ec2-5efd-4bd3-805f-53576e581d77,127.0.0.1:9)"',
    'GET VARIABLE "TRYSTATUS"',
    'EXEC "NoSuchApplication" ""',
    'EXEC "StopMusicOnHold" ""',
    'SET VARIABLE "VOCERO_NEXT" "hang-up"',
)
"""What is asked in ``commands.txt``; the last one sends the caller on."""

PLAYED = 'STREAM FILE "@SOUNDS@/abandoned" "" "0"'
"""What is under way in ``hung-up.txt`` when the caller hangs up."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One conversation."""

    environment: tuple[str, ...]
    exchanges: tuple[tuple[str, tuple[str, ...]], ...]
    """Each command, and the lines said to it."""

    def said(self) -> bytes:
        """All that Asterisk said, as bytes."""
        lines = [*self.environment, "", *(line for _, replies in self.exchanges for line in replies)]
        return "".join(f"{line}\n" for line in lines).encode()

    def replies(self, command: str) -> bytes:
        """What was said to the first command that is spelt so."""
        found = next(replies for asked, replies in self.exchanges if asked == placed(command))
        return "".join(f"{line}\n" for line in found).encode()


def placed(text: str) -> str:
    """A recording's text, on this machine."""
    return text.replace(SOUNDS, str(SHIPPED / "sounds"))


def recording(name: str) -> Recording:
    """A recording of `FOLDER`."""
    return parsed((FOLDER / f"{name}.txt").read_text())


def parsed(text: str) -> Recording:
    environment: list[str] = []
    exchanges: list[tuple[str, list[str]]] = []
    for line in placed(text).splitlines():
        side, said = line[:1], line[2:]
        if side == ">":
            exchanges.append((said, []))
        elif exchanges:
            exchanges[-1][1].append(said)
        elif said:
            environment.append(said)
    return Recording(tuple(environment), tuple((asked, tuple(replies)) for asked, replies in exchanges))


def likeness(text: str) -> list[str]:
    """The same without what differs from call to call."""
    varying = (
        (r"agi_version: .*", "agi_version: …"),
        (r"127\.0\.0\.1:\d+/", "…/"),
        (r"(agi_uniqueid|agi_threadid|agi_priority): .*", r"\1: …"),
        (r"PJSIP/claro-[0-9a-f]{8}", "PJSIP/claro-…"),
        (r"agi_arg_1: [0-9a-f]{32}$", "agi_arg_1: …"),
        (r"endpos=\d+", "endpos=…"),
    )
    lines = text.replace(str(SHIPPED / "sounds"), SOUNDS).splitlines()
    for pattern, other in varying:
        lines = [re.sub(pattern, other, line) for line in lines]
    return lines


class Recorder:
    """An AGI server that asks what it is told to, and writes everything down. One call at a time."""

    def __init__(self) -> None:
        self.text = ""
        self.over = asyncio.Event()
        self.asked = asyncio.Event()
        """The last command is out."""
        self._commands: tuple[str, ...] = ()
        self._until_end = False

    def next_call(self, *commands: str, until_end: bool = False) -> None:
        """`until_end`: after the last command, listen until Asterisk ends the connection."""
        self.text, self._commands, self._until_end = "", commands, until_end
        self.over.clear()
        self.asked.clear()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await self._line(reader) not in ("", None):
            pass
        for command in self._commands:
            self.text += f"> {command}\n"
            writer.write(f"{placed(command)}\n".encode())
            if command is self._commands[-1] and self._until_end:
                break
            if (line := await self._line(reader)) and line.startswith("520-"):
                while not (line or "").startswith("520 "):
                    line = await self._line(reader)
        self.asked.set()
        while self._until_end and await self._line(reader) is not None:
            pass
        writer.close()
        self.over.set()

    async def _line(self, reader: asyncio.StreamReader) -> str | None:
        """The next line, written down; None at the end."""
        line = (await reader.readline()).decode()
        if not line:
            return None
        self.text += f"< {line}".replace(str(SHIPPED / "sounds"), SOUNDS)
        return line.rstrip("\n")
