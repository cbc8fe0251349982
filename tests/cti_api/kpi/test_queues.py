"""Service level, speed of answer and who gave up, from calls."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cti_api.kpi.queues import figures_of
from cti_api.model.ids import InboundId, QueueId
from cti_api.model.queues import InboundCall, InboundOutcome
from tests.support.plain_queue import plain_service_level

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def call(waited: float, outcome: InboundOutcome | None) -> InboundCall:
    """One that waited so long; None: it waits still."""
    until = NOON + timedelta(seconds=waited)
    answered = outcome is InboundOutcome.ANSWERED
    return InboundCall(
        id=InboundId("1764000000.1"),
        queue=QueueId("soporte"),
        number="",
        arrived_at=NOON,
        queued_at=NOON,
        joined_at=until if answered else None,
        ended_at=None if answered or outcome is None else until,
        outcome=outcome,
    )


def test_the_figures_of_a_short_day() -> None:
    day = [
        call(5, InboundOutcome.ANSWERED),
        call(25, InboundOutcome.ANSWERED),
        call(3, InboundOutcome.CALLER_ABANDONED),
        call(60, InboundOutcome.OVERFLOWED),
        call(8, None),
    ]
    found = figures_of(day, 20.0, NOON + timedelta(seconds=90))
    assert (found.offered, found.answered, found.caller_abandoned, found.overflowed) == (4, 2, 1, 1)
    assert (found.service_level, found.asa_seconds, found.longest_wait_seconds) == (0.25, 15.0, 60.0)


def test_a_day_without_calls_has_no_service_level() -> None:
    assert figures_of([], 20.0, NOON).service_level is None


@given(st.lists(st.floats(0, 100), min_size=1), st.lists(st.floats(0, 100)), st.floats(1, 60))
def test_the_service_level_is_the_plain_one(answered: list[float], gave_up: list[float], within: float) -> None:
    day = [call(wait, InboundOutcome.ANSWERED) for wait in answered]
    day += [call(wait, InboundOutcome.CALLER_ABANDONED) for wait in gave_up]
    waits = [each.waited_seconds(NOON) for each in day[: len(answered)]]
    assert figures_of(day, within, NOON).service_level == plain_service_level(waits, len(gave_up), within)
