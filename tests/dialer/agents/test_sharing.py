"""Agents who work for several campaigns: each is counted by one of them, whether free now or soon."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cti_api.model.agents import Agent, AgentState
from cti_api.model.ids import AgentId, AttemptId, CampaignId, new_leg_id
from dialer.agents.board import Board, Demand, Share, share_floor
from dialer.agents.states import Move

A, B, C = CampaignId("a"), CampaignId("b"), CampaignId("c")
NOW = datetime(2026, 11, 25, 15, tzinfo=UTC)
WAY = (Move.LOG_IN, Move.RESERVE, Move.CONNECT, Move.END_CALL)
STATES = (AgentState.READY, AgentState.RESERVED, AgentState.BUSY, AgentState.WRAP_UP)


def board_of(*agents: tuple[str, AgentState, tuple[CampaignId, ...]]) -> Board:
    """Agents in the order in which they came to be what they are; each who is in a call is in one of their own name."""
    board = Board()
    for place, (name, state, campaigns) in enumerate(agents):
        seat = board.put(Agent(id=AgentId(name), name=name, campaigns=campaigns), NOW)
        seat.leg_id, seat.leg_up = new_leg_id(), True
        for move in WAY[: STATES.index(state) + 1]:
            board.move(seat.agent.id, move, NOW + timedelta(seconds=place), source="system")
        seat.attempt_id = None if state is AgentState.READY else AttemptId(f"call of {name}")
    return board


def demand(
    campaign: CampaignId, calls: str = "", *, in_flight: int = 0, priority: int = 0, more: bool = True
) -> Demand:
    ids = frozenset(AttemptId(f"call of {name}") for name in calls.split())
    return Demand(campaign_id=campaign, priority=priority, in_flight=in_flight, wants_more=more, calls=ids)


def share(free: int, *busy: str) -> Share:
    return Share(free=free, busy=frozenset(AgentId(name) for name in busy))


R, T, W = AgentState.READY, AgentState.BUSY, AgentState.WRAP_UP


def test_two_campaigns_that_dial_ahead_never_count_on_the_same_agent() -> None:
    board = board_of(("ana", T, (A, B)), ("luz", T, (A, B)), ("eva", W, (A, B)), ("leo", R, (A, B)))
    shares = share_floor(board, [demand(A, "ana luz"), demand(B, "eva")])
    assert shares == {A: share(1, "luz"), B: share(0, "ana", "eva")}


def test_among_equals_an_agent_stays_with_the_campaign_whose_call_they_are_in() -> None:
    board = board_of(("ana", T, (A, B)), ("luz", T, (A, B)))
    assert share_floor(board, [demand(A, "luz"), demand(B, "ana")]) == {A: share(0, "luz"), B: share(0, "ana")}


def test_who_will_be_free_is_the_more_important_campaigns_as_whoever_is_free() -> None:
    board = board_of(("ana", T, (A, B)), ("luz", W, (A, B)), ("eva", R, (A, B)))
    shares = share_floor(board, [demand(A, "ana luz"), demand(B, priority=5)])
    assert shares == {A: share(0), B: share(1, "ana", "luz")}


def test_a_campaign_with_nothing_to_dial_counts_on_nobody_but_for_its_calls_in_flight() -> None:
    board = board_of(("ana", T, (A, B)), ("luz", W, (A, B)))
    assert share_floor(board, [demand(A, "ana luz", more=False), demand(B)])[B] == share(0, "ana", "luz")
    shares = share_floor(board, [demand(A, "ana luz", more=False, in_flight=3), demand(B)])
    assert shares == {A: share(0, "ana"), B: share(0, "luz")}


@given(
    st.lists(
        st.tuples(st.sampled_from(STATES), st.sets(st.sampled_from([A, B, C]), min_size=1)), min_size=1, max_size=12
    ),
    st.lists(st.tuples(st.integers(-2, 2), st.integers(0, 9), st.booleans()), min_size=3, max_size=3),
)
def test_whatever_the_floor_is_like_every_agent_is_in_one_share_at_most_and_in_one_of_their_own(
    agents: list[tuple[AgentState, set[CampaignId]]], wishes: list[tuple[int, int, bool]]
) -> None:
    board = board_of(*((f"ana{n}", state, tuple(sorted(of))) for n, (state, of) in enumerate(agents)))
    demands = [
        demand(campaign, in_flight=in_flight, priority=priority, more=more)
        for campaign, (priority, in_flight, more) in zip((A, B, C), wishes, strict=True)
    ]
    shares = share_floor(board, demands)
    assert shares == share_floor(board, list(reversed(demands))), "whatever order they are asked in"
    counted = [name for one in shares.values() for name in one.busy]
    assert len(counted) == len(set(counted))
    assert sum(one.free for one in shares.values()) <= sum(seat.can_take_calls for seat in board)
    for campaign, one in shares.items():
        assert all(campaign in board.seat(name).agent.campaigns for name in one.busy)
    if all(more for *_, more in wishes):
        assert len(counted) == sum(seat.status.state is not R for seat in board), "nobody is left out"
