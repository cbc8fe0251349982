"""Asterisk's side of AGI on a real loopback socket, for tests that need no Asterisk.

It cuts commands into words the way ``parse_args`` in ``res/res_agi.c`` does, so that what would be an injected word
there is one here, and answers as Asterisk 22.10 was recorded to (`tests/support/agi_recording.py`), which
`tests/ivr/agi/test_peers.py` holds it to. A test lets the caller press keys and hang up, and lets it stall, talk
nonsense or die.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.agi_recording import recording
from vocero.lab.ports import LOOPBACK

WAIT_SECONDS = 30.0
"""A bounded wait: nothing here takes long, and what never comes must fail."""

USAGE = "520-Invalid command syntax.  Proper usage follows:\nUsage of it\n520 End of proper usage."
UNKNOWN = "510 Invalid or unknown command"


def words(line: str) -> list[str]:
    """A command as Asterisk's ``parse_args`` understands it."""
    found: list[str] = []
    between, quoted, escaped = True, False, False
    for sign in line:
        if sign == '"' and not escaped:
            quoted = not quoted
            if quoted and between:
                found.append("")
                between = False
        elif sign in " \t" and not quoted and not escaped:
            between = True
        elif sign == "\\" and not escaped:
            escaped = True
        else:
            if between:
                found.append("")
                between = False
            found[-1] += sign
            escaped = False
    return found


class FakeAsterisk:
    """One call, brought to an AGI server. ``async with`` connects, says who calls, and answers from then on."""

    def __init__(
        self,
        port: int,
        *,
        environment: Sequence[str] = (),
        caller: str = "573001112233",
        keys: str = "",
        chunk_bytes: int = 0,
        stalls_at: str = "",
        answers: dict[str, str] | None = None,
    ) -> None:
        """`keys`: pressed one after the other as soon as one is waited for. `chunk_bytes`: what it says comes in pieces
        of this size. `stalls_at`: this command is never answered. `answers`: lines for commands, in place of its own.
        """
        recorded = [
            line if not line.startswith("agi_callerid:") else f"agi_callerid: {caller}"
            for line in recording("commands").environment
        ]
        self._environment = list(environment or recorded)
        self._port = port
        self._chunk_bytes = chunk_bytes
        self._stalls_at = stalls_at
        self._answers = answers or {}
        self._up = False
        self._hung_up = False
        self.keys = deque(keys)
        self.commands: list[list[str]] = []
        self.variables: dict[str, str] = {}
        self.gone = asyncio.Event()
        """The server closed the connection."""
        self._news = asyncio.Condition()
        self._tasks = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(LOOPBACK, self._port)
        await self._tasks.__aenter__()
        await self._say("\n".join([*self._environment, ""]))
        self._serving = self._tasks.create_task(self._serve())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._serving.cancel()
        await self._tasks.__aexit__(None, None, None)
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def until_gone(self) -> None:
        """Wait until the server is done with the call."""
        async with asyncio.timeout(WAIT_SECONDS):
            await self.gone.wait()

    async def until_asked(self, *wanted: str) -> None:
        """Wait until a command began with these words."""
        async with asyncio.timeout(WAIT_SECONDS), self._news:
            await self._news.wait_for(lambda: any(c[: len(wanted)] == list(wanted) for c in self.commands))

    async def hang_up(self) -> None:
        """The caller leaves: what is under way fails, then two lines, then the end, as recorded."""
        self._hung_up = True
        if self._stalls_at:
            await self._say("200 result=-1 endpos=160")
        await self._say("HANGUP")
        await self._say("HANGUP")
        self._writer.write_eof()

    async def say(self, line: str) -> None:
        """A line that nobody asked for."""
        await self._say(line)

    def die(self) -> None:
        """The connection is cut, as by a crash."""
        self._writer.transport.abort()

    async def _say(self, line: str) -> None:
        data = f"{line}\n".encode()
        size = self._chunk_bytes or len(data)
        with contextlib.suppress(OSError):
            for start in range(0, len(data), size):
                self._writer.write(data[start : start + size])
                await self._writer.drain()
                if self._chunk_bytes:
                    await asyncio.sleep(0)

    async def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while line := await self._reader.readline():
                command = words(line.decode().rstrip("\n"))
                async with self._news:
                    self.commands.append(command)
                    self._news.notify_all()
                if self._hung_up or (
                    self._stalls_at and command[: len(self._stalls_at.split())] == self._stalls_at.split()
                ):
                    continue
                await self._say(await self.carried_out(command))
        self.gone.set()

    async def carried_out(self, command: list[str]) -> str:
        """Do a command, however long it takes; what is said to it."""
        return self.reply_to(command)

    def reply_to(self, command: list[str]) -> str:
        """What is said to a command."""
        spelt = " ".join(command)
        for begin, answer in self._answers.items():
            if spelt.startswith(begin):
                return answer
        match command:
            case ["CHANNEL", "STATUS"]:
                return f"200 result={6 if self._up else 4}"
            case ["CHANNEL", "STATUS", _]:
                return "200 result=-1"
            case ["ANSWER"]:
                self._up = True
                return "200 result=0"
            case ["SET", "AUTOHANGUP", _]:
                return "200 result=0"
            case ["SET", "VARIABLE", name, value]:
                self.variables[name] = value
                return "200 result=1"
            case ["GET", "VARIABLE", name]:
                value = self.variables.get(name)
                return "200 result=0" if value is None else f"200 result=1 ({value})"
            case ["GET", "FULL", "VARIABLE", expression]:
                return f"200 result=1 ({'Up' if expression == '${CHANNEL(state)}' and self._up else ''})"
            case ["WAIT", "FOR", "DIGIT", _]:
                return f"200 result={ord(self.keys.popleft()) if self.keys else 0}"
            case ["WAIT", "FOR", "DIGIT", *_]:
                return USAGE
            case ["STREAM", "FILE", path, keys, _]:
                return self.played(Path(path), keys)
            case ["GET", "DATA", _, _, most]:
                pressed = "".join(self.keys.popleft() for _ in range(min(int(most), len(self.keys))))
                return f"200 result={pressed}" + ("" if pressed else " (timeout)")
            case ["EXEC", "TryExec", _]:
                self.variables["TRYSTATUS"] = "FAILED"
                return "200 result=0"
            case ["EXEC", "StartMusicOnHold" | "StopMusicOnHold", _]:
                return "200 result=0"
            case ["EXEC", *_]:
                return "200 result=-2"
            case _:
                return UNKNOWN

    def played(self, path: Path, keys: str) -> str:
        """What is said to the playing of a file."""
        file = next((named for ending in (".alaw", ".wav") if (named := path.with_suffix(ending)).exists()), None)
        if file is None:
            return "200 result=-1 endpos=0"
        if self.keys and self.keys[0] in keys:
            return f"200 result={ord(self.keys.popleft())} endpos=160"
        return f"200 result=0 endpos={file.stat().st_size}"
