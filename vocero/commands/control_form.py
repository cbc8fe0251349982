"""`vocero campaign export --form control`: the document is made here, so that the dialer's processor is spared."""

from __future__ import annotations

from pathlib import Path

from rich.markup import escape

from cti_api.errors import InputError
from vocero.client import at
from vocero.commands.files import whole
from vocero.door import Door


def write_control_form(door: Door, campaign: str, to: Path | None, separator: str) -> None:
    """Write the campaign's control form, as the file's name says: Excel (.xlsx) or CSV."""
    from cti_api.reports.control_sheet import columns_of, csv_lines, write_xlsx  # XlsxWriter: other commands spare it

    if to is None or to.suffix.lower() not in (".xlsx", ".csv"):
        raise InputError("Say where the control form goes: --to FILE.xlsx, or FILE.csv")
    with door.control() as control:
        report = control.get(at("campaigns", campaign, "report"))
        lines = control.lines(at("campaigns", campaign, "control-form"))
        columns = columns_of(next(lines)["columns"])
        with door.waiting("Writing the control form …"), whole(to) as file:
            if to.suffix.lower() == ".xlsx":
                write_xlsx(file, columns, lines, report)
            else:
                for line in csv_lines(columns, lines, report, separator):
                    file.write(line.encode("utf-8"))
    door.err.print(f"[green]✓[/] Wrote {escape(str(to))}", highlight=False)
