"""The half minute ahead: held against every combination of a few calls and agents, and the short way for many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.pacing.estimators import SLOT_SECONDS, SLOTS, Floats
from dialer.pacing.foresight import Exact, Foresight, Normal, free_agents


class Coming(NamedTuple):
    """A call: its chance to be answered in each slot, and to have been by the middle of it."""

    during: Floats
    by: Floats


def coming(*during: float) -> Coming:
    """A call that is answered in the first slots with these chances, and later never."""
    whole = np.zeros(SLOTS)
    whole[: len(during)] = during
    return Coming(whole, np.cumsum(whole) - whole / 2)


def ringing_for(seconds: int) -> Coming:
    """A call of which three in ten are answered, evenly over half a minute, that has rung for a while."""
    left = max(SLOTS - 2 - seconds // 2, 0)
    return coming(*([0.02] * left))


def agent(*chances: float) -> Floats:
    """The chance to be free in each of the first slots; later as in the last of them."""
    return np.array([chances[min(slot, len(chances) - 1)] for slot in range(SLOTS)])


def foresee(foresight: Foresight, calls: Sequence[Coming]) -> Foresight:
    for call in calls:
        foresight.add(call.during, call.by)
    return foresight


def exact(free: int, agents: Sequence[Floats], calls: Sequence[Coming] = ()) -> Foresight:
    return foresee(Exact(free, free_agents(np.array(agents).reshape(-1, SLOTS))), calls)


def normal(free: int, agents: Sequence[Floats], calls: Sequence[Coming] = ()) -> Foresight:
    return foresee(Normal(free, np.array(agents).reshape(-1, SLOTS)), calls)


def one_by_one(free: int, agents: Sequence[Floats], calls: Sequence[Coming]) -> float:
    """Those left alone: for each slot and call, every way in which the others and the agents can turn out."""
    alone = 0.0
    for slot in range(SLOTS):
        for call in calls:
            coins = [other.by[slot] for other in calls if other is not call] + [each[slot] for each in agents]
            for sides in product((0, 1), repeat=len(coins)):
                answered, came_free = sum(sides[: len(calls) - 1]), sum(sides[len(calls) - 1 :])
                if answered >= free + came_free:
                    chance = np.prod([coin if side else 1.0 - coin for coin, side in zip(coins, sides, strict=True)])
                    alone += call.during[slot] * float(chance)
    return alone


chances = st.floats(0.0, 1.0)
some_calls = st.lists(st.builds(coming, st.floats(0.0, 0.5), st.floats(0.0, 0.3), st.floats(0.0, 0.2)), max_size=4)
some_agents = st.lists(st.builds(agent, chances, chances, chances), max_size=3)


@settings(max_examples=40, deadline=None)
@given(st.integers(-3, 4), some_agents, some_calls, st.builds(coming, st.floats(0.0, 0.6), st.floats(0.0, 0.4)))
def test_who_is_left_alone_is_what_every_combination_says(
    free: int, agents: list[Floats], calls: list[Coming], another: Coming
) -> None:
    foresight = exact(free, agents, calls)
    before, after = one_by_one(free, agents, calls), one_by_one(free, agents, [*calls, another])
    assert foresight.left_alone() == pytest.approx(before, abs=1e-9)
    assert foresight.risk_of(*another) == pytest.approx(after - before, abs=1e-9)
    foresight.add(*another)
    assert foresight.left_alone() == pytest.approx(after, abs=1e-9)


def test_more_calls_than_there_was_room_for_at_first_are_kept_whole() -> None:
    calls = [coming(0.1 * n % 0.7, 0.2) for n in range(8)]
    assert exact(2, [agent(0.4)], calls).left_alone() == pytest.approx(one_by_one(2, [agent(0.4)], calls))


def test_the_order_in_which_calls_are_added_makes_no_difference() -> None:
    calls = [coming(0.1, 0.3), coming(0.6), coming(0.0, 0.0, 0.8), coming(0.2, 0.2, 0.2)]
    one, other = (exact(1, [agent(0.1, 0.5)], each) for each in (calls, calls[::-1]))
    assert one.left_alone() == pytest.approx(other.left_alone(), abs=1e-12)
    assert one.risk_of(*calls[0]) == pytest.approx(other.risk_of(*calls[0]), abs=1e-12)


def test_a_call_for_each_free_agent_leaves_nobody_alone_and_one_more_may() -> None:
    three = [coming(0.9), coming(0.5, 0.5), coming(0.0, 1.0)]
    assert exact(3, [agent(0.2)], three[:2]).risk_of(*three[2]) == 0.0
    assert exact(3, [agent(0.2)], three).left_alone() == 0.0
    assert exact(3, [agent(0.2)], three).risk_of(*three[0]) > 0.01


def test_people_who_wait_take_the_agents_who_come_free_first() -> None:
    call = coming(0.0, 1.0)
    assert exact(-1, [agent(1.0)], [call]).left_alone() == pytest.approx(1.0)
    assert exact(-1, [agent(1.0), agent(0.75)], [call]).left_alone() == pytest.approx(0.25)
    assert exact(-5, [agent(1.0), agent(1.0)], [call]).left_alone() == pytest.approx(1.0)


def later(call: Coming) -> Coming:
    """The same call, placed a slot later."""
    return Coming(np.concatenate(([0.0], call.during[:-1])), np.concatenate(([0.0], call.by[:-1])))


@pytest.mark.parametrize("of", [exact, normal])
def test_what_a_later_call_saves_is_told_for_each_second_that_an_agent_waits_for_it(
    of: Callable[..., Foresight],
) -> None:
    calls, agents = [coming(0.1, 0.2), coming(0.3)], [agent(0.1, 0.3, 0.6, 0.9)] * 2
    foresight, another = of(0, agents, calls), coming(0.2, 0.3, 0.2)
    saved = foresight.risk_of(*another) - foresight.risk_of(*later(another))
    in_each_slot = np.eye(SLOTS)
    an_agent = np.array([1.0 - foresight.risk_of(slot, np.zeros(SLOTS)) for slot in in_each_slot])
    waits = SLOT_SECONDS * float((another.by - later(another).by) @ an_agent)
    assert foresight.relief(*another) == pytest.approx(saved / waits, rel=0.01)
    assert saved > 0.0


def test_waiting_saves_nothing_where_an_agent_is_free_for_the_call_already() -> None:
    assert exact(1, [agent(0.2, 0.8)], []).relief(*coming(0.5, 0.3)) == 0.0
    assert exact(0, [], []).relief(*coming(0.5, 0.3)) == 0.0


@pytest.mark.parametrize("many", [1, 2, 3, 8, 20])
def test_what_one_of_the_calls_costs_is_near_what_would_be_saved_without_it(many: int) -> None:
    calls = [ringing_for(0) for _ in range(many)]
    agents = [agent(0.1, 0.2, 0.4)] * 3
    saved = exact(1, agents, calls).left_alone() - exact(1, agents, calls[1:]).left_alone()
    assert exact(1, agents, calls).risk_within(*calls[0]) == pytest.approx(saved, rel=0.1, abs=1e-6)


def test_the_only_call_costs_what_it_would_cost_to_place_it() -> None:
    call, agents = coming(0.3, 0.2), [agent(0.4, 0.6)]
    assert exact(0, agents, [call]).risk_within(*call) == pytest.approx(exact(0, agents).risk_of(*call))


def test_the_distribution_of_those_who_come_free_is_one() -> None:
    agents = np.array([agent(0.1, 0.9), agent(0.5), agent(1.0, 0.0)])
    distribution = free_agents(agents)
    assert distribution.shape == (4, SLOTS)
    assert distribution.sum(0) == pytest.approx(np.ones(SLOTS))
    assert distribution[:, 0] == pytest.approx([0.0, 0.45, 0.5, 0.05])
    assert np.arange(4) @ distribution == pytest.approx(agents.sum(0))
    assert free_agents(np.zeros((0, SLOTS))) == pytest.approx(np.ones((1, SLOTS)))


@pytest.mark.parametrize("free", [-2, 0, 4])
def test_for_many_a_normal_distribution_says_nearly_the_same(free: int) -> None:
    agents = [agent(*(min(1.0, (slot + n % 7) / 40) for slot in range(SLOTS))) for n in range(60)]
    for many in (60, 90, 120, 160):
        calls = [ringing_for(n % 26) for n in range(many)]
        long_way, short_way = exact(free, agents, calls), normal(free, agents, calls)
        assert short_way.left_alone() == pytest.approx(long_way.left_alone(), rel=0.12, abs=0.02)
        another = ringing_for(0)
        assert short_way.risk_of(*another) == pytest.approx(long_way.risk_of(*another), rel=0.1, abs=0.003)
        assert short_way.risk_within(*another) == pytest.approx(long_way.risk_within(*another), rel=0.1, abs=0.003)


def test_without_agents_and_calls_nobody_is_left_alone() -> None:
    assert exact(0, []).left_alone() == normal(0, []).left_alone() == 0.0
    assert exact(0, []).risk_of(*coming(0.5)) == pytest.approx(0.5)
