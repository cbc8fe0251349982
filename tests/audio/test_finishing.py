"""Recordings and voices become sound for the telephone: opened, cut, brought to 8 kHz, levelled."""

import wave
from pathlib import Path

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.finishing import PEAK_DBFS, SPEECH_DBFS, Speech, cut, finished, levelled, loudness, opened, resampled
from audio.pcm import RATE, floats_of
from cti_api.errors import InputError
from tests.support.speech import spoken

SENTENCE = np.array(spoken("Bienvenido a la cooperativa"))


def tone(hz: float, rate: int, seconds: float = 0.5) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hz * np.arange(int(rate * seconds)) / rate)


def db(values: np.ndarray) -> float:
    middle = values[200:-200]
    return 10 * float(np.log10(np.mean(middle * middle) + 1e-20))


def recording(path: Path, values: np.ndarray, rate: int, *, channels: int = 1, width: int = 2) -> Path:
    scaled = np.repeat(np.rint(values * (2 ** (8 * width - 1) - 1)).astype(int), channels)
    packed = scaled.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :width] if width > 1 else scaled + 128
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(width)
        sound.setframerate(rate)
        sound.writeframes(np.ascontiguousarray(packed).astype(np.uint8).tobytes())
    return path


def test_a_tone_above_the_telephones_band_is_gone_and_one_in_it_stays():
    above, inside = tone(5000, 48000), tone(1000, 48000)
    assert db(resampled(Speech(48000, above))) < db(above) - 90
    assert db(resampled(Speech(48000, inside))) == pytest.approx(db(inside), abs=0.1)


def test_pydubs_own_change_of_rate_would_have_let_it_through():
    """Which is why it is not used; if this fails, it may be."""
    from audio.finishing import _segment_of

    above = tone(5000, 48000)
    aliased = floats_of(_segment_of(Speech(48000, above)).set_frame_rate(8000).raw_data)
    assert db(aliased) > db(above) - 3


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize(("channels", "width"), [(1, 2), (2, 2), (1, 1), (2, 3), (1, 4)])
def test_every_plain_wav_is_opened_and_keeps_its_length_and_level(tmp_path, rate, channels, width):
    values = tone(440, rate)
    speech = opened(recording(tmp_path / "a.wav", values, rate, channels=channels, width=width))
    assert speech.rate == rate
    assert len(resampled(speech)) == pytest.approx(RATE // 2, abs=2)
    assert db(resampled(speech)) == pytest.approx(db(values), abs=0.2)


@pytest.mark.parametrize("gain", [0.02, 0.2, 1.0])
def test_every_prompt_is_as_loud_as_the_next(gain):
    made = floats_of(finished(Speech(RATE, SENTENCE * gain)))
    assert loudness(made) == pytest.approx(SPEECH_DBFS, abs=0.3)


def test_pauses_do_not_make_a_prompt_louder():
    with_pauses = np.concatenate([SENTENCE, np.zeros(RATE), SENTENCE])
    assert loudness(levelled(with_pauses)) == pytest.approx(loudness(levelled(SENTENCE)), abs=0.2)


def test_no_peak_between_the_samples_passes_the_limit():
    clicks = SENTENCE * 0.05
    clicks[::800] = 0.9
    made = soxr.resample(levelled(clicks), RATE, RATE * 4, "HQ")
    assert 20 * np.log10(np.abs(made).max()) <= PEAK_DBFS + 0.1


def test_the_silence_at_both_ends_is_cut_and_a_breath_of_it_stays():
    made = cut(Speech(RATE, np.concatenate([np.zeros(8000), SENTENCE, np.zeros(12000)])))
    extra = len(made.values) - len(SENTENCE)
    assert 0 <= extra <= (0.05 + 0.12 + 0.02) * RATE
    assert np.abs(made.values[: int(0.03 * RATE)]).max() == 0


def test_the_pause_within_is_kept():
    inner = np.concatenate([SENTENCE, np.zeros(8000), SENTENCE])
    assert len(cut(Speech(RATE, inner)).values) == pytest.approx(len(inner), abs=0.05 * RATE)


def test_both_ends_are_soft():
    made = floats_of(finished(Speech(RATE, tone(440, RATE))))
    assert made[0] == made[-1] == 0.0


def test_silence_is_no_prompt(tmp_path):
    with pytest.raises(InputError, match="nothing but silence"):
        finished(opened(recording(tmp_path / "a.wav", np.zeros(8000), 8000)))


@pytest.mark.parametrize("content", [b"", b"RIFF", b"RIFF\0\0\0\0WAVEfmt ", b"ID3 and no ffmpeg"])
def test_what_is_no_sound_is_refused_in_a_sentence(tmp_path, monkeypatch, content):
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "a.mp3").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.mp3 is no plain WAV file: install ffmpeg, which opens it, or save it"):
        opened(tmp_path / "a.mp3")


def test_a_recording_that_is_not_there_is_said(tmp_path):
    with pytest.raises(InputError, match="cannot be read: No such file"):
        opened(tmp_path / "none.wav")


FFMPEG = """#!/bin/sh
[ "$7" = "$SOURCE" ] || exit 9
%s
"""


@pytest.mark.parametrize(
    ("does", "why"),
    [
        ("cat beside.wav", ""),
        ("exit 1", "not by ffmpeg either"),
        ("echo nonsense", "cannot be opened as sound: record it anew as WAV"),
    ],
)
def test_other_kinds_are_opened_by_ffmpeg_where_it_is_installed(tmp_path, monkeypatch, does, why):
    program, source = tmp_path / "ffmpeg", tmp_path / "a.mp3"
    program.write_text(FFMPEG % does)
    program.chmod(0o755)
    source.write_bytes(b"ID3")
    recording(tmp_path / "beside.wav", tone(440, 44100), 44100)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setenv("SOURCE", str(source))
    monkeypatch.chdir(tmp_path)
    if why:
        with pytest.raises(InputError, match=why):
            opened(source)
    else:
        assert opened(source).rate == 44100


@settings(max_examples=50)
@given(st.binary(max_size=200), st.integers(0, 44))
def test_hostile_recordings_end_in_a_sentence(tmp_path_factory, noise, at):
    folder = tmp_path_factory.getbasetemp()
    path = recording(folder / "hostile.wav", tone(440, 8000, 0.05), 8000)
    content = bytearray(path.read_bytes())
    content[at : at + len(noise)] = noise
    path.write_bytes(content)
    try:
        finished(opened(path))
    except InputError as error:
        assert "\n" not in str(error)
