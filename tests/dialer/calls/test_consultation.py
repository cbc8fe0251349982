"""A consultation: who has whom at each moment, and that nobody is left with nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_api.live_ports import ConsultState as S
from dialer.calls.consultation import TABLE, TALKED_FOR, Consultation, Do, Happened, How, step

NOW = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ENDED = {Happened.PERSON_BACK, Happened.TALK_OVER}


def after(*happened: Happened) -> tuple[Consultation, list[Do]]:
    """What is done, a second between two things that happen."""
    consultation, done, now = Consultation(ring_seconds=10.0, since=NOW), list[Do](), NOW
    for what in happened:
        now += SECOND
        consultation, todo = step(consultation, what, now)
        done += todo
    return consultation, done


TALKING = (Happened.KEPT, Happened.PICKED_UP, Happened.ANSWERED)
H = Happened


def test_the_colleague_is_called_when_the_person_hears_music_and_joined_when_they_pick_up() -> None:
    consultation, done = after(*TALKING)
    assert consultation.state is S.TALKING
    assert done == [Do.CALL_COLLEAGUE, Do.JOIN, Do.TELL_ANSWERED]
    assert consultation.kept_at == NOW + SECOND


@pytest.mark.parametrize(
    ("happened", "how"),
    [
        ((*TALKING, H.WANTS_BACK, H.PERSON_BACK), How.BACK),
        ((*TALKING, H.COLLEAGUE_GONE, H.PERSON_BACK), How.LEFT),
        ((*TALKING, H.PERSON_BACK), How.LEFT),
        ((*TALKING, H.LATE, H.PERSON_BACK), How.LATE),
        ((*TALKING, H.TALK_OVER), How.OVER),
        ((*TALKING, H.HANDS_OVER, H.HANDED), How.HANDED_ON),
        ((*TALKING, H.HANDS_OVER, H.REFUSED, H.TALK_OVER), How.OVER),
        ((H.KEPT, H.LATE, H.PERSON_BACK), How.UNANSWERED),
        ((H.KEPT, H.COLLEAGUE_GONE, H.PERSON_BACK), How.UNANSWERED),
        ((H.KEPT, H.PICKED_UP, H.WANTS_BACK, H.PERSON_BACK), How.BACK),
        ((H.LATE,), How.UNANSWERED),
        ((H.TALK_OVER,), How.OVER),
    ],
)
def test_each_end_says_how_it_came(happened: tuple[Happened, ...], how: How) -> None:
    consultation, done = after(*happened)
    assert (consultation.state, consultation.how) == (S.OVER, how)
    assert done[-1] is Do.END
    assert (Do.LET_GO in done) is (how is not How.HANDED_ON)


def test_an_agent_whom_asterisk_does_not_bring_back_is_asked_for_again() -> None:
    consultation, done = after(*TALKING, H.WANTS_BACK, H.LATE, H.LATE)
    assert consultation.state is S.RETURNING
    assert done.count(Do.BRING_BACK) == 3


def test_while_the_person_is_handed_over_nothing_else_ends_it() -> None:
    for what in set(Happened) - {H.HANDED, H.REFUSED}:
        consultation, _ = after(*TALKING, H.HANDS_OVER, what)
        assert consultation.state is S.HANDING


def test_each_state_in_which_somebody_waits_has_a_limit() -> None:
    for happened in ((), (H.KEPT,), TALKING, (*TALKING, H.WANTS_BACK)):
        consultation, _ = after(*happened)
        assert consultation.late_at is not None
    talking, _ = after(*TALKING)
    assert talking.late_at == NOW + SECOND + TALKED_FOR, "as long as the person hears music"


@given(st.lists(st.sampled_from(Happened), max_size=12))
def test_whatever_happens_the_person_is_back_or_handed_on_and_the_colleague_free(happened: list[Happened]) -> None:
    """… once Asterisk has done what it was asked for."""
    consultation, done = after(*happened)
    if consultation.state is S.HANDING:
        consultation, _ = step(consultation, H.REFUSED, NOW)
    if consultation.state is not S.OVER:
        consultation, todo = step(consultation, H.TALK_OVER, NOW)
        done += todo
    assert consultation.state is S.OVER
    assert done.count(Do.END) == 1
    assert (consultation.how is How.HANDED_ON) or Do.LET_GO in done


def test_over_is_over() -> None:
    assert not any(state is S.OVER for state, _ in TABLE)
    assert all(Do.END in todo for (_, what), (_, todo) in TABLE.items() if what in ENDED)
