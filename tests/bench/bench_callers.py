"""Callers at the real Asterisk, on this machine with everything else: how many at once, how soon they are answered and
how soon a prompt is silent. They are a process of their own, with priority where that may be had (root).

Times are as callers hear them: through Asterisk, both ways. The end of speech is the moment at which the detector that
calls are heard with finds it in the same recording.
"""

from __future__ import annotations

import asyncio
import json
import math
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from audio.endpoint import Endpointer, Rules, SpeechBegan, SpeechEnded, Window
from audio.pcm import RATE, SAMPLE_BYTES, level
from audio.recognition_wire import Model
from audio.voice import WINDOW_BYTES, WINDOW_SAMPLES, Silero
from ivr.call.led_tree import SILENCE_ENDS_RECORDING_SECONDS
from ivr.call.wav import write_wav
from ivr.measuring.recordings import sound
from ivr.prompts import name_of
from tests.bench.figure import Figure
from tests.support.answering import ENTRY, NUMBER, AnsweringAsterisk, answering_asterisk
from tests.support.raw_ami import raw_ami
from tests.support.sip_crowd import Plan
from tests.support.sounds import over_a_line, spoken
from tests.support.speech_models import VOSK_KOREAN, WHISPER
from vocero.demo import CACHE
from vocero.lab.asterisk import fetch_asterisk
from vocero.lab.sounds import tone
from vocero.lab.summary import nearest_rank

ROOT: Final = Path(__file__).parents[2]
JUDGED: Final = ROOT / "tests/data/speech/em_alex"
KOREAN: Final = ("네", "여보세요", "비밀번호", "라디오", "아메리카")
SPANISH: Final = (
    "ventas", "soporte", "pagos", "una queja", "una cita", "un asesor", "el horario", "la dirección", "mi pedido",
    "otro motivo",
)  # fmt: skip
"""Ten phrases, of which the recordings say the first."""
SECONDS: Final = 20.0
DIALLED: Final = 40
LONG_PROMPT, ANSWER, LATER = "Diga o marque qué necesita.", "Bien.", "Un momento."
LATER_SECONDS: Final = 0.5
"""Silence before the words that follow a key: else nobody could hear where the prompt ends."""
COMMENTS: Final = 6
ORIGINATE_SECONDS: Final = 10.0


@dataclass(frozen=True)
class Word:
    """Something a caller says."""

    pcm: bytes
    onset_seconds: float
    ended_seconds: float
    """From its beginning until its end is known."""


async def figures() -> list[Figure]:
    """Everything measured here."""
    found: list[Figure] = []
    program = await fetch_asterisk(CACHE)
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="vocero-bench-") as folder:  # a socket's path must be short
        async with answering_asterisk(program, Path(folder) / "asterisk") as there:
            found += await _vosk(there, Path(folder))
            found += await _whisper(there, Path(folder))
    return found


async def _vosk(there: AnsweringAsterisk, folder: Path) -> list[Figure]:
    if not VOSK_KOREAN.exists():
        return [Figure("callers, Vosk: make speech-models could not fetch it", None, "ms", "≤ 150")]
    model = Model(recogniser="vosk", folder=VOSK_KOREAN, rate=16_000, dither=0.001)
    words = [_word(over_a_line(spoken(text, "ko", 130), ".alaw", None, 0), Rules()) for text in KOREAN]
    one, _ = await _run(there, folder / "one", model, _menu(), words, callers=1, speaking=1)
    pressing, _ = await _run(there, folder / "keys", model, _menu(), words, callers=1, speaking=0)
    many, itself = await _run(there, folder / "many", model, _menu(), words, callers=60, speaking=20)
    comment, _ = await _run(
        there,
        folder / "open",
        model,
        _comment(),
        _long(words),
        callers=1,
        speaking=1,
        after_the_tone=True,
        seconds=2 * SECONDS,
    )
    return [
        Figure("one caller: prompt silent after a key, p95", _p(pressing["silent_after_key"], 0.95), "ms", "≤ 120"),
        *_answered("one caller, Vosk", one, "≤ 150"),
        *_answered("an open comment acknowledged", comment, "≤ 300", cuts=False),
        *_crowd("60 callers, 20 of them heard by Vosk", many, itself),
    ]


async def _whisper(there: AnsweringAsterisk, folder: Path) -> list[Figure]:
    if not WHISPER.exists():
        return [Figure("callers, Whisper: make speech-models could not fetch it", None, "ms", "≤ 700")]
    model = Model(recogniser="whisper", folder=WHISPER, language="es")
    recordings = ("menu-050-a.alaw", "menu-052-b.ulaw")
    words = [_word(sound(JUDGED / name) + bytes(16_000), Rules()) for name in recordings]
    one, _ = await _run(there, folder / "one-whisper", model, _menu(), words, callers=1, speaking=1)
    many, itself = await _run(there, folder / "many-whisper", model, _menu(), words, callers=60, speaking=4)
    return [
        *_answered("one caller, Whisper, 10 phrases", one, "≤ 700"),
        *_crowd("60 callers, 4 of them heard by Whisper", many, itself),
    ]


# ------------------------------------------------------------------ one run


async def _run(
    there: AnsweringAsterisk,
    folder: Path,
    model: Model,
    tree: str,
    words: Sequence[Word],
    *,
    callers: int,
    speaking: int,
    after_the_tone: bool = False,
    seconds: float = SECONDS,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the callers heard, and what the front desk measured of itself."""
    _prepare(folder, tree, words)
    ports = there.ports
    desk = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.front_desk_worker", str(folder), str(ports.agi), str(ports.sound)),
        json.dumps([model.to_json()]), json.dumps(KOREAN if model.recogniser == "vosk" else SPANISH), cwd=ROOT,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=16 * 1024 * 1024,
    )  # fmt: skip
    assert desk.stdin is not None
    assert desk.stdout is not None
    try:
        assert await desk.stdout.readline() == b"ready\n"
        plan = Plan(
            line=ports.trunk_sip(0),
            asterisk=ports.sip,
            number=NUMBER,
            callers=callers,
            speaking=speaking,
            after_the_tone=after_the_tone,
            seconds=seconds,
            words=tuple((str(folder / f"word-{n}"), word.ended_seconds) for n, word in enumerate(words)),
            first_sound=tuple(word.onset_seconds for word in words),
        )
        desk.stdin.write(b"\n")
        dialling = asyncio.create_task(_dialled(there))
        crowd = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.support.sip_crowd", json.dumps(asdict(plan))),
            cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, _ = await crowd.communicate()
        desk.stdin.write(b"\n")
        itself = json.loads(await desk.stdout.readline())
        itself["dialled"] = await dialling
        desk.stdin.close()
        await desk.wait()
        return json.loads(out), itself
    finally:
        if desk.returncode is None:
            desk.kill()
            await desk.wait()


def _prepare(folder: Path, tree: str, words: Sequence[Word]) -> None:
    (folder / "prompts").mkdir(parents=True)
    (folder / "tree.yaml").write_text(tree, encoding="utf-8")
    for text, before, seconds in ((LONG_PROMPT, 0.0, 20), (ANSWER, 0.0, 1), (LATER, LATER_SECONDS, 1)):
        pcm = bytes(round(before * RATE) * SAMPLE_BYTES)
        pcm += b"".join(int(each).to_bytes(2, "little", signed=True) for each in tone(1000 * seconds, 440))
        write_wav(folder / "prompts" / f"{name_of(text)}.wav", pcm)
    for n, word in enumerate(words):
        (folder / f"word-{n}").write_bytes(word.pcm)


async def _dialled(there: AnsweringAsterisk) -> list[float]:
    """How long an outgoing call takes that is asked for while the others go on, in milliseconds."""
    took = []
    loop = asyncio.get_running_loop()
    async with raw_ami(there.asterisk.ami_port, there.asterisk.ami_secret) as ami:
        await asyncio.sleep(5.0)
        for _ in range(DIALLED):
            began = loop.time()
            answer = await ami.ask(
                "Originate", Channel="Local/600@vocero-phones/n", Context="vocero-agent", Exten="wait", Priority="1"
            )
            took.append((loop.time() - began) * 1000 if answer["Response"] == "Success" else math.inf)
            await asyncio.sleep(ORIGINATE_SECONDS / DIALLED)
    return took


# ------------------------------------------------------------------ what is asked and said


def _menu() -> str:
    return _TREE + (
        f"  menu:\n    menu: {LONG_PROMPT}\n    tries: 3\n    choices:\n"
        f"      - {{key: 1, say: Uno., phrases: [ventas], then: bien}}\n"
        f"      - {{key: 2, say: Dos., phrases: [compras], then: luego}}\n"
        f"      - {{key: 3, say: Tres., phrases: [adiós], then: adios}}\n"
        f"  luego: {{say: {LATER}, then: menu}}\n"
        f"  bien: {{say: {ANSWER}, then: menu}}\n"
    )


def _comment() -> str:
    """One after the other: a tree has to lead to an end."""
    asked = [
        f"  {name}: {{ask: {ANSWER}, kind: open, into: motivo, longest: 20 s, then: {then}}}\n"
        for name, then in pairwise(["menu", *(f"mas_{n}" for n in range(COMMENTS - 1)), "adios"])
    ]
    return _TREE + "".join(asked)


_TREE: Final = f"""\
tree: {ENTRY}
title: Medida
timezone: America/Bogota
start: menu
fallback: adios
nodes:
  adios: {{hang_up: Adiós.}}
"""


def _word(pcm: bytes, rules: Rules) -> Word:
    """With where a detector finds its onset and its end."""
    detector, endpointer = Silero(), Endpointer(rules)
    began = 0.0
    heard = pcm + bytes(round((rules.pause_seconds + 1) * RATE) * SAMPLE_BYTES)
    for start in range(0, len(heard) - WINDOW_BYTES + 1, WINDOW_BYTES):
        piece = heard[start : start + WINDOW_BYTES]
        event = endpointer.feed(Window(WINDOW_SAMPLES, detector.probability(piece), level(piece)))
        if isinstance(event, SpeechBegan):
            began = event.at / RATE
        elif isinstance(event, SpeechEnded):
            return Word(pcm, began, (start + WINDOW_BYTES) / SAMPLE_BYTES / RATE)
    raise ValueError("a word has no end")


def _long(words: Sequence[Word]) -> list[Word]:
    """The same as comments, whose pause is longer."""
    return [_word(word.pcm, Rules(pause_seconds=SILENCE_ENDS_RECORDING_SECONDS)) for word in words]


# ------------------------------------------------------------------ what came of it


def _p(values: Sequence[float], share: float) -> float:
    return nearest_rank(values, share) or (math.inf if not values else 0.0)


def _answered(who: str, heard: Mapping[str, Any], goal: str, *, cuts: bool = True) -> list[Figure]:
    silent = Figure(f"{who}: prompt silent after onset, p95", _p(heard["silent_after_word"], 0.95), "ms", "≤ 250")
    return [
        *([silent] if cuts else []),
        Figure(f"{who}: answers", len(heard["answers"]), "", "≥ 3"),
        Figure(f"{who}: end of speech to first sound, median", _p(heard["answers"], 0.5), "ms"),
        Figure(f"{who}: end of speech to first sound, p95", _p(heard["answers"], 0.95), "ms", goal),
    ]


def _crowd(who: str, heard: Mapping[str, Any], itself: Mapping[str, Any]) -> list[Figure]:
    return [
        Figure(f"{who}: calls to the end", heard["calls"], "", "≥ 60"),
        Figure(f"{who}: words said, answered", len(heard["answers"]), ""),
        Figure(f"{who}: keys pressed", heard["pressed"], ""),
        Figure(f"{who}: between two frames, p99", _p(heard["gaps"], 0.99), "ms", "≤ 25"),
        Figure(f"{who}: loop lag, p99", _p(itself["lags"], 0.99), "ms", "≤ 50"),
        Figure(f"{who}: of a core, recogniser not counted", 100 * itself["cores"], "%"),
        Figure(f"{who}: prompt silent after a key, p95", _p(heard["silent_after_key"], 0.95), "ms", "≤ 120"),
        Figure(f"{who}: prompt silent after onset, p95", _p(heard["silent_after_word"], 0.95), "ms", "≤ 250"),
        Figure(f"{who}: end of speech to first sound, p95", _p(heard["answers"], 0.95), "ms"),
        Figure(f"{who}: a call dialled beside them, p95", _p(itself["dialled"], 0.95), "ms", "≤ 100"),
    ]
