"""A recording's length against the talk."""

from dialer.calls.recording import BYTES_PER_SECOND, is_whole


def test_a_full_file_is_whole_and_an_empty_one_is_not():
    assert is_whole(60 * BYTES_PER_SECOND, 60.0)
    assert not is_whole(0, 60.0)


def test_a_tenth_may_be_missing_but_not_a_quarter():
    assert is_whole(int(0.92 * 60 * BYTES_PER_SECOND), 60.0)
    assert not is_whole(int(0.75 * 60 * BYTES_PER_SECOND), 60.0)


def test_a_talk_of_a_blink_needs_no_file():
    assert is_whole(0, 0.8)
