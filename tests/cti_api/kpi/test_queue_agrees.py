"""What the board says of a queue, from its calls, and the indicators, from its events, are the same numbers."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_api.kpi.business_hours import BY_THE_CLOCK
from cti_api.kpi.facts import Fact, Key
from cti_api.kpi.fold import facts_of
from cti_api.kpi.measures import Measure
from cti_api.kpi.queues import figures_of
from cti_api.kpi.told import of_wait
from cti_api.model.events import Event, EventKind
from cti_api.model.ids import AgentId, InboundId, QueueId
from cti_api.model.queues import InboundCall, InboundOutcome

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
NOW = NOON + timedelta(hours=3)
QUEUES = (QueueId("ventas"), QueueId("caja"))


@st.composite
def calls(draw: st.DrawFn, number: int) -> InboundCall:
    """One that waits still, talks, or is over in one way or another; some were handed to the other queue."""
    outcome = draw(st.sampled_from([None, *InboundOutcome]))
    arrived = NOON + timedelta(seconds=draw(st.integers(0, 3600)))
    over = arrived + timedelta(seconds=draw(st.floats(0, 90)))
    talks = outcome is InboundOutcome.ANSWERED or (outcome is None and draw(st.booleans()))
    ended = None if outcome is None else over + timedelta(seconds=draw(st.integers(0, 300)) * talks)
    return InboundCall(
        id=InboundId(f"1764000000.{number}"), queue=draw(st.sampled_from(QUEUES)), number="", arrived_at=arrived,
        queued_at=arrived, agent_id=AgentId("ana") if talks else None, joined_at=over if talks else None,
        ended_at=ended, outcome=outcome,
    )  # fmt: skip


DAYS = st.integers(0, 12).flatmap(lambda many: st.tuples(*(calls(number) for number in range(many))))


def events_of(call: InboundCall, within: dict[QueueId, float]) -> list[Event]:
    """As the engine tells of it: the wait as soon as it is over, and the end."""
    ids = {"call_id": call.id, "agent_id": call.agent_id}
    waited = {"queue": call.queue, **of_wait(call, within[call.queue], NOW)}
    kinds = [(EventKind.CALLER_QUEUED, {"queue": call.queue})]
    if call.joined_at is not None:
        kinds.append((EventKind.CALLER_JOINED, waited))
    if call.outcome is not None:
        kinds.append((EventKind.CALLER_CLOSED, {**waited, "outcome": call.outcome.value, "talk_seconds": 1.0}))
    return [
        Event(event_id=f"{call.id} {kind}", kind=kind, occurred_at=NOW, payload=payload, **ids)
        for kind, payload in kinds
    ]


@given(DAYS, st.floats(1, 60), st.floats(1, 60))
def test_the_indicators_and_the_board_say_the_same_of_a_queue(
    day: tuple[InboundCall, ...], one: float, other: float
) -> None:
    within = dict(zip(QUEUES, (one, other), strict=True))
    known: dict[Key, Fact] = {}
    for call in day:
        for event in events_of(call, within):
            known.update((fact.key, fact) for fact in facts_of(event, known, BY_THE_CLOCK))
    for queue, promised in within.items():
        counted = Counter[Measure]()
        for fact in known.values():
            counted.update(fact.counts if fact.of == queue else {})
        shown = figures_of([call for call in day if call.queue == queue], promised, NOW)
        assert (shown.offered, shown.answered, shown.answered_in_time, shown.caller_abandoned) == (
            counted[Measure.OFFERED], counted[Measure.ANSWERED], counted[Measure.ANSWERED_IN_TIME],
            counted[Measure.CALLER_ABANDONED],
        )  # fmt: skip
        if shown.asa_seconds is not None:
            # told to the millisecond
            asa = counted[Measure.WAIT_SECONDS] / counted[Measure.ANSWERED]
            assert asa == pytest.approx(shown.asa_seconds, abs=0.001)
