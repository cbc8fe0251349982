"""Frames are due by the clock, not by how long sending them took."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.pace import FRAME_SECONDS, MOST_BEHIND_SECONDS, Pace


@given(st.lists(st.floats(0, 0.05), max_size=300))
def test_small_delays_never_add_up(delays):
    pace, now = Pace(due=100.0), 100.0
    for sent, delay in enumerate(delays, start=1):
        now += delay
        now += pace.sent(now)
        assert now >= 100.0 + sent * FRAME_SECONDS - 1e-9 or pace.left_out
        assert now - pace.due <= MOST_BEHIND_SECONDS + 1e-9


def test_a_sender_that_is_in_time_sends_fifty_frames_a_second_for_an_hour():
    pace, now = Pace(due=0.0), 0.0
    for _ in range(50 * 3600):
        now += 0.003
        now += pace.sent(now)
    assert now == pytest.approx(3600.0)
    assert pace.left_out == 0


def test_a_short_delay_is_caught_up_with_and_a_long_one_left_out():
    pace = Pace(due=0.0)
    assert [pace.sent(0.07) for _ in range(4)] == pytest.approx([0.0, 0.0, 0.0, 0.01])
    assert pace.left_out == 0
    assert pace.sent(2.0) == 0.0
    assert pace.left_out == 95
    assert pace.sent(2.0) == pytest.approx(0.02)
