"""Windows, holidays and zones: what the pack says, and what happens where it does not know."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from cti_api.law.calendar import DayKind, day_kind
from cti_api.law.rules import Holidays, Opening, Reach, Window
from cti_api.law.terms import Channel, Purpose, Remedy
from tests.support.law import PACKS, bogota, decided, head, pack_of
from tests.support.plain_law import bolivia, colombia, peru

YEARS = range(2020, 2031)
OFFICE = {weekday: ((time(8), time(18)),) for weekday in range(5)}


def window(days: object = None, **otherwise: object) -> Window:
    named = {"days": OFFICE if days is None else days, "closed_on_holidays": True} | otherwise
    return Window(**head("hours"), **named)


def calendar_of(pack: str) -> Holidays:
    found = next(each.holidays for each in PACKS if each.name == pack)
    assert found is not None
    return found


def closed_days(holidays: Holidays, department: str | None, year: int) -> set[date]:
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    return {day for day in days if day.year == year and day_kind(holidays, department, day).kind is not DayKind.WORKING}


def but_sundays(days: set[date]) -> set[date]:
    return {day for day in days if day.weekday() != 6}


@pytest.mark.parametrize("year", YEARS)
def test_the_calendars_are_those_counted_from_easter(year: int) -> None:
    assert closed_days(calendar_of("co"), None, year) == colombia(year)
    assert but_sundays(closed_days(calendar_of("pe"), None, year)) == but_sundays(set(peru(year)))
    for department in (None, *"BCHLNOPST"):
        assert closed_days(calendar_of("bo"), department, year) == bolivia(year, department)


@pytest.mark.parametrize("year", range(2016, 2036))
def test_colombia_has_the_eighteen_holidays_of_its_law_and_what_is_more_is_in_dispute(year: int) -> None:
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(365))
    kinds = [day_kind(calendar_of("co"), None, day).kind for day in days]
    assert kinds.count(DayKind.DISPUTED) == (year >= 2026)
    # Two of the eighteen fall on one Monday when Easter is on the 20th of April or so.
    assert kinds.count(DayKind.HOLIDAY) in {17, 18}


def test_a_disputed_day_is_closed_until_an_administrator_settles_it() -> None:
    tenth = bogota("2026-07-13 10:00")
    decision = decided(tenth)
    assert decision.rule == "co-2300-art3-hours"
    assert "13 de julio de 2026" in decision.reason
    assert "un administrador lo confirme" in decision.reason
    assert decision.next_open == bogota("2026-07-14 07:00")

    def settled(holiday: bool) -> Holidays:
        day = date(2026, 7, 13)
        return Holidays(
            calendar="CO", first_year=2026, last_year=2026, disputed={day: "Chiquinquirá"}, confirmed={day: holiday}
        )

    assert decided(tenth, packs=(pack_of(window(), holidays=settled(False)),)).allowed
    closed = decided(tenth, packs=(pack_of(window(), holidays=settled(True)),))
    assert not closed.allowed
    assert "es festivo" in closed.reason


def test_a_holiday_by_decree_is_written_into_the_pack() -> None:
    bridge = Holidays(calendar="BO", first_year=2026, last_year=2026, added={date(2026, 12, 24): "feriado puente"})
    decision = decided(bogota("2026-12-24 10:00"), packs=(pack_of(window(), holidays=bridge),))
    assert "feriado puente" in decision.reason


def test_a_year_the_calendar_does_not_know_is_closed_and_says_what_to_do() -> None:
    decision = decided(bogota("2036-02-05 10:00"))
    assert not decision.allowed
    assert "2036" in decision.reason
    assert "actualizar el paquete" in decision.reason
    assert decision.next_open is None
    assert decision.remedy is Remedy.ACT


@pytest.mark.parametrize("year", [2, 1492, 2200, 9998])
def test_years_of_nobody_are_refused_without_looking_at_a_clock(year: int) -> None:
    decision = decided(datetime(year, 6, 1, tzinfo=UTC))
    assert (decision.rule, decision.next_open) == ("calendar", None)


def test_a_pack_without_a_calendar_knows_no_working_day() -> None:
    pack = pack_of(window())
    bare = type(pack)(**{name: getattr(pack, name) for name in pack.__slots__} | {"holidays": None})
    assert not decided(bogota("2026-11-24 10:00"), packs=(bare,)).allowed


def test_where_several_zones_are_possible_all_of_them_have_to_be_open() -> None:
    wide = pack_of(window(), zones=("America/New_York", "America/Los_Angeles"))
    assert not decided(datetime(2026, 11, 24, 15, tzinfo=UTC), packs=(wide,)).allowed  # 10:00 and 07:00
    assert decided(datetime(2026, 11, 24, 16, tzinfo=UTC), packs=(wide,)).allowed  # 11:00 and 08:00
    assert not decided(datetime(2026, 11, 24, 23, tzinfo=UTC), packs=(wide,)).allowed  # 18:00 and 15:00
    opening = decided(datetime(2026, 11, 24, 23, tzinfo=UTC), packs=(wide,)).next_open
    assert opening == datetime(2026, 11, 25, 16, tzinfo=UTC)
    known = decided(datetime(2026, 11, 24, 15, tzinfo=UTC), packs=(wide,), zone="America/New_York")
    assert known.allowed


@pytest.mark.parametrize("zone", ["America/Bogotá", "", "../etc/passwd", "America", "x" * 300])
def test_a_zone_that_does_not_exist_is_refused_with_what_to_do(zone: str) -> None:
    decision = decided(bogota("2026-11-24 10:00"), zone=zone)
    assert decision.rule == "zone"
    assert "corríjala" in decision.reason
    assert decision.remedy is Remedy.ACT


def test_a_place_without_any_zone_is_refused() -> None:
    decision = decided(bogota("2026-11-24 10:00"), packs=(pack_of(window(), zones=()),))
    assert not decision.allowed
    assert "zona horaria" in decision.reason


@pytest.mark.parametrize(
    ("ring", "last"),
    [(15.0, "18:58:44"), (28.0, "18:58:31"), (60.0, "18:57:59"), (120.0, "18:56:59")],
)
def test_the_longest_ring_and_a_minute_fit_before_the_end(ring: float, last: str) -> None:
    at = bogota(f"2026-11-24 {last}")
    assert decided(at, ring_seconds=ring).allowed
    assert not decided(at + timedelta(seconds=1), ring_seconds=ring).allowed
    assert "termina antes" in decided(at + timedelta(seconds=1), ring_seconds=ring).reason


def test_a_message_rings_nobody() -> None:
    at = bogota("2026-11-24 18:58:59")
    assert decided(at, channel=Channel.SMS, ring_seconds=120.0).allowed
    assert not decided(at + timedelta(seconds=1), channel=Channel.SMS).allowed


@pytest.mark.parametrize("zone", ["America/Santiago", "America/New_York", "America/Tijuana", "Australia/Lord_Howe"])
@pytest.mark.parametrize("year", [2026, 2027, 2028])
def test_the_first_call_of_every_day_is_at_seven_on_the_wall_whatever_the_clock_does(zone: str, year: int) -> None:
    always = pack_of(window({weekday: ((time(7), time(19)),) for weekday in range(7)}, closed_on_holidays=False))
    at = datetime(year, 1, 1, 20, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    for _ in range(364):
        opening = decided(at, packs=(always,), zone=zone).next_open
        assert opening is not None
        assert opening.astimezone(ZoneInfo(zone)).time() == time(7)
        at = opening + timedelta(hours=12, minutes=30)


def test_a_pack_for_unknown_countries_asks_for_the_country_s_own() -> None:
    decision = decided(bogota("2026-11-24 10:00"), region="CL")
    assert decision.rule == "strict-unknown-country"
    assert "CL" in decision.reason
    assert (decision.next_open, decision.remedy) == (None, Remedy.ACT)


def test_without_any_pack_nobody_is_contacted() -> None:
    decision = decided(bogota("2026-11-24 10:00"), packs=())
    assert (decision.allowed, decision.rule) == (False, "no_pack")


def test_a_company_s_own_pack_narrows_a_country_s_and_replaces_none() -> None:
    mornings = Window(
        **head("mornings", purposes=frozenset({Purpose.COMMERCIAL})),
        days={weekday: ((time(9), time(12)),) for weekday in range(7)},
        closed_on_holidays=False,
    )
    own = pack_of(mornings, regions=Reach.EVERYWHERE, zones=())
    packs = (*PACKS, own)
    assert decided(bogota("2026-11-24 08:00"), packs=packs).rule == "mornings"
    assert decided(bogota("2026-11-24 10:00"), packs=packs).allowed
    assert decided(bogota("2026-11-29 10:00"), packs=packs).rule == "co-2300-art3-hours"
    assert decided(bogota("2026-11-28 15:00"), packs=packs).next_open == bogota("2026-11-30 09:00")
    assert not decided(bogota("2026-11-24 10:00"), packs=packs, region="CL").allowed
    assert not decided(bogota("2026-11-24 10:00"), packs=(own,)).allowed


def test_windows_that_never_meet_are_given_up() -> None:
    morning = window({0: ((time(8), time(10)),)})
    evening = window({0: ((time(16), time(18)),)})
    decision = decided(bogota("2026-11-24 10:00"), packs=(pack_of(morning, evening),))
    assert (decision.next_open, decision.remedy) == (None, Remedy.ACT)


def test_always_open_may_still_be_closed_on_holidays() -> None:
    pack = pack_of(window(Opening.ALWAYS))
    assert decided(bogota("2026-11-24 03:00"), packs=(pack,)).allowed
    closed = decided(bogota("2026-12-25 10:00"), packs=(pack,))
    assert closed.next_open == bogota("2026-12-26 00:00")


def test_on_the_last_evening_the_calendar_knows_it_is_the_calendar_that_is_told() -> None:
    decision = decided(bogota("2035-12-31 20:00"))
    assert (decision.next_open, decision.remedy) == (None, Remedy.ACT)
    assert "2036" in decision.reason
    assert decided(bogota("2035-12-31 10:00")).allowed
