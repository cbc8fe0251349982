"""Which reports there are, and what may be asked of them."""

from datetime import date

import pytest

from cti_api.errors import InputError
from cti_api.reports.kinds import COVER, REPORTS, checked, report_kind
from cti_api.reports.periods import read_period

TODAY = date(2026, 11, 26)


def test_names_of_sheets_are_those_that_excel_takes() -> None:
    for kind in REPORTS.values():
        assert kind.sheets[0] == COVER
        assert len({name.casefold() for name in kind.sheets}) == len(kind.sheets)
        for name in kind.sheets:
            assert 0 < len(name) <= 31
            assert not set(name) & set("[]:*?/\\'")
            assert name.casefold() != "history"


@pytest.mark.parametrize(
    ("name", "period", "of", "said"),
    [
        ("monthly", "2026-W47", "", "of a period of the kind month, not week"),
        ("weekly", "2026-W47", "norte", "of the whole company"),
        ("campaign", "", "", "of a campaign: say of which"),
        ("survey", "2026-11", "", "of a survey: say of which"),
        ("monthly", "2026-12", "", "still to come"),
    ],
)
def test_what_does_not_fit_is_refused(name: str, period: str, of: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        checked(report_kind(name), read_period(period) if period else None, of, TODAY)


def test_an_unknown_report_is_told_the_known_ones() -> None:
    with pytest.raises(InputError, match="campaign, control, monthly, survey, weekly"):
        report_kind("mensual")


def test_the_usual_period_is_the_latest_that_is_over() -> None:
    assert checked(report_kind("monthly"), None, "", TODAY).written == "2026-10"
    assert checked(report_kind("weekly"), None, "", TODAY).written == "2026-W47"
    assert checked(report_kind("control"), None, "norte", TODAY).last == TODAY
