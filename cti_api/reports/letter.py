"""The letter that brings a report: the workbook and its sheets as CSV, as far as they fit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

from cti_api.message_settings import EmailSettings
from cti_api.messages.smtp import new_letter
from cti_api.report_settings import ScheduledReport
from cti_api.reports.build import BuiltReport
from cti_api.reports.mail_words import BODY, CLOSING, TOO_LARGE, WITHOUT_CSV, fill
from cti_api.reports.run import Run

MEGABYTE = 1024 * 1024
XLSX = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")


@dataclass(frozen=True, slots=True)
class Letter:
    bytes: bytes
    message_id: str
    note: str = ""
    """What was left out, for whoever looks what was sent."""


def letter_of(
    run: Run,
    built: BuiltReport,
    said: ScheduledReport | None,
    settings: EmailSettings,
    now: datetime,
    largest_bytes: int,
) -> Letter:
    """`said`: what the settings say of the report; None: nothing. The CSV files are left out where the letter would be
    larger than `largest_bytes`, then the workbook too: the letter tells then where the report is."""
    with_csv = said is None or said.csv
    whole = _letter(run, built, said, settings, now, with_csv=with_csv)
    if len(whole.bytes) <= largest_bytes:
        return whole
    if with_csv:
        lesser = _letter(run, built, said, settings, now, with_csv=False, more=WITHOUT_CSV)
        if len(lesser.bytes) <= largest_bytes:
            return Letter(lesser.bytes, lesser.message_id, "Sent without the CSV files: they did not fit.")
    megabytes = f"{len(built.xlsx) / MEGABYTE:.1f}"
    more = TOO_LARGE.format(megabytes=megabytes.replace(".", ","), command=_command(run))
    told = _letter(run, built, said, settings, now, with_csv=False, with_book=False, more=more)
    return Letter(told.bytes, told.message_id, f"Sent without the workbook: its {megabytes} MB do not fit in a letter.")


def _letter(
    run: Run,
    built: BuiltReport,
    said: ScheduledReport | None,
    settings: EmailSettings,
    now: datetime,
    *,
    with_csv: bool,
    with_book: bool = True,
    more: str = "",
) -> Letter:
    values = {"title": built.title, "period": built.period_words, "of": run.occasion.of}
    subject = fill(said.subject if said is not None else "{title}: {period}", values)
    body = fill((said.words if said is not None else "") or BODY, values)
    letter = new_letter(run.id, run.recipient, " ".join(subject.split()), settings, now)
    letter.set_content("\n\n".join(part for part in (body, more, CLOSING) if part) + "\n")
    if with_book:
        _attach(letter, built.xlsx, XLSX, built.file_name)
    if with_csv:
        for sheet, text in built.csv_for_people.items():
            _attach(letter, text, ("text", "csv"), built.csv_file_name(sheet))
    return Letter(bytes(letter), str(letter["Message-ID"]))


def _attach(letter: EmailMessage, content: bytes, kind: tuple[str, str], name: str) -> None:
    main, sub = kind
    charset = {"charset": "utf-8"} if main == "text" else {}
    letter.add_attachment(content, maintype=main, subtype=sub, filename=name, params=charset)


def _command(run: Run) -> str:
    """How whoever runs Vocero gets the same report."""
    of = run.occasion
    words = ["vocero report", of.kind]
    if of.of:
        words.append(f"--of {of.of}")
    if of.period.written:
        words.append(f"--period {of.period.written}")
    return " ".join([*words, "-o informe.xlsx"])
