"""Sounds made of numbers: voices for customers, tones for agents, and what a recording contains.

Everything is one channel of G.711 A-law at 8,000 samples a second, the form in which a telephone call travels.
Samples are 16-bit values (-32768 … 32767).
"""

from __future__ import annotations

import math
import struct
import wave
from array import array
from collections.abc import Sequence
from pathlib import Path
from random import Random

RATE = 8000
"""Samples a second (ITU-T G.711)."""

WAV_HEADER_BYTES = 44
"""RIFF, fmt and data headers of a plain PCM file."""

LOUDER_THAN_MUSIC = 2500.0
"""A voice is, and an agent's tone; the music that agents wait with never is. For `audible_seconds`."""


def alaw(samples: Sequence[float]) -> bytes:
    """Samples as A-law bytes; what is too loud is clipped."""
    return bytes(_ENCODE[max(-32768, min(32767, int(sample))) + 32768] for sample in samples)


def linear(encoded: bytes) -> array[int]:
    """A-law bytes as samples."""
    return array("h", (_DECODE[code] for code in encoded))


def voice(milliseconds: int, random: Random, *, loud: float = 8000, pitch_hz: float = 130) -> list[float]:
    """Something like a spoken word: harmonics of a wobbling pitch, swelling as syllables do."""
    out, phase = [], 0.0
    for i in range(milliseconds * RATE // 1000):
        t = i / RATE
        phase += 2 * math.pi * (pitch_hz + 20 * math.sin(2 * math.pi * 3 * t)) / RATE
        swell = 0.6 + 0.4 * abs(math.sin(2 * math.pi * 4.5 * t))
        out.append(loud * swell * sum(math.sin(phase * h) / h for h in (1, 2, 3, 5, 8)) / 2 + random.gauss(0, 40))
    return out


def quiet(milliseconds: int, random: Random) -> list[float]:
    """A silent line: a little noise, far below what AMD takes for a voice."""
    return [random.gauss(0, 8) for _ in range(milliseconds * RATE // 1000)]


def tone(milliseconds: int, hz: float, *, loud: float = 8000) -> list[float]:
    """A pure tone."""
    return [loud * math.sin(2 * math.pi * hz * i / RATE) for i in range(milliseconds * RATE // 1000)]


def person(random: Random) -> bytes:
    """A person who takes a call: "aló" from the first instant, a pause, then talk with pauses (to be repeated)."""
    samples = voice(450, random) + quiet(1600, random)
    while len(samples) < 18 * RATE:
        samples += voice(random.randint(400, 1500), random) + quiet(random.randint(250, 600), random)
    return alaw(samples)


def answering_machine(random: Random) -> bytes:
    """A greeting without pause, a beep, then the silence in which it records (to be repeated)."""
    samples = quiet(300, random)
    for _ in range(6):
        samples += voice(random.randint(350, 700), random) + quiet(120, random)
    return alaw(samples + quiet(300, random) + tone(500, 1000) + quiet(6000, random))


def pip() -> bytes:
    """The shipped sound that tells an agent "a person is coming": 36 ms, with soft edges so that it does not click."""
    samples = tone(36, 1000, loud=6000)
    edge = RATE // 250
    return alaw([v * min(1.0, i / edge, (len(samples) - 1 - i) / edge) for i, v in enumerate(samples)])


def music() -> bytes:
    """The shipped music for waiting agents: four soft broken chords, 16 s, that join end to beginning."""
    chords = ((220.0, 261.6, 329.6), (174.6, 220.0, 261.6), (261.6, 329.6, 392.0), (196.0, 246.9, 293.7))
    notes = [chord[step] for chord in chords for step in (0, 1, 2, 1) * 2]
    length = RATE // 2
    samples = [0.0] * (len(notes) * length)
    for start, hz in enumerate(notes):
        for i in range(3 * length):
            fade = min(1.0, i / 160) * math.exp(-2.5 * i / RATE)
            wave_form = math.sin(2 * math.pi * hz * i / RATE) + 0.3 * math.sin(4 * math.pi * hz * i / RATE)
            samples[(start * length + i) % len(samples)] += 1800 * fade * wave_form
    return alaw(samples)


def write_wav(path: Path, samples: Sequence[float], *, times: int = 1) -> None:
    """A WAV file that a softphone can use for its microphone: the samples, so many times over."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(struct.pack(f"<{len(samples)}h", *(int(sample) for sample in samples)) * times)


def read_wav(path: Path) -> array[int]:
    """The samples of a WAV file, also of one that is still being written (its header does not tell its length yet)."""
    raw = path.read_bytes()[WAV_HEADER_BYTES:]
    samples = array("h")
    samples.frombytes(raw[: len(raw) // 2 * 2])
    return samples


def loudness(samples: Sequence[int]) -> float:
    """Root mean square, 0 (silence) to 32768; a voice on the telephone is some thousands."""
    return math.sqrt(sum(sample * sample for sample in samples) / len(samples)) if samples else 0.0


def audible_seconds(samples: Sequence[int], *, above: float = 500) -> float:
    """For how long something could be heard, counted in steps of 20 ms."""
    step = RATE // 50
    return sum(loudness(samples[i : i + step]) > above for i in range(0, len(samples), step)) / 50


def tone_seconds(samples: Sequence[int], hz: float) -> float:
    """For how long this tone sounded, counted in steps of 100 ms in which it is more than half of all there is.

    Two tones a multiple of 10 Hz apart are told apart exactly (Goertzel's algorithm over 800 samples).
    """
    step = RATE // 10
    return sum(share(samples[i : i + step], hz) > 0.5 for i in range(0, len(samples) - step + 1, step)) / 10


def share(samples: Sequence[int], hz: float) -> float:
    """How much of the power in `samples` is this tone, 0 … 1."""
    power = sum(sample * sample for sample in samples)
    if power < len(samples) * 100:
        return 0.0
    turn = 2 * math.cos(2 * math.pi * hz / RATE)
    before = last = 0.0
    for sample in samples:
        before, last = last, sample + turn * last - before
    return 2 * (last * last + before * before - turn * last * before) / (len(samples) * power)


def _encode(sample: int) -> int:
    """ITU-T G.711, table 1a, with the even bits turned over."""
    sign = 0xD5 if sample >= 0 else 0x55
    value = sample >> 3 if sample >= 0 else (-sample - 1) >> 3
    if value < 32:
        code = value >> 1
    else:
        segment = value.bit_length() - 5
        code = (segment << 4) | ((value >> segment) & 0x0F)
    return (code & 0x7F) ^ sign


def _decode(code: int) -> int:
    """The middle of the step that `_encode` gave this code."""
    code ^= 0x55
    segment, step = (code >> 4) & 7, code & 0x0F
    value = (step << 4) + 8 if segment == 0 else ((step << 4) + 0x108) << (segment - 1)
    return value if code & 0x80 else -value


_ENCODE = bytes(_encode(sample) for sample in range(-32768, 32768))
_DECODE = tuple(_decode(code) for code in range(256))
