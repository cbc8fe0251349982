"""What happened is written in order, and one record that cannot be written holds up no other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from cti_api.errors import StoreUnavailable
from dialer.engine.recorder import MOST_TRIES, Job, Recorder


async def written(recorder: Recorder) -> None:
    """Everything put so far was tried."""
    writing = asyncio.create_task(recorder.run())
    async with asyncio.timeout(30):
        await recorder.drained()
    writing.cancel()


def job(done: list[str], word: str, fails: Callable[[int], Exception | None] = lambda tried: None) -> Job:
    tried = [0]

    async def write() -> None:
        tried[0] += 1
        if (error := fails(tried[0])) is not None:
            raise error
        done.append(word)

    return write


async def test_a_record_that_raises_a_bug_is_set_aside_and_told_and_the_others_are_written(
    caplog: pytest.LogCaptureFixture,
) -> None:
    recorder, done = Recorder(retry_seconds=0.0), []
    recorder.put("first", job(done, "first"))
    recorder.put("broken", job(done, "broken", lambda tried: KeyError("result")), {"attempt": "4f0c"})
    recorder.put("last", job(done, "last"))
    await written(recorder)
    assert done == ["first", "last"]
    assert (recorder.depth, recorder.errors, recorder.writable) == (0, 1, True)
    told = caplog.records[-1]
    assert (told.levelname, told.what, told.facts) == ("ERROR", "broken", "{'attempt': '4f0c'}")


async def test_a_bug_that_passes_loses_nothing() -> None:
    recorder, done = Recorder(retry_seconds=0.0), []
    for word in ("one", "two"):
        recorder.put(word, job(done, word, lambda tried: KeyError() if tried < MOST_TRIES else None))
    await written(recorder)
    assert (done, recorder.errors) == (["one", "two"], 0)


async def test_a_store_that_is_away_is_waited_for_however_long() -> None:
    recorder, done = Recorder(retry_seconds=0.0), []
    recorder.put("kept", job(done, "kept", lambda tried: StoreUnavailable("disk full") if tried < 20 else None))
    await written(recorder)
    assert (done, recorder.errors, recorder.writable) == (["kept"], 19, True)
