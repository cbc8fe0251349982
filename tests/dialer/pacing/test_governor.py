"""The abandonment governor: may lower, never raises, and the cap holds whatever the callees do."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.pacing.governor import answers_to_come, govern
from dialer.pacing.interface import BusyAgent, Decision, LiveCall, PacingConfig, Reason, Snapshot, in_flight


def floor(free: int, flying: int, answered: int, abandoned: int) -> Snapshot:
    ringing = [LiveCall(n, 1.0) for n in range(flying)]
    return Snapshot(0.0, free, [], [], ringing, [], [], 100, 1000, answered, abandoned)


def test_a_cold_start_has_no_budget_and_falls_back_to_one_call_per_free_agent() -> None:
    decision = govern(Decision(9, ("call",), Reason.RATIO), floor(free=3, flying=1, answered=0, abandoned=0), 0.03)
    assert (decision.dial, decision.cancel, decision.reason) == (2, ("call",), Reason.ABANDONMENT_BUDGET)
    assert decision.budget_left == 0.0


def test_the_budget_grows_with_the_answers() -> None:
    def allowed(answered: int, abandoned: int = 0) -> int:
        return govern(Decision(99), floor(free=1, flying=0, answered=answered, abandoned=abandoned), 0.03).dial

    assert [allowed(33), allowed(34), allowed(100), allowed(100, 3), allowed(1000, 10)] == [1, 2, 4, 1, 21]


def test_an_overspent_budget_still_lets_every_free_agent_have_a_call() -> None:
    decision = govern(Decision(9), floor(free=4, flying=1, answered=10, abandoned=5), 0.03)
    assert decision.dial == 3


def test_what_is_within_the_budget_is_left_as_it_is() -> None:
    asked = Decision(2, (), Reason.ONE_PER_FREE_AGENT, 2.0, 2.0)
    decision = govern(asked, floor(free=2, flying=0, answered=0, abandoned=0), 0.03)
    assert decision == asked._replace(budget_left=0.0)


@given(
    st.integers(-3, 200), st.integers(0, 60), st.integers(0, 60), st.integers(0, 5000), st.integers(0, 500),
    st.floats(0, 0.1),
)  # fmt: skip
def test_it_never_raises_a_decision(
    dial: int, free: int, flying: int, answered: int, abandoned: int, cap: float
) -> None:
    decision = govern(Decision(dial), floor(free, flying, answered, abandoned), cap)
    assert decision.dial <= max(dial, 0)
    assert decision.dial <= dial or dial < 0
    progressive = max(free - flying, 0)
    assert decision.dial >= min(dial, progressive)


@given(st.floats(-1e4, 1e5), st.integers(-50, 5000), st.floats(0, 1e5), st.booleans(), st.integers(0, 60))
def test_what_is_still_to_come_is_never_less_than_nothing(
    seconds: float, answered: int, window: float, rolling: bool, free: int
) -> None:
    config = PacingConfig(window_s=window, rolling=rolling)
    to_come = answers_to_come(floor(free, 0, 0, 0), config, seconds, answered)
    assert 0.0 <= to_come <= 1000
    assert to_come == 0.0 or not rolling


class Adversary:
    """A floor where a reckless pacer dials and the callees answer when it hurts most."""

    def __init__(self, chance: Random, agents: int, cap: float) -> None:
        self.chance, self.cap = chance, cap
        self.free, self.busy, self.flying = agents, 0, 0
        self.answered = self.abandoned = 0

    def tick(self) -> None:
        snap = Snapshot(
            0.0, self.free, [BusyAgent(n, 1.0, False) for n in range(self.busy)], [],
            [LiveCall(n, 1.0) for n in range(self.flying)], [], [], 999, 9999, self.answered, self.abandoned,
        )  # fmt: skip
        self.flying += govern(Decision(self.chance.choice([1, 5, 50])), snap, self.cap).dial
        mood = self.chance.random()
        if mood < 0.4:
            self.answer(self.flying)  # all at once
        elif mood < 0.7:
            self.answer(self.chance.randint(0, self.flying))
        elif mood < 0.8:
            self.flying -= self.chance.randint(0, self.flying)  # busy, no answer
        if self.chance.random() < 0.5:
            done = self.chance.randint(0, self.busy)
            self.busy, self.free = self.busy - done, self.free + done

    def answer(self, calls: int) -> None:
        self.flying -= calls
        self.answered += calls
        served = min(calls, self.free)
        self.free, self.busy = self.free - served, self.busy + served
        self.abandoned += calls - served


@settings(max_examples=100)
@given(st.integers(0, 2**32), st.integers(1, 20), st.sampled_from([0.01, 0.03, 0.05]))
def test_the_cap_holds_at_every_instant_whatever_the_callees_do(seed: int, agents: int, cap: float) -> None:
    world = Adversary(Random(seed), agents, cap)
    for _ in range(300):
        world.tick()
        assert world.abandoned <= cap * world.answered + 1e-9


def test_in_flight_counts_every_call_that_may_still_ask_for_an_agent() -> None:
    snap = floor(1, 2, 0, 0)._replace(in_amd=[LiveCall("a", 1.0)], waiting=[LiveCall("b", 1.0)])
    assert in_flight(snap) == 4
