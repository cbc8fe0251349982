"""The law against a second implementation of the plainest kind, over random contacts of eleven years.

``VOCERO_LAW_CASES`` sets how many the long run compares.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from cti_api.law.facts import Facts
from cti_api.law.questions import Question
from cti_api.law.terms import Channel, Purpose
from tests.support.law import SECOND, answered
from tests.support.plain_law import plain_allowed

FIRST, LAST = datetime(2020, 1, 2, tzinfo=UTC), datetime(2030, 12, 20, tzinfo=UTC)
REGIONS = ("CO", "CO", "PE", "PE", "BO", "BO", "CL")
ZONES = (None, None, None, "America/Santiago", "America/New_York", "America/Tijuana", "America/La_Paz")
DEPARTMENTS = (None, *"BCHLNOPST")
PURPOSES, CHANNELS = tuple(Purpose), tuple(Channel)
CLOCK_CHANGES = (
    *(datetime(year, 4, 5, 3, tzinfo=UTC) for year in range(2020, 2031)),
    *(datetime(year, 9, 6, 4, tzinfo=UTC) for year in range(2020, 2031)),
    *(datetime(year, 3, 11, 8, tzinfo=UTC) for year in range(2020, 2031)),
    *(datetime(year, 11, 4, 7, tzinfo=UTC) for year in range(2020, 2031)),
)


def questions(count: int, seed: int) -> Iterator[Question]:
    random = Random(seed)
    span = int((LAST - FIRST).total_seconds())
    for _ in range(count):
        at = FIRST + random.randrange(span) * SECOND
        where = random.random()
        if where < 0.4:  # within seconds of a full hour, with and without the lead time before it
            at = at.replace(minute=0, second=0) + random.randint(-2, 2) * SECOND
            at -= random.choice((0, 60, 88)) * SECOND
        elif where < 0.5:  # the days around a change of the clock
            at = random.choice(CLOCK_CHANGES) + random.randint(-6 * 86_400, 6 * 86_400) * SECOND
        facts = Facts(
            region=random.choice(REGIONS),
            zone=random.choice(ZONES),
            department=random.choice(DEPARTMENTS),
            purpose=random.choice(PURPOSES),
            channel=random.choice(CHANNELS),
        )
        yield Question(at, facts)


def plainly(question: Question, at: datetime) -> bool:
    facts = question.facts
    return plain_allowed(at, facts.region, facts.zone, facts.department, facts.purpose, facts.channel)


def compare(count: int, seed: int) -> None:
    allowed = 0
    for question in questions(count, seed):
        decision = answered(question)
        expected = plainly(question, question.at)
        assert decision.allowed is expected, (question, decision)
        allowed += expected
        if decision.next_open is not None:
            # The second at which it opens, and the one before it.
            assert plainly(question, decision.next_open), (question, decision)
            if not expected:
                assert not plainly(question, decision.next_open - SECOND), (question, decision)
    assert count * 0.2 < allowed < count * 0.8  # neither answer may be the rare one


def test_a_hundred_thousand_random_contacts_are_decided_as_plainly() -> None:
    compare(100_000, seed=2300)


@pytest.mark.long
def test_a_million_random_contacts_are_decided_as_plainly() -> None:
    compare(int(os.environ.get("VOCERO_LAW_CASES", "1000000")), seed=32323)


def test_the_next_opening_is_the_first_minute_that_is_plainly_open() -> None:
    walked = 0
    for question in questions(600, seed=1983):
        decision = answered(question)
        if decision.allowed or question.facts.region == "CL":
            continue
        minute = question.at.replace(second=0) + timedelta(minutes=1)
        while not plainly(question, minute):
            minute += timedelta(minutes=1)
        assert decision.next_open is not None, question
        assert minute - timedelta(minutes=1) < decision.next_open <= minute, (question, decision, minute)
        walked += 1
    assert walked > 150


def test_a_country_without_rules_never_opens() -> None:
    for question in questions(2000, seed=51):
        if question.facts.region == "CL":
            assert answered(question).next_open is None
