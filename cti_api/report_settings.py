"""Settings of the reports that are sent by mail: which, of what, when, and to whom. docs/reports.md says how."""

from __future__ import annotations

from datetime import time
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from cti_api.border import Slug
from cti_api.errors import InputError
from cti_api.message_settings import Address
from cti_api.reports.kinds import Subject, report_kind
from cti_api.reports.mail_words import check_words
from cti_api.reports.schedule import Monthly, Rule, Weekly, period_kind
from cti_api.setting_values import Section

WallTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""Hour and minute."""


class Weekday(StrEnum):
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class ScheduledReport(Section):
    """One report and its readers. `monthly`, `weekly` or `at_end` says when."""

    name: Slug
    """What it is called in commands, figures and events. Under a new name it is another report."""
    kind: Slug
    """As `vocero report kinds` lists them."""
    of: Slug | None = None
    """The campaign or survey; null: all of them."""
    to: Annotated[tuple[Address, ...], Field(min_length=1, max_length=50)]
    """Each gets a letter of their own."""
    monthly: Annotated[int, Field(ge=1, le=31)] | None = None
    """On that day of each month (its last, where it is shorter), of the month before."""
    weekly: Weekday | None = None
    """On that weekday, of the last week (Monday to Sunday) that is over."""
    at_end: bool = False
    """When the campaign is completed or cancelled, of all of it."""
    at: WallTime = "07:00"
    """In the company's time zone (`timezone`)."""
    subject: Annotated[str, StringConstraints(max_length=200)] = "{title}: {period}"
    words: Annotated[str, StringConstraints(max_length=4000)] = ""
    """What the letter says; empty: a sentence of ours. Both may have ``{title}``, ``{period}`` and ``{of}`` in them."""
    csv: bool = True
    """The sheets as CSV, too, as a spreadsheet opens them where numbers have a comma."""

    @field_validator("to")
    @classmethod
    def _each_once(cls, to: tuple[str, ...]) -> tuple[str, ...]:
        for address in to:
            if to.count(address) > 1:
                raise ValueError(f"{address} stands there twice")
        return to

    @field_validator("subject", "words")
    @classmethod
    def _words_are_known(cls, words: str) -> str:
        check_words(words)
        return words

    @field_validator("subject")
    @classmethod
    def _one_line(cls, subject: str) -> str:
        if not subject.strip() or not subject.isprintable():
            raise ValueError("must be one line of text")
        return subject

    @model_validator(mode="after")
    def _when(self) -> Self:
        said = [name for name in ("monthly", "weekly", "at_end") if getattr(self, name) not in (None, False)]
        if len(said) != 1:
            words = "it says " + " and ".join(said) if said else "it says none of them"
            raise ValueError(f"must say when: one of `monthly`, `weekly` and `at_end`; {words}")
        try:
            kind = report_kind(self.kind)
            period_kind(self.rule, kind)
        except InputError as error:
            raise ValueError(str(error)) from None
        if kind.subject is Subject.NONE and self.of is not None:
            raise ValueError(f"the report {kind.name} is of the whole company: leave out `of`")
        if kind.subject is not Subject.NONE and kind.must_have_subject and self.of is None and not self.at_end:
            raise ValueError(f"the report {kind.name} is of a {kind.subject}: say of which, by `of`")
        return self

    @property
    def rule(self) -> Rule | None:
        """None: at the campaign's end."""
        at = time.fromisoformat(self.at)
        if self.monthly is not None:
            return Monthly(day=self.monthly, at=at)
        if self.weekly is not None:
            return Weekly(weekday=list(Weekday).index(self.weekly), at=at)
        return None


class ReportSettings(Section):
    scheduled: Annotated[tuple[ScheduledReport, ...], Field(max_length=100)] = ()
    catch_up_days: Annotated[int, Field(ge=1, le=90)] = 45
    """What was missed longer ago is not sent any more."""
    largest_megabytes: Annotated[float, Field(gt=0, le=100)] = 15.0
    """Of a letter; a report that is larger is not in it, and it says where to get it."""
    tries: Annotated[int, Field(ge=1, le=50)] = 10
    """How often one is sent that is known not to have been taken: after 1, 5, 25, 125 and then each 240 minutes."""
    build_seconds: Annotated[float, Field(gt=0, le=3600)] = 300.0
    """The longest that the making of one may take."""
    keep_days: Annotated[int, Field(ge=120, le=3660)] = 800
    """How long it is kept what was sent when, and to whom."""

    @field_validator("scheduled")
    @classmethod
    def _each_name_once(cls, scheduled: tuple[ScheduledReport, ...]) -> tuple[ScheduledReport, ...]:
        names = [each.name for each in scheduled]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two reports are called {name}: give each a name of its own")
        return scheduled
