"""Periods are whole days of the company's time zone."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from cti_api.errors import InputError
from cti_api.reports.periods import Period, PeriodKind, days_from, latest, month_of, read_period, week_of, whole_until

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("written", "first", "last", "words"),
    [
        ("2026-11", date(2026, 11, 1), date(2026, 11, 30), "noviembre de 2026"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "febrero de 2024"),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31), "diciembre de 2026"),
        ("2026-W48", date(2026, 11, 23), date(2026, 11, 29), "semana del 23 al 29 de noviembre de 2026"),
        ("2026-W53", date(2026, 12, 28), date(2027, 1, 3), "semana del 28 de diciembre de 2026 al 3 de enero de 2027"),
        ("2026-W49", date(2026, 11, 30), date(2026, 12, 6), "semana del 30 de noviembre al 6 de diciembre de 2026"),
        ("2026-11-01/2026-11-15", date(2026, 11, 1), date(2026, 11, 15), "del 1 al 15 de noviembre de 2026"),
        ("2026-11-01/2026-11-01", date(2026, 11, 1), date(2026, 11, 1), "1 de noviembre de 2026"),
    ],
)
def test_a_period_is_read_as_it_is_written(written: str, first: date, last: date, words: str) -> None:
    period = read_period(written)
    assert (period.first, period.last, period.words, period.written) == (first, last, words, written)


@pytest.mark.parametrize(
    "text", ["", "noviembre", "2026-13", "2026-W54", "2027-W53", "2026-02-30/2026-03-01", "2026-11-15/2026-11-01",
             "1000-01-01/2026-01-01", "0000-01", "0001-01", "0001-06", "0001-W01", "1999-W52", "1999-12-31/2000-01-01",
             "9999-12", "9999-12-31/9999-12-31x", "２０２６-11", "2026-11\n"]
)  # fmt: skip
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        read_period(text)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (PeriodKind.MONTH, "octubre de 2026"),
        (PeriodKind.WEEK, "semana del 16 al 22 de noviembre de 2026"),
        (PeriodKind.DAYS, "26 de noviembre de 2026"),
        (PeriodKind.WHOLE, "hasta el 26 de noviembre de 2026"),
    ],
)
def test_where_nobody_says_it_is_the_latest_that_is_over(kind: PeriodKind, said: str) -> None:
    assert latest(kind, TODAY).words == said


@pytest.mark.parametrize(
    ("period", "before"),
    [
        (month_of(date(2027, 1, 9)), month_of(date(2026, 12, 1))),
        (week_of(date(2026, 11, 23)), week_of(date(2026, 11, 22))),
        (days_from(date(2026, 11, 10), date(2026, 11, 14)), days_from(date(2026, 11, 5), date(2026, 11, 9))),
        (whole_until(TODAY), None),
        # of what goes on as many days
        (month_of(TODAY).until(TODAY), month_of(date(2026, 10, 1)).until(date(2026, 10, 26))),
        (month_of(date(2027, 3, 1)).until(date(2027, 3, 30)), month_of(date(2027, 2, 1))),
        (week_of(TODAY).until(TODAY), week_of(date(2026, 11, 16)).until(date(2026, 11, 19))),
        (
            days_from(date(2026, 11, 25), date(2026, 11, 30)).until(TODAY),
            days_from(date(2026, 11, 23), date(2026, 11, 24)),
        ),
    ],
)
def test_it_is_compared_with_the_time_before_it(period: Period, before: Period | None) -> None:
    assert period.before == before


def test_a_month_or_week_that_goes_on_says_until_when() -> None:
    assert month_of(TODAY).until(TODAY).words == "noviembre de 2026, hasta el 26/11"
    assert week_of(TODAY).until(TODAY).words == "semana del 23 al 29 de noviembre de 2026, hasta el 26/11"
    assert month_of(TODAY).until(TODAY).written == "2026-11"
    assert month_of(date(2026, 10, 1)).until(TODAY) == month_of(date(2026, 10, 1))


def test_its_bounds_are_those_of_the_companys_days() -> None:
    month = month_of(date(2026, 11, 5))
    assert month.bounds(ZoneInfo("America/Bogota")) == (
        datetime(2026, 11, 1, 5, tzinfo=UTC), datetime(2026, 12, 1, 5, tzinfo=UTC),
    )  # fmt: skip
    # Chile puts its clock forward at midnight: that day begins at one
    spring = days_from(date(2026, 9, 6), date(2026, 9, 6)).bounds(ZoneInfo("America/Santiago"))
    assert spring == (datetime(2026, 9, 6, 4, tzinfo=UTC), datetime(2026, 9, 7, 3, tzinfo=UTC))
    assert len(month.days()) == 30
