"""G.711, held against an implementation of another make: audioop, which pydub brings where Python lacks it."""

import warnings

import numpy as np
import pytest

from audio.g711 import alaw_of, pcm_of_alaw, pcm_of_ulaw, ulaw_of
from cti_api.errors import InputError

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

EVERY_SAMPLE = np.arange(65536, dtype="<u2").tobytes()
EVERY_CODE = bytes(range(256))
SIGNED = np.frombuffer(EVERY_SAMPLE, "<i2").astype(int)


def distance(pcm: bytes) -> np.ndarray:
    return np.abs(np.frombuffer(pcm, "<i2").astype(int) - SIGNED)


def test_every_code_is_the_sample_that_audioop_makes_of_it():
    assert pcm_of_alaw(EVERY_CODE) == audioop.alaw2lin(EVERY_CODE, 2)
    assert pcm_of_ulaw(EVERY_CODE) == audioop.ulaw2lin(EVERY_CODE, 2)


def test_every_sample_has_the_a_law_code_that_audioop_gives_it():
    assert alaw_of(EVERY_SAMPLE) == audioop.lin2alaw(EVERY_SAMPLE, 2)


def test_every_sample_has_audioops_mu_law_code_but_for_negative_ones_at_the_edge_of_a_step():
    """There audioop takes the two's complement for the magnitude, and the reference code of ITU-T G.191 the one's."""
    ours, theirs = ulaw_of(EVERY_SAMPLE), audioop.lin2ulaw(EVERY_SAMPLE, 2)
    differ = [n for n in range(65536) if ours[n] != theirs[n]]
    assert all(SIGNED[n] < 0 and abs(ours[n] - theirs[n]) == 1 for n in differ)
    assert len(differ) < 65536 // 100
    assert distance(pcm_of_ulaw(ours)).sum() <= distance(pcm_of_ulaw(theirs)).sum()


@pytest.mark.parametrize(("there", "back", "most"), [(alaw_of, pcm_of_alaw, 512), (ulaw_of, pcm_of_ulaw, 644)])
def test_a_sample_comes_back_within_half_a_step_of_its_segment_and_stays_there(there, back, most):
    once = back(there(EVERY_SAMPLE))
    assert distance(once).max() <= most
    assert back(there(once)) == once


def test_half_a_sample_is_refused():
    with pytest.raises(InputError):
        alaw_of(b"x")
