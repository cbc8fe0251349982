"""From any recording or voice to sound for the telephone: opened, cut, brought to 8 kHz, levelled.

pydub opens and cuts. It does not change the rate: its ``set_frame_rate`` has no filter, so what lies above the
telephone's band would come back as noise in it; soxr has one. Loudness is that of the speech alone, pauses left out
(root mean square of the 20 ms that are not 25 dB below the loudest), brought to -20 dBFS, less where a peak between
the samples would pass -3 dBFS.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import soxr

from audio.pcm import FRAME_SAMPLES, RATE, Floats, faded, floats_of, pcm_of
from cti_api.errors import InputError

if TYPE_CHECKING:
    from pydub import AudioSegment

SPEECH_DBFS: Final = -20.0
"""Loud enough over a loudspeaker's noise, with room for the peaks of a voice; near the -19 to -23 of broadcasts."""
PEAK_DBFS: Final = -3.0
"""Of the curve between the samples: G.711 and whatever follows must not clip it."""
PAUSE_DB: Final = 25.0
"""Below the loudest 20 ms: a pause, or breath."""
SILENCE_DB: Final = 40.0
"""Below the loudest sample: the silence at both ends that is cut."""
QUIETEST_DBFS: Final = -60.0
"""A recording whose peak is below holds no speech."""
LEAD_MS: Final = 50
TAIL_MS: Final = 120
"""Of the silence that stays: soft first sounds and the end of the last one are in it."""
EDGE_SAMPLES: Final = 40
"""5 ms in which each end rises and falls."""
LARGEST_BYTES: Final = 100 * 1024 * 1024
LONGEST_SECONDS: Final = 600.0
FFMPEG_SECONDS: Final = 60.0
_CHANNELS: Final = range(1, 3)
"""pydub mixes two into one, no more."""
_RATES: Final = range(4_000, 400_000)
_OVERSAMPLED: Final = 4
"""ITU-R BS.1770 finds peaks between the samples at four times the rate."""


@dataclass(frozen=True, slots=True)
class Speech:
    """Sound of one channel at whatever rate."""

    rate: int
    """Samples a second."""
    values: Floats
    """-1 … 1."""


def opened(path: Path) -> Speech:
    """A recording of any kind that pydub opens: WAV by itself, everything else where ffmpeg is installed.

    Raises `InputError` in one sentence for what cannot be opened, is too large, or too long.
    """
    try:
        size = path.stat().st_size
        recording = path.read_bytes() if size <= LARGEST_BYTES else b""
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    if size > LARGEST_BYTES:
        raise InputError(f"{path} is larger than {LARGEST_BYTES // 1024 // 1024} MiB: that is no prompt.")
    segment = _segment(recording)
    if segment is None:
        segment = _segment(_by_ffmpeg(path))
    if segment is None or not len(segment):
        raise InputError(f"{path} cannot be opened as sound: record it anew as WAV.")
    if segment.duration_seconds > LONGEST_SECONDS:
        raise InputError(
            f"{path} lasts {segment.duration_seconds:.0f} s; a prompt lasts {LONGEST_SECONDS:.0f} at most."
        )
    return _speech(segment)


def cut(speech: Speech) -> Speech:
    """Without the silence at both ends. Raises `InputError` where there is nothing else."""
    silence = _pydub().silence
    segment = _segment_of(speech)
    if segment.max_dBFS < QUIETEST_DBFS:
        raise InputError("it holds nothing but silence")
    threshold = segment.max_dBFS - SILENCE_DB
    before = silence.detect_leading_silence(segment, threshold, chunk_size=5)
    after = silence.detect_leading_silence(segment.reverse(), threshold, chunk_size=5)
    return _speech(segment[max(0, before - LEAD_MS) : len(segment) - max(0, after - TAIL_MS)])


def resampled(speech: Speech) -> Floats:
    """At 8 kHz, with nothing left of what lies above 4 kHz."""
    if speech.rate == RATE:
        return speech.values
    return np.asarray(soxr.resample(speech.values, speech.rate, RATE, "HQ"), dtype=np.float64)


def levelled(values: Floats) -> Floats:
    """As loud as every other prompt."""
    loudest = np.max(np.abs(soxr.resample(values, RATE, RATE * _OVERSAMPLED, "HQ")), initial=1e-9)
    gain = min(SPEECH_DBFS - loudness(values), PEAK_DBFS - 20 * float(np.log10(loudest)))
    return values * 10 ** (gain / 20)


def loudness(values: Floats) -> float:
    """Of the speech in it, pauses left out, dBFS."""
    padded = np.pad(values, (0, -len(values) % FRAME_SAMPLES)).reshape(-1, FRAME_SAMPLES)
    power = np.mean(padded * padded, axis=1)
    spoken = power[power >= np.max(power, initial=0.0) / 10 ** (PAUSE_DB / 10)]
    return 10 * float(np.log10(max(float(np.mean(spoken)) if len(spoken) else 0.0, 1e-12)))


def finished(speech: Speech) -> bytes:
    """Everything in a row: sound for the live path. Raises `InputError` for silence."""
    return pcm_of(faded(levelled(resampled(cut(speech))), EDGE_SAMPLES))


def _pydub() -> Any:
    """pydub warns when it is imported that ffmpeg is not there, and Python that audioop will not be."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pydub
        import pydub.silence
    return pydub


def _segment(recording: bytes) -> AudioSegment | None:
    """A plain WAV file as one channel of 16 bits; None for anything else."""
    if recording[:4] != b"RIFF":
        return None
    pydub = _pydub()
    broken = (pydub.exceptions.PydubException, pydub.utils.audioop.error, struct.error)
    try:
        segment = pydub.AudioSegment(recording)
        usable = segment.channels in _CHANNELS and segment.frame_rate in _RATES
        return segment.set_channels(1).set_sample_width(2) if usable else None
    except (*broken, EOFError, ValueError, LookupError, TypeError, ArithmeticError):
        return None


def _by_ffmpeg(path: Path) -> bytes:
    """As WAV. Raises `InputError` where ffmpeg is missing, or does not know the file either."""
    program = shutil.which("ffmpeg")
    if program is None:
        raise InputError(f"{path} is no plain WAV file: install ffmpeg, which opens it, or save it as WAV.")
    # only files: some formats name others, even ones on the net
    inward = ["-v", "error", "-nostdin", "-protocol_whitelist", "file,pipe", "-i", str(path.absolute())]
    outward = ["-t", str(LONGEST_SECONDS + 1), "-ac", "1", "-c:a", "pcm_s16le", "-f", "wav", "-"]
    try:
        done = subprocess.run([program, *inward, *outward], capture_output=True, timeout=FFMPEG_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise InputError(f"ffmpeg had not opened {path} after {FFMPEG_SECONDS:.0f} s: save it as WAV.") from None
    if done.returncode:
        raise InputError(f"{path} cannot be opened as sound, not by ffmpeg either: record it anew as WAV.")
    return done.stdout


def _speech(segment: AudioSegment) -> Speech:
    return Speech(int(segment.frame_rate), floats_of(segment.raw_data))


def _segment_of(speech: Speech) -> AudioSegment:
    return _pydub().AudioSegment(data=pcm_of(speech.values), sample_width=2, frame_rate=speech.rate, channels=1)
