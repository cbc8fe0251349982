"""What a campaign's calls were like: shares of those that say something, lengths as parts, nothing of a few."""

from __future__ import annotations

from datetime import timedelta
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_api.kpi.experience import FAILED, PARTS, experience_of
from cti_api.model.calls import GIVEN_BACK, LIVE_ANSWERS, Attempt, AttemptState, CallResult, DialDecision
from cti_api.model.ids import LeadId
from tests.support.ids import new_attempt_id
from tests.support.store import CAMPAIGN, T0, TRUNK, at, number


def call(result: CallResult, ring: float | None = None, talk: float = 0.0, wrap: float | None = None) -> Attempt:
    ended = at(200)
    return Attempt(
        id=new_attempt_id(),
        campaign_id=CAMPAIGN,
        lead_id=LeadId(1),
        number=number(1),
        trunk=TRUNK,
        state=AttemptState.CLOSED,
        decision=DialDecision(allowed=True, rule="all", reason="", at=T0),
        created_at=T0,
        result=result,
        answered_at=None if ring is None else at(ring),
        connected_at=T0,
        ended_at=ended,
        joined_seconds=talk,
        closed_at=None if wrap is None else ended + timedelta(seconds=wrap),
        disposition="cita" if result is CallResult.CONNECTED else "",
    )


def test_shares_are_of_the_calls_that_say_something_of_the_list() -> None:
    seen = experience_of(call(result) for result in CallResult)
    said = {*LIVE_ANSWERS, CallResult.MACHINE, CallResult.NO_ANSWER, *FAILED}
    assert seen.calls == len(said)
    assert (seen.people, seen.machines, sum(seen.failures.values())) == (len(LIVE_ANSWERS), 1, len(FAILED))
    assert said & GIVEN_BACK == {CallResult.CONGESTION}
    assert seen.dispositions == {"cita": 1}


def test_lengths_are_told_from_the_shortest_to_the_longest() -> None:
    seen = experience_of(call(CallResult.CONNECTED, ring=n, talk=10.0 * n, wrap=2.0 * n) for n in range(2 * PARTS))
    assert seen.ring == tuple(2 * n + 0.5 for n in range(PARTS))
    assert seen.talk == tuple(10 * (2 * n + 0.5) for n in range(PARTS))
    assert seen.wrap == tuple(2 * (2 * n + 0.5) for n in range(PARTS))
    assert seen.machine_ring == ()


def test_nothing_is_told_of_a_few_and_a_clock_that_went_back_is_no_length() -> None:
    few = [call(CallResult.CONNECTED, ring=5.0, talk=9.0) for _ in range(PARTS - 1)]
    assert experience_of(few).ring == ()
    odd = experience_of([*few, call(CallResult.CONNECTED, ring=-5.0, talk=9.0)])
    assert (odd.ring, len(odd.talk)) == ((), PARTS)


@given(st.integers(1, 3).flatmap(lambda n: st.lists(st.floats(0, 1e5), min_size=n * PARTS, max_size=n * PARTS)))
def test_their_mean_is_kept_and_they_rise(lengths: list[float]) -> None:
    seen = experience_of(call(CallResult.CONNECTED, talk=length) for length in lengths).talk
    assert list(seen) == sorted(seen)
    assert fmean(seen) == pytest.approx(fmean(lengths), abs=0.01)
