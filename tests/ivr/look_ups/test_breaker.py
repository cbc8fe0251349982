"""A system that does not answer is left alone, and found out when it answers again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ivr.look_ups.breaker import FAILURES, REST_SECONDS, Breaker


def failed(times: int, now: float = 100.0) -> Breaker:
    breaker = Breaker()
    for _ in range(times):
        breaker = breaker.asked(now).failed(now)
    return breaker


def test_it_opens_after_so_many_failures_in_a_row_and_no_sooner() -> None:
    assert failed(FAILURES - 1).may_ask(100.0)
    assert not failed(FAILURES).may_ask(100.0)


def test_an_answer_between_them_wipes_the_slate() -> None:
    breaker = failed(FAILURES - 1).answered()
    for _ in range(FAILURES - 1):
        breaker = breaker.failed(100.0)
    assert breaker.may_ask(100.0)


def test_after_its_rest_one_question_is_let_through_and_the_others_are_spared() -> None:
    later = 100.0 + REST_SECONDS
    breaker = failed(FAILURES)
    assert not breaker.may_ask(later - 0.1)
    assert breaker.may_ask(later)
    assert not breaker.asked(later).may_ask(later + 1)


def test_the_answer_of_that_one_closes_it_and_its_failure_opens_it_anew() -> None:
    later = 100.0 + REST_SECONDS
    trial = failed(FAILURES).asked(later)
    assert trial.answered() == Breaker()
    assert not trial.failed(later + 3).may_ask(later + 3 + REST_SECONDS - 0.1)
    assert trial.failed(later + 3).may_ask(later + 3 + REST_SECONDS)


def test_a_caller_who_hangs_up_in_that_one_does_not_keep_it_open_for_ever() -> None:
    later = 100.0 + REST_SECONDS
    assert failed(FAILURES).asked(later).may_ask(later + REST_SECONDS)


@given(st.lists(st.tuples(st.floats(0, 20), st.sampled_from(["answers", "fails", "is lost"])), max_size=60))
def test_a_system_that_is_down_is_asked_once_in_a_rest_at_most(happenings: list[tuple[float, str]]) -> None:
    breaker, now, asked_at = Breaker(), 0.0, [-REST_SECONDS]
    for passing, becomes in happenings:
        now += passing
        if not breaker.may_ask(now):
            continue
        if breaker.is_open:
            assert now - asked_at[-1] >= REST_SECONDS
        breaker = breaker.asked(now)
        asked_at.append(now)
        breaker = {"answers": breaker.answered(), "fails": breaker.failed(now), "is lost": breaker}[becomes]
