"""The pacers that follow free agents, or free lines."""

from collections.abc import Hashable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_api.model.abandonment import AbandonmentPolicy
from cti_api.model.campaigns import AmdPolicy, PacingMode
from dialer.pacing import agentless, progressive, ratio
from dialer.pacing.governor import govern
from dialer.pacing.interface import (
    BusyAgent,
    Decision,
    Event,
    EventKind,
    LiveCall,
    PacingConfig,
    Reason,
    Snapshot,
    in_flight,
)
from dialer.pacing.modes import make_pacer, pacing_config
from dialer.pacing.sentence import WHY, sentence
from tests.support.thoughts import spec


def floor(free: int, ringing: int = 0, in_amd: int = 0, waiting: int = 0, talking: int = 0, **more: int) -> Snapshot:
    def calls(count: int, of: str) -> list[LiveCall]:
        return [LiveCall(f"{of}{n}", 5.0) for n in range(count)]

    facts = {"lines_free": 100, "leads_left": 1000, "answered": 0, "abandoned": 0} | more
    return Snapshot(
        now=100.0,
        free=free,
        talking=[BusyAgent(f"agent{n}", 30.0, False) for n in range(talking)],
        wrapping=[],
        ringing=calls(ringing, "r"),
        in_amd=calls(in_amd, "m"),
        waiting=calls(waiting, "w"),
        **facts,
    )


def test_progressive_places_one_call_per_free_agent() -> None:
    pacer = progressive.make_pacer(PacingConfig(), seed=1)
    assert pacer.decide(floor(free=3)) == Decision(3, (), Reason.ONE_PER_FREE_AGENT, 3.0, 3.0)
    assert pacer.decide(floor(free=3, ringing=1, in_amd=1)).dial == 1
    assert pacer.decide(floor(free=2, ringing=1, waiting=1))[2] is Reason.ENOUGH_IN_FLIGHT
    assert pacer.decide(floor(free=0, talking=4)) == Decision(0, (), Reason.NO_FREE_AGENT)


def test_without_agents_there_is_one_call_per_free_line_and_the_governor_lets_it_pass() -> None:
    pacer = agentless.make_pacer(PacingConfig(), seed=1)
    decision = pacer.decide(floor(free=30, ringing=2))
    assert (decision.dial, decision.reason) == (28, Reason.ONE_PER_FREE_LINE)
    assert sentence(decision) == "dial 28: one call for each free line of the IVR (30 free lines, 30 answers expected)"
    spent = floor(free=30, ringing=2, answered=10, abandoned=5)
    assert govern(pacer.decide(spent), spent, cap=0.03).dial == 28
    assert pacer.decide(floor(free=1, in_amd=1)).reason is Reason.NO_FREE_LINE


def test_the_bench_reads_a_decision_by_position() -> None:
    dial, cancel, *_ = progressive.make_pacer(PacingConfig(), seed=1).decide(floor(free=2))
    assert (dial, cancel) == (2, ())
    assert Decision(4).dial == 4
    assert Decision(4, ("call",)).cancel == ("call",)


def test_calls_and_agents_may_be_named_by_anything_hashable() -> None:
    names: list[Hashable] = [7, "attempt", ("a", 1), None]
    pacer = progressive.make_pacer(PacingConfig(), seed=1)
    for name in names:
        pacer.observe(Event(EventKind.DIALED, 1.0, name, None, 0.0))
        snap = floor(free=2)._replace(ringing=[LiveCall(name, 3.0)])
        assert pacer.decide(snap).dial == 1


@pytest.mark.parametrize(("calls_per_agent", "free", "expected"), [(1.3, 7, 9), (1.2, 5, 6), (2.0, 3, 6), (1.0, 4, 4)])
def test_ratio_places_its_multiple_of_the_free_agents_rounded_down(
    calls_per_agent: float, free: int, expected: int
) -> None:
    pacer = ratio.make_pacer(PacingConfig(calls_per_agent=calls_per_agent), seed=1)
    decision = pacer.decide(floor(free=free))
    assert (decision.dial, decision.reason) == (expected, Reason.RATIO)
    assert pacer.decide(floor(free=free, ringing=expected)).dial == 0


def test_ratio_never_takes_more_lines_than_the_staff_allows() -> None:
    pacer = ratio.make_pacer(PacingConfig(calls_per_agent=5.0, max_ratio=2.0), seed=1)
    assert pacer.decide(floor(free=2, talking=1)).dial == 2 * 3 - 1


@given(*[st.integers(0, 30) for _ in range(5)], st.floats(1, 8))
def test_no_pacer_ever_asks_for_a_negative_number(
    free: int, ringing: int, amd: int, waiting: int, talking: int, multiple: float
) -> None:
    snap = floor(free, ringing, amd, waiting, talking)
    config = PacingConfig(calls_per_agent=multiple)
    one = progressive.make_pacer(config, 1).decide(snap)
    many = ratio.make_pacer(config, 1).decide(snap)
    assert one.dial == max(free - in_flight(snap), 0)
    assert many.dial >= 0
    assert many.dial == 0 or many.dial + in_flight(snap) <= multiple * free + 1e-6


def test_each_mode_has_its_pacer_and_agents_need_none() -> None:
    def pacer_of(mode: PacingMode) -> str:
        return type(make_pacer(spec(mode=mode), 1)).__name__

    assert pacer_of(PacingMode.PROGRESSIVE) == "Progressive"
    assert pacer_of(PacingMode.POWER) == "FixedRatio"
    assert pacer_of(PacingMode.AGENTLESS) == "Agentless"
    assert pacer_of(PacingMode.MANUAL) == pacer_of(PacingMode.PREVIEW) == "NoneType"


def test_a_campaigns_figures_reach_the_pacer() -> None:
    promise = AbandonmentPolicy(limit=0.01)
    campaign = spec(mode=PacingMode.POWER, calls_per_agent=1.5, abandonment=promise, amd=AmdPolicy(enabled=True))
    config = pacing_config(campaign)
    assert (config.cap, config.calls_per_agent, config.amd_s, config.hold_s) == (0.01, 1.5, 2.5, 2.0)


def test_a_decision_is_told_in_one_sentence() -> None:
    decision = progressive.make_pacer(PacingConfig(), 1).decide(floor(free=3, ringing=1))
    assert sentence(decision) == "dial 2: one call for each free agent (3 free agents, 3 answers expected)"
    budget = decision._replace(budget_left=1.5, reason=Reason.ABANDONMENT_BUDGET)
    assert sentence(budget).endswith("1.50 abandoned calls left in the budget)")
    assert set(WHY) == set(Reason)
