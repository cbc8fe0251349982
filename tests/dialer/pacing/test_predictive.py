"""The predictive pacer: what it must never do, what it answers to plain pictures of the floor, and that it repeats."""

from __future__ import annotations

from dataclasses import replace
from operator import itemgetter
from weakref import ref

from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.pacing.governor import affords_risk, govern
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
from dialer.pacing.predictive import Predictive, make_pacer

CONFIG = PacingConfig()
HOURS = 3600.0


def a_floor(**what: object) -> Snapshot:
    empty = Snapshot(
        now=2 * HOURS,
        free=0,
        talking=(),
        wrapping=(),
        ringing=(),
        in_amd=(),
        waiting=(),
        lines_free=100,
        leads_left=10_000,
        answered=200,
        abandoned=0,
    )
    return empty._replace(**what)


def busy(*elapsed: float, leaving: bool = False) -> tuple[BusyAgent, ...]:
    return tuple(BusyAgent(f"agent-{n}", seconds, leaving) for n, seconds in enumerate(elapsed))


def calls(*elapsed: float) -> tuple[LiveCall, ...]:
    return tuple(LiveCall(f"call-{n}", seconds) for n, seconds in enumerate(elapsed))


def taught(config: PacingConfig = CONFIG, *, answered: int = 60, unanswered: int = 140) -> Predictive:
    """A pacer that saw calls answered after 8 to 12 s, talks of 60 to 180 s and wrap-ups of 17 to 20 s."""
    pacer = make_pacer(config, 1)
    for n in range(answered + unanswered):
        call = f"past-{n}"
        pacer.observe(Event(EventKind.DIALED, n * 30.0, call, None, 0.0))
        if n * answered % (answered + unanswered) < answered:
            pacer.observe(Event(EventKind.ANSWERED, n * 30.0, call, None, 8.0 + n % 5))
            pacer.observe(Event(EventKind.HUMAN, n * 30.0, call, None, 8.0 + n % 5))
            pacer.observe(Event(EventKind.TALK_END, n * 30.0, None, "a", 60.0 + 30.0 * (n % 5)))
            pacer.observe(Event(EventKind.WRAP_END, n * 30.0, None, "a", 17.0 + n % 4))
        else:
            pacer.observe(Event(EventKind.NO_ANSWER, n * 30.0, call, None, config.ring_timeout_s))
    return pacer


def test_an_empty_floor_places_no_call() -> None:
    decision = make_pacer(CONFIG, 1).decide(a_floor())
    assert (decision.dial, decision.cancel, decision.reason) == (0, (), Reason.NO_FREE_AGENT)


def test_a_free_agent_gets_a_call_even_before_anything_is_known() -> None:
    assert make_pacer(CONFIG, 1).decide(a_floor(now=0.0, free=1, answered=0)).dial >= 1


def test_a_cold_start_risks_little_though_the_whole_team_waits() -> None:
    team = a_floor(now=0.0, free=5, answered=0)
    assert 5 <= make_pacer(CONFIG, 1).decide(team).dial <= 10, "all of a list that answers twice as often find somebody"


def test_an_agent_whose_wrap_up_is_about_to_end_gets_a_call_beforehand() -> None:
    decision = taught().decide(a_floor(wrapping=busy(16.5, 16.5, 16.5)))
    assert decision.dial >= 1
    assert decision.reason is Reason.AGENTS_EXPECTED
    assert decision.expected_free_agents > 0.5


def test_an_agent_who_will_not_come_back_gets_none() -> None:
    decision = taught().decide(a_floor(wrapping=busy(16.5, 16.5, 16.5, leaving=True)))
    assert decision.dial == 0


def test_one_agent_at_the_beginning_of_a_talk_gets_none_and_the_reason_is_the_risk() -> None:
    decision = taught().decide(a_floor(talking=busy(5.0)))
    assert (decision.dial, decision.reason) == (0, Reason.RISK)


def test_a_call_that_has_rung_for_long_no_longer_stands_in_the_way_of_the_next() -> None:
    fresh, old = (
        taught().decide(a_floor(free=1, ringing=calls(4.0))),
        taught().decide(a_floor(free=1, ringing=calls(20.0))),
    )
    assert fresh.dial == 0
    assert old.dial >= 1


def dialled(pacer: Predictive, ticks: int, *, placed: bool = True) -> list[int]:
    """What it decides tick by tick with six agents in wrap-up; `placed`: its calls are."""
    wrapping, decided = busy(9.0, 11.0, 13.0, 15.0, 17.0, 19.0), []
    for tick in range(ticks):
        now = 2 * HOURS + tick / 2
        decided.append(pacer.decide(a_floor(now=now, wrapping=wrapping)).dial)
        for n in range(decided[-1] if placed else 0):
            pacer.observe(Event(EventKind.DIALED, now, f"call-{tick}-{n}", None, 0.0))
    return decided


def test_people_left_alone_before_it_began_do_not_make_it_doubt_what_it_expects() -> None:
    """A restart tells the calls of the last hours, of which nothing had been expected."""
    restarted = taught()
    for n in range(6):
        restarted.observe(Event(EventKind.ABANDONED, n * 30.0, f"past-{n}", None, 2.0))
    assert dialled(restarted, 200) == dialled(taught(), 200)


def test_calls_that_a_limit_did_not_let_be_placed_teach_it_nothing_of_what_calls_cost() -> None:
    bound = taught()
    wanted = dialled(bound, 200, placed=False)
    assert set(wanted) == {wanted[0]}, "it wants the same as long as nothing happens"
    assert wanted[0] > 0
    assert len(set(dialled(taught(), 200))) > 1, "of calls that are placed it learns"


def test_the_limit_of_lines_is_named_that_stands_in_the_way() -> None:
    unlikely = taught(answered=4, unanswered=400)
    ringing = calls(*[1.0] * 24)
    assert unlikely.decide(a_floor(free=3, ringing=ringing)).reason is Reason.LINES_PER_AGENT
    assert unlikely.decide(a_floor(free=3, ringing=ringing[:20], lines_free=0)).reason is Reason.LINES


def test_without_budget_there_is_one_call_for_each_free_agent_at_most() -> None:
    spent = a_floor(free=2, talking=busy(5.0, 100.0), wrapping=busy(20.0), answered=100, abandoned=9)
    decision = taught().decide(spent)
    assert decision.dial <= 2
    assert taught().decide(spent._replace(free=0, wrapping=busy(16.5, 16.5, 16.5))).reason is Reason.ABANDONMENT_BUDGET


def test_at_the_end_of_the_window_nothing_is_risked_that_no_answer_will_pay_for() -> None:
    at_the_end = a_floor(now=CONFIG.window_s - 30.0, wrapping=busy(16.5, 16.5, 16.5), answered=34, abandoned=1)
    early = a_floor(now=HOURS, wrapping=busy(16.5, 16.5, 16.5), answered=34, abandoned=1)
    assert taught().decide(at_the_end).dial == 0
    assert taught().decide(early).dial > 0


def test_a_window_that_rolls_pays_with_what_it_has() -> None:
    rolling = replace(CONFIG, rolling=True)
    floor = a_floor(now=HOURS, wrapping=busy(16.5, 16.5, 16.5), answered=34, abandoned=0)
    assert taught(rolling).decide(floor).dial == 0
    assert taught(rolling).decide(floor._replace(answered=120)).dial > 0


def test_a_half_hour_in_which_somebody_was_abandoned_risks_no_second() -> None:
    floor = a_floor(now=3 * HOURS, wrapping=busy(10.0, 10.0))
    for seconds_ago, dials in ((60.0, False), (1900.0, True)):
        pacer = taught(replace(CONFIG, half_hour=True))
        pacer.observe(Event(EventKind.ABANDONED, floor.now - seconds_ago, "somebody", None, 2.0))
        assert (pacer.decide(floor).dial > 0) is dials


def test_people_who_are_answered_much_more_often_are_called_less_at_once() -> None:
    pacer = taught(answered=30, unanswered=270)
    floor = a_floor(free=0, talking=busy(*[30.0 * n for n in range(10)]), wrapping=busy(10.0, 15.0, 20.0))
    before = pacer.decide(floor).dial
    for n in range(12):  # the list reaches another town
        pacer.observe(Event(EventKind.DIALED, floor.now, f"there-{n}", None, 0.0))
        pacer.observe(Event(EventKind.ANSWERED, floor.now, f"there-{n}", None, 6.0))
        pacer.observe(Event(EventKind.HUMAN, floor.now, f"there-{n}", None, 6.0))
    assert 0 <= pacer.decide(floor._replace(now=floor.now + 0.5)).dial < before


def test_an_old_call_that_only_adds_risk_is_hung_up_and_none_before_its_minimum_ring() -> None:
    floor = a_floor(talking=busy(1.0), ringing=calls(16.0, 14.0), answered=40, abandoned=2)
    assert taught().decide(floor).cancel == ("call-0",)


def test_calls_of_the_past_teach_what_they_would_have_taught_as_they_rang() -> None:
    then, now = make_pacer(CONFIG, 1), make_pacer(CONFIG, 1)
    floor = a_floor(free=1)
    for n in range(150):
        call, answered = f"call-{n}", n % 3 == 0
        end = EventKind.ANSWERED if answered else EventKind.NO_ANSWER
        rings = 10.25 if answered else CONFIG.ring_timeout_s
        dialed, ended = (Event(kind, 0.0, call, None, value) for kind, value in ((EventKind.DIALED, 0.0), (end, rings)))
        then.observe(dialed)
        now.observe(dialed)
        for tick in range(1, int(2 * rings)):
            now.decide(floor._replace(ringing=(LiveCall(call, tick / 2),)))
        then.observe(ended)
        now.observe(ended)
    one, other = then.decide(floor), now.decide(floor)
    assert abs(one.expected_answers / one.dial - other.expected_answers / other.dial) < 0.01


def test_what_is_spent_keeps_no_free_agent_of_a_large_team_from_a_call() -> None:
    floor = a_floor(free=2, talking=busy(*[3.0 * n for n in range(60)]), answered=1000, abandoned=90)
    assert taught().decide(floor).dial == 2
    assert taught().decide(floor._replace(ringing=calls(1.0))).dial == 1


def test_a_call_that_nobody_told_the_end_of_is_not_remembered() -> None:
    class Name:
        pass

    pacer, name = taught(), Name()
    forgotten = ref(name)
    pacer.decide(a_floor(free=1, ringing=[LiveCall(name, 4.0)]))
    pacer.decide(a_floor(free=1))
    del name
    assert forgotten() is None


def test_a_clock_that_was_set_back_while_a_call_rang_does_no_harm() -> None:
    pacer = taught()
    for elapsed in (4.0, -3600.0, -3599.5, 1.0):
        assert pacer.decide(a_floor(free=1, ringing=calls(elapsed))).dial == 0


def test_a_config_of_fewer_figures_is_one() -> None:
    class Bare:
        cap, window_s, hold_s, ring_timeout_s, min_ring_s, amd_s = 0.02, 3600.0, 2.0, 25.0, 15.0, 0.0

    assert PacingConfig.of(Bare()) == PacingConfig(cap=0.02, window_s=3600.0, ring_timeout_s=25.0)


CALL = itemgetter(0)
seconds = st.floats(0.0, 700.0)
floors = st.builds(
    a_floor,
    now=st.floats(0.0, 9 * HOURS),
    free=st.integers(0, 60),
    talking=st.lists(st.builds(BusyAgent, st.integers(0, 99), seconds, st.booleans()), max_size=50),
    wrapping=st.lists(st.builds(BusyAgent, st.integers(100, 199), seconds, st.booleans()), max_size=20),
    ringing=st.lists(st.builds(LiveCall, st.integers(0, 999), st.floats(0.0, 40.0)), max_size=130, unique_by=CALL),
    in_amd=st.lists(st.builds(LiveCall, st.integers(1000, 1999), st.floats(0.0, 5.0)), max_size=8),
    waiting=st.lists(st.builds(LiveCall, st.integers(2000, 2999), st.floats(0.0, 3.0)), max_size=80),
    lines_free=st.integers(0, 200),
    leads_left=st.integers(0, 500),
    answered=st.integers(0, 3000),
    abandoned=st.integers(0, 120),
)
configs = st.builds(
    PacingConfig,
    cap=st.sampled_from((0.0, 0.001, 0.01, 0.03, 0.2)),
    ring_timeout_s=st.sampled_from((15.0, 22.5, 28.0, 60.0, 120.0)),
    hold_s=st.sampled_from((0.0, 2.0, 5.0)),
    amd_s=st.sampled_from((0.0, 2.5)),
    rolling=st.booleans(),
    half_hour=st.booleans(),
)
histories = st.lists(
    st.builds(
        Event,
        st.sampled_from(EventKind),
        st.floats(-3600.0, 9 * HOURS),
        st.integers(0, 20),
        st.integers(0, 5),
        st.floats(0.0, 2000.0),
    ),
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(configs, histories, st.lists(floors, min_size=1, max_size=3))
def test_it_stays_within_every_limit_and_repeats_whatever_it_is_told(
    config: PacingConfig, history: list[Event], shown: list[Snapshot]
) -> None:
    one, other = make_pacer(config, 1), make_pacer(config, 1)
    for event in history:
        one.observe(event)
        other.observe(event)
    for floor in shown:
        decision = one.decide(floor)
        assert 0 <= decision.dial <= min(floor.lines_free, floor.leads_left)
        ringing = {call.call_id: call.elapsed for call in floor.ringing}
        assert all(ringing[call] >= config.min_ring_s for call in decision.cancel)
        assert decision == other.decide(floor)
        assert decision.expected_abandoned is None or decision.expected_abandoned >= -1e-9


@given(floors, st.integers(0, 300), st.none() | st.floats(0.0, 50.0), st.floats(0.0, 500.0))
def test_the_governor_never_raises_a_decision_nor_goes_below_one_per_free_agent(
    floor: Snapshot, dial: int, expected_abandoned: float | None, to_come: float
) -> None:
    asked = Decision(dial=dial, expected_abandoned=expected_abandoned, answers_to_come=to_come)
    governed = govern(asked, floor, 0.03)
    assert min(dial, max(floor.free - in_flight(floor), 0)) <= governed.dial <= dial
    if expected_abandoned is not None and governed.dial > max(floor.free - in_flight(floor), 0):
        assert affords_risk(floor, 0.03, to_come, expected_abandoned)
