"""Ears for the calls: one or two recognisers, and what they make of a question together.

Vosk listens while the caller speaks and answers at once; where it is unsure, Whisper is asked for a second opinion on
the same sound, within the same deadline. Either may be alone. With neither, or while both are away, callers use keys.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from audio.recognise import Grammar, Recognised
from audio.recognition import Listening, NotRecognised, Recognition, Why
from audio.recognition_wire import Model
from cti_api.clock import Clock
from cti_api.errors import SettingsError, Unreachable
from ivr.understanding.question import Kind, Question, hint_of, phrases_of, weighed_phrases_of
from ivr.understanding.understood import Understood, not_understood
from ivr.understanding.weigh import ACT, WEIGHED, better, weigh

MOST_KEPT_BYTES: Final = 16_000 * 15
"""Of an answer, for a second opinion: what Whisper looks at of one."""
SECOND_SECONDS: Final = 2.0
"""At most, for a second opinion: the first has its answer already."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What became of an utterance."""

    understood: Understood[Any]
    by: str = ""
    """The recogniser, or both of them: ``vosk``, ``whisper``, ``vosk+whisper``."""
    why: Why | None = None
    """Why nothing was recognised at all; None: something was, understood or not."""


class Hearing:
    """Made by `hearing`."""

    def __init__(self, recognitions: Sequence[Recognition]) -> None:
        self._all = recognitions

    @property
    def can_hear(self) -> bool:
        """Whether it is of use to let a caller speak now; False: keys alone."""
        return any(each.ready for each in self._all)

    @property
    def listens_meanwhile(self) -> bool:
        """Whether one of them listens while the caller speaks, and not only when they have ended."""
        return any(each.model.recogniser == "vosk" for each in self._all)

    def listen(self, question: Question) -> Answering:
        """Begin to listen for an answer; it is to be closed whatever happens (`contextlib.closing`)."""
        ready = [each for each in self._all if each.ready] or list(self._all)
        if question.kind is Kind.OPEN:
            ready.sort(key=lambda each: each.model.recogniser != "whisper")
        return Answering(question, ready)

    async def missing(self, question: Question) -> tuple[str, ...]:
        """Words of a question that will never be heard, by those recognisers that know only some words. Each is logged.

        Raises `Unreachable` where a recogniser does not answer.
        """
        found: list[str] = []
        for each in self._all:
            if each.ready and question.kind is not Kind.OPEN:
                found += await each.missing(phrases_of(question))
        return tuple(dict.fromkeys(found))


class Answering:
    """One answer on its way: fed while the caller speaks."""

    def __init__(self, question: Question, ready: Sequence[Recognition]) -> None:
        self._question, self._ready = question, ready
        self._kept = bytearray()
        self._first: Listening | None = ready[0].open(_grammar(question, ready[0])) if ready else None

    def feed(self, pcm: bytes) -> None:
        """Sound: 8 kHz, 16 bits."""
        if self._first is not None:
            self._first.feed(pcm)
        if len(self._ready) > 1 and len(self._kept) + len(pcm) <= MOST_KEPT_BYTES:
            self._kept += pcm

    @property
    def partial(self) -> str:
        """The words so far; empty where they are heard only as a whole."""
        return self._first.partial if self._first is not None else ""

    async def finish(self) -> Heard:
        """What was meant. It always comes: for an answer within 3 s (`audio.recognition.Limits`), for an open comment
        when it is written down, which is to be waited for behind the call."""
        if self._first is None:
            return Heard(understood=not_understood(""), why=Why.AWAY)
        loop = asyncio.get_running_loop()
        began = loop.time()
        first = _heard(self._question, await self._first.finish(), self._ready[0])
        left = min(SECOND_SECONDS, self._ready[0].limits.deadline_seconds - (loop.time() - began))
        if len(self._ready) < 2 or self._question.kind is Kind.OPEN or first.understood.confidence >= ACT or left <= 0:
            return first
        second = await self._second(left)
        if second.why is not None:
            return first
        if first.why is not None:
            return second
        return Heard(understood=better(first.understood, second.understood), by=f"{first.by}+{second.by}")

    async def _second(self, seconds: float) -> Heard:
        other = self._ready[1]
        listening = other.open(_grammar(self._question, other))
        try:
            listening.feed(bytes(self._kept))
            async with asyncio.timeout(seconds):
                return _heard(self._question, await listening.finish(), other)
        except TimeoutError:
            return Heard(understood=not_understood(""), why=Why.LATE)
        finally:
            listening.close()

    def close(self) -> None:
        """Nobody wants the answer any more."""
        if self._first is not None:
            self._first.close()


def _grammar(question: Question, by: Recognition) -> Grammar:
    by_words = by.model.recogniser == "vosk"
    phrases = phrases_of(question) if by_words else weighed_phrases_of(question)
    return Grammar(phrases=phrases, hint=hint_of(question), loose=question.kind not in WEIGHED)


def _heard(question: Question, answer: Recognised | NotRecognised, by: Recognition) -> Heard:
    if isinstance(answer, NotRecognised):
        return Heard(understood=not_understood(""), by=by.model.recogniser, why=answer.why)
    return Heard(understood=weigh(question, answer), by=by.model.recogniser)


@asynccontextmanager
async def hearing(models: Sequence[Model], clock: Clock) -> AsyncIterator[Hearing]:
    """Ears for as long as the block lasts, Vosk before Whisper. A model that is not there is told in one warning, and
    service goes on without it: by keys alone, where there is no other."""
    async with AsyncExitStack() as stack:
        ears = []
        for model in sorted(models, key=lambda each: each.recogniser != "vosk"):
            try:
                ears.append(await stack.enter_async_context(Recognition(model, clock)))
            except (SettingsError, Unreachable) as error:
                log.warning("a recogniser is left out", extra={"recogniser": model.recogniser, "why": str(error)})
        if not ears:
            log.warning("no speech is recognised: callers answer by keys", extra={"see": "docs/speech.md"})
        yield Hearing(ears)
