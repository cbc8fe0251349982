"""`vocero campaign export --form control`: the document is made here, so that the dialer's processor is spared."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.markup import escape

from cti_api.errors import InputError, ResultUnknown
from vocero.client import at
from vocero.commands.files import whole
from vocero.door import Door


def write_control_form(door: Door, campaign: str, to: Path | None, separator: str) -> None:
    """Write the campaign's control form, as the file's name says: Excel (.xlsx) or CSV."""
    from cti_api.reports.control_sheet import columns_of, csv_lines, write_xlsx  # XlsxWriter: other commands spare it

    if to is None or to.suffix.lower() not in (".xlsx", ".csv"):
        raise InputError("Say where the control form goes: --to FILE.xlsx, or FILE.csv")
    with door.control() as control:
        form = _Form(control.lines(at("campaigns", campaign, "control-form")))
        columns = columns_of(form.columns)
        with door.waiting("Writing the control form …"), whole(to) as file:
            if to.suffix.lower() == ".xlsx":
                write_xlsx(file, columns, form.rows(), form.report, *door.on_the_wall())
            else:
                for line in csv_lines(columns, form.rows(), form.report, separator):
                    file.write(line.encode("utf-8"))
    door.err.print(f"[green]✓[/] Wrote {escape(str(to))}", highlight=False)


class _Form:
    """What comes line by line: columns, rows, and the report at the end."""

    def __init__(self, lines: Iterator[Any]) -> None:
        self._lines = lines
        self.columns = next(lines)["columns"]
        self._report: dict[str, Any] | None = None

    def rows(self) -> Iterator[list[Any]]:
        for line in self._lines:
            if isinstance(line, dict):
                self._report = line["report"]
                return
            yield line

    def report(self) -> dict[str, Any]:
        """Raises `ResultUnknown` where the answer broke off before it."""
        if self._report is None:
            raise ResultUnknown("The control form broke off before its end; nothing was written. Ask for it again.")
        return self._report
