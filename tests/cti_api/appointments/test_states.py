"""What may become of an appointment, held against the table in words."""

from __future__ import annotations

from itertools import product

from cti_api.appointments.spanish import day_in_words, hour_in_words
from cti_api.appointments.states import ALLOWED, EVENT_OF, may_become
from cti_api.model.appointments import STANDING, AppointmentState
from tests.support.store import T0

BOOKED, MOVED, CANCELLED, KEPT, NOT_KEPT = AppointmentState


def test_what_stands_may_become_anything_but_new() -> None:
    for state in STANDING:
        assert ALLOWED[state] == {MOVED, CANCELLED, KEPT, NOT_KEPT}


def test_a_cancelled_one_is_over_and_a_slip_of_the_pen_is_not() -> None:
    ways = {(a, b) for a, b in product(AppointmentState, repeat=2) if a not in STANDING and may_become(a, b)}
    assert ways == {(KEPT, NOT_KEPT), (NOT_KEPT, KEPT), (NOT_KEPT, MOVED)}


def test_every_state_is_told_by_an_event_of_its_own() -> None:
    assert set(EVENT_OF) == set(AppointmentState)
    assert len(set(EVENT_OF.values())) == len(AppointmentState)


def test_days_and_hours_are_said_in_spanish() -> None:
    assert day_in_words(T0.date()) == "lunes 2 de marzo"
    assert [hour_in_words(T0.replace(hour=hour)) for hour in (0, 9, 12, 15)] == [
        "12:00 a. m.", "9:00 a. m.", "12:00 p. m.", "3:00 p. m.",
    ]  # fmt: skip
