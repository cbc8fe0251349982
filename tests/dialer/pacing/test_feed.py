"""What a pacer is told: each thing once, in the order of time, and of each call one last word whatever became of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_api.model.agents import AgentState
from cti_api.model.calls import AmdVerdict, AttemptState, CallResult
from cti_api.model.ids import AgentId
from dialer.calls.machine import Call, offer, step
from dialer.calls.outcome import result_of
from dialer.pacing.feed import Feed, past_events
from dialer.pacing.interface import Event, EventKind
from dialer.telephony import (
    CallAnswered,
    CallDialed,
    CallEnded,
    CallEvent,
    CallHoldExpired,
    CallJoined,
    CallLive,
    CallOrphaned,
    CallRefused,
    CallRinging,
    CallScreened,
)
from tests.support.ids import new_attempt_id
from tests.support.store import attempt_for
from tests.support.thoughts import lead

K, S = EventKind, AgentState
BEGAN = datetime(2026, 11, 25, 15, tzinfo=UTC)
ANA = AgentId("ana")
LAST = {K.NO_ANSWER, K.FAILED, K.CANCELLED, K.MACHINE, K.HUMAN}
"""The last word on a call; `ABANDONED` follows one."""


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def a_call(**facts: float | AttemptState | AmdVerdict | bool) -> Call:
    """Placed at second 1; instants are given in seconds."""
    known = {name: at(value) if name.endswith("_at") else value for name, value in facts.items()}
    return Call(attempt_id=new_attempt_id(), placed_at=at(1), **known)


def told(feed: Feed) -> list[tuple[EventKind, float, float]]:
    return [(event.kind, event.t, event.value) for event in feed.drain()]


def after(call: Call, result: CallResult, *, amd: bool = False) -> list[tuple[EventKind, float, float]]:
    """Everything told of a call that nobody looked at before it was over."""
    feed = Feed(BEGAN, amd=amd)
    feed.over(call, result, at(60))
    return told(feed)


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        (CallResult.NO_ANSWER, K.NO_ANSWER),
        (CallResult.BUSY, K.FAILED),
        (CallResult.UNAVAILABLE, K.FAILED),
        (CallResult.TRUNK_FAILED, K.FAILED),
        (CallResult.CANCELED_BY_DIALER, K.CANCELLED),
        (CallResult.INTERRUPTED, K.CANCELLED),
        (CallResult.LOST, K.CANCELLED),
    ],
)
def test_a_call_without_an_answer_ends_with_the_networks_word_or_with_nobodys(
    result: CallResult, kind: EventKind
) -> None:
    assert after(a_call(ended_at=21), result) == [(K.DIALED, 1, 0), (kind, 21, 20)]


def test_a_call_that_was_never_dialled_is_told_of_only_where_it_was_thought_to_be() -> None:
    assert after(a_call(ended_at=2), CallResult.NEVER_DIALED) == []
    feed, call = Feed(BEGAN, amd=False), a_call()
    feed.call(call, at(2))
    feed.over(replace(call, ended_at=at(3)), CallResult.NEVER_DIALED, at(3))
    assert told(feed) == [(K.DIALED, 1, 0), (K.CANCELLED, 3, 2)]


def test_an_answer_is_told_with_how_long_it_rang_and_when_the_person_needed_somebody() -> None:
    feed, call = Feed(BEGAN, amd=True), a_call()
    feed.call(call, at(2))
    feed.call(replace(call, answered_at=at(11)), at(12))
    feed.call(replace(call, answered_at=at(11), live_at=at(13)), at(14))
    feed.call(replace(call, answered_at=at(11), live_at=at(13)), at(15))
    assert told(feed) == [(K.DIALED, 1, 0), (K.ANSWERED, 11, 10), (K.HUMAN, 13, 12)]


def test_whoever_met_nobody_is_told_of_as_the_hold_ends_and_not_again_with_the_call() -> None:
    feed, call = Feed(BEGAN, amd=False), a_call(answered_at=11, live_at=11, hold_expired=True)
    feed.call(call, at(13))
    feed.over(replace(call, ended_at=at(19)), CallResult.ABANDONED, at(19))
    assert told(feed)[-1] == (K.ABANDONED, 13, 2)
    assert told(feed) == []


def test_without_amd_whoever_answers_is_a_person_however_soon_they_go() -> None:
    gone = a_call(answered_at=11, ended_at=11.1)
    assert after(gone, CallResult.CALLER_HUNG_UP)[-1] == (K.HUMAN, 11, 10)
    assert after(gone, CallResult.CALLER_HUNG_UP, amd=True)[-1][0] is K.MACHINE, "gone before AMD spoke: needs nobody"


def test_what_a_crash_swallowed_is_told_as_late_as_it_can_have_been() -> None:
    kinds = [kind for kind, *_ in after(a_call(ended_at=40), CallResult.ABANDONED)]
    assert kinds == [K.DIALED, K.ANSWERED, K.HUMAN, K.ABANDONED]


def test_an_agents_way_is_told_with_how_long_each_part_took() -> None:
    feed, call = Feed(BEGAN, amd=False), a_call(answered_at=11, live_at=11)
    for before, state, second in (
        (S.LOGGED_OFF, S.READY, 5),
        (S.READY, S.RESERVED, 11),
        (S.RESERVED, S.BUSY, 11.5),
        (S.BUSY, S.WRAP_UP, 71.5),
        (S.WRAP_UP, S.READY, 91.5),
        (S.READY, S.NOT_READY, 95),
    ):
        feed.agent(ANA, before, state, at(second), call)
    assert told(feed) == [
        (K.AGENT_ON, 5, 0),
        (K.CONNECTED, 11.5, 0.5),
        (K.TALK_END, 71.5, 60),
        (K.WRAP_END, 91.5, 20),
        (K.AGENT_OFF, 95, 0),
    ]


def test_a_talk_that_ends_with_the_telephone_says_nothing_of_how_long_talks_take() -> None:
    feed, call = Feed(BEGAN, amd=False), a_call(answered_at=11, live_at=11)
    feed.agent(ANA, S.RESERVED, S.BUSY, at(12), call)
    feed.agent(ANA, S.BUSY, S.NOT_READY, at(30), call)
    feed.agent(ANA, S.NOT_READY, S.READY, at(50))
    assert [kind for kind, *_ in told(feed)] == [K.AGENT_ON, K.CONNECTED, K.AGENT_OFF, K.AGENT_ON]


def test_a_talk_that_is_none_of_the_pacers_is_not_told() -> None:
    feed = Feed(BEGAN, amd=False)
    feed.staff([ANA], at(1))
    feed.agent(ANA, S.RESERVED, S.BUSY, at(12), None)
    feed.agent(ANA, S.BUSY, S.WRAP_UP, at(30), None)
    feed.agent(ANA, S.WRAP_UP, S.READY, at(40), None)
    assert told(feed) == [(K.AGENT_ON, 1, 0)]


def test_who_leaves_the_campaign_is_told_of_though_they_did_not_move() -> None:
    feed = Feed(BEGAN, amd=False)
    feed.staff([ANA, AgentId("luis")], at(1))
    feed.staff([ANA], at(2))
    assert [kind for kind, *_ in told(feed)] == [K.AGENT_ON, K.AGENT_ON, K.AGENT_OFF]


def test_time_never_goes_back_for_the_pacer() -> None:
    feed = Feed(BEGAN, amd=False)
    feed.staff([ANA], at(50))
    feed.drain()
    feed.over(a_call(ended_at=21), CallResult.BUSY, at(60))  # settled after a crash
    assert told(feed) == [(K.DIALED, 50, 0), (K.FAILED, 50, 20)]


def test_the_past_is_told_as_it_was_and_of_closed_attempts_only() -> None:
    talked = replace(
        attempt_for(lead(), at(-500)), state=AttemptState.CLOSED, result=CallResult.CONNECTED, agent_id=ANA,
        answered_at=at(-490), live_at=at(-490), connected_at=at(-489), ended_at=at(-400), closed_at=at(-380),
    )  # fmt: skip
    rang = replace(
        attempt_for(lead(), at(-450)), state=AttemptState.CLOSED, result=CallResult.NO_ANSWER,
        ended_at=at(-422), closed_at=at(-422),
    )  # fmt: skip
    lives = attempt_for(lead(), at(-3))
    events = past_events([talked, rang, lives], BEGAN, amd=False, longest_wrap_up=timedelta(seconds=60))
    assert [(event.kind, event.t, event.value) for event in events] == [
        (K.DIALED, -500, 0),
        (K.ANSWERED, -490, 10),
        (K.HUMAN, -490, 10),
        (K.CONNECTED, -489, 1),
        (K.DIALED, -450, 0),
        (K.NO_ANSWER, -422, 28),
        (K.TALK_END, -400, 89),
        (K.WRAP_END, -380, 20),
    ]
    hours_later = replace(talked, closed_at=at(-400 + 7200))
    late = past_events([hours_later], BEGAN, amd=False, longest_wrap_up=timedelta(seconds=60))
    assert (late[-1].kind, late[-1].value) == (K.WRAP_END, 60), "the dialer was not there when the wrap-up ended"


def news(call: Call) -> st.SearchStrategy[CallEvent]:
    attempt = call.attempt_id
    return st.sampled_from(
        [
            CallRinging(attempt),
            CallAnswered(attempt),
            CallLive(attempt),
            CallScreened(attempt, AmdVerdict.MACHINE),
            CallScreened(attempt, AmdVerdict.HUMAN),
            CallHoldExpired(attempt),
            CallOrphaned(attempt),
            CallJoined(attempt),
            CallDialed(attempt, 17, 486),
            CallDialed(attempt, 19, None),
            CallRefused(attempt),
        ]
    )


@given(st.data(), st.booleans())
def test_whatever_happens_to_a_call_exactly_one_last_word_is_told(data: st.DataObject, amd: bool) -> None:
    call, feed, second, events = Call(attempt_id=new_attempt_id(), placed_at=BEGAN), Feed(BEGAN, amd=amd), 0.0, []
    for event in data.draw(st.lists(news(call), max_size=8)):
        second += data.draw(st.floats(0, 5))
        call, _ = step(call, event, at(second))
        if data.draw(st.booleans()):
            call = offer(call, ANA, at(second))
        if data.draw(st.booleans()):
            feed.call(call, at(second))
            events += feed.drain()
    call, _ = step(call, CallEnded(call.attempt_id, data.draw(st.sampled_from([0, 16, 17]))), at(second))
    settled = st.sampled_from([CallResult.INTERRUPTED, CallResult.LOST, CallResult.NEVER_DIALED])
    result = data.draw(st.just(result_of(call)) | settled)
    feed.over(call, result, at(second))
    events += feed.drain()
    kinds = [event.kind for event in events]
    if result is CallResult.NEVER_DIALED and not kinds:
        return
    assert kinds[0] is K.DIALED
    assert kinds.count(K.DIALED) == 1
    assert sum(kind in LAST for kind in kinds) == 1
    assert kinds.count(K.ABANDONED) <= 1
    assert [event.t for event in events] == sorted(event.t for event in events)
    assert all(event.value >= 0 for event in events)
    assert _leaves_nothing(feed, events)


def _leaves_nothing(feed: Feed, events: list[Event]) -> bool:
    """Nothing is remembered of a call that is over, so a shift of a million calls is no larger than one of ten."""
    return not feed._calls and not feed.drain() and bool(events)


def test_a_clock_that_is_set_lets_no_time_pass_for_the_pacer_and_freezes_none() -> None:
    feed, hour = Feed(BEGAN, amd=False), timedelta(hours=1)
    feed.staff([ANA], at(10))
    feed.agent(ANA, S.RESERVED, S.BUSY, at(10), a_call(live_at=10))
    feed.drain()
    feed.staff([ANA, AgentId("luis")], at(11) + hour)  # a look between the leap and the notice of it
    assert told(feed) == [(K.AGENT_ON, 3611, 0)]
    feed.shift(hour, at(12) + hour)
    feed.agent(ANA, S.BUSY, S.WRAP_UP, at(40) + hour)
    assert told(feed) == [(K.TALK_END, 40, 30)]
    feed.shift(-2 * hour, at(41) - hour)
    feed.agent(ANA, S.WRAP_UP, S.READY, at(50) - hour)
    assert told(feed) == [(K.WRAP_END, 50, 10)]
