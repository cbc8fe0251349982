"""Sessions for recording prompts: what their codes open, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from cti_api.errors import Conflict, NotFound
from cti_api.model.prompt_sessions import PromptSession, SessionState, WantedPrompt
from ivr.prompt_sessions import MOST_OPEN, MOST_WRONG, TOLD, VALID, PromptSessions

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
TWO = (WantedPrompt(file="a.wav", text="A."), WantedPrompt(file="b.wav", text="B."))
MOMENT = timedelta(seconds=1)


@pytest.fixture
def sessions() -> PromptSessions:
    return PromptSessions(Random(7))


def other_than(session: PromptSession) -> str:
    return f"{(int(session.code) + 1) % 1_000_000:06}"


def test_a_code_opens_its_session_for_one_at_a_time(sessions: PromptSessions) -> None:
    session, another = sessions.open(TWO, NOON), sessions.open(TWO, NOON)
    assert (len(session.code), session.code != another.code) == (6, True)
    entered = sessions.enter(session.code, NOON)
    assert entered is not None and entered.id == session.id
    assert sessions.enter(session.code, NOON) is None
    sessions.leave(session.id, NOON)
    assert sessions.enter(session.code, NOON) is not None


def test_a_code_is_valid_for_some_minutes_from_its_last_use_on(sessions: PromptSessions) -> None:
    session = sessions.open(TWO, NOON)
    late = NOON + VALID - MOMENT
    assert sessions.enter(session.code, late) is not None
    assert sessions.session(session.id, late + VALID).state is SessionState.UNDER_WAY, "nobody is cut off"
    sessions.leave(session.id, late)
    assert sessions.session(session.id, late + VALID - MOMENT).state is SessionState.OPEN
    assert sessions.enter(session.code, late + VALID) is None
    assert sessions.session(session.id, late + VALID).state is SessionState.EXPIRED


def test_it_is_done_when_each_prompt_is_kept_or_skipped(sessions: PromptSessions) -> None:
    session = sessions.open(TWO, NOON)
    sessions.enter(session.code, NOON)
    sessions.kept(session.id, "a.wav", 2.5)
    sessions.leave(session.id, NOON)
    assert sessions.session(session.id, NOON).state is SessionState.OPEN
    sessions.enter(session.code, NOON)
    sessions.skipped(session.id, "b.wav")
    sessions.leave(session.id, NOON)
    found = sessions.session(session.id, NOON)
    assert (found.state, [each.seconds for each in found.prompts]) == (SessionState.DONE, [2.5, None])
    assert sessions.enter(session.code, NOON) is None


def test_somebody_who_guesses_closes_what_is_open_and_opens_nothing(sessions: PromptSessions) -> None:
    session, taken = sessions.open(TWO, NOON), sessions.open(TWO, NOON)
    sessions.enter(taken.code, NOON)
    for _ in range(MOST_WRONG - 1):
        assert sessions.enter(other_than(session), NOON) is None
    assert sessions.session(session.id, NOON).state is SessionState.OPEN
    sessions.enter(other_than(session), NOON)
    assert sessions.session(session.id, NOON).state is SessionState.CLOSED
    assert sessions.enter(session.code, NOON) is None
    assert sessions.session(taken.id, NOON).state is SessionState.UNDER_WAY, "who is in stays in"


def test_there_are_only_so_many_and_what_is_over_is_forgotten(sessions: PromptSessions) -> None:
    first, *_ = [sessions.open(TWO, NOON) for _ in range(MOST_OPEN)]
    with pytest.raises(Conflict, match="wait until one is over"):
        sessions.open(TWO, NOON)
    sessions.open(TWO, NOON + VALID)
    assert sessions.session(first.id, NOON + VALID).state is SessionState.EXPIRED
    with pytest.raises(NotFound):
        sessions.session(first.id, NOON + VALID + TOLD)
