"""How the abandonment promise is counted: windows, who is a live answer, AMD's mistakes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from cti_api.model.abandonment import (
    NONE,
    AbandonmentPolicy,
    AbandonmentWindow,
    Answers,
    HoldFrom,
    LiveAnswer,
    answers_of,
)
from cti_api.model.calls import CallResult
from cti_api.model.campaigns import AmdPolicy
from dialer.pacing.modes import AMD_SECONDS, pacing_config, pacing_window
from dialer.pacing.tally import Tally
from tests.support.thoughts import OFFICE, spec

NOW = datetime(2026, 11, 25, 15, 20, tzinfo=UTC)
"""A Wednesday, 10:20 in Bogotá."""
W = AbandonmentWindow
PERSON, LEFT = Answers(people=1), Answers(people=1, abandoned=1)


def promising(**facts: object) -> Tally:
    return Tally(spec(abandonment=AbandonmentPolicy(**facts)))


@pytest.mark.parametrize(
    ("window", "counted"),
    [(W.CAMPAIGN_DAY, (2, 1)), (W.ROLLING_24H, (3, 2)), (W.ROLLING_30D, (4, 3))],
)
def test_each_window_counts_its_own_calls(window: AbandonmentWindow, counted: tuple[int, int]) -> None:
    tally = promising(window=window)
    for ago in (timedelta(hours=1), timedelta(hours=20), timedelta(days=20), timedelta(days=31)):
        tally.count(NOW - ago, LEFT)
    tally.count(NOW, PERSON)
    answered, abandoned = tally.in_window(NOW)
    assert (answered, abandoned) == counted


def test_a_rolling_window_forgets_by_the_hour_and_keeps_what_the_law_looks_back_to() -> None:
    tally = promising(window=W.ROLLING_24H)
    tally.count(NOW, LEFT)
    assert tally.in_window(NOW + timedelta(hours=24)) == (1, 1)
    assert tally.in_window(NOW + timedelta(hours=25)) == (0, 0)
    assert tally.in_window(NOW + timedelta(days=40)) == (0, 0)
    assert tally.hours == {}, "nothing looks back so far by the hour"
    assert tally.over(timedelta(days=60), NOW + timedelta(days=40)) == (1, 1)


def test_the_day_ends_at_the_campaigns_midnight_without_losing_the_call_that_is_under_way() -> None:
    tally = promising()
    before = datetime(2026, 11, 26, 4, 59, 50, tzinfo=UTC)
    tally.count(before, LEFT)  # over after midnight, begun before it
    assert tally.in_window(before) == (1, 1)
    assert tally.in_window(before + timedelta(minutes=1)) == (0, 0)
    assert tally.days == {date(2026, 11, 25): LEFT}


def test_another_file_counts_the_same_calls_by_its_own_promise() -> None:
    tally = promising()
    tally.count(NOW, Answers(people=1, hung_up=1))
    tally.count(NOW, LEFT)
    assert tally.in_window(NOW) == (2, 1)
    tally.spec = spec(abandonment=AbandonmentPolicy(live_answers=LiveAnswer.PUT_THROUGH))
    assert tally.in_window(NOW) == (1, 1)


@pytest.mark.parametrize(("machines", "mistaken"), [(0, 0), (1, 1), (25, 1), (26, 2), (75, 3), (1000, 40)])
def test_of_the_calls_amd_took_for_machines_the_estimated_share_is_abandoned(machines: int, mistaken: int) -> None:
    policy = AbandonmentPolicy(amd_mistakes=0.04)
    assert Answers(100, 1, 0, machines).counted(policy) == (100 + mistaken, 1 + mistaken)


def counted(result: CallResult, connected_after: float | None = None, **facts: object) -> Answers:
    policy = AbandonmentPolicy(**{"hold_seconds": 6.0, **facts.pop("policy", {})})
    joined = None if connected_after is None else NOW + timedelta(seconds=connected_after)
    return answers_of(policy, result, NOW, joined, **facts)


def test_who_hangs_up_in_time_is_a_live_answer_and_not_abandoned() -> None:
    assert counted(CallResult.CALLER_HUNG_UP) == Answers(people=1, hung_up=1)
    assert counted(CallResult.ABANDONED) == LEFT
    assert counted(CallResult.BUSY) == NONE


def test_every_answer_is_live_unless_the_agent_says_that_it_was_a_machine() -> None:
    assert counted(CallResult.CONNECTED, 1) == PERSON
    assert counted(CallResult.CONNECTED, 1, said_machine=True) == NONE
    assert counted(CallResult.MACHINE) == Answers(machines=1)


def test_counted_from_the_answer_whom_amd_kept_too_long_is_abandoned_though_they_talked() -> None:
    assert counted(CallResult.CONNECTED, 7) == PERSON, "from the end of the greeting nobody knows better"
    from_answer = {"hold_from": HoldFrom.ANSWER}
    assert counted(CallResult.CONNECTED, 7, policy=from_answer) == LEFT
    assert counted(CallResult.CONNECTED, 6, policy=from_answer) == PERSON


def test_a_pacer_is_made_for_the_day_up_to_the_end_of_its_hours() -> None:
    office = spec(hours=OFFICE)
    window = pacing_window(office, NOW)
    assert (window.began, window.ends) == (
        datetime(2026, 11, 25, 5, tzinfo=UTC),
        datetime(2026, 11, 26, 5, tzinfo=UTC),
    )
    assert window.seconds == 19 * 3600
    config = pacing_config(office, window=window, cap=0.02)
    assert (config.window_s, config.rolling, config.cap) == (19 * 3600, False, 0.02)
    assert pacing_window(spec(), NOW).seconds == 24 * 3600, "always open: up to midnight"


def test_a_window_without_an_end_is_told_as_one() -> None:
    rolling = spec(abandonment=AbandonmentPolicy(window=W.ROLLING_30D, half_hour=True))
    window = pacing_window(rolling, NOW)
    config = pacing_config(rolling, window=window)
    assert (window.began, window.ends) == (NOW, None)
    assert (config.window_s, config.rolling, config.half_hour) == (30 * 86_400, True, True)


def test_of_a_hold_counted_from_the_answer_amd_takes_its_part() -> None:
    promise, amd = AbandonmentPolicy(hold_seconds=6.0, hold_from=HoldFrom.ANSWER), AmdPolicy(enabled=True)
    assert pacing_config(spec(abandonment=promise, amd=amd)).hold_s == 6.0 - AMD_SECONDS
    assert pacing_config(spec(abandonment=promise)).hold_s == 6.0
