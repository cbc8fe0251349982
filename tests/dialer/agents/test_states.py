"""Agent states and the board."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from cti_api.errors import Conflict, NotFound
from cti_api.model.agents import TECHNICAL, Agent, AgentState, AgentStatus, taken_up
from cti_api.model.ids import AgentId, CampaignId, new_leg_id
from dialer.agents.board import Board
from dialer.agents.states import PENDING, TABLE, Move, move

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
ANA, LUZ = AgentId("ana"), AgentId("luz")
A, B = CampaignId("a"), CampaignId("b")


def status(state: AgentState, **facts) -> AgentStatus:
    return AgentStatus(agent_id=ANA, state=state, since=NOW, **facts)


@pytest.mark.parametrize(("state", "what"), list(product(AgentState, Move)))
def test_each_state_takes_each_move_by_the_table_or_refuses(state, what):
    after = move(status(state), what, NOW, source="agent")
    if (state, what) in PENDING:
        assert after is not None
        assert after.state is state
        assert after.pending is PENDING[state, what]
    elif (state, what) in TABLE:
        assert after is not None
        assert after.state is TABLE[state, what]
    else:
        assert after is None


def test_a_pause_asked_for_in_a_call_is_taken_after_wrap_up():
    busy = move(status(AgentState.BUSY), Move.PAUSE, NOW, source="agent", reason="almuerzo")
    wrap = move(busy, Move.END_CALL, NOW, source="system")
    assert wrap.state is AgentState.WRAP_UP
    paused = move(wrap, Move.FINISH, NOW, source="agent")
    assert paused.state is AgentState.NOT_READY
    assert paused.reason == "almuerzo"
    assert paused.pending is None


def test_what_was_asked_for_in_a_call_can_be_taken_back_until_it_is_wrapped_up():
    busy = status(AgentState.BUSY, pending=AgentState.NOT_READY, pending_reason="almuerzo")
    again = move(busy, Move.MAKE_READY, NOW, source="agent")
    assert (again.state, again.pending) == (AgentState.BUSY, None)
    assert move(again, Move.MAKE_READY, NOW, source="agent") is None
    wrap = status(AgentState.WRAP_UP, pending=AgentState.LOGGED_OFF)
    still = move(wrap, Move.MAKE_READY, NOW, source="agent")
    assert (still.state, still.pending) == (AgentState.WRAP_UP, None)
    assert move(still, Move.MAKE_READY, NOW, source="agent").state is AgentState.READY


def test_a_lost_softphone_is_a_technical_pause():
    lost = move(status(AgentState.BUSY), Move.LOSE_PHONE, NOW, source="system", reason=TECHNICAL)
    assert (lost.state, lost.reason) == (AgentState.NOT_READY, TECHNICAL)


def test_a_softphone_lost_in_a_call_grants_what_was_asked_for_after_it():
    leaving = status(AgentState.BUSY, pending=AgentState.LOGGED_OFF)
    assert move(leaving, Move.LOSE_PHONE, NOW, source="system", reason=TECHNICAL).state is AgentState.LOGGED_OFF
    pausing = status(AgentState.RESERVED, pending=AgentState.NOT_READY, pending_reason="almuerzo")
    lost = move(pausing, Move.LOSE_PHONE, NOW, source="system", reason=TECHNICAL)
    assert (lost.state, lost.reason) == (AgentState.NOT_READY, "almuerzo")


@pytest.mark.parametrize("state", [AgentState.NOT_READY, AgentState.WRAP_UP, AgentState.LOGGED_OFF])
def test_who_waits_for_no_call_does_not_need_the_softphone(state):
    assert move(status(state, reason="almuerzo"), Move.LOSE_PHONE, NOW, source="system", reason=TECHNICAL) is None


@pytest.mark.parametrize("state", [AgentState.READY, AgentState.RESERVED, AgentState.BUSY])
def test_a_restart_takes_who_took_calls_for_one_without_a_telephone(state):
    taken = taken_up(status(state, pending=AgentState.LOGGED_OFF))
    assert (taken.state, taken.reason, taken.pending) == (AgentState.NOT_READY, TECHNICAL, AgentState.LOGGED_OFF)
    assert move(taken, Move.FIND_PHONE, NOW, source="system").state is AgentState.LOGGED_OFF


@pytest.mark.parametrize("state", [AgentState.NOT_READY, AgentState.WRAP_UP, AgentState.LOGGED_OFF])
def test_a_restart_ends_no_pause_and_no_wrap_up(state):
    before = status(state, reason="almuerzo")
    assert taken_up(before) == before


def test_an_agent_found_in_a_talk_keeps_what_they_asked_for():
    taken = taken_up(status(AgentState.BUSY, pending=AgentState.NOT_READY, pending_reason="almuerzo"))
    busy = move(taken, Move.ADOPT, NOW, source="system")
    assert (busy.state, busy.pending, busy.pending_reason) == (AgentState.BUSY, AgentState.NOT_READY, "almuerzo")


def a_board(**campaigns_of: tuple[CampaignId, ...]) -> Board:
    board = Board()
    for number, (name, campaigns) in enumerate(campaigns_of.items()):
        agent = Agent(id=AgentId(name), name=name, campaigns=campaigns)
        seat = board.put(agent, NOW)
        seat.leg_id, seat.leg_up = new_leg_id(), True
        board.move(agent.id, Move.LOG_IN, NOW + timedelta(seconds=number), source="agent")
    return board


def test_the_longest_idle_agent_comes_first():
    board = a_board(ana=(A,), luz=(A,), eva=(B,))
    assert [s.agent.id for s in board.ready(A)] == ["ana", "luz"]


def test_an_agent_without_a_softphone_takes_no_call():
    board = a_board(ana=(A,))
    board.seat(ANA).leg_up = False
    assert board.ready(A) == []


def test_refused_moves_and_unknown_agents_say_so():
    board = a_board(ana=(A,))
    with pytest.raises(Conflict, match="ana is ready"):
        board.move(ANA, Move.END_CALL, NOW, source="system")
    with pytest.raises(NotFound, match="luz"):
        board.seat(LUZ)


def test_signed_in_time_counts_the_running_session():
    board = a_board(ana=(A,))
    assert board.seat(ANA).signed_in(NOW + timedelta(seconds=60)) == 60
    board.move(ANA, Move.LOG_OUT, NOW + timedelta(seconds=90), source="agent")
    assert board.seat(ANA).signed_in(NOW + timedelta(hours=1)) == 90
