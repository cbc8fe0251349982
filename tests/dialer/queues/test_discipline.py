"""Who is joined with whom: nobody overtaken, nobody taken twice, nobody left waiting beyond the limit."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from cti_api.model.ids import AgentId, InboundId, QueueId
from cti_api.model.queues import Terms
from dialer.queues.discipline import (
    MOST_MOVES,
    Decision,
    Join,
    Overflow,
    Rule,
    Server,
    Snapshot,
    Waiting,
    decide,
    in_order,
)
from tests.support.plain_queue import PlainAgent, PlainCaller, goes_before, plain_joins
from tests.support.queues import CARTERA, NOON, SOPORTE, VENTAS, agent, before, caller, rule


def decided(waiting: list[Waiting], free: list[Server], **queues: Rule) -> Decision:
    known = {QueueId(name): each for name, each in (queues or {"soporte": rule()}).items()}
    return decide(Snapshot(now=NOON, queues=known, waiting=tuple(waiting), free=tuple(free)))


def joins(decision: Decision) -> list[tuple[str, str]]:
    return [(join.caller, join.agent) for join in decision.joins]


def test_the_longest_wait_meets_the_longest_idle() -> None:
    found = decided([caller("b", 10), caller("a", 20)], [agent("eva", 5), agent("ana", 50)])
    assert joins(found) == [("a", "ana"), ("b", "eva")]


def test_the_better_rank_is_asked_before_the_longer_idle() -> None:
    assert joins(decided([caller("a", 1)], [agent("ana", 500, soporte=2), agent("eva", 1, soporte=1)])) == [
        ("a", "eva")
    ]


def test_a_queue_of_higher_priority_is_served_first() -> None:
    waiting = [caller("old", 300, SOPORTE), caller("new", 1, VENTAS)]
    both = agent("ana", 9, soporte=1, ventas=1)
    assert joins(decided(waiting, [both], soporte=rule(), ventas=rule(priority=5))) == [("new", "ana")]


def test_whoever_lost_their_agent_is_in_front_again() -> None:
    assert joins(decided([caller("a", 300), caller("b", 1, lost_agent=True)], [agent("ana", 9)])) == [("b", "ana")]


def test_an_agent_without_the_skill_leaves_the_first_waiting_and_serves_the_second() -> None:
    waiting = [caller("a", 300, SOPORTE), caller("b", 1, VENTAS)]
    assert joins(decided(waiting, [agent("ana", 9, ventas=1)], soporte=rule(), ventas=rule())) == [("b", "ana")]


def test_who_waited_long_enough_goes_to_the_other_queue() -> None:
    found = decided([caller("a", 60)], [], soporte=rule(longest=60, to=VENTAS), ventas=rule())
    assert found.overflows == (Overflow(InboundId("a"), VENTAS),)


def test_an_agent_who_is_free_at_the_last_moment_is_better_than_any_overflow() -> None:
    found = decided([caller("a", 60)], [agent("ana", 1)], soporte=rule(longest=60))
    assert found == Decision(joins=(Join(InboundId("a"), AgentId("ana")),))


def test_the_wait_is_counted_anew_in_the_second_queue_and_the_place_is_not() -> None:
    moved = caller("a", 300, VENTAS, queued_at=before(1), moves=1)
    queues = {"ventas": rule(longest=60), "soporte": rule()}
    assert decided([moved, caller("b", 20, VENTAS)], [], **queues).overflows == ()
    assert joins(decided([caller("b", 20, VENTAS), moved], [agent("ana", 1, ventas=1)], **queues)) == [("a", "ana")]


def test_queues_that_overflow_into_each_other_end_in_the_apology() -> None:
    tired = caller("a", 900, SOPORTE, moves=MOST_MOVES)
    found = decided([tired], [], soporte=rule(longest=60, to=VENTAS), ventas=rule(longest=60, to=SOPORTE))
    assert found.overflows == (Overflow(InboundId("a"), None),)


def test_a_queue_that_nobody_made_keeps_nobody_waiting() -> None:
    assert decided([caller("a", 0, CARTERA)], [agent("ana", 1)]).overflows == (Overflow(InboundId("a"), None),)


def test_a_kept_place_stands_in_the_order_waits_as_long_as_it_takes_and_wants_somebody_who_may_call() -> None:
    kept, later = caller("kept", 900, kept=True), caller("later", 5)
    assert decided([kept], [], soporte=rule(longest=60)) == Decision()
    calls = replace(agent("ana", 1), calls_back=frozenset({SOPORTE}))
    assert joins(decided([later, kept], [calls])) == [("kept", "ana")]
    assert joins(decided([later, kept], [agent("ana", 1)])) == [("later", "ana")]


QUEUES = (SOPORTE, VENTAS, CARTERA)
FLOORS = st.builds(
    lambda rules, waiting, free: Snapshot(
        now=NOON,
        queues=dict(zip(QUEUES, rules, strict=True)),
        waiting=tuple(
            caller(f"c{n}", waited, QUEUES[q], lost_agent=lost, moves=moves, kept=kept)
            for n, (waited, q, lost, moves, kept) in enumerate(waiting)
        ),
        free=tuple(
            replace(agent(f"a{n}", idle, **{QUEUES[q]: rank for q, rank in ranks.items()}), calls_back=calls)
            for n, (idle, ranks, calls) in enumerate(free)
        ),
    ),
    st.tuples(
        *(
            st.builds(rule, st.integers(-1, 1), st.sampled_from([5.0, 60.0]), st.sampled_from([None, *QUEUES]))
            for _ in QUEUES
        )
    ),
    st.lists(
        st.tuples(st.integers(0, 90), st.integers(0, 2), st.booleans(), st.integers(0, 4), st.booleans()), max_size=8
    ),
    st.lists(
        st.tuples(
            st.integers(0, 90),
            st.dictionaries(st.integers(0, 2), st.integers(1, 3), min_size=1),
            st.frozensets(st.sampled_from(QUEUES)),
        ),
        max_size=6,
    ),
)


def plain(floor: Snapshot) -> tuple[list[PlainCaller], list[PlainAgent]]:
    callers = [
        PlainCaller(c.id, c.queue, floor.queues[c.queue].priority, c.lost_agent, c.arrived_at, c.kept)
        for c in floor.waiting
    ]
    return callers, [PlainAgent(a.agent_id, a.idle_since, dict(a.ranks), a.calls_back) for a in floor.free]


@given(FLOORS)
def test_it_is_what_a_plain_recomputation_finds(floor: Snapshot) -> None:
    assert set(joins(decide(floor))) == plain_joins(*plain(floor))


@given(FLOORS)
def test_nobody_is_joined_twice_and_nobody_both_joined_and_sent_away(floor: Snapshot) -> None:
    found = decide(floor)
    callers = [join.caller for join in found.joins] + [over.caller for over in found.overflows]
    agents = [join.agent for join in found.joins]
    assert len(set(callers)) == len(callers)
    assert len(set(agents)) == len(agents)


@given(FLOORS)
def test_nobody_is_overtaken_by_somebody_whose_agent_serves_them_too(floor: Snapshot) -> None:
    found = decide(floor)
    served = {join.caller: join.agent for join in found.joins}
    by_id = {each.id: each for each in plain(floor)[0]}
    agents = {each.name: each for each in plain(floor)[1]}
    for left in (c for c in by_id.values() if c.id not in served):
        for passed, agent_id in served.items():
            assert not goes_before(left, by_id[passed]) or not agents[agent_id].can_have(left)


@given(FLOORS)
def test_nobody_waits_beyond_the_longest_wait_of_their_queue(floor: Snapshot) -> None:
    found = decide(floor)
    seen_to = {join.caller for join in found.joins} | {over.caller for over in found.overflows}
    for each in floor.waiting:
        waited = (floor.now - each.queued_at).total_seconds()
        over = waited >= floor.queues[each.queue].longest_wait_seconds
        assert not over or each.kept or each.id in seen_to
        assert over or each.id not in {over.caller for over in found.overflows}


@given(FLOORS)
def test_the_order_does_not_hang_on_who_is_named_first(floor: Snapshot) -> None:
    assert in_order(floor.waiting, floor.queues) == in_order(floor.waiting[::-1], floor.queues)


def terms(most_wait: float | None = None) -> Terms:
    return Terms(most_wait_seconds=most_wait)


def test_whom_the_ivr_sent_waits_no_longer_than_it_says_in_all_the_queues_together() -> None:
    moved = caller("a", 100, VENTAS, queued_at=before(1), terms=terms(90))
    found = decide(
        Snapshot(
            now=NOON,
            queues={VENTAS: rule(to=SOPORTE), SOPORTE: rule()},
            waiting=(moved, replace(moved, id=InboundId("b"), terms=terms())),
            free=(),
            served=frozenset({SOPORTE}),
        )
    )
    assert found.overflows == (Overflow(InboundId("a"), None),)


def test_whom_the_ivr_sent_does_not_wait_for_nobody_and_who_came_by_themselves_does() -> None:
    waiting = (caller("a", 1, terms=terms()), caller("b", 1))
    queues = {SOPORTE: rule(to=VENTAS), VENTAS: rule(to=SOPORTE)}
    nobody = Snapshot(now=NOON, queues=queues, waiting=waiting, free=())
    assert decide(nobody).overflows == (Overflow(InboundId("a"), None, nobody=True),)
    assert decide(replace(nobody, served=frozenset({VENTAS}))).overflows == ()
