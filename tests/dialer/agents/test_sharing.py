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
    campaign: CampaignId,
    calls: str = "",
    *,
    in_flight: int = 0,
    priority: int = 0,
    more: bool = True,
    foresaw: str | None = None,
) -> Demand:
    """`calls`: of these agents; `foresaw`: None for one that does not dial ahead."""
    return Demand(
        campaign_id=campaign,
        priority=priority,
        in_flight=in_flight,
        wants_more=more,
        calls=frozenset(AttemptId(f"call of {name}") for name in calls.split()),
        foresaw=None if foresaw is None else frozenset(map(AgentId, foresaw.split())),
    )


def share(free: str = "", busy: str = "") -> Share:
    return Share(free=frozenset(map(AgentId, free.split())), busy=frozenset(map(AgentId, busy.split())))


R, T, W = AgentState.READY, AgentState.BUSY, AgentState.WRAP_UP
BOTH = (A, B)


def test_agents_who_are_ready_are_counted_once() -> None:
    board = board_of(("ana", R, BOTH), ("luz", R, BOTH), ("eva", R, (B,)))
    assert share_floor(board, [demand(A), demand(B)]) == {A: share("ana luz"), B: share("eva")}


def test_calls_in_flight_claim_their_agents_first() -> None:
    board = board_of(("ana", R, BOTH))
    assert share_floor(board, [demand(A, in_flight=1), demand(B, priority=5)]) == {A: share("ana"), B: share()}


def test_priority_goes_first_and_an_empty_campaign_takes_none() -> None:
    board = board_of(("ana", R, BOTH), ("luz", R, BOTH))
    first = share_floor(board, [demand(A), demand(B, priority=5)])
    assert first == {A: share(), B: share("ana luz")}
    assert share_floor(board, [demand(A), demand(B, priority=5, more=False)])[A] == share("ana luz")


def test_two_campaigns_that_dial_ahead_never_count_on_the_same_agent() -> None:
    board = board_of(("ana", T, BOTH), ("luz", T, BOTH), ("eva", W, BOTH), ("leo", R, BOTH))
    shares = share_floor(board, [demand(A, "ana luz"), demand(B, "eva")])
    assert shares == {A: share("leo", "ana"), B: share("", "eva luz")}


def test_a_campaign_foresees_the_agents_in_its_own_calls_first() -> None:
    board = board_of(("ana", T, BOTH), ("luz", T, BOTH))
    assert share_floor(board, [demand(A, "luz"), demand(B, "ana")]) == {A: share("", "luz"), B: share("", "ana")}


def test_who_will_be_free_is_the_more_important_campaigns_as_whoever_is_free() -> None:
    board = board_of(("ana", T, BOTH), ("luz", W, BOTH), ("eva", R, BOTH))
    shares = share_floor(board, [demand(A, "ana luz"), demand(B, priority=5)])
    assert shares == {A: share(), B: share("eva", "ana luz")}


def test_calls_placed_ahead_claim_whom_they_were_meant_for_and_leave_the_others_theirs() -> None:
    """However many calls a campaign that dials ahead has in flight, one that does not is not starved by it."""
    board = board_of(("ana", R, BOTH), ("luz", R, BOTH))
    ahead = demand(A, in_flight=8, foresaw="ana eva")
    assert share_floor(board, [ahead, demand(B)]) == {A: share("ana"), B: share("luz")}
    assert share_floor(board, [demand(A, in_flight=8, foresaw=""), demand(B, priority=5)])[B] == share("ana luz")


def test_a_campaign_with_nothing_to_dial_counts_on_nobody_but_for_its_calls_in_flight() -> None:
    board = board_of(("ana", T, BOTH), ("luz", W, BOTH))
    assert share_floor(board, [demand(A, "ana luz", more=False), demand(B)])[B] == share("", "ana luz")
    shares = share_floor(board, [demand(A, "ana luz", more=False, in_flight=3), demand(B)])
    assert shares == {A: share("", "ana"), B: share("", "luz")}


@given(
    st.lists(
        st.tuples(st.sampled_from(STATES), st.sets(st.sampled_from([A, B, C]), min_size=1)), min_size=1, max_size=12
    ),
    st.lists(
        st.tuples(st.integers(-2, 2), st.integers(0, 9), st.booleans(), st.sampled_from([None, "", "ana0 ana2"])),
        min_size=3,
        max_size=3,
    ),
)
def test_whatever_the_floor_is_like_every_agent_is_in_one_share_at_most_and_in_one_of_their_own(
    agents: list[tuple[AgentState, set[CampaignId]]], wishes: list[tuple[int, int, bool, str | None]]
) -> None:
    board = board_of(*((f"ana{n}", state, tuple(sorted(of))) for n, (state, of) in enumerate(agents)))
    demands = [
        demand(campaign, in_flight=in_flight, priority=priority, more=more, foresaw=foresaw)
        for campaign, (priority, in_flight, more, foresaw) in zip((A, B, C), wishes, strict=True)
    ]
    shares = share_floor(board, demands)
    assert shares == share_floor(board, list(reversed(demands))), "whatever order they are asked in"
    counted = [name for one in shares.values() for name in (*one.free, *one.busy)]
    assert len(counted) == len(set(counted))
    for campaign, one in shares.items():
        assert all(campaign in board.seat(name).agent.campaigns for name in one.agents)
        assert all(board.seat(name).can_take_calls for name in one.free)
    if all(more for _, _, more, _ in wishes):
        assert len(counted) == len(agents), "nobody is left out"
