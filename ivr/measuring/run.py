"""Recordings played to the ears that listen to callers, as fast as these can follow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from typing import Final

from audio.pcm import FRAME_MS, frames
from cti_api.clock import Clock
from ivr.hearing import Hearing
from ivr.measuring.recordings import Recording, Recordings, sound
from ivr.measuring.report import Answer
from ivr.understanding.question import Question

FASTER: Final = 4
"""Than a caller speaks: a recogniser that listens meanwhile keeps up with that, so that at the end of the speech it is
as far as it would be on the line."""


async def measured(recordings: Recordings, hearing: Hearing, clock: Clock) -> AsyncIterator[Answer]:
    """One answer after the other, in the order of the labels. Raises `InputError` for a sound that cannot be read."""
    for row in recordings.rows:
        pcm = sound(recordings.folder / row.file)
        yield await answered(row, pcm, recordings.question(row), hearing, clock)


async def answered(row: Recording, pcm: bytes, question: Question, hearing: Hearing, clock: Clock) -> Answer:
    """What is made of `pcm`, as `row` says it, for an answer to `question`."""
    with closing(hearing.listen(question)) as answering:
        for frame in frames(pcm):
            answering.feed(frame)
            if hearing.listens_meanwhile:
                await asyncio.sleep(FRAME_MS / 1000 / FASTER)
        ended = clock.monotonic()
        heard = await answering.finish()
    return Answer(
        file=row.file,
        kind=row.kind,
        text=row.text,
        expected=row.expected,
        heard=heard.understood.heard,
        value=heard.understood.value,
        confidence=heard.understood.confidence,
        seconds=clock.monotonic() - ended,
        why=heard.why or "",
        node=row.node,
    )
