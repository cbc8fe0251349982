"""Talking over the call's own sound: prompts that speaking or a key cuts short, words as well as keys."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Sequence
from contextlib import ExitStack, closing
from typing import Final

from audio.endpoint import NoSpeech, Rules, SpeechBegan, SpeechEnded
from audio.hearing import Hearing as Ear
from audio.pcm import RATE, SAMPLE_BYTES, tone
from audio.session import AudioSession, CutBy, Key, Playing, SessionOver
from cti_api.clock import Clock
from cti_api.errors import VoceroError
from ivr.call.asking import MOST_KEYS, Answer, Ask, Flooded, Pressed, Recorded, Silent, Spoken
from ivr.call.talk import TONE_SECONDS, Lost, Sounds
from ivr.hearing import Answering, Heard, Hearing
from ivr.tree.prompts import Piece
from ivr.tree.steps import BargeIn

LONGEST_QUIET_SECONDS: Final = 60.0
"""Against a detector that never says anything: no question waits longer for it, beyond its prompt."""

log = logging.getLogger(__name__)


class OverSound:
    """One call's, as long as its sound session lasts."""

    def __init__(
        self,
        session: AudioSession,
        ear: Ear,
        hearing: Hearing,
        sounds: Sounds,
        clock: Clock,
        pause_seconds: float,
    ) -> None:
        """`pause_seconds`: silence that ends an answer in words."""
        self._session, self._ear, self._hearing = session, ear, hearing
        self._sounds, self._clock, self._pause = sounds, clock, pause_seconds
        self._last: Playing | None = None

    # -------------------------------------------------------------- saying

    async def say(self, pieces: Sequence[Piece], barge_in: BargeIn) -> None:
        cut_by = _cut_by(barge_in)
        for piece in pieces:
            try:
                pcm = await self._sounds.sound_of(piece.text, piece.file)
            except VoceroError as error:
                log.error("a prompt could not be said", extra={"text": piece.text, "why": str(error)})
                pcm = tone(TONE_SECONDS)  # so that nobody is met by silence
            self._play(pcm, cut_by)
        self._is_there()

    async def said(self) -> None:
        if self._last is not None:
            await self._last.ended()
        self._is_there()

    def _is_there(self) -> None:
        if self._session.ending is not None:
            raise Lost(self._session.ending.value)

    def _play(self, pcm: bytes, cut_by: Collection[CutBy]) -> None:
        if pcm:
            self._last = self._session.play(pcm, cut_by=cut_by)

    def forget_keys(self) -> int:
        return self._session.forget_keys()

    # -------------------------------------------------------------- asking

    async def ask(self, ask: Ask) -> Answer:
        speech = ask.question is not None and self._hearing.can_hear
        with ExitStack() as stack:
            answering = None
            if ask.question is not None and speech:
                answering = stack.enter_context(closing(self._hearing.listen(ask.question)))
                rules = Rules(
                    pause_seconds=self._pause,
                    no_input_seconds=ask.wait_seconds,
                    longest_seconds=ask.longest_seconds,
                )
                stack.enter_context(self._ear.listening(rules, to=answering))
            return await self._answer(ask, answering)

    async def _answer(self, ask: Ask, answering: Answering | None) -> Answer:
        keys = ""
        waiting = self._first_wait(ask, answering)
        while True:
            event = await self._session.event(waiting)
            match event:
                case Key(key):
                    self._session.cut(CutBy.KEY)  # one that was pressed ahead has not heard this prompt begin
                    keys += key
                    if len(keys) > MOST_KEYS:
                        return Flooded(len(keys) + self.forget_keys())
                    if ask.complete(keys):
                        return Pressed(keys)
                    waiting = ask.between_keys_seconds
                case SpeechBegan() if not keys:
                    waiting = ask.longest_seconds + LONGEST_QUIET_SECONDS
                case SpeechEnded() if not keys and answering is not None:
                    heard = await self._heard(answering)
                    if heard is not None:
                        return Spoken(heard.understood)
                    answering, waiting = None, ask.between_keys_seconds
                case NoSpeech() if not keys:
                    return Silent()
                case SessionOver(ending):
                    raise Lost(ending.value)
                case None if keys:
                    return Pressed(keys)
                case None if self._session.is_playing:
                    waiting = self._first_wait(ask, answering)
                case None:
                    return Silent()
                case _:
                    pass

    async def _heard(self, answering: Answering) -> Heard | None:
        """What was said; None where a key came before it was known, or the sound ended: either is the next event."""
        async with asyncio.TaskGroup() as both:
            finishing = both.create_task(answering.finish(), name="ivr.heard")
            pressed = both.create_task(self._session.key_waits(), name="ivr.key")
            await asyncio.wait((finishing, pressed), return_when=asyncio.FIRST_COMPLETED)
            finishing.cancel()
            pressed.cancel()
        return None if finishing.cancelled() else finishing.result()

    def _first_wait(self, ask: Ask, answering: Answering | None) -> float:
        quiet = ask.wait_seconds if answering is None else LONGEST_QUIET_SECONDS
        return self._session.seconds_to_play + quiet

    # -------------------------------------------------------------- recording

    async def record(self, *, longest_seconds: float, silence_seconds: float) -> Recorded | Answer:
        self._play(tone(TONE_SECONDS), ())
        await self.said()
        kept = _Kept(round(longest_seconds * RATE) * SAMPLE_BYTES)
        rules = Rules(
            pause_seconds=silence_seconds, no_input_seconds=2 * silence_seconds, longest_seconds=longest_seconds
        )
        with self._session.listening(kept), self._ear.listening(rules):
            spoke = False
            until = self._clock.monotonic() + longest_seconds
            while (left := until - self._clock.monotonic()) > 0:
                match await self._session.event(left):
                    case Key(key):
                        return kept.recorded() if spoke else Pressed(key)
                    case SpeechBegan():
                        spoke = True
                    case SpeechEnded():
                        return kept.recorded()
                    case NoSpeech():
                        return Silent()
                    case SessionOver():
                        break
                    case _:
                        pass
        # who hung up in the middle has said what they said: the next thing that is tried finds out that they are gone
        return kept.recorded() if spoke else Silent()


class _Kept:
    def __init__(self, most_bytes: int) -> None:
        self._most, self._pcm = most_bytes, bytearray()

    def feed(self, pcm: bytes) -> None:
        if len(self._pcm) < self._most:
            self._pcm += pcm

    def recorded(self) -> Recorded:
        return Recorded(bytes(self._pcm))


def _cut_by(barge_in: BargeIn) -> frozenset[CutBy]:
    allowed = ((CutBy.KEY, barge_in.keys), (CutBy.SPEECH, barge_in.speech))
    return frozenset(by for by, may in allowed if may)
