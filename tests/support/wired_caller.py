"""A caller at the wires of Asterisk, AGI and AudioSocket both, without an Asterisk: presses, speaks, listens, leaves.

What is said to them is told by its sound: `Voices` makes of each text a level of its own, and they know it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import struct
import wave
from collections import Counter
from pathlib import Path
from uuid import UUID

from cti_api.errors import Unreachable
from tests.support.agi_fake import FakeAsterisk
from tests.support.audiosocket_peer import FRAME, QUIET, Peer, framed
from tests.support.audiosocket_peer import calling as socket_of
from tests.support.shift import until

SOON = 30.0
"""Against hanging: nothing here takes long."""
TONE = "♪"
"""As it stands among what was heard, once it is over."""
_LOWEST, _STEP = 1000, 16
_SOCKET = re.compile(r"AudioSocket\(([0-9a-f-]+),127\.0\.0\.1:(\d+)\)")


class Voices:
    """`ivr.call.talk.Sounds`: each text as a level of its own, so that it is known again by whoever hears it."""

    def __init__(self, seconds: float = 0.1) -> None:
        self.seconds: dict[str, float] = {}
        """Of texts that last longer or shorter."""
        self.unsayable: set[str] = set()
        self._usual = seconds
        self._levels: dict[str, int] = {}

    async def sound_of(self, text: str, file: str) -> bytes:
        if text in self.unsayable:
            raise Unreachable("No voice is installed.")
        level = self._levels.setdefault(text, _LOWEST + _STEP * len(self._levels))
        return struct.pack("<h", level) * round(self.seconds.get(text, self._usual) * 8000)

    def text_of(self, pcm: bytes) -> str | None:
        """What a piece of sound says; None for silence, tones and the like."""
        (level,) = struct.unpack_from("<h", pcm) if len(pcm) >= 2 else (0,)
        return next((text for text, known in self._levels.items() if known == level), None)


class WiredCaller(FakeAsterisk):
    """See the module. ``sound``: what becomes of the connection for it."""

    def __init__(
        self,
        port: int,
        voices: Voices,
        *,
        call_id: str = "",
        returned: str = "",
        away: bool = False,
        plays: bool = True,
    ) -> None:
        """`away`: Asterisk cannot reach our sound server. `plays`: whether it finds our files. `returned`: as the
        dialplan says it of a call that comes again."""
        super().__init__(port, answers={} if plays else {"STREAM FILE": "200 result=-1 endpos=0"})
        self._voices, self._away = voices, away
        own = {"agi_arg_1": call_id, "agi_arg_3": returned}
        for place, line in enumerate(self._environment):
            if value := own.get(line.partition(":")[0]):
                self._environment[place] = f"{line.partition(':')[0]}: {value}"
        self.heard: list[str] = []
        """What was said to them, piece by piece: over the sound and by Asterisk's files."""
        self._frames: Counter[str] = Counter()
        self._paused, self._in_tone = True, False
        self.sound: Peer | None = None
        self.sounding = asyncio.Event()
        self._stirred = asyncio.Event()
        """Something happened to whoever waits for a key."""
        self._waiting = False
        self._left = asyncio.Event()

    # -------------------------------------------------------------- what a person does

    def press(self, keys: str) -> None:
        """Press keys, faster than anybody does: over the sound they come all at once."""
        if self.sound is not None:
            self.sound.writer.write(b"".join(framed(0x03, key.encode()) for key in keys))
        else:
            self.keys.extend(keys)
            self._stirred.set()

    def say(self, pcm: bytes) -> None:
        """Speak, faster than anybody does: what is counted is samples."""
        assert self.sound is not None
        for start in range(0, len(pcm) - FRAME + 1, FRAME):
            self.sound.say(pcm[start : start + FRAME])

    def be_silent(self, seconds: float) -> None:
        """Let so much time of the line go by at once."""
        self.say(QUIET * round(seconds * 50))

    async def hears(self, text: str, times: int = 1) -> None:
        """Wait until this was said to them."""
        await until(lambda: self.heard.count(text) >= times, SOON, f"{text!r} is heard")

    def spoken_seconds(self, text: str) -> float:
        """For how long they heard this over the sound."""
        return self._frames[text] / 50

    async def leave(self) -> None:
        """Hang up: the sound ends, what is under way fails, then two lines and the end."""
        self._hung_up = True
        if self.sound is not None:
            self.cut_sound()
        self._stirred.set()
        if self.sound is not None or self._waiting:
            async with asyncio.timeout(SOON):
                await self._left.wait()
        await self.hang_up()

    def cut_sound(self) -> None:
        """The sound's connection breaks; the call goes on."""
        assert self.sound is not None
        self.sound.writer.transport.abort()

    # -------------------------------------------------------------- the wires

    async def carried_out(self, command: list[str]) -> str:
        match command:
            case ["EXEC", "TryExec", application] if not self._away:
                return await self._connected(application)
            case ["WAIT", "FOR", "DIGIT", milliseconds] if not self.keys:
                return await self._waited(int(milliseconds) / 1000)
            case _:
                return self.reply_to(command)

    async def _waited(self, seconds: float) -> str:
        self._stirred.clear()
        self._waiting = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stirred.wait()
        self._waiting = False
        if self._hung_up:
            self._left.set()
            return "200 result=-1"
        return f"200 result={ord(self.keys.popleft()) if self.keys else 0}"

    async def _connected(self, application: str) -> str:
        found = _SOCKET.fullmatch(application)
        assert found is not None
        async with socket_of(int(found[2]), UUID(found[1])) as peer:
            self.sound = peer
            self.sounding.set()
            silence = asyncio.get_running_loop().create_task(peer.talk())
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while not peer.terminated:
                    kind, pcm = await peer.frame()
                    if kind == 0x10:
                        self._hear(pcm)
            silence.cancel()
        self.sound = None
        self.sounding.clear()
        self.variables["TRYSTATUS"] = "SUCCESS"
        if self._hung_up:
            self._left.set()
            return "200 result=-1"
        return "200 result=0"

    def _hear(self, pcm: bytes) -> None:
        text = self._voices.text_of(pcm)
        if text is not None and (not self.heard or self.heard[-1] != text or self._paused):
            self.heard.append(text)
        if text is not None:
            self._frames[text] += 1
        elif pcm != QUIET:
            self._in_tone = True
        elif self._in_tone:
            self._in_tone = False
            self.heard.append(TONE)
        self._paused = text is None

    def played(self, path: Path, keys: str) -> str:
        with contextlib.suppress(FileNotFoundError), wave.open(str(path.with_suffix(".wav")), "rb") as file:
            self.heard.append(self._voices.text_of(file.readframes(1)) or "")
        return super().played(path, keys)
