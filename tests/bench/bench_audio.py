"""Sound: what many calls at once cost, how soon a prompt is silent, how well speech is found, and how soon a voice is
there. The callers are another process on this machine; everything goes over loopback.
"""

from __future__ import annotations

import asyncio
import json
import math
import resource
import sys
import time
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from uuid import UUID

import numpy as np

from audio.endpoint import Endpointer, Rules, Speech, SpeechBegan, SpeechEnded, Window
from audio.finishing import loudness
from audio.hearing import Ears, Hearing
from audio.pcm import RATE, level, pcm_of
from audio.server import AudioServer
from audio.session import AudioSession, Key, SessionOver
from audio.speaker import Speaker
from audio.synthesis import EspeakNg
from audio.voice import WINDOW_BYTES, WINDOW_SAMPLES, Detector, Loudness, Silero
from cti_api.clock import SystemClock
from tests.bench.figure import Figure
from tests.support.speech import hiss, line, spoken
from vocero.lab.summary import nearest_rank

CLOCK = SystemClock()
SECONDS: Final = 20.0
PROMPT: Final = pcm_of(0.1 * np.sin(np.arange(20 * RATE) * 2 * np.pi * 440 / RATE))
"""Without a pause, so that its end is one."""
ROOT: Final = Path(__file__).parents[2]
PHRASES: Final = (
    "sí", "no", "ventas", "un asesor", "nueve", "soporte técnico", "quiero saber el estado de mi pedido",
    "ocho y medio", "facturación", "claro que sí", "el veintiséis de noviembre", "me cobraron dos veces la factura",
)  # fmt: skip
VOICES: Final = ("es-419", "es+f3", "es+m5")
CONDITIONS: Final = {"clean": 45.0, "15 dB": 15.0, "5 dB": 5.0}
"""How far white noise is below the phrase, pauses left out."""
SPEECH_DBFS: Final = -20.0


async def figures() -> list[Figure]:
    """Everything measured here."""
    found = _costs()
    for name, detector in (("Silero", Silero()), ("loudness", Loudness())):
        found += _accuracy(name, detector)
    found += await _voice()
    for calls, speaking in ((60, 0), (120, 0), (60, 24)):
        found += await _many(calls, speaking)
    return found


# ------------------------------------------------------------------ many calls at once


@dataclass(slots=True)
class _Served:
    sessions: list[AudioSession] = field(default_factory=list)
    keys: int = 0
    began: int = 0
    lags: list[float] = field(default_factory=list)


async def _many(calls: int, speaking: int) -> list[Figure]:
    served, of = _Served(), f"{calls} calls" + (f", {speaking} of them heard by Silero" if speaking else "")
    async with AudioServer("127.0.0.1", 0, CLOCK) as server, Ears() as ears, asyncio.TaskGroup() as tasks:
        ids = [UUID(int=n + 1) for n in range(calls)]
        answering = [tasks.create_task(_serve(server, ears, each, n < speaking, served)) for n, each in enumerate(ids)]
        lagging = tasks.create_task(_lag(served.lags))
        await asyncio.sleep(0)
        cpu, began = time.process_time(), time.perf_counter()
        command = ["-m", "tests.support.audio_callers", *map(str, (server.port, calls, SECONDS, speaking))]
        callers = await asyncio.create_subprocess_exec(
            sys.executable, *command, stdout=asyncio.subprocess.PIPE, cwd=ROOT
        )
        out, _ = await callers.communicate()
        share = (time.process_time() - cpu) / (time.perf_counter() - began) * 100
        lagging.cancel()
        await asyncio.wait(answering)
    heard = json.loads(out)
    late = sum(session.left_out_frames for session in served.sessions)
    found = [
        Figure(f"{of}: sessions", len(served.sessions), "", f"≥ {calls}"),
        Figure(
            f"{of}: between two frames at the caller, p99", nearest_rank(heard["gaps"], 0.99) or math.inf, "ms", "≤ 25"
        ),
        Figure(f"{of}: loop lag, p99", nearest_rank(served.lags, 0.99) or math.inf, "ms", "≤ 50"),
        Figure(f"{of}: frames left out", late, "", "≤ 0"),
        Figure(f"{of}: of one core, the callers not counted", share, "%"),
        Figure(f"{of}: prompts stopped by a key", len(heard["key"]), ""),
        Figure(f"{of}: prompt silent after a key, p95", nearest_rank(heard["key"], 0.95) or math.inf, "ms", "≤ 120"),
    ]
    if speaking:
        found += [
            Figure(f"{of}: prompts stopped by speech", len(heard["speech"]), ""),
            Figure(
                f"{of}: prompt silent after onset, p95", nearest_rank(heard["speech"], 0.95) or math.inf, "ms", "≤ 250"
            ),
            Figure(f"{of}: frames that the detectors lost", ears.lost_frames, "", "≤ 0"),
        ]
    return found


async def _serve(server: AudioServer, ears: Ears, call_id: UUID, speech: bool, served: _Served) -> None:
    """A caller's menu, again and again: a prompt, until a key or speech stops it, and a moment's silence."""
    with server.expecting(call_id) as arrival:
        async with await arrival.session(60.0) as session:
            served.sessions.append(session)
            if not speech:
                await _menu(session, None)
                return
            async with ears.hearing(session) as hearing:
                await _menu(session, hearing)


async def _menu(session: AudioSession, hearing: Hearing | None) -> None:
    while session.ending is None:
        session.play(PROMPT)
        if hearing is None:
            await session.event(60.0)
        else:
            with hearing.listening(replace(Rules(), no_input_seconds=None)):
                while not isinstance(await session.event(60.0), SpeechEnded | SessionOver | Key):
                    pass
        await asyncio.sleep(0.4)


async def _lag(lags: list[float]) -> None:
    while True:
        before = CLOCK.monotonic()
        await asyncio.sleep(0.01)
        lags.append((CLOCK.monotonic() - before - 0.01) * 1000)


# ------------------------------------------------------------------ finding speech


def _costs() -> list[Figure]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    detectors: list[Detector] = [Silero() for _ in range(10)]
    made = (time.perf_counter() - began) / len(detectors) * 1000
    size = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 / len(detectors)
    quiet = pcm_of(hiss(np.zeros(WINDOW_SAMPLES), -50.0))
    found = [Figure("a detector of Silero's made", made, "ms"), Figure("memory of one", size, "MiB")]
    for name, detector in (("Silero", detectors[0]), ("loudness", Loudness())):
        began = time.process_time()
        for _ in range(2000):
            detector.probability(quiet)
        took = (time.process_time() - began) / 2000 * 1e6
        found.append(Figure(f"{name}: a frame of 20 ms", took * 160 / WINDOW_SAMPLES, "µs", "≤ 200"))
    return found


def _accuracy(name: str, detector: Detector) -> list[Figure]:
    found = []
    for condition, below in CONDITIONS.items():
        onsets, sure, ends, missed, cases = [], [], [], 0, 0
        for seed, (text, voice) in enumerate((text, voice) for text in PHRASES for voice in VOICES):
            phrase = spoken(text, voice=voice)
            first, last = RATE, RATE + len(phrase)
            pcm = line(1.0, phrase, 1.2, noise_dbfs=loudness(np.array(phrase)) - below, seed=seed)
            events = list(_events(detector, pcm))
            cases += 1
            spoke = [(at, event) for at, event in events if isinstance(event, SpeechBegan)]
            ended = [(at, event) for at, event in events if isinstance(event, SpeechEnded)]
            if not spoke or not ended or not first - RATE // 5 <= spoke[0][1].at < last:
                missed += 1
                continue
            onsets.append((spoke[0][1].at - first) / 8)
            sure.append((spoke[0][0] - first) / 8)
            ends.append(abs(ended[-1][1].ended - last) / 8)
        goal = name == "Silero"
        of = f"{name}, {condition}: {cases} phrases"
        found += [
            Figure(f"{of}, found", (1 - missed / cases) * 100, "%", "≥ 97" if goal and condition != "5 dB" else ""),
            Figure(
                f"{of}, onset known after, p95",
                nearest_rank(sure, 0.95) or math.inf,
                "ms",
                "≤ 200" if goal and condition != "5 dB" else "",
            ),
            Figure(f"{of}, onset off by, median", nearest_rank([abs(each) for each in onsets], 0.5) or math.inf, "ms"),
            Figure(f"{of}, end off by, p95", nearest_rank(ends, 0.95) or math.inf, "ms"),
        ]
        noise_only = [pcm_of(hiss(np.zeros(10 * RATE), SPEECH_DBFS - below, seed)) for seed in range(6)]
        wrong = sum(isinstance(event, SpeechBegan) for pcm in noise_only for _, event in _events(detector, pcm))
        found.append(Figure(f"{name}, {condition}: speech in a minute of noise", wrong, "", "≤ 0" if goal else ""))
    return found


def _events(detector: Detector, pcm: bytes) -> Iterator[tuple[int, Speech]]:
    """Each event with the sample at which it was known."""
    detector.forget()
    endpointer = Endpointer(Rules(no_input_seconds=None))
    for start in range(0, len(pcm) - WINDOW_BYTES + 1, WINDOW_BYTES):
        piece = pcm[start : start + WINDOW_BYTES]
        event = endpointer.feed(Window(WINDOW_SAMPLES, detector.probability(piece), level(piece)))
        if event is not None:
            yield (start + WINDOW_BYTES) // 2, event


# ------------------------------------------------------------------ a voice at once


async def _voice() -> list[Figure]:
    speaker = Speaker(EspeakNg(), kept_bytes=0)
    turn = "Su turno es el número {}, Ana Gómez. Hay tres personas antes."
    took = [await _timed(speaker.say(turn.format(n))) for n in range(40)]
    return [Figure("espeak-ng says four seconds, p95", nearest_rank(took, 0.95) or math.inf, "ms", "≤ 300")]


async def _timed(done: Awaitable[bytes]) -> float:
    began = time.perf_counter()
    await done
    return (time.perf_counter() - began) * 1000
