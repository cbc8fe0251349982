"""A simulated list: its people go through the call machine and the retry rules, in the hours of a campaign."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_api.campaign_file.parse import parse_campaign
from cti_api.errors import InputError
from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignHours, CampaignSpec
from cti_api.model.leads import LeadState
from dialer.leads.supposing import somebody
from dialer.simulate.calendar import Calendar
from dialer.simulate.calls import Fate
from dialer.simulate.measures import Shift
from dialer.simulate.people import FAILURES, Crowd, People
from dialer.simulate.question import Question, answer, ordinary_campaign
from dialer.simulate.worlds import World
from tests.support.plans import PLANNED

SPEC = ordinary_campaign(attempts=3, again_after=1800.0, ring=28.0)
PLAN = parse_campaign(PLANNED)


def crowd(count: int, spec: CampaignSpec = SPEC, dispositions: Mapping[str, float] | None = None) -> Crowd:
    return Crowd(spec=spec, like=somebody(spec), count=count, failures=FAILURES, dispositions=dispositions or {})


def people(count: int, spec: CampaignSpec = SPEC, days: int = 1, **said: float) -> People:
    return People(crowd(count, spec, said), Calendar.of(spec.hours, 8 * 3600.0, days), seed=1)


def played(leads: int, days: int = 1, policy: str = "progressive", world: World | None = None) -> Shift:
    calendar = Calendar.of(SPEC.hours, 4 * 3600.0, days)
    world = replace(world or World(), hours=calendar.seconds / 3600)
    return answer(Question(world=world, agents=4, cap=0.03, crowd=crowd(leads), calendar=calendar), policy, 5)


def test_a_short_list_is_called_through_and_says_when() -> None:
    shift = played(200)
    assert shift.leads_left == 0
    assert shift.round_at is not None and shift.exhausted_at is not None
    assert 0 < shift.round_at < shift.exhausted_at < 4 * 3600
    assert 200 < shift.dialed <= 200 * 4


def test_a_long_list_is_not_and_what_is_left_is_counted() -> None:
    shift = played(5000)
    assert (shift.round_at, shift.exhausted_at) == (None, None)
    assert shift.leads_left is not None and shift.leads_left > 4000


def test_more_days_reach_more_people() -> None:
    one, three = played(1500), played(1500, days=3)
    assert one.leads_left is not None and three.leads_left is not None
    assert three.leads_left < one.leads_left
    assert three.connected > one.connected


def test_the_same_seed_is_the_same_list_to_the_last_call() -> None:
    assert played(300, policy="ratio:2") == played(300, policy="ratio:2")


def test_a_call_goes_through_the_machine_to_its_result() -> None:
    book = people(6)
    assert book.due(0.0) == 6
    for call in range(6):
        book.dialed(call, 1.0)
    assert (book.due(1.0), book.round_at) == (0, 1.0)
    book.ended(0, Fate.NOBODY, 29.0)
    book.answered(1, 9.0)
    book.live(1, 9.0)
    book.joined(1, 3, 9.5)
    book.ended(1, Fate.PERSON, 99.0)
    book.answered(2, 9.0)
    book.live(2, 9.0)
    book.abandoned(2, 11.0)
    book.answered(3, 9.0)
    book.screened(3, machine=True, now=11.5)
    book.ended(3, Fate.PERSON, 11.5)
    book.canceled(4, 17.0)
    book.answered(5, 9.0)
    book.live(5, 9.0)
    book.joined(5, 1, 9.0)
    book.ended(5, Fate.MACHINE, 17.0)
    assert book.results == Counter(
        {
            CallResult.NO_ANSWER: 1,
            CallResult.CONNECTED: 1,
            CallResult.ABANDONED: 1,
            CallResult.MACHINE: 2,
            CallResult.CANCELED_BY_DIALER: 1,
        }
    )
    assert book.final == {LeadState.COMPLETED: 1}
    assert (book.left(), book.is_over()) == (5, False)
    assert [book.due(at) for at in (1800.0, 1811.0, 1811.5, 1829.0)] == [0, 1, 2, 5]


def test_what_fails_at_once_fails_with_what_the_trunks_say() -> None:
    book = people(400)
    for call in range(400):
        book.dialed(call, 1.0)
        book.ended(call, Fate.FAILURE, 2.0)
    assert set(book.results) == set(FAILURES)
    assert book.results[CallResult.BUSY] > book.results[CallResult.UNAVAILABLE] > book.results[CallResult.CONGESTION]


def test_the_campaigns_own_rules_say_when_somebody_is_called_again() -> None:
    """Nobody answered in the morning: called again two days later, at midday."""
    book = people(1, PLAN, days=3)
    book.dialed(0, 60.0)
    book.ended(0, Fate.NOBODY, 88.0)
    day = 8 * 3600.0
    assert [book.due(at) for at in (day, 2 * day, 2 * day + 4 * 3600 - 1, 2 * day + 4 * 3600)] == [0, 0, 0, 1]


def test_whose_next_call_comes_after_the_last_shift_is_left_and_the_list_is_over() -> None:
    book = people(1, PLAN, days=2)
    book.dialed(0, 60.0)
    book.ended(0, Fate.NOBODY, 88.0)
    assert (book.is_over(), book.left(), book.exhausted_at) == (True, 1, 88.0)


def test_what_agents_say_of_a_talk_is_asked_of_the_rules() -> None:
    book = people(200, PLAN, cita=1.0, no_llamar=1.0)
    for call in range(200):
        book.dialed(call, 1.0)
        book.answered(call, 2.0)
        book.live(call, 2.0)
        book.joined(call, 1, 2.0)
        book.ended(call, Fate.PERSON, 60.0)
    assert set(book.final) == {LeadState.COMPLETED, LeadState.SUPPRESSED}
    assert book.is_over()


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 400), st.integers(0, 50), st.sampled_from(["progressive", "ratio:3"]))
def test_everybody_on_the_list_is_somewhere(count: int, seed: int, policy: str) -> None:
    calendar = Calendar.of(SPEC.hours, 1800.0, 1)
    world = World(hours=0.5, machine_rate=0.2, amd=2.5, answer_rate=0.5)
    shift = answer(Question(world=world, agents=3, cap=0.03, crowd=crowd(count), calendar=calendar), policy, seed)
    assert shift.leads_left is not None
    assert 0 <= shift.leads_left <= count
    assert count - shift.leads_left <= shift.dialed
    assert (shift.exhausted_at is not None) >= (shift.leads_left == 0)


def test_the_calendar_has_one_shift_a_day_from_the_opening_and_no_nights() -> None:
    calendar = Calendar.of(PLAN.hours, 4 * 3600.0, 7)
    opening = datetime(2026, 11, 30, 13, 0, tzinfo=UTC)
    assert [begins - opening for begins in calendar.begins] == [timedelta(days=n) for n in (0, 1, 2, 3, 4, 5, 7)]
    assert calendar.at(3600.0) == opening + timedelta(hours=1)
    assert calendar.at(6 * 3600.0) == opening + timedelta(days=1, hours=2)
    assert calendar.second(opening + timedelta(hours=1)) == 3600.0
    assert calendar.second(opening + timedelta(hours=12)) == 4 * 3600.0
    assert calendar.second(opening - timedelta(hours=3)) == 0.0
    assert calendar.second(opening + timedelta(days=9)) is None


def test_a_campaign_that_never_opens_has_no_shift() -> None:
    with pytest.raises(InputError, match="no hours"):
        Calendar.of(CampaignHours(timezone="America/Bogota", days=()), 3600.0, 1)
