"""What callers said in their own words is written out behind the calls, and nothing that is said holds up the rest."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from audio import recognition
from audio.recognition_wire import Model
from cti_api.model.front_desk import LedCall, SaidRecording
from cti_api.model.surveys import Answer, AnsweredBy, NewSitting, SurveyId
from cti_api.store.store import Store
from ivr.call.wav import write_wav
from ivr.call.writing_out import MOST_TRIES, WritingOut
from ivr.hearing import hearing
from tests.support.leading import CLOCK
from tests.support.shift import until
from tests.support.store_file import new_store
from tests.support.wired_caller import SOON

CALL = "0" * 32


@dataclass(frozen=True, kw_only=True)
class Behind:
    store: Store
    folder: Path
    writing: WritingOut

    async def said(self, name: str) -> None:
        """A caller of a tree said something, which was recorded."""
        write_wav(self.folder / f"{name}.wav", bytes(16_000))
        kept = SaidRecording(call_id=CALL, name=name, number="", recording=f"{name}.wav", seconds=1.0)
        await self.store.front_desk.said(kept, CLOCK.now())


@asynccontextmanager
async def behind(folder: Path, monkeypatch: pytest.MonkeyPatch, hears: str) -> AsyncIterator[Behind]:
    monkeypatch.setattr(recognition, "CHILD", ("-m", "tests.support.fake_recogniser"))
    models = [Model(recogniser="whisper", folder=Path("says") / hears, language="es")]
    call = LedCall(
        id=CALL, entry="recepcion", tree="recepcion", version=1, number="", called="1", channel_id="1.1",
        began_at=CLOCK.now(),
    )  # fmt: skip
    async with Store.open(await new_store(folder), clock=CLOCK) as store:
        await store.front_desk.begin(call)
        async with hearing(models, CLOCK) as ears:
            writing = WritingOut(store, ears, folder, CLOCK)
            yield Behind(store=store, folder=folder, writing=writing)


async def test_a_recording_is_written_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with behind(tmp_path, monkeypatch, "se fue la luz") as there:
        await there.said("motivo")
        assert await there.writing.once() == 1
        assert await there.store.front_desk.unwritten() == []
        assert await there.writing.once() == 0


async def test_a_recording_without_a_file_is_told_and_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with behind(tmp_path, monkeypatch, "hola") as there:
        await there.said("motivo")
        (tmp_path / "motivo.wav").unlink()
        assert await there.writing.once() == 1
        assert await there.store.front_desk.unwritten() == []


async def test_a_recording_that_a_recogniser_dies_of_is_given_up_after_some_tries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with behind(tmp_path, monkeypatch, "die") as there:
        await there.said("motivo")
        ears = there.writing._hearing
        for _ in range(MOST_TRIES):
            assert await there.store.front_desk.unwritten()
            await until(lambda: ears.can_hear, SOON, "there is a recogniser again")
            await there.writing.once()
        assert await there.store.front_desk.unwritten() == []


async def test_a_comment_whose_survey_cannot_be_read_keeps_no_other_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with behind(tmp_path, monkeypatch, "todo bien") as there:
        store = there.store
        await store.surveys.publish(SurveyId("vieja"), "Vieja", "id: vieja\nalgo: que ya no hay\n", CLOCK.now())
        sitting = await store.sittings.begin(NewSitting(survey_id=SurveyId("vieja")), CLOCK.now())
        write_wav(tmp_path / "comentario.wav", bytes(16_000))
        answer = Answer(question="que", by=AnsweredBy.RECORDING, recording="comentario.wav", seconds=1.0)
        await store.sittings.keep(sitting.id, CLOCK.now(), [answer])
        await there.said("motivo")
        assert await there.writing.once() == 1
        assert await store.front_desk.unwritten() == []
        assert await there.writing.once() == 0
