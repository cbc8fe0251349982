"""Appointments in the campaign file: what they mean, and every fault with its line and path."""

from __future__ import annotations

import pytest

from cti_api.appointments.agreed import booking_of, policy_of
from cti_api.campaign_file.parse import parse_campaign
from cti_api.errors import Fault, InputError
from cti_api.model.appointments import AppointmentPolicy, ReminderBy, ReminderPolicy
from cti_api.model.campaigns import ControlForm
from tests.support.campaigns import BOOKING_CAMPAIGN, CAMPAIGN_FILE

REMINDER = "reminder: {before: 1 d, by: message}"


def fault(old: str, new: str) -> Fault:
    assert old in BOOKING_CAMPAIGN
    with pytest.raises(InputError) as refused:
        parse_campaign(BOOKING_CAMPAIGN.replace(old, new, 1))
    (only,) = refused.value.faults
    return only


def test_the_section_says_what_books_where_and_when_it_is_reminded_of() -> None:
    spec = parse_campaign(BOOKING_CAMPAIGN)
    reminder = ReminderPolicy(before_seconds=86_400.0, by=ReminderBy.MESSAGE)
    assert spec.appointments == AppointmentPolicy(on="cita", at="fecha", calendar="taller-norte", reminder=reminder)
    booking = booking_of(spec, "cita", {"fecha": "2026-11-30 15:00"})
    assert booking is not None
    assert (booking.starts_at.isoformat(), booking.calendar) == ("2026-11-30T20:00:00+00:00", "taller-norte")
    assert booking.remind_before_seconds == 86_400.0
    assert booking_of(spec, "sin_cita", {"fecha": "2026-11-30 15:00"}) is None


def test_without_the_section_a_success_with_day_and_hour_books_into_no_calendar() -> None:
    assert policy_of(parse_campaign(CAMPAIGN_FILE)) is None, "a day alone is no appointment"
    with_hour = CAMPAIGN_FILE.replace("kind: date}", "kind: datetime}")
    assert policy_of(parse_campaign(with_hour)) == AppointmentPolicy(on="cita", at="fecha")
    assert policy_of(parse_campaign(with_hour.replace("success: true", "success: false"))) is None


@pytest.mark.parametrize(
    ("old", "new", "path", "said"),
    [
        ("  on: cita\n", "  on: citas\n", "appointments.on", "did you mean `cita`?"),
        ("  at: fecha\n", "  at: motivo\n", "appointments.at", "required field of `kind: datetime` in cita"),
        ("  at: fecha\n", "", "appointments.at", "is missing"),
        ("calendar: taller-norte", "calendar: Taller Norte", "appointments.calendar", "lower-case"),
        ("cita: {action: complete}", "cita: {action: retry}", "retry.rules.cita.action", "nobody is called after that"),
        ("before: 1 d", "before: 1 s", "appointments.reminder.before", "must be from 1 min to 30 d"),
        ("by: message", "by: paloma", "appointments.reminder.by", "must be one of message, call"),
        (REMINDER, "reminder: {before: 1 d, by: call}", "appointments.reminder.campaign", "another campaign"),
        (
            REMINDER,
            "reminder: {before: 1 d, by: call, campaign: mantenimiento}",
            "appointments.reminder.campaign",
            "another campaign",
        ),
        (
            REMINDER,
            "reminder: {before: 1 d, by: message, campaign: otra}",
            "appointments.reminder.campaign",
            "only for `by: call`",
        ),
        (REMINDER, "remind: 1 d", "appointments.remind", "did you mean `reminder`?"),
    ],
)
def test_a_fault_is_told_with_its_line(old: str, new: str, path: str, said: str) -> None:
    found = fault(old, new)
    assert (found.path, said in found.message) == (path, True), found
    assert found.line is not None


def test_a_disposition_that_is_wrong_itself_makes_no_second_fault() -> None:
    assert fault("kind: datetime}", "kind: hora}").path == "dispositions[0].fields[0].kind"


def test_the_control_form_s_columns_are_the_campaigns_own_or_the_usual_ones() -> None:
    assert parse_campaign(CAMPAIGN_FILE).control_form == ControlForm()
    named = CAMPAIGN_FILE + "control_form: {plate: Matrícula, brand: Línea, observations: [nota]}\n"
    assert parse_campaign(named).control_form == ControlForm(plate="Matrícula", brand="Línea", observations=("nota",))
