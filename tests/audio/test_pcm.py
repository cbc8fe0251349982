"""Sound as bytes: levels, edges."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.pcm import (
    FRAME_BYTES,
    RATE,
    faded,
    floats_of,
    frames,
    level,
    pcm_of,
    samples_of,
    seconds_of,
)
from cti_api.errors import InputError


def tone(hz: float, seconds: float, loud: float = 1.0) -> bytes:
    return pcm_of(loud * np.sin(2 * np.pi * hz * np.arange(int(seconds * RATE)) / RATE))


def test_the_loudest_tone_has_three_decibels_less_than_full_scale_and_half_of_it_nine():
    assert level(tone(1000, 1.0)) == pytest.approx(-3.01, abs=0.02)
    assert level(tone(1000, 1.0, 0.5)) == pytest.approx(-9.03, abs=0.02)


def test_silence_and_nothing_have_no_level():
    assert level(bytes(320)) == -math.inf
    assert level(b"") == -math.inf


def test_half_a_sample_is_refused():
    with pytest.raises(InputError, match="3 bytes are no whole samples"):
        samples_of(b"abc")


def test_what_is_too_loud_is_clipped_and_does_not_turn_over():
    assert samples_of(pcm_of(np.array([-2.0, -1.0, 0.0, 1.0, 2.0]))).tolist() == [-32768, -32768, 0, 32767, 32767]


@given(st.lists(st.integers(-32768, 32767), max_size=50))
def test_bytes_become_values_and_the_same_bytes_again(samples):
    pcm = np.array(samples, dtype="<i2").tobytes()
    assert pcm_of(floats_of(pcm)) == pcm
    assert seconds_of(pcm) == len(samples) / 8000


@given(st.integers(0, 200), st.integers(0, 60))
def test_edges_are_soft_and_the_middle_is_as_it_was(length, edge):
    soft = faded(np.ones(length), edge)
    at = min(edge, length // 2)
    assert soft[at : length - at].tolist() == [1.0] * (length - 2 * at)
    if at:
        assert soft[0] == soft[-1] == 0.0


def test_sound_is_cut_into_frames_and_the_last_one_filled_up_with_silence() -> None:
    sound = bytes(range(256)) * 2
    first, last = frames(sound)
    assert first == sound[:FRAME_BYTES]
    assert last == sound[FRAME_BYTES:] + b"\0" * (2 * FRAME_BYTES - len(sound))
