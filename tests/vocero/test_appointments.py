"""Appointments on the command line: hours brought in, looked at, booked, moved, kept, and taken out again."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, time, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from icalendar import Calendar as ICalendar
from python_calamine import CalamineWorkbook

from cti_api.clock import SystemClock
from tests.support.campaigns import BOOKING_CAMPAIGN
from tests.support.control_server import ControlServer
from tests.support.shell import Shell

DAY = SystemClock().now().date() + timedelta(days=3)
"""A day that is still to come."""
PLAN = f"""\
calendar: taller-norte
title: Taller Norte
timezone: America/Bogota
from: {DAY}
until: {DAY + timedelta(days=1)}
slot: 1 h
capacity: 1
hours:
  mon-sun: 08:00-11:00
"""


@pytest.fixture
def shell(server: ControlServer, alone: Shell) -> Shell:
    """With the workshop's calendar, and a campaign that books in it."""
    Path("taller.yaml").write_text(PLAN, encoding="utf-8")
    Path("campaign.yaml").write_text(BOOKING_CAMPAIGN, encoding="utf-8")
    assert "6 hours, 6 new" in alone("appointments", "import", "taller.yaml").out
    alone("campaign", "create", "campaign.yaml")
    return alone


def lead(shell: Shell, n: int) -> str:
    added = shell(
        "leads",
        "add",
        "mantenimiento",
        "--phone",
        f"300 000 000{n}",
        "--name",
        f"Ana {n}",
        "--key",
        f"ABC12{n}",
        "--json",
    )
    return str(added.json["lead_id"])


def book(shell: Shell, n: int, hour: str, expect: int = 0) -> str:
    said = shell("appointments", "book", lead(shell, n), "--at", f"{DAY} {hour}", "--json", expect=expect)
    return str(said.json["id"]) if not expect else said.err


def week() -> tuple[str, ...]:
    return ("--from", str(DAY), "--until", str(DAY + timedelta(days=7)))


def test_hours_are_brought_in_once_and_shown_with_their_places(shell: Shell) -> None:
    assert "6 hours, 0 new" in shell("appointments", "import", "taller.yaml").out
    assert "Taller Norte" in shell("appointments", "calendars").out
    book(shell, 1, "09:00")
    assert len(shell("appointments", "slots", "taller-norte", *week(), "--json").json) == 5
    shown = shell("appointments", "slots", "taller-norte", *week(), "--all").out
    assert shown.count("1 of 1") == 5
    assert "0 of 1" in shown
    assert "09:00–10:00" in shown
    assert "no day" in shell("appointments", "slots", "taller-norte", "--from", "ayer", expect=2).err


def test_an_appointment_is_booked_moved_kept_and_listed(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    first = book(shell, 1, "09:00")
    assert "Free near it" in book(shell, 2, "09:00", expect=1)
    said = shell("appointments", "move", first, "--to", f"{DAY}T10:00").out
    assert f"Appointment {first} of Ana 1" in said
    assert said.rstrip().endswith("moved.")
    assert "not kept" in shell("appointments", "miss", first).out
    assert "kept" in shell("appointments", "keep", first).out
    (listed,) = shell("appointments", "list", "--campaign", "mantenimiento", "--state", "kept", "--json").json
    assert (str(listed["id"]), listed["source"]) == (first, "command")
    monkeypatch.setenv("COLUMNS", "80")
    table = shell("appointments", "list", "--calendar", "taller-norte", *week()).out
    assert "calendar taller-norte · campaign mantenimiento" in table
    (line,) = [each for each in table.splitlines() if "Ana 1" in each]
    assert re.search(rf"{DAY} \d\d:\d\d .* Ana 1 .*\+573000000001", line)
    second = book(shell, 3, "09:00")
    assert "cancelled" in shell("appointments", "cancel", second).out
    assert "cannot become" in shell("appointments", "keep", second, expect=1).err


def test_what_became_of_them_comes_from_a_file_and_every_row_is_told(shell: Shell) -> None:
    for n, hour in ((1, "08:00"), (2, "09:00")):
        book(shell, n, hour)
    Path("resultados.csv").write_text(
        f"placa;fecha;resultado\nABC-121;{DAY};cumplida\nabc 122;{DAY};no cumplida\n"
        f"ZZZ999;{DAY};cumplida\nABC121;;quizás\n",
        encoding="utf-8",
    )
    said = shell("appointments", "import-results", "resultados.csv").out
    assert "2 of 4 rows are entered" in said
    assert "nobody of that plate or number has an appointment" in said
    assert "this is no result" in said
    answers = shell("appointments", "import-results", "resultados.csv", "--json").json
    assert [(each["line"], each["matched"]) for each in answers] == [
        (2, "same"), (3, "same"), (4, "unknown"), (5, "refused"),
    ]  # fmt: skip


def test_slots_of_a_table_make_their_calendar_and_bad_rows_are_told(shell: Shell) -> None:
    Path("cupos.csv").write_text(f"fecha,hora,cupos\n{DAY},08:00,3\n{DAY},ocho,1\n", encoding="utf-8")
    refused = shell("appointments", "import", "cupos.csv", expect=2).err
    assert "--calendar" in refused
    assert "--timezone" in shell("appointments", "import", "cupos.csv", "--calendar", "sur", expect=2).err
    made = ["appointments", "import", "cupos.csv", "--calendar", "sur", "--timezone", "America/Bogota"]
    said = shell(*made).out
    assert "1 hours, 1 new" in said
    assert "3: this is no day and hour" in said
    (slot,) = shell("appointments", "slots", "sur", *week(), "--json").json
    assert slot["capacity"] == 3


@contextmanager
def served(body: bytes) -> Iterator[str]:
    """A server that has this calendar; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/taller.ics" else 404)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's own name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/taller.ics"
        finally:
            server.shutdown()
            thread.join()


def ical(first: date, hours: int) -> bytes:
    event = f"DTSTART;TZID=America/Bogota:{first:%Y%m%d}T080000\r\nDURATION:PT{hours}H\r\nRRULE:FREQ=DAILY;COUNT=2"
    return f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\n{event}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n".encode()


def test_a_feed_s_events_are_free_hours_or_busy_ones(shell: Shell) -> None:
    with served(ical(DAY, 2)) as address:
        said = shell("appointments", "import", address, "--calendar", "taller-norte", "--busy").out
        assert "4 hours have no place left" in said
        shell(
            "appointments", "import", address, "--calendar", "oeste", "--timezone", "America/Bogota", "--capacity", "4"
        )
        missing = address.replace("taller.ics", "nada.ics")
        assert "404" in shell("appointments", "import", missing, "--calendar", "oeste", expect=2).err
    assert len(shell("appointments", "slots", "taller-norte", *week(), "--json").json) == 2
    assert [each["free"] for each in shell("appointments", "slots", "oeste", *week(), "--json").json] == [4, 4]
    assert "cannot be fetched" in shell("appointments", "import", address, "--calendar", "oeste", expect=2).err


def test_a_feed_that_never_ends_is_left_after_its_two_megabytes(shell: Shell) -> None:
    with served(b"BEGIN:VCALENDAR\r\n" + b"X-A:1\r\n" * 400_000) as address:
        said = shell("appointments", "import", address, "--calendar", "taller-norte", expect=2).err
    assert "larger than 2 MB" in said


def test_a_calendar_goes_out_as_icalendar(shell: Shell) -> None:
    first = book(shell, 1, "09:00")
    shell("appointments", "export", "taller-norte", "--ics", "taller.ics")
    (event,) = ICalendar.from_ical(Path("taller.ics").read_bytes()).walk("VEVENT")
    assert str(event["UID"]) == f"appointment-{first}@vocero"
    assert event["DTSTART"].dt.strftime("%H:%M") == "09:00"
    shell("appointments", "export", "taller-norte", "--ics", "horas.ics", "--no-personal")
    assert "Ana" not in Path("horas.ics").read_text(encoding="utf-8")
    shell("appointments", "export", "otro", "--ics", "nada.ics", expect=1)
    assert not Path("nada.ics").exists()


def test_the_control_form_is_written_as_excel_and_as_csv(shell: Shell) -> None:
    book(shell, 1, "09:00")
    lead(shell, 2)
    shell("campaign", "export", "mantenimiento", "--form", "control", "--to", "control.xlsx")
    header, *rows = CalamineWorkbook.from_path("control.xlsx").get_sheet_by_name("Control").to_python()
    first = dict(zip(header, rows[0], strict=True))
    assert (first["Placa"], first["Cliente"], first["Cita agendada"]) == ("ABC121", "Ana 1", "Sí")
    assert (first["Fecha de la cita"], first["Hora de la cita"]) == (DAY, time(9))
    assert (rows[1][header.index("Motivo de no contacto")], len(rows)) == ("Sin llamar", 2)
    second = CalamineWorkbook.from_path("control.xlsx").get_sheet_by_name("Indicadores").to_python()
    totals = {each[0]: each[1] for each in second}
    assert totals["Citas agendadas"] == 1.0
    assert shell("campaign", "report", "mantenimiento", "--json").json["appointments"]["made"] == 1
    assert "Appointments" in shell("campaign", "report", "mantenimiento").out
    assert "standing 1" in shell("campaign", "status", "mantenimiento").out
    shell("campaign", "export", "mantenimiento", "--form", "control", "--to", "control.csv", "--separator", "semicolon")
    lines = Path("control.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[1].startswith('"ABC121";"";"";"Ana 1"')
    assert '"Citas agendadas";1' in lines
    said = shell("campaign", "export", "mantenimiento", "--form", "control", "--to", "control.pdf", expect=2).err
    assert ".xlsx" in said
    shell("campaign", "export", "otra", "--form", "control", "--to", "otra.xlsx", expect=1)
    assert not Path("otra.xlsx").exists()
