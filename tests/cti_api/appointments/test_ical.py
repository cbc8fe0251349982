"""iCalendar in and out: repetitions and zones understood or refused, hostile feeds cheap, UIDs that stay."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from icalendar import Calendar as ICalendar

from cti_api.appointments.ical_in import MOST_EVENTS, RefusedEvent, Stretch, read_feed
from cti_api.appointments.ical_out import END, beginning, events
from cti_api.errors import InputError
from cti_api.model.appointments import Appointment, AppointmentState, Calendar
from cti_api.model.ids import CampaignId, LeadId

FIRST, LAST = date(2026, 11, 30), date(2026, 12, 31)


def feed(*written: str, head: str = "") -> bytes:
    body = "".join(f"BEGIN:VEVENT\nUID:{n}\n{event}\nEND:VEVENT\n" for n, event in enumerate(written))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{head}{body}END:VCALENDAR\n".replace("\n", "\r\n").encode()


def read(*written: str, head: str = "") -> list[Stretch | RefusedEvent]:
    return read_feed(feed(*written, head=head), "America/Bogota", FIRST, LAST)


def starts(*written: str) -> list[str]:
    found = read(*written)
    assert not any(isinstance(each, RefusedEvent) for each in found), found
    return [f"{each.starts_at:%m-%d %H:%M}" for each in found if isinstance(each, Stretch)]


def refused(*written: str) -> list[str]:
    return [each.reason for each in read(*written) if isinstance(each, RefusedEvent)]


def calendar_file(calendar: Calendar, booked: list[Appointment], *, personal: bool = True) -> bytes:
    return beginning(calendar) + events(calendar, booked, personal=personal) + END


def test_an_hour_is_of_its_own_zone_or_of_the_calendars() -> None:
    assert starts("DTSTART:20261130T080000Z\nDURATION:PT1H") == ["11-30 08:00"]
    assert starts("DTSTART:20261130T080000\nDURATION:PT1H") == ["11-30 13:00"]
    assert starts("DTSTART;TZID=America/La_Paz:20261130T080000\nDURATION:PT1H") == ["11-30 12:00"]
    assert starts("DTSTART;TZID=SA Pacific Standard Time:20261130T080000\nDURATION:PT1H") == ["11-30 13:00"]
    assert read("DTSTART;VALUE=DATE:20261208") == [
        Stretch(datetime(2026, 12, 8, 5, tzinfo=UTC), datetime(2026, 12, 9, 5, tzinfo=UTC))
    ]
    assert refused("DTSTART;TZID=Mi Zona:20261130T080000\nDURATION:PT1H") == ["its time zone Mi Zona is not known"]


def test_a_zone_is_its_name_and_never_the_rules_the_feed_brings() -> None:
    endless = "BEGIN:VTIMEZONE\nTZID:Mi Zona\nBEGIN:STANDARD\nDTSTART:16010101T000000\nRRULE:FREQ=SECONDLY\n"
    endless += "TZOFFSETFROM:-0500\nTZOFFSETTO:-0500\nEND:STANDARD\nEND:VTIMEZONE\n"
    (found,) = read("DTSTART;TZID=Mi Zona:20261130T080000\nDURATION:PT1H", head=endless)
    assert isinstance(found, RefusedEvent)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=DAILY;COUNT=3", ["11-30", "12-01", "12-02"]),
        ("FREQ=DAILY;INTERVAL=10", ["11-30", "12-10", "12-20", "12-30"]),
        ("FREQ=WEEKLY;BYDAY=MO,TH;UNTIL=20261210T235959Z", ["11-30", "12-03", "12-07", "12-10"]),
        ("FREQ=WEEKLY;INTERVAL=2", ["11-30", "12-14", "12-28"]),
        ("FREQ=MONTHLY;BYDAY=2TU", ["12-08"]),
        ("FREQ=MONTHLY;BYDAY=-1TH", ["12-31"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", ["11-30", "12-31"]),
        ("FREQ=MONTHLY", ["11-30", "12-30"]),
        ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24", ["12-24"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", []),
    ],
)
def test_a_repeated_event_comes_on_its_days(rule: str, expected: list[str]) -> None:
    found = starts(f"DTSTART:20261130T130000Z\nDURATION:PT1H\nRRULE:{rule}")
    assert [each[:5] for each in found] == expected


def test_a_rule_that_began_long_ago_is_counted_from_its_beginning() -> None:
    event = "DTSTART:20251201T130000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT="
    assert starts(f"{event}365")[-1:] == ["11-30 13:00"]
    assert starts(f"{event}360") == []


def test_left_out_and_moved_repetitions_are_so() -> None:
    series = "DTSTART:20261130T130000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY\nEXDATE:20261207T130000Z,20261221T130000Z"
    moved = "BEGIN:VEVENT\nUID:0\nRECURRENCE-ID:20261214T130000Z\nDTSTART:20261215T150000Z\nDURATION:PT1H\nEND:VEVENT\n"
    raw = feed(series).replace(b"END:VCALENDAR", moved.encode() + b"END:VCALENDAR")
    found = read_feed(raw, "America/Bogota", FIRST, LAST)
    assert [f"{each.starts_at:%m-%d %H}" for each in found if isinstance(each, Stretch)] == [
        "11-30 13", "12-15 15", "12-28 13",
    ]  # fmt: skip


def test_what_takes_no_time_is_not_busy() -> None:
    hour = "DTSTART:20261130T130000Z\nDURATION:PT1H\n"
    assert read(f"{hour}STATUS:CANCELLED", f"{hour}TRANSP:TRANSPARENT") == []


@pytest.mark.parametrize(
    "event",
    [
        "DTSTART:20261130T130000Z\nDURATION:PT1H\nRRULE:FREQ=SECONDLY",
        "DTSTART:20261130T130000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYSETPOS=1",
        "DTSTART:20261130T130000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;BYDAY=XX",
        "DTSTART:20261130T130000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;INTERVAL=0",
        "DTSTART:20261130T130000Z\nDURATION:PT1H\nRDATE:20261201T130000Z",
        "DTSTART:20261130T130000Z\nDTEND:20261130T120000Z",
        "DTSTART:20261130T130000Z\nDURATION:P9999D",
        "DTSTART:mañana",
        "SUMMARY:nada",
        "DTSTART:19000101T130000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY",
    ],
)
def test_what_is_not_understood_is_refused_and_never_guessed(event: str) -> None:
    good = "DTSTART:20261130T130000Z\nDURATION:PT1H"
    found = read(event, good)
    assert [type(each) for each in found] == [RefusedEvent, Stretch]


def test_a_hostile_feed_ends_with_a_sentence() -> None:
    for raw, said in (
        (b"<html>", "does not begin"),
        (b"", "does not begin"),
        (b"BEGIN:VCALENDAR\n" + b"X" * 3_000_000, "larger than 2 MB"),
        (b"BEGIN:VCALENDAR\nX:" + b"y" * 70_000, "too long"),
        (b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\n" * 30_000, f"more than {MOST_EVENTS}"),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n", "cannot be read"),
        (feed(*["DTSTART:20261130T130000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY"] * 2000), "more than 50000"),
    ):
        with pytest.raises(InputError, match=said):
            read_feed(raw, "America/Bogota", FIRST, LAST)


def test_rules_that_no_day_fits_cost_a_bounded_number_of_looks() -> None:
    never = "DTSTART:20100101T130000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=9;BYMONTH=2;BYMONTHDAY=30"
    found = read(*[never] * 250)
    reasons = {each.reason for each in found if isinstance(each, RefusedEvent)}
    assert reasons == {"the feed's events repeat too often to be looked through"}


CALENDAR = Calendar(name="taller-norte", title="Taller Norte", timezone="America/Bogota")
BOOKED = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)


def appointment(n: int, state: AppointmentState, sequence: int = 0, **facts: str) -> Appointment:
    starts_at = datetime(2026, 11, 30, 13 + n, 0, tzinfo=UTC)
    return Appointment(
        id=n, campaign_id=CampaignId("c"), lead_id=LeadId(n), attempt_id=None, calendar="taller-norte",
        starts_at=starts_at, ends_at=starts_at + timedelta(minutes=30), state=state, sequence=sequence, source="agent",
        booked_at=BOOKED, changed_at=BOOKED + timedelta(hours=sequence),
        **{"name": f"Ana {n}", "number": "+573001234567", "key": "ABC123", **facts},
    )  # fmt: skip


def test_a_workshop_reads_what_was_booked_moved_and_cancelled() -> None:
    hostile = "Ana\r\nBEGIN:VEVENT;\\,"
    raw = calendar_file(
        CALENDAR,
        [
            appointment(1, AppointmentState.BOOKED, name=hostile),
            appointment(2, AppointmentState.MOVED, 1),
            appointment(3, AppointmentState.CANCELLED, 2),
        ],
    )
    events = ICalendar.from_ical(raw).walk("VEVENT")
    assert [(str(e["UID"]), int(e["SEQUENCE"]), str(e["STATUS"])) for e in events] == [
        ("appointment-1@vocero", 0, "CONFIRMED"),
        ("appointment-2@vocero", 1, "CONFIRMED"),
        ("appointment-3@vocero", 2, "CANCELLED"),
    ]
    assert b"DTSTART;TZID=America/Bogota:20261130T090000" in raw
    assert b"BEGIN:VTIMEZONE" in raw
    assert str(events[1]["SUMMARY"]) == "Ana 2 · ABC123"
    assert str(events[1]["DESCRIPTION"]) == "Tel. +573001234567"


def test_without_personal_data_only_the_hour_is_told() -> None:
    raw = calendar_file(CALENDAR, [appointment(1, AppointmentState.BOOKED)], personal=False)
    assert not any(word in raw for word in (b"Ana", b"3001234567", b"ABC123"))
    assert b"SUMMARY:Cita" in raw


def test_what_goes_out_comes_in_again() -> None:
    raw = calendar_file(CALENDAR, [appointment(1, AppointmentState.BOOKED), appointment(3, AppointmentState.CANCELLED)])
    (found,) = read_feed(raw, "UTC", FIRST, LAST)
    assert isinstance(found, Stretch)
    assert found.starts_at == datetime(2026, 11, 30, 14, 0, tzinfo=UTC)
