"""How well synthetic callers are understood over a telephone line, and how long an answer takes.

The voice of `tests/data/speech/em_alex` was listened to by nobody who chose a limit: all of them were chosen on two
other voices (docs/speech.md). ``make bench`` fetches the models; figures whose model is not there are not run.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from zlib import crc32

from audio.recognition_wire import Model
from cti_api.clock import SystemClock
from ivr.hearing import hearing
from ivr.measuring.recordings import Recording, read_folder, sound
from ivr.measuring.report import Answer, OfKind, of_kinds, percentile
from ivr.measuring.run import answered
from ivr.understanding.question import Kind, Question
from tests.bench.figure import Figure
from tests.support.sounds import over_a_line, spoken
from tests.support.speech_models import SPANISH_VOSK, VOSK_KOREAN, WHISPER

JUDGED = Path(__file__).parents[1] / "data" / "speech" / "em_alex"
LINES: dict[str, float | None] = {"clean": None, "15 dB": 15.0, "5 dB": 5.0}
GOALS = {
    (Kind.YES_NO, "clean"): 97, (Kind.MENU, "clean"): 95, (Kind.SCORE, "clean"): 90,
    (Kind.YES_NO, "15 dB"): 93, (Kind.MENU, "15 dB"): 90, (Kind.SCORE, "15 dB"): 80,
}  # fmt: skip
NAMES = {Kind.YES_NO: "yes/no", Kind.MENU: "menu, 11 phrases", Kind.SCORE: "score 0-10 and halves"}
KOREAN = ("네", "여보세요", "비밀번호", "라디오", "아메리카")
"""Words of espeak-ng's Korean voice that the one Vosk model in a package hears: they show its way, not its ear."""
KOREAN_TIMES = 12
CLOCK = SystemClock()


async def figures() -> list[Figure]:
    """Everything measured here."""
    found = await spanish("Whisper base", Model(recogniser="whisper", folder=WHISPER))
    found += await korean()
    if SPANISH_VOSK.exists():
        found += await spanish("Vosk", Model(recogniser="vosk", folder=SPANISH_VOSK))
    return found


async def spanish(name: str, model: Model) -> list[Figure]:
    if not model.folder.exists():
        return [Figure(f"{name}, Spanish: make speech-models could not fetch it", None, "%")]
    recordings = read_folder(JUDGED, date(2026, 11, 26))
    by_line: dict[str, list[Answer]] = {}
    async with hearing([model], CLOCK) as ears:
        for line, noise in LINES.items():
            by_line[line] = [
                await answered(row, _sound(row, line, noise), recordings.questions[row.kind], ears, CLOCK)
                for row in recordings.rows
            ]
    found = [figure for line, answers in by_line.items() for figure in _of_line(name, line, of_kinds(answers))]
    acted = [each for line in ("clean", "15 dB") for each in by_line[line] if each.kind is not Kind.OPEN]
    wrong = 100 * sum(each.acts_wrongly for each in acted) / len(acted)
    found.append(Figure(f"{name}: acted on wrongly, unconfirmed, of {len(acted)} clean, 15 dB", wrong, "%", "≤ 1"))
    return found


def _sound(row: Recording, line: str, noise: float | None) -> bytes:
    file = JUDGED / row.file
    return over_a_line(sound(file), file.suffix, noise, crc32(f"{row.file} {line}".encode()))


def _of_line(name: str, line: str, kinds: Sequence[OfKind]) -> list[Figure]:
    found = []
    for of in kinds:
        if of.word_errors is not None:
            found.append(Figure(f"{name}, {line}: open comment, words wrong", 100 * of.word_errors, "%"))
            found.append(Figure(f"{name}, {line}: open comment, answer p95", 1000 * of.seconds_p95, "ms"))
            continue
        said, goal = NAMES[of.kind], GOALS.get((of.kind, line))
        first, again = 100 * of.right, 100 * of.right_after_one_more
        limit = f"≥ {goal}" if goal else ""
        found.append(
            Figure(f"{name}, {line}: {said}, right at once", first, "%", "" if of.kind is Kind.SCORE else limit)
        )
        found.append(Figure(f"{name}, {line}: {said}, after one re-ask", again, "%", limit))
        found.append(Figure(f"{name}, {line}: {said}, asked to confirm", 100 * _confirmed(of), "%"))
        found.append(
            Figure(
                f"{name}, {line}: {said}, end of speech to answer p95",
                1000 * of.seconds_p95,
                "ms",
                "≤ 700" if of.kind is Kind.MENU else "",
            )
        )
    return found


def _confirmed(of: OfKind) -> float:
    return 1 - of.without_confirmation - of.asked_again


async def korean() -> list[Figure]:
    """The way through Vosk: a grammar, sound at the pace of a call, an answer right after its end."""
    if not VOSK_KOREAN.exists():
        return [Figure("Vosk, Korean: make speech-models could not fetch it", None, "ms", "≤ 150")]
    question = Question(kind=Kind.MENU, choices={word: word for word in KOREAN})
    seconds, right = [], 0
    async with hearing([Model(recogniser="vosk", folder=VOSK_KOREAN, rate=16_000, dither=0.001)], CLOCK) as ears:
        for word in KOREAN * KOREAN_TIMES:
            row = Recording(file="", kind=Kind.MENU, text=word, expected=word)
            answer = await answered(row, spoken(word, "ko", 130), question, ears, CLOCK)
            seconds.append(answer.seconds)
            right += answer.right
    return [
        Figure(f"Vosk, Korean: {len(KOREAN)}-word grammar, right", 100 * right / len(seconds), "%"),
        Figure("Vosk, Korean: end of speech to answer p95", 1000 * percentile(sorted(seconds), 0.95), "ms", "≤ 150"),
    ]
