"""A recogniser in a process of its own, as the event loop sees it.

It is fed without waiting, and asked with a deadline. Whatever becomes of its process - it dies, hangs, or has more to
do than it can - an answer comes in time: what was heard, or why nothing was. A dead process is started again;
meanwhile callers are asked again, and then use keys.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Final, Self

from audio.recognise import Grammar, Recognised
from audio.recognition_wire import Kind, Message, Messages, Model, grammar_bytes, recognised_of
from cti_api.clock import Clock
from cti_api.errors import ProtocolError, SettingsError, Unreachable

CHILD = ("-m", "audio.recognition_child")
"""What Python is told to run."""
_LOOK_SECONDS: Final = 0.5
"""Between two looks at whether it hangs."""
_PIECE: Final = 65536

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Of one recogniser."""

    deadline_seconds: float = 3.0
    """From the end of an utterance to its answer."""
    comment_seconds: float = 120.0
    """The same for an open comment, which is written down behind the call."""
    load_seconds: float = 120.0
    hung_seconds: float = 6.0
    """A process that says nothing for so long, while an answer is due, is ended and begun anew."""
    most_utterances: int = 100
    """Open at once."""
    most_backlog_bytes: int = 4 * 1024 * 1024
    """Waiting for the process to read them: two minutes of sound of two callers."""
    most_utterance_bytes: int = 16_000 * 180
    """Three minutes: a comment's longest."""
    first_pause_seconds: float = 0.5
    longest_pause_seconds: float = 30.0
    """Before a dead process is started again; doubled each time it dies before it was loaded."""


LIMITS: Final = Limits()


class Why(StrEnum):
    """Why nothing was recognised."""

    AWAY = "away"
    """The process is not there, or died meanwhile."""
    BUSY = "busy"
    """There is more to do than it can."""
    LATE = "late"
    """No answer within the deadline."""
    FAILED = "failed"
    """The recogniser itself failed over it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRecognised:
    """No answer; the caller is asked again, then by keys."""

    why: Why


class Listening:
    """One utterance on its way. `close` it whatever happens (`contextlib.closing`)."""

    def __init__(self, recognition: Recognition, number: int, deadline: float) -> None:
        self._recognition, self._number, self._deadline = recognition, number, deadline
        self._fed, self._finished = 0, False
        self.answer: asyncio.Future[Recognised | NotRecognised] = asyncio.get_running_loop().create_future()
        self.partial = ""
        """What was heard so far; stays empty with a recogniser that hears only whole utterances."""

    def feed(self, pcm: bytes) -> None:
        """Sound: 8 kHz, 16 bits. Past three minutes it is not listened to any more."""
        if not self._finished and self._fed + len(pcm) <= self._recognition.limits.most_utterance_bytes:
            self._fed += len(pcm)
            self._recognition.tell(Message(Kind.FEED, self._number, pcm))

    async def finish(self) -> Recognised | NotRecognised:
        """What it was; within the deadline in any case."""
        if not self._finished:
            self._finished = True
            self._recognition.ask(self._number, max(self._recognition.limits.hung_seconds, self._deadline / 2))
        try:
            async with asyncio.timeout(self._deadline):
                return await asyncio.shield(self.answer)
        except TimeoutError:
            log.warning("an utterance was not recognised in time")
            return NotRecognised(why=Why.LATE)
        finally:
            self.close()

    def close(self) -> None:
        """Nobody wants its answer any more."""
        self._finished = True
        self._recognition.forget(self._number, self)
        if not self.answer.done():
            self.answer.set_result(NotRecognised(why=Why.LATE))


class Recognition:
    """A recogniser, for as long as it is entered.

    Entering it raises `SettingsError` where its model is not there or cannot be read, and `Unreachable` where its
    process does not come up.
    """

    def __init__(self, model: Model, clock: Clock, limits: Limits = LIMITS) -> None:
        self.model, self.clock, self.limits = model, clock, limits
        self._process: Process | None = None
        self._loaded = False
        self._heard_at = 0.0
        self._next = 0
        self._open: dict[int, Listening] = {}
        self._due: dict[int, tuple[float, float]] = {}
        """Answers that the process owes: since when, and for how long it may say nothing over them."""
        self._checks: dict[int, asyncio.Future[tuple[str, ...]]] = {}
        self._tasks = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._stop()
            raise
        await self._tasks.__aenter__()
        self._keeper = self._tasks.create_task(self._keep(), name=f"recogniser {self.model.recogniser}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._keeper.cancel()
        # The group's own rules only for a cancelled body: any other error is the caller's, and stays as it is.
        cancelled = kind is not None and issubclass(kind, asyncio.CancelledError)
        try:
            await self._tasks.__aexit__(*((kind, error, trace) if cancelled else (None, None, None)))
        finally:
            await self._stop()

    @property
    def ready(self) -> bool:
        """Whether there is a process with its model loaded."""
        return self._loaded

    @property
    def process_id(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def open(self, grammar: Grammar) -> Listening:
        """Begin to listen. It never fails: what cannot be listened to answers so when it is asked."""
        self._next += 1
        seconds = self.limits.comment_seconds if grammar.is_open else self.limits.deadline_seconds
        listening = Listening(self, self._next, seconds)
        if not self._loaded:
            listening.answer.set_result(NotRecognised(why=Why.AWAY))
        elif len(self._open) >= self.limits.most_utterances:
            listening.answer.set_result(NotRecognised(why=Why.BUSY))
        else:
            self._open[self._next] = listening
            self.tell(Message(Kind.OPEN, self._next, grammar_bytes(grammar)))
        return listening

    async def missing(self, phrases: Sequence[str]) -> tuple[str, ...]:
        """Words of `phrases` that the recogniser will never hear, each logged in one warning.

        Raises `Unreachable` where the recogniser does not answer.
        """
        self._next += 1
        number = self._next
        answer: asyncio.Future[tuple[str, ...]] = asyncio.get_running_loop().create_future()
        self._checks[number] = answer
        try:
            self._write(Message(Kind.CHECK, number, grammar_bytes(Grammar(phrases=tuple(phrases)))))
            async with asyncio.timeout(self.limits.deadline_seconds):
                words = await answer
        except TimeoutError:
            raise Unreachable("The recogniser does not answer: try again in a minute") from None
        finally:
            del self._checks[number]
        if words:
            log.warning(
                "the recogniser's model does not know these words: nobody who says them is heard; use others",
                extra={"words": ", ".join(words), "model": str(self.model.folder)},
            )
        return words

    def ask(self, number: int, patience: float) -> None:
        """Its utterance has ended."""
        if number in self._open:
            self._due[number] = (self.clock.monotonic(), patience)
            self.tell(Message(Kind.FINISH, number))

    def tell(self, message: Message) -> None:
        """Send it, as long as its utterance is open; more than the process can read ends the utterance."""
        if message.number not in self._open:
            return
        if not self._write(message):
            self._end(message.number, NotRecognised(why=Why.BUSY))
            self._write(Message(Kind.DROP, message.number))

    def forget(self, number: int, listening: Listening) -> None:
        if self._open.get(number) is listening:
            del self._open[number]
            self._write(Message(Kind.DROP, number))

    def _write(self, message: Message) -> bool:
        pipe = self._process.stdin if self._process is not None else None
        if pipe is None or pipe.is_closing():
            return True  # that it is gone is seen where its answers end
        if message.kind is Kind.FEED and pipe.transport.get_write_buffer_size() > self.limits.most_backlog_bytes:
            return False
        pipe.write(message.to_bytes())
        return True

    def _end(self, number: int, answer: Recognised | NotRecognised) -> None:
        listening = self._open.pop(number, None)
        if listening is not None and not listening.answer.done():
            listening.answer.set_result(answer)

    async def _start(self) -> None:
        """Raises `SettingsError` where the model cannot be loaded, `Unreachable` where the process ends or hangs."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, *CHILD, self.model.to_json(), stdin=PIPE, stdout=PIPE, stderr=DEVNULL
        )
        self._messages = Messages()
        try:
            async with asyncio.timeout(self.limits.load_seconds):
                async for message in self._received():
                    if message.kind is Kind.REFUSED:
                        raise SettingsError(message.payload.decode("utf-8", "replace"))
                    if message.kind is Kind.READY:
                        self._loaded, self._heard_at = True, self.clock.monotonic()
                        return
        except TimeoutError:
            pass
        raise Unreachable(f"The recogniser could not be started with the model in {self.model.folder}")

    async def _keep(self) -> None:
        """Read what the process says, and start another whenever it is gone."""
        pause = self.limits.first_pause_seconds
        while True:
            if self._loaded:
                await self._read_until_gone()
                pause = self.limits.first_pause_seconds
            await self._stop()
            log.warning("a recogniser's process is gone; another is started", extra={"after_seconds": pause})
            await asyncio.sleep(pause)
            pause = min(2 * pause, self.limits.longest_pause_seconds)
            try:
                await self._start()
            except (SettingsError, Unreachable) as error:
                log.warning("a recogniser could not be started", extra={"why": str(error)})

    async def _read_until_gone(self) -> None:
        with suppress(TimeoutError, ProtocolError):
            async for message in self._received():
                self._heard_at = self.clock.monotonic()
                self._take(message)

    async def _received(self) -> AsyncIterator[Message]:
        """Raises `TimeoutError` where an answer is due and the process says nothing, `ProtocolError` for nonsense."""
        assert self._process is not None
        assert self._process.stdout is not None
        while True:
            reading = asyncio.timeout(_LOOK_SECONDS if self._loaded else None)
            try:
                async with reading:
                    received = await self._process.stdout.read(_PIECE)
            except TimeoutError:
                if self._is_hung():
                    log.warning("a recogniser says nothing any more, and is ended")
                    raise
                continue
            if not received:
                return
            for message in self._messages.feed(received):
                yield message

    def _is_hung(self) -> bool:
        now = self.clock.monotonic()
        return any(now - max(asked_at, self._heard_at) > patience for asked_at, patience in self._due.values())

    def _take(self, message: Message) -> None:
        if message.kind in (Kind.RESULT, Kind.FAILED):
            self._due.pop(message.number, None)
        match message.kind:
            case Kind.RESULT:
                self._end(message.number, recognised_of(message.payload))
            case Kind.FAILED:
                log.warning("a recogniser failed", extra={"why": message.payload.decode("utf-8", "replace")})
                self._end(message.number, NotRecognised(why=Why.FAILED))
            case Kind.PARTIAL if message.number in self._open:
                self._open[message.number].partial = message.payload.decode("utf-8", "replace")
            case Kind.MISSING:
                check = self._checks.get(message.number)
                if check is not None and not check.done():
                    check.set_result(tuple(str(word) for word in json.loads(message.payload)))
            case _:
                pass

    async def _stop(self) -> None:
        """End the process, whatever it is doing; whoever waits is told."""
        self._loaded = False
        self._due.clear()
        for number in tuple(self._open):
            self._end(number, NotRecognised(why=Why.AWAY))
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
            self._process = None  # not before: whoever is cancelled in between leaves it to the next who stops it
