"""What a pacer learns: hazards that are counted, not guessed, and soon right when the world changes."""

from __future__ import annotations

from itertools import pairwise
from math import exp

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.pacing.estimators import SLOT_SECONDS, SLOTS, AnswerLevel, HumanShare, Ringing, Stage, chances_free

TIMEOUT = 28.0
lengths = st.lists(st.floats(0.0, 3000.0), max_size=60)


def talks() -> Stage:
    return Stage(bin_seconds=10.0, mean_seconds=120.0, strength=1.5)


def wraps() -> Stage:
    return Stage(bin_seconds=2.0, mean_seconds=20.0, strength=0.75)


def left_within(stage: Stage, elapsed: float, seconds: int) -> float:
    """The chance to have left it so many seconds from now."""
    return float(stage.left_by(stage.hazards(()), np.array([elapsed]))[0, seconds])


# ---------------------------------------------------------------- talk and wrap-up


def test_before_anything_is_known_whoever_is_in_it_leaves_after_the_mean_it_supposes() -> None:
    for elapsed in (0.0, 45.0, 590.0):
        assert left_within(talks(), elapsed, 30) == pytest.approx(1.0 - exp(-30.0 / 120.0))


def test_a_hazard_is_ends_by_seconds_watched() -> None:
    stage = Stage(bin_seconds=10.0, mean_seconds=50.0, strength=1e-9)
    for after in (5.0, 15.0, 15.0, 25.0):
        stage.end(after)
    # 5 s and three times ten were watched in the first bin; three times, then once, 5 s in the others.
    assert stage.hazards(())[:3] == pytest.approx([1 / 35, 2 / 20, 1 / 5])
    assert stage.hazards([30.0])[:3] == pytest.approx([1 / 45, 2 / 30, 1 / 15])


def test_who_is_still_in_it_shows_that_it_lasts_longer() -> None:
    stage = talks()
    for _ in range(20):
        stage.end(60.0)
    alone, with_others = stage.hazards(()), stage.hazards([300.0] * 20)
    assert with_others[6] == pytest.approx(alone[6] / 10, rel=0.5)
    assert (with_others <= alone).all()


def test_wrap_ups_that_all_take_as_long_are_foreseen() -> None:
    stage = wraps()
    for _ in range(200):
        stage.end(19.0)
    assert left_within(stage, 1.0, 10) < 0.05
    assert left_within(stage, 16.0, 1) < 0.05
    assert left_within(stage, 16.0, 6) > 0.8


def test_what_was_long_ago_fades() -> None:
    stage = wraps()
    for after in [10.0] * 1000 + [40.0] * 1000:
        stage.end(after)
    assert left_within(stage, 0.0, 20) < 0.3


@given(lengths, lengths, st.lists(st.floats(0.0, 590.0), min_size=1, max_size=5))
def test_the_chance_to_have_left_is_one_and_grows(
    ended: list[float], present: list[float], elapsed: list[float]
) -> None:
    stage = talks()
    for after in ended:
        stage.end(after)
    chances = stage.left_by(stage.hazards(present), np.array(elapsed))
    assert (chances[:, 0] == 0.0).all()
    assert (np.diff(chances, axis=1) >= 0.0).all()
    assert (chances <= 1.0).all()


def test_a_talk_is_followed_by_a_wrap_up() -> None:
    after_talk, after_wrap = chances_free(talks(), wraps(), 2.0, (), ())
    a_talk, a_wrap = 1 / 120, 1 / 20
    for slot in range(SLOTS):
        at = SLOT_SECONDS * slot + 1 + 2.0  # the middle of the slot, and the hold
        wrapped = 1 - exp(-a_wrap * at)
        both = 1 - (a_wrap * exp(-a_talk * at) - a_talk * exp(-a_wrap * at)) / (a_wrap - a_talk)
        assert after_wrap[:, slot] == pytest.approx(np.full(Stage.BINS, wrapped))
        assert after_talk[:, slot] == pytest.approx(np.full(Stage.BINS, both), rel=0.2, abs=0.001)


@settings(max_examples=40)
@given(lengths, lengths, st.floats(0.0, 30.0), lengths)
def test_agents_are_free_with_a_chance_that_grows_with_the_slot(
    talked: list[float], wrapped: list[float], hold: float, present: list[float]
) -> None:
    talk, wrap = talks(), wraps()
    for after in talked:
        talk.end(after)
    for after in wrapped:
        wrap.end(after)
    for chances in chances_free(talk, wrap, hold, present, present):
        assert chances.shape == (Stage.BINS, SLOTS)
        assert (np.diff(chances, axis=1) >= -1e-12).all()
        assert ((chances >= 0.0) & (chances <= 1.0 + 1e-12)).all()


# ---------------------------------------------------------------- ringing


def rang(ringing: Ringing, *, answered: float | None, until: float = TIMEOUT, tick: float = 0.5) -> float:
    """A call, looked at each tick, is answered or ends; the answers that were to be expected of it."""
    ends = until if answered is None else answered
    looks = [*np.arange(0.0, ends, tick), ends]
    expected = sum(ringing.watch(since, till) for since, till in pairwise(looks))
    if answered is None:
        ringing.ended(ends)
    else:
        ringing.answered(answered)
    return expected


def chance(ringing: Ringing, rung: int, level: float = 1.0) -> float:
    """That a call which has rung so long is answered at all."""
    return float(ringing.chances(level, 0.0)[0][rung].sum())


def test_before_anything_is_known_a_quarter_is_answered() -> None:
    assert chance(Ringing(TIMEOUT), 0) == pytest.approx(0.25, abs=0.01)


def test_what_is_seen_outweighs_what_was_supposed() -> None:
    ringing = Ringing(TIMEOUT)
    for n in range(1000):
        if n % 10 < 4:
            rang(ringing, answered=5.5)
        else:
            rang(ringing, answered=None, until=12.5 if n % 10 < 6 else TIMEOUT)
    assert chance(ringing, 0) == pytest.approx(0.4, abs=0.02)
    assert chance(ringing, 5) == pytest.approx(0.4, abs=0.02)
    assert chance(ringing, 7) < 0.02
    during, _ = ringing.chances(1.0, 0.0)
    assert (during[0].argmax(), during[3].argmax()) == (2, 1), "in its sixth second: in the third slot from the first"


def test_a_call_that_did_not_fail_at_once_is_answered_the_likelier() -> None:
    ringing = Ringing(TIMEOUT)
    for n in range(1000):
        if n % 2:
            rang(ringing, answered=None, until=1.5)
        else:
            rang(ringing, answered=10.5 if n % 4 else None)
    assert chance(ringing, 0) == pytest.approx(0.25, abs=0.02)
    assert chance(ringing, 5) == pytest.approx(0.5, abs=0.02)


def test_a_call_past_its_time_is_answered_no_more() -> None:
    during, by = Ringing(TIMEOUT).chances(1.0, 0.0)
    assert len(during) == len(by) == 30
    assert chance(Ringing(TIMEOUT), 28) == chance(Ringing(TIMEOUT), 29) == 0.0


def test_detection_of_machines_puts_everything_off() -> None:
    at_once, later = (Ringing(TIMEOUT).chances(1.0, delay)[0] for delay in (0.0, 4.0))
    assert later[0, :2] == pytest.approx([0.0, 0.0])
    assert later[0, 2:] == pytest.approx(at_once[0, :-2])


def test_a_call_that_is_looked_at_once_teaches_what_one_that_was_looked_at_each_tick_does() -> None:
    often, once = Ringing(TIMEOUT), Ringing(TIMEOUT)
    in_all_often = in_all_once = 0.0
    for n in range(300):
        answered = 4.25 + n % 13 if n % 3 == 0 else None
        in_all_often += rang(often, answered=answered)
        in_all_once += rang(once, answered=answered, tick=TIMEOUT)
    assert in_all_once == pytest.approx(in_all_often, rel=0.03)
    assert chance(once, 0) == pytest.approx(chance(often, 0))


def test_it_makes_no_difference_when_a_call_is_looked_at() -> None:
    one, other = Ringing(TIMEOUT), Ringing(TIMEOUT)
    for _ in range(100):
        rang(one, answered=8.5)
        rang(other, answered=8.5, tick=0.7)
    assert one.chances(1.0, 0.0)[1] == pytest.approx(other.chances(1.0, 0.0)[1])


def test_of_calls_as_they_were_as_many_answers_are_expected_as_came() -> None:
    ringing = Ringing(TIMEOUT)
    expected = sum(rang(ringing, answered=8.5 if n % 4 == 0 else None) for n in range(1000))
    assert expected == pytest.approx(250, rel=0.05)


@settings(max_examples=40)
@given(
    st.sampled_from((5.0, 22.5, 28.0, 120.0)),
    st.lists(st.tuples(st.booleans(), st.floats(0.0, 200.0)), max_size=60),
    st.floats(0.0, 30.0),
    st.floats(0.0, 5.0),
)
def test_chances_are_chances_whatever_was_seen(
    timeout: float, seen: list[tuple[bool, float]], level: float, delay: float
) -> None:
    ringing = Ringing(timeout)
    for answered, after in seen:
        ringing.watch(-after, after)
        (ringing.answered if answered else ringing.ended)(after)
    during, by = ringing.chances(level, delay)
    assert (during >= 0.0).all()
    assert (during.sum(1) <= 1.0 + 1e-9).all()
    assert (by <= np.cumsum(during, axis=1) + 1e-12).all()
    assert (np.diff(by, axis=1) >= -1e-12).all()


# ---------------------------------------------------------------- levels


def after(level: AnswerLevel, calls: int, *, answered_of_ten: float) -> float:
    """The factor after so many calls, of each of which three tenths of an answer were expected."""
    answers = 0.0
    for _ in range(calls):
        level.expect(0.3)
        answers += answered_of_ten / 10
        if answers >= 1.0:
            answers -= 1.0
            level.answered()
    return level.factor()


def test_before_anybody_answered_twice_as_many_are_expected_as_usual_and_soon_no_more() -> None:
    level = AnswerLevel()
    assert 2.0 < level.factor() < 2.2
    assert 1.1 < after(level, 20, answered_of_ten=3) < 1.4


def test_while_the_table_is_right_the_factor_is_one_and_a_little_caution() -> None:
    level = AnswerLevel()
    assert after(level, 500, answered_of_ten=3) == pytest.approx(1.03, abs=0.05)


def test_many_more_answers_are_believed_long_before_the_long_memory_would() -> None:
    level = AnswerLevel()
    after(level, 500, answered_of_ten=3)
    assert 2.0 < after(level, 40, answered_of_ten=9) < 3.2, "of twelve that were to be expected"
    assert after(level, 1000, answered_of_ten=9) == pytest.approx(3.0, rel=0.1)


def test_fewer_answers_are_believed_as_they_fail_to_come() -> None:
    level = AnswerLevel()
    after(level, 500, answered_of_ten=3)
    factors = [after(level, 30, answered_of_ten=0.6) for _ in range(30)]
    assert factors == sorted(factors, reverse=True)
    assert factors[-1] == pytest.approx(0.2, abs=0.05)


def test_with_amd_two_of_three_answers_are_human_until_it_is_known_better() -> None:
    assert HumanShare(amd=False).share() == 1.0
    share = HumanShare(amd=True)
    assert share.share() == pytest.approx(2 / 3)
    for n in range(400):
        share.told(human=n % 4 == 0)
    assert share.share() == pytest.approx(0.25, abs=0.02)
