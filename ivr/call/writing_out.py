"""Writes out what callers said, behind the calls: comments of surveys, and recordings of trees."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from audio.recognition import Why
from cti_api.clock import Clock
from cti_api.errors import Conflict, InputError, StoreUnavailable, VoceroError
from cti_api.model.surveys import AnsweredBy
from cti_api.store.store import Store
from cti_api.store.survey_comments import UntoldComment
from cti_api.survey_file.parse import parse_survey
from ivr.call.wav import read_wav
from ivr.hearing import Hearing
from ivr.survey.follow import after_transcript
from ivr.understanding.question import Kind, Question

LOOK_SECONDS: Final = 2.0
"""Between two looks for recordings: nobody waits for a text on the line."""
ILL_SECONDS: Final = 30.0
"""After a look that failed."""

MOST_TRIES: Final = 3
"""Over one recording: a sound that a recogniser dies of would keep it from hearing callers."""

log = logging.getLogger(__name__)


class _NotNow(Conflict):
    """It still waits."""


class WritingOut:
    """One recording after the other, the oldest first; whatever waits longest is done first, after a restart too."""

    def __init__(self, store: Store, hearing: Hearing, recordings: Path, clock: Clock) -> None:
        self._store, self._hearing, self._recordings, self._clock = store, hearing, recordings, clock
        self._tries: Counter[str] = Counter()
        """Of recordings over which a recogniser failed."""

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            seconds = LOOK_SECONDS
            try:
                if self._hearing.can_hear:
                    while await self.once():
                        pass
            except StoreUnavailable as error:
                log.warning("recordings cannot be written out", extra={"why": str(error)})
                seconds = ILL_SECONDS
            await asyncio.sleep(seconds)

    async def once(self) -> int:
        """Write out what waits; how many it was. What cannot be heard now, for want of a recogniser, still waits; what
        cannot be heard at all is not tried for ever, and keeps no other waiting."""
        done = 0
        for comment in await self._store.survey_comments.to_transcribe():
            done += await self._one(comment.recording, partial(self._comment, comment))
        for said in await self._store.front_desk.unwritten():
            done += await self._one(said.recording, partial(self._store.front_desk.written_out, said))
        return done

    async def _one(self, recording: str, keep: Callable[[str | None], Awaitable[None]]) -> bool:
        """Whether it waits no longer."""
        if self._tries[recording] > MOST_TRIES:
            return False
        try:
            await keep(await self._text(recording))
        except _NotNow as error:
            log.warning("a recording is written out later", extra={"recording": recording, "why": str(error)})
            return False
        except StoreUnavailable:
            raise
        except VoceroError as error:  # whoever spoke was erased meanwhile, or their survey cannot be read any more
            self._tries[recording] = MOST_TRIES + 1
            log.error("a recording is not written out", extra={"recording": recording, "why": str(error)})
            return False
        self._tries.pop(recording, None)
        return True

    async def _comment(self, comment: UntoldComment, text: str | None) -> None:
        """Its words may set something off: with it, in one transaction."""
        now = self._clock.now()
        sitting = await self._store.sittings.get(comment.sitting_id)
        stored = await self._store.surveys.get(sitting.survey_id, sitting.version)
        followed = frozenset(one.trigger for one in await self._store.sittings.followed(comment.sitting_id))
        answers = tuple(
            replace(answer, heard=text or "")
            if answer.question == comment.question and answer.by is AnsweredBy.RECORDING
            else answer
            for answer in sitting.answers
        )
        follows = after_transcript(parse_survey(stored.text), answers, followed, now)
        await self._store.survey_comments.transcribed(comment.sitting_id, comment.question, text, now, follows)

    async def _text(self, recording: str) -> str | None:
        """What is said in it; None where there is nothing to be heard, or no file. Raises `_NotNow`."""
        try:
            pcm = await asyncio.to_thread(read_wav, self._recordings / recording)
        except (OSError, InputError) as error:
            log.error("a recording cannot be written out", extra={"recording": recording, "why": str(error)})
            return None
        could_hear = self._hearing.can_hear  # else it is nothing about this recording that it is not heard
        try:
            with closing(self._hearing.listen(Question(kind=Kind.OPEN))) as answering:
                answering.feed(pcm)
                heard = await answering.finish()
        except VoceroError as error:
            raise _NotNow(str(error)) from error
        if heard.why is not None:
            self._tries[recording] += could_hear and heard.why is not Why.BUSY
            if self._tries[recording] < MOST_TRIES:
                raise _NotNow(heard.why.value)
            log.error("a recording cannot be heard", extra={"recording": recording, "why": heard.why.value})
            return None
        return str(heard.understood.value) if heard.understood.understood else None
