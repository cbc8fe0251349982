"""When speech begins and ends, from probabilities alone."""

import math
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from audio.endpoint import Backlog, Endpointer, NoSpeech, Rules, Speech, SpeechBegan, SpeechEnded, Window

W = 256
"""Samples of a window: 32 ms."""
RULES = Rules(pause_seconds=0.5, longest_seconds=5.0, no_input_seconds=2.0)
LOUD, QUIET, PROMPT, SILENT = -20.0, -60.0, -20.0, -math.inf


def found(
    probabilities: list[float], *, rules: Rules = RULES, level: float = LOUD, prompt: float = SILENT, at: int = 0
) -> list[Speech]:
    endpointer = Endpointer(rules, at=at)
    windows = [Window(W, each, level, prompt) for each in probabilities]
    return [event for event in map(endpointer.feed, windows) if event is not None]


def test_speech_begins_with_its_first_window_and_ends_after_the_pause():
    assert found([0.0] * 10 + [0.9] * 20 + [0.0] * 30) == [SpeechBegan(10 * W), SpeechEnded(10 * W, 30 * W, False)]


def test_the_pause_is_counted_in_samples_and_not_a_window_longer():
    spoken = [0.9] * 5
    windows_of_pause = math.ceil(0.5 * 8000 / W)
    assert len(found(spoken + [0.0] * (windows_of_pause - 1))) == 1
    assert len(found(spoken + [0.0] * windows_of_pause)) == 2


def test_a_click_is_no_speech():
    assert found(([0.9] + [0.0] * 3) * 12) == []


def test_a_short_gap_in_the_first_word_does_not_hide_it():
    assert found([0.0, 0.9, 0.2, 0.9, 0.9])[0] == SpeechBegan(3 * W)
    assert found([0.9, 0.9, 0.2, 0.9])[0] == SpeechBegan(0)


def test_a_voice_that_grows_fainter_is_still_there_until_it_is_unlikely():
    events = found([0.9] * 3 + [0.4] * 30 + [0.3] * 30)
    assert events == [SpeechBegan(0), SpeechEnded(0, 33 * W, False)]


def test_whoever_never_stops_is_cut_off_at_the_limit():
    events = found([0.9] * 1000)
    assert events == [SpeechBegan(0), SpeechEnded(0, 157 * W, True)]
    assert 157 * W >= 5.0 * 8000 > 156 * W


def test_nobody_speaks():
    assert found([0.1] * 1000) == [NoSpeech(63 * W)]
    assert found([0.1] * 1000, rules=replace(RULES, no_input_seconds=None)) == []


def test_the_time_to_speak_begins_when_the_prompt_is_over():
    endpointer = Endpointer(RULES)
    for _ in range(500):
        assert endpointer.feed(Window(W, 0.0, QUIET, PROMPT)) is None
    after = [endpointer.feed(Window(W, 0.0, QUIET, SILENT)) for _ in range(63)]
    assert after == [None] * 62 + [NoSpeech((500 + 63) * W)]


def test_the_time_to_speak_does_not_run_out_in_the_first_syllable():
    assert found([0.0] * 62 + [0.9] * 5) == [SpeechBegan(62 * W)]


def test_what_is_no_louder_than_an_echo_of_the_prompt_is_taken_for_one():
    assert found([1.0] * 50, level=-38.5, prompt=-20.0) == []
    assert found([1.0] * 50, level=-37.5, prompt=-20.0) == [SpeechBegan(0)]
    assert found([1.0] * 50, level=-38.5) == [SpeechBegan(0)]


def test_times_are_those_of_the_session():
    assert found([0.9] * 2, at=8000) == [SpeechBegan(8000)]


@given(st.lists(st.floats(0, 1), max_size=600))
def test_there_is_one_answer_at_most_and_its_times_are_in_order(probabilities):
    events = found(probabilities)
    assert [type(event) for event in events] in (
        [],
        [NoSpeech],
        [SpeechBegan],
        [SpeechBegan, SpeechEnded],
    )
    if len(events) == 2:
        began, ended = events
        assert 0 <= began.at == ended.began < ended.ended <= len(probabilities) * W
        assert ended.ended - ended.began <= 5.0 * 8000 + W


@given(st.lists(st.binary(max_size=40).map(lambda half: half + half), max_size=40), st.integers(0, 400))
def test_the_backlog_gives_the_latest_samples_it_still_has(pieces, wanted):
    backlog = Backlog(kept_seconds=100 / 8000)
    for piece in pieces:
        backlog.keep(piece)
    last = backlog.last(wanted)
    assert b"".join(pieces).endswith(last)
    assert len(last) // 2 >= min(wanted, 100, len(b"".join(pieces)) // 2)
    assert len(last) // 2 <= wanted
