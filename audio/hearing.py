"""Hears callers speak: the detectors at work, on a thread of their own.

    async with Ears() as ears:                                        # once for all calls
        async with ears.hearing(session) as hearing:                  # for one call
            with hearing.listening(Rules(), to=utterance):            # for one answer
                event = await session.event(10.0)                     # SpeechBegan, SpeechEnded, NoSpeech; keys as ever

Once speech begins, what plays is cut where it allows that, and `to` is given the caller's sound from a moment before
the first syllable to the end. The event loop only hands frames over: a window costs 0.13 ms, which at 60 callers would
be a quarter of its time.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from audio.endpoint import Backlog, Endpointer, NoSpeech, Rules, Speech, SpeechBegan, SpeechEnded, Window
from audio.pcm import RATE, level
from audio.session import AudioSession, CutBy, Listener
from audio.voice import WINDOW_BYTES, WINDOW_SAMPLES, Detector, Loudness, best_detector

log = logging.getLogger(__name__)

MOST_DETECTORS: Final = 24
"""Silero's at once; calls beyond are heard by loudness. Some 10 MB each."""
MOST_WAITING: Final = 3_000
"""Frames in front of the thread: a second of 60 callers. Those beyond are lost for the detectors."""
_MAKING_SECONDS: Final = 5.0
"""For a detector to be made; it takes 0.1 s."""


class Ears:
    """The detectors of all calls, and the thread they work on."""

    def __init__(self, *, most: int = MOST_DETECTORS, make: Callable[[], Detector] = best_detector) -> None:
        self.lost_frames = 0
        """For which the thread had no time."""
        self._most, self._make = most, make
        self._made = 0
        self._free: list[Detector] = []
        self._frames: queue.SimpleQueue[tuple[_Answer, bytes, float] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="audio.hearing", daemon=True)

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._frames.put(None)
        await asyncio.to_thread(self._thread.join, _MAKING_SECONDS)

    @asynccontextmanager
    async def hearing(self, session: AudioSession) -> AsyncIterator[Hearing]:
        """Hear this session's caller until the block is left."""
        detector = await self._detector()
        hearing = Hearing(self, session, detector)
        try:
            with session.listening(hearing):
                yield hearing
        finally:
            if not isinstance(detector, Loudness):
                self._free.append(detector)

    async def _detector(self) -> Detector:
        if self._free:
            return self._free.pop()
        if self._made >= self._most:
            return Loudness()
        self._made += 1
        try:
            async with asyncio.timeout(_MAKING_SECONDS):
                return await asyncio.to_thread(self._make)
        except TimeoutError:
            log.warning("a detector of voices was not made in time: this call is heard by loudness")
            return Loudness()

    def _hand(self, answer: _Answer, pcm: bytes, prompt_dbfs: float) -> None:
        if self._frames.qsize() >= MOST_WAITING:
            self.lost_frames += 1
        else:
            self._frames.put((answer, pcm, prompt_dbfs))

    def _work(self) -> None:
        """The thread. Only what happened goes back to the loop."""
        while (item := self._frames.get()) is not None:
            answer, pcm, prompt_dbfs = item
            for event in answer.events(pcm, prompt_dbfs):
                with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is there to be told
                    self._loop.call_soon_threadsafe(answer.tell, event)


@dataclass(slots=True, eq=False)
class _Answer:
    """One question's: worked on by the thread alone, but for `tell`."""

    endpointer: Endpointer
    detector: Detector
    tell: Callable[[Speech], None]
    _rest: bytearray = field(default_factory=bytearray)
    _fresh: bool = True

    def events(self, pcm: bytes, prompt_dbfs: float) -> Iterator[Speech]:
        if self._fresh:
            self._fresh = False
            self.detector.forget()
        self._rest += pcm
        while len(self._rest) >= WINDOW_BYTES:
            window = bytes(self._rest[:WINDOW_BYTES])
            del self._rest[:WINDOW_BYTES]
            found = Window(WINDOW_SAMPLES, self._probability(window), level(window), prompt_dbfs)
            if (event := self.endpointer.feed(found)) is not None:
                yield event

    def _probability(self, window: bytes) -> float:
        """A detector that breaks takes nothing with it: the rest of the answer is heard by loudness."""
        try:
            return self.detector.probability(window)
        except (OSError, RuntimeError, ValueError):
            log.exception("a detector of voices broke")
            self.detector = Loudness()
            return self.detector.probability(window)


class Hearing:
    """One call's; made by `Ears.hearing`."""

    def __init__(self, ears: Ears, session: AudioSession, detector: Detector) -> None:
        self._ears, self._session, self._detector = ears, session, detector
        self._backlog = Backlog()
        self._answer: _Answer | None = None
        self._to: Listener | None = None

    @contextmanager
    def listening(self, rules: Rules, to: Listener | None = None) -> Iterator[None]:
        """Wait for one answer, until the block is left; one at a time."""
        assert self._answer is None

        def tell(event: Speech) -> None:
            if self._answer is answer:  # else it is over, and what the thread still found is of no use
                self._happened(event, rules, to)

        answer = self._answer = _Answer(Endpointer(rules, at=self._session.heard_samples), self._detector, tell)
        try:
            yield
        finally:
            self._answer = None
            self._to = None
            # what was found and not yet asked for is of this question, and would answer the next one
            self._session.forget(SpeechBegan, SpeechEnded, NoSpeech)

    def feed(self, pcm: bytes) -> None:
        """A piece of the caller's sound, from the session."""
        self._backlog.keep(pcm)
        if self._to is not None:
            self._to.feed(pcm)
        if self._answer is not None:
            self._ears._hand(self._answer, pcm, self._session.prompt_dbfs)

    def _happened(self, event: Speech, rules: Rules, to: Listener | None) -> None:
        session = self._session
        if isinstance(event, SpeechBegan):
            session.cut(CutBy.SPEECH)
            if to is not None:
                since = session.heard_samples - event.at + round(rules.pre_roll_seconds * RATE)
                to.feed(self._backlog.last(since))
                self._to = to
        elif isinstance(event, SpeechEnded):
            self._to = None
        session.post(event)
