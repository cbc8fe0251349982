"""What is said of scheduled reports in the settings, and what is refused there."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from cti_api.errors import SettingsError
from cti_api.report_settings import ReportSettings, ScheduledReport
from cti_api.reports.schedule import Monthly, Weekly
from cti_api.settings import load_settings

REPORT = {"name": "mensual", "kind": "monthly", "to": ["director@example.com"], "monthly": 2}
LEAST = "asterisk: {ami: {secret: 0123456789abcdef01234567}}\n"
SCHEDULED = """\
reports:
  scheduled:
    - {name: mensual, kind: monthly, to: [director@example.com], monthly: 2, at: "07:30"}
    - {name: semanal, kind: weekly, to: [jefa@example.com], weekly: monday}
    - {name: resultados, kind: campaign, to: [jefa@example.com], at_end: true}
"""


def scheduled(**otherwise: Any) -> ScheduledReport:
    wanted = {name: value for name, value in (REPORT | otherwise).items() if value is not None}
    return ScheduledReport.model_validate(wanted)


def written(folder: Path, text: str) -> Path:
    path = folder / "vocero.yaml"
    path.write_text(LEAST + text, encoding="utf-8")
    path.chmod(0o600)
    return path


def test_a_schedule_is_read_from_the_file(tmp_path: Path) -> None:
    email = "messages: {email: {host: 127.0.0.1, security: none, sender: informes@example.com}}\n"
    found = load_settings(written(tmp_path, SCHEDULED + email)).reports.scheduled
    assert [each.rule for each in found] == [
        Monthly(day=2, at=time(7, 30)), Weekly(weekday=0, at=time(7)), None,
    ]  # fmt: skip


def test_reports_without_a_mail_server_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"in messages\.email"):
        load_settings(written(tmp_path, SCHEDULED))


@pytest.mark.parametrize(
    ("otherwise", "says"),
    [
        ({"monthly": None}, "must say when: one of `monthly`, `weekly` and `at_end`; it says none of them"),
        ({"weekly": "monday"}, "it says monthly and weekly"),
        ({"monthly": 32}, "less than or equal to 31"),
        ({"monthly": None, "weekly": "lunes"}, "'monday', 'tuesday'"),
        ({"at": "7:30"}, "pattern"),
        ({"at": "24:00"}, "pattern"),
        ({"kind": "yearly"}, "There is no report 'yearly'"),
        ({"monthly": None, "weekly": "monday"}, "is of a month"),
        ({"kind": "weekly", "monthly": None, "at_end": True}, "is of no campaign"),
        ({"kind": "campaign"}, "say of which"),
        ({"kind": "weekly", "monthly": None, "weekly": "monday", "of": "marzo"}, "leave out `of`"),
        ({"to": []}, "at least 1 item"),
        ({"to": ["director"]}, "pattern"),
        ({"to": ["a@example.com", "a@example.com"]}, "stands there twice"),
        ({"subject": "Informe\nBcc: otra@example.com"}, "must be one line"),
        ({"subject": " "}, "must be one line"),
        ({"subject": "{titulo}"}, "has {titulo} in it; there are {title}, {period}, {of}"),
        ({"words": "{title!r}"}, "has {title}"),
        ({"words": "{"}, "braces that do not fit"),
        ({"words": "{title.__class__}"}, "has {title.__class__}"),
    ],
)
def test_what_cannot_be_is_refused_in_words(otherwise: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        scheduled(**otherwise)
    assert says in str(refused.value)


def test_at_a_campaign_s_end_of_whichever_campaign() -> None:
    assert scheduled(kind="campaign", monthly=None, at_end=True).of is None


def test_two_reports_have_two_names() -> None:
    with pytest.raises(ValidationError, match="two reports are called mensual"):
        ReportSettings.model_validate({"scheduled": [REPORT, REPORT]})
