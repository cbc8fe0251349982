"""The call machine: every state by every event, and the facts it keeps."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_api.model.calls import AmdVerdict, AttemptState, CallResult
from cti_api.model.ids import AgentId, AttemptId
from dialer.calls.machine import TABLE, Call, Effect, is_overdue, offer, step, withdraw
from dialer.calls.outcome import result_of
from dialer.live import CallBrought, CallHanded, CallPassed, CallReached
from dialer.telephony import (
    CallAnswered,
    CallDialed,
    CallEnded,
    CallForbidden,
    CallHoldExpired,
    CallJoined,
    CallLive,
    CallOptedOut,
    CallOrphaned,
    CallRefused,
    CallRinging,
    CallScreened,
)

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
ID = AttemptId("0123456789abcdef0123456789abcdef")
ANA = AgentId("ana")
EVENTS = [
    CallRinging(ID),
    CallAnswered(ID),
    CallLive(ID),
    CallScreened(ID, AmdVerdict.HUMAN),
    CallHoldExpired(ID),
    CallOptedOut(ID),
    CallOrphaned(ID),
    CallJoined(ID),
    CallDialed(ID, 17, 486),
    CallForbidden(ID, "prefix"),
    CallRefused(ID),
    CallPassed(ID),
    CallBrought(ID),
    CallReached(ID),
    CallHanded(ID),
    CallEnded(ID, 16),
]
LIVE = [
    AttemptState.ORIGINATING,
    AttemptState.RINGING,
    AttemptState.ANSWERED,
    AttemptState.OFFERED,
    AttemptState.CONNECTED,
]


def a_call(state: AttemptState = AttemptState.ORIGINATING) -> Call:
    return Call(attempt_id=ID, state=state, placed_at=NOW)


def after(*events, call: Call | None = None) -> tuple[Call, list[Effect]]:
    call = call or a_call()
    effects: list[Effect] = []
    for number, event in enumerate(events):
        call, new = step(call, event, NOW + timedelta(seconds=number))
        effects += new
    return call, effects


@pytest.mark.parametrize(("state", "event"), list(product(LIVE, EVENTS)))
def test_each_state_takes_each_event_by_the_table_or_stays(state, event):
    moved, effects = step(a_call(state), event, NOW)
    expected = TABLE.get((state, type(event)), state)
    assert moved.state is expected
    if (state, type(event)) not in TABLE:
        assert effects == ()


@pytest.mark.parametrize("event", EVENTS)
def test_a_closed_call_absorbs_everything(event):
    closed, _ = after(CallEnded(ID, 17))
    assert step(closed, event, NOW) == (closed, ())


def test_a_person_without_amd_needs_an_agent_once():
    call, effects = after(CallRinging(ID), CallAnswered(ID), CallLive(ID), CallLive(ID))
    assert call.needs_agent
    assert effects == [Effect.NEED_AGENT]


def test_amd_keeps_the_agent_away_until_its_verdict():
    call, effects = after(CallRinging(ID), CallAnswered(ID))
    assert not call.needs_agent
    call, effects = after(CallScreened(ID, AmdVerdict.HUMAN), CallLive(ID), call=call)
    assert call.needs_agent
    assert effects == [Effect.NEED_AGENT]


def test_an_offer_then_a_join_connects():
    call, _ = after(CallAnswered(ID), CallLive(ID))
    call = offer(call, ANA, NOW)
    assert call.state is AttemptState.OFFERED
    call, effects = after(CallJoined(ID), call=call)
    assert call.state is AttemptState.CONNECTED
    assert call.agent_id == ANA
    assert effects == [Effect.CONNECTED]


def test_an_offer_is_refused_once_the_message_began():
    call, _ = after(CallAnswered(ID), CallLive(ID), CallHoldExpired(ID))
    assert offer(call, ANA, NOW) == call


def test_a_withdrawn_offer_leaves_the_person_waiting():
    call, _ = after(CallAnswered(ID), CallLive(ID))
    assert withdraw(offer(call, ANA, NOW)).needs_agent


def test_the_hold_limit_holds_for_an_offer_too():
    call, _ = after(CallAnswered(ID), CallLive(ID))
    call, effects = after(CallHoldExpired(ID), call=offer(call, ANA, NOW))
    assert effects == [Effect.WITHDRAW]
    call = withdraw(call)
    assert (call.state, call.agent_id, call.needs_agent) == (AttemptState.ANSWERED, None, False)
    call, _ = after(CallEnded(ID, 16), call=call)
    assert result_of(call) is CallResult.ABANDONED


def test_a_join_under_way_when_the_hold_ends_connects():
    call, _ = after(CallAnswered(ID), CallLive(ID))
    call, effects = after(CallHoldExpired(ID), CallJoined(ID), call=offer(call, ANA, NOW))
    assert effects == [Effect.WITHDRAW, Effect.CONNECTED]
    assert call.agent_id == ANA


def test_losing_the_agent_asks_for_another():
    call, _ = after(CallAnswered(ID), CallLive(ID))
    call, _ = after(CallJoined(ID), call=offer(call, ANA, NOW))
    call, effects = after(CallOrphaned(ID), call=call)
    assert call.needs_agent
    assert call.agent_id is None
    assert effects == [Effect.GIVE_UP_AGENT, Effect.NEED_AGENT]


def test_only_the_time_joined_is_talk():
    call, _ = after(CallAnswered(ID), CallLive(ID))
    call, _ = step(offer(call, ANA, NOW), CallJoined(ID), NOW)
    assert call.talk_seconds(NOW + timedelta(seconds=9)) == 9.0
    call, _ = step(call, CallJoined(ID), NOW + timedelta(seconds=5))
    call, _ = step(call, CallOrphaned(ID), NOW + timedelta(seconds=20))
    assert call.talk_seconds(NOW + timedelta(seconds=26)) == 20.0
    lonely, _ = step(call, CallEnded(ID, 16), NOW + timedelta(seconds=32))
    assert lonely.talk_seconds(NOW + timedelta(hours=1)) == 20.0
    call, _ = step(offer(call, ANA, NOW), CallJoined(ID), NOW + timedelta(seconds=30))
    call, _ = step(call, CallEnded(ID, 16), NOW + timedelta(seconds=40))
    assert call.talk_seconds(NOW + timedelta(hours=1)) == 30.0


def talking() -> Call:
    call, _ = after(CallAnswered(ID), CallLive(ID))
    return after(CallJoined(ID), call=offer(call, ANA, NOW))[0]


@pytest.mark.parametrize("event", [CallPassed(ID), CallBrought(ID)])
def test_who_is_handed_on_needs_no_agent_until_nobody_takes_them(event):
    call, effects = after(event, call=talking())
    assert (call.state, effects, call.needs_agent) == (AttemptState.OFFERED, [Effect.PASSED], False)
    assert call.joined_at is None
    back, effects = after(CallOrphaned(ID), call=call)
    assert effects == [Effect.GIVE_UP_AGENT, Effect.NEED_AGENT]
    assert back.needs_agent
    taken, effects = after(CallJoined(ID), call=call)
    assert (taken.state, effects) == (AttemptState.CONNECTED, [Effect.CONNECTED])


@pytest.mark.parametrize("event", [CallReached(ID), CallHanded(ID)])
def test_with_whom_is_none_of_ours_the_call_is_over_and_was_a_talk(event):
    call, effects = after(event, call=talking())
    assert (call.state, effects, result_of(call)) == (AttemptState.CLOSED, [Effect.OVER], CallResult.CONNECTED)
    assert after(CallEnded(ID, 16), call=call) == (call, [])


def test_hanging_up_while_an_agent_is_on_the_way_gives_the_agent_back():
    call, _ = after(CallAnswered(ID), CallLive(ID))
    _, effects = after(CallEnded(ID, 16), call=offer(call, ANA, NOW))
    assert effects == [Effect.GIVE_UP_AGENT, Effect.OVER]


def test_a_refused_duplicate_does_not_close_the_living_call():
    call, effects = after(CallRinging(ID), CallRefused(ID))
    assert call.state is AttemptState.RINGING
    assert effects == []
    assert not is_overdue(call, NOW + timedelta(hours=1))


def test_a_refusal_waits_for_what_explains_it():
    call, effects = after(CallRefused(ID), CallDialed(ID, 17, 486), CallEnded(ID, 17))
    assert effects == [Effect.OVER]
    assert result_of(call) is CallResult.BUSY


def test_a_refusal_that_nothing_explains_was_never_dialed():
    call, _ = after(CallRefused(ID))
    assert not is_overdue(call, NOW + timedelta(seconds=1))
    assert is_overdue(call, NOW + timedelta(seconds=2))
    assert result_of(call) is CallResult.NEVER_DIALED


def test_a_hangup_before_the_answer_event_still_ends_it():
    call, effects = after(CallEnded(ID, 38), CallRefused(ID))
    assert call.state is AttemptState.CLOSED
    assert effects == [Effect.OVER]


@given(st.lists(st.sampled_from(EVENTS), max_size=12), st.integers(0, 11))
def test_events_doubled_anywhere_change_no_effect_but_once(events, at):
    once, effects = after(*events)
    if not events:
        return
    at %= len(events)
    doubled = [*events[: at + 1], events[at], *events[at + 1 :]]
    twice, again = after(*doubled)
    if CallOrphaned(ID) in events or CallJoined(ID) in events:
        assert twice.state is once.state
        return
    assert again == effects
    untimed = {
        "ringing_at": None,
        "answered_at": None,
        "live_at": None,
        "connected_at": None,
        "ended_at": None,
        "refused_at": None,
    }
    assert replace(twice, **untimed) == replace(once, **untimed)


@pytest.mark.parametrize(
    ("verdict", "result"),
    [(None, CallResult.ABANDONED), (AmdVerdict.HUMAN, CallResult.ABANDONED), (AmdVerdict.MACHINE, CallResult.MACHINE)],
)
def test_who_says_no_by_key_had_heard_a_message_whether_it_was_seen_to_begin_or_not(verdict, result):
    call = Call(attempt_id=ID, state=AttemptState.ANSWERED, placed_at=NOW, answered_at=NOW, verdict=verdict)
    call, _ = step(call, CallOptedOut(ID), NOW)
    assert result_of(replace(call, ended_at=NOW, cause=16)) is result
