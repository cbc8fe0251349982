"""One caller's sound, both ways, over one AudioSocket connection.

    async with session:
        playing = session.play(prompt, cut_by={CutBy.KEY, CutBy.SPEECH})
        while not isinstance(event := await session.event(deadline_seconds=10.0), SessionOver):
            ...                 # a key, a detector's word that speech began or ended, None at the deadline

What it promises:

- A frame leaves every 20 ms, of what is to be played or of silence: the caller's telephone never has to guess whether
  the line is still there, and a peer that no longer reads is noticed. There is one writer.
- Asterisk passes on what it gets at once, so to stop writing a prompt is to silence it. A key does that by itself, in
  the same step that reads it, where the prompt allows it.
- The stream ends once, with a reason: the caller hung up, or Asterisk sent nothing for 2 s or read nothing for one
  (failure catalogue F54). The connection is then closed at once, so that the dialplan goes on with its fallback.
- Leaving the ``async with`` while the caller is there gives the call back to the dialplan. No task is left behind.

The session belongs to the task that entered it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import socket
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Final, Protocol, Self
from uuid import UUID

from audio.pace import MOST_BEHIND_SECONDS, Pace
from audio.pcm import FRAME_BYTES, QUIETEST_DBFS, RATE, SAMPLE_BYTES, SILENCE, level
from audio.wire import TERMINATE, Decoder, Failed, Frame, KeyPressed, Sound, Terminated, sound
from cti_api.clock import Clock
from cti_api.errors import ProtocolError

log = logging.getLogger(__name__)

MAX_EVENTS: Final = 600
"""Events that may wait for their reader: more than the 500 keys a call may have (failure catalogue F57)."""
ECHO_FRAMES: Final = 10
"""What we send may come back as an echo for 200 ms: there and back within a country, jitter buffers included."""
_READ_BYTES: Final = 16_384
_SEND_BUFFER_BYTES: Final = 16_384
"""Of the kernel, for us: a second of sound. Its usual megabytes would hide for minutes that nobody reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundTiming:
    """Every wait of a session, in seconds. The defaults are the product's; tests shorten them."""

    silent_seconds: float = 2.0
    """Without any frame of Asterisk's, which sends one for every one that the caller's telephone sends it. With this
    the fallback is heard within the 3 s of F54. A shorter one would take a key that is held down, while which
    telephones send no sound, or a second's loss on a mobile line for a stall."""
    unread_seconds: float = 1.0
    """Of our sound that Asterisk has not taken (F54)."""
    close_seconds: float = 1.0
    """For our last bytes to leave."""


class Ending(StrEnum):
    """Why a stream is over."""

    HUNG_UP = "the caller hung up"
    GIVEN_BACK = "the call went back to the dialplan"
    TERMINATED = "Asterisk ended the stream"
    SILENT = "nothing came from Asterisk any more"
    UNREAD = "Asterisk no longer took our sound"
    NONSENSE = "what came was not AudioSocket"


class CutBy(StrEnum):
    """What may stop a prompt."""

    KEY = "key"
    SPEECH = "speech"


@dataclass(frozen=True, slots=True)
class Key:
    """The caller pressed a key."""

    key: str
    """One of ``0123456789*#ABCD``."""
    at: int
    """Samples heard of the caller before it."""


@dataclass(frozen=True, slots=True)
class SessionOver:
    """The last event of a session; it comes again each time one is asked for."""

    ending: Ending


class Listener(Protocol):
    """Takes what the caller says, piece by piece; quick, for it is called on the event loop."""

    def feed(self, pcm: bytes, /) -> None: ...


class Playing:
    """A piece of sound on its way to the caller."""

    def __init__(self, pcm: bytes, cut_by: Collection[CutBy]) -> None:
        self.cut_by = frozenset(cut_by)
        self.sent_bytes = 0
        self._pcm = memoryview(pcm)
        self._over = asyncio.Event()

    @property
    def whole(self) -> bool:
        """The caller has been sent all of it."""
        return self.sent_bytes >= len(self._pcm)

    @property
    def left_bytes(self) -> int:
        """Not sent yet."""
        return len(self._pcm) - self.sent_bytes

    @property
    def over(self) -> bool:
        """Nothing more of it will be sent."""
        return self._over.is_set()

    async def ended(self) -> bool:
        """Wait until the last frame is sent, or it is cut, or the session is over; whether it was whole."""
        await self._over.wait()
        return self.whole

    def _next_frame(self) -> bytes:
        piece = bytes(self._pcm[self.sent_bytes :][:FRAME_BYTES])
        self.sent_bytes += len(piece)
        return piece.ljust(FRAME_BYTES, b"\0")

    def _end(self) -> None:
        self._over.set()


class AudioSession:
    """One connection of a call that has said which one it is; see the module."""

    def __init__(
        self,
        call_id: UUID,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        clock: Clock,
        *,
        decoder: Decoder | None = None,
        early: Iterable[Frame] = (),
        timing: SoundTiming | None = None,
    ) -> None:
        """`decoder` and `early`: what whoever read the call's id has read beyond it."""
        self.call_id = call_id
        self.heard_samples = 0
        """Of the caller, since the beginning: the session's time."""
        self.dropped_events = 0
        """Events that came while `MAX_EVENTS` were waiting, since `forget_keys`."""
        self.left_out_frames = 0
        """Frames not sent in time because this process was held up."""
        self.ending: Ending | None = None
        self._reader, self._writer, self._clock = reader, writer, clock
        self._decoder, self._early = decoder or Decoder(), early
        self._timing = timing or SoundTiming()
        self._listeners: list[Listener] = []
        self._queue: deque[Playing] = deque()
        self._sent_levels = deque([-math.inf], maxlen=ECHO_FRAMES)
        self._events: deque[object] = deque()
        self._something = asyncio.Event()
        self._last_heard = 0.0
        self._tasks = asyncio.TaskGroup()

    # -------------------------------------------------------------- opening and closing

    async def __aenter__(self) -> Self:
        raw: socket.socket = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        self._last_heard = self._clock.monotonic()
        await self._tasks.__aenter__()
        self._working = [
            self._tasks.create_task(self._read(), name=f"audio.read {self.call_id}"),
            self._tasks.create_task(self._write(), name=f"audio.write {self.call_id}"),
        ]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        gives_back = self.ending is None
        self._end(Ending.GIVEN_BACK)
        for task in self._working:
            task.cancel()
        # The group's own rules only for a cancelled body: any other error is the caller's, and stays as it is.
        cancelled = kind is not None and issubclass(kind, asyncio.CancelledError)
        try:
            await self._tasks.__aexit__(*((kind, error, trace) if cancelled else (None, None, None)))
        finally:
            await self._close(gives_back)

    def refuse(self) -> None:
        """In the place of entering it: the connection is closed, the dialplan goes on."""
        self._writer.transport.abort()

    async def _close(self, gives_back: bool) -> None:
        """With a terminate where the dialplan is to go on; whatever the peer does, it is over in `close_seconds`."""
        try:
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(self._timing.close_seconds):
                    if gives_back:
                        self._writer.write(TERMINATE)
                        await self._writer.drain()
                    self._writer.close()
                    await self._writer.wait_closed()
        finally:
            self._writer.transport.abort()

    # -------------------------------------------------------------- what the caller hears

    def play(self, pcm: bytes, *, cut_by: Collection[CutBy] = frozenset(CutBy)) -> Playing:
        """Put sound behind what is being played; it begins with the next frame if that is nothing."""
        playing = Playing(pcm, cut_by)
        if self.ending is not None or playing.whole:
            playing._end()
        else:
            self._queue.append(playing)
        return playing

    def cut(self, by: CutBy | None = None) -> bool:
        """Stop what is played and drop what waits behind it, from the next frame on; whether there was anything.

        With `by`, only up to the first piece that it may not cut: that one and those behind it go on.
        """
        was = len(self._queue)
        while self._queue and (by is None or by in self._queue[0].cut_by):
            self._queue.popleft()._end()
        return len(self._queue) < was

    @property
    def is_playing(self) -> bool:
        return bool(self._queue)

    @property
    def seconds_to_play(self) -> float:
        """How long what is played and what waits behind it lasts, if nothing cuts it."""
        return sum(playing.left_bytes for playing in self._queue) / (RATE * SAMPLE_BYTES)

    @property
    def prompt_dbfs(self) -> float:
        """The loudest that was sent in the time of an echo; minus infinity when nothing played in it. For telling the
        caller's voice from our own."""
        return max(self._sent_levels)

    # -------------------------------------------------------------- what the caller does

    @contextmanager
    def listening(self, listener: Listener) -> Iterator[None]:
        """`listener` is given what the caller says, from now until the block is left."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    async def event(self, deadline_seconds: float) -> object | None:
        """The next thing that happened, in order: a `Key`, what a listener has posted, at last `SessionOver`; None if
        nothing did in so many seconds."""
        if not self._events and self.ending is None:
            self._something.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(deadline_seconds):
                    await self._something.wait()
        if self._events:
            return self._events.popleft()
        return SessionOver(self.ending) if self.ending is not None else None

    def keys_waiting(self) -> bool:
        """Whether a key was pressed that nobody has asked for yet."""
        return any(isinstance(event, Key) for event in self._events)

    async def key_waits(self) -> None:
        """Wait until a key was pressed that nobody has asked for yet, or the session is over."""
        while not self.keys_waiting() and self.ending is None:
            self._something.clear()
            await self._something.wait()

    def forget_keys(self) -> int:
        """Throw away the keys that nobody has asked for; how many were pressed, those that found no room included."""
        keys = self.forget(Key) + self.dropped_events
        self.dropped_events = 0
        return keys

    def forget(self, *kinds: type) -> int:
        """Throw away events of these kinds that nobody has asked for; how many there were."""
        kept = deque(event for event in self._events if not isinstance(event, kinds))
        forgotten, self._events = len(self._events) - len(kept), kept
        return forgotten

    def post(self, event: object) -> None:
        """Put an event behind those that wait, for whoever asks for the next one."""
        if len(self._events) >= MAX_EVENTS:
            self.dropped_events += 1
        else:
            self._events.append(event)
            self._something.set()

    # -------------------------------------------------------------- the two tasks

    async def _read(self) -> None:
        try:
            for frame in self._early:
                self._take(frame)
            while self.ending is None:
                piece = await self._reader.read(_READ_BYTES)
                if not piece:
                    return self._end(Ending.HUNG_UP)
                for frame in self._decoder.feed(piece):
                    self._take(frame)
        except ProtocolError as nonsense:
            log.warning("what came is not AudioSocket", extra={"call_id": str(self.call_id), "why": str(nonsense)})
            self._end(Ending.NONSENSE)
        except OSError:
            self._end(Ending.HUNG_UP)

    def _take(self, frame: Frame) -> None:
        self._last_heard = self._clock.monotonic()
        match frame:
            case Sound(pcm):
                for listener in tuple(self._listeners):
                    listener.feed(pcm)
                self.heard_samples += len(pcm) // SAMPLE_BYTES
            case KeyPressed(key):
                self.cut(CutBy.KEY)
                self.post(Key(key, self.heard_samples))
            case Terminated() | Failed():
                self._end(Ending.TERMINATED)
            case _:
                raise ProtocolError("an AudioSocket connection told its call's id twice")

    async def _write(self) -> None:
        timing, clock, transport = self._timing, self._clock, self._writer.transport
        most_unread = int(timing.unread_seconds * len(sound(SILENCE)) * 50)
        pace = Pace(clock.monotonic())
        while self.ending is None:
            held_up = clock.monotonic() - pace.due
            if held_up > MOST_BEHIND_SECONDS:  # all this time we could not hear Asterisk either: it is not to blame
                self._last_heard += held_up
            if clock.monotonic() - self._last_heard > timing.silent_seconds:
                self._end(Ending.SILENT)
            elif transport.get_write_buffer_size() > most_unread:
                self._end(Ending.UNREAD)
            else:
                self._writer.write(sound(self._next_frame()))
                await asyncio.sleep(pace.sent(clock.monotonic()))
                self.left_out_frames = pace.left_out

    def _next_frame(self) -> bytes:
        if not self._queue:
            self._sent_levels.append(-math.inf)
            return SILENCE
        playing = self._queue[0]
        frame = playing._next_frame()
        self._sent_levels.append(max(level(frame), QUIETEST_DBFS))
        if playing.whole:
            self._queue.popleft()._end()
        return frame

    def _end(self, ending: Ending) -> None:
        """Once: what plays is cut, whoever waits is told, and unless the call is given back the connection is dead."""
        if self.ending is None:
            self.ending = ending
            self.cut()
            self._something.set()
            if ending is not Ending.GIVEN_BACK:
                self._writer.transport.abort()
