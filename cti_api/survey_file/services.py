"""A list of completed services, each of which invites somebody to a survey: CSV or spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import BinaryIO, Final
from zoneinfo import ZoneInfo

from cti_api.appointments.slot_file import RefusedRow
from cti_api.appointments.table import Row, read_table
from cti_api.lead_file.cells import one_line
from cti_api.lead_file.days import parse_day
from cti_api.lead_file.records import BadRecord
from cti_api.model.surveys import NewInvitation
from cti_api.numbers.several import parse_phones

LONGEST_CELL: Final = 200
NOON: Final = 12
"""Hour of a service of which only the day is known."""

_WORDS: Final = {
    "key": "orden key orden_de_servicio orden_servicio ot numero_de_orden ticket",
    "phone": "telefono phone celular movil telefono_1 numero",
    "name": "nombre name cliente nombre_completo",
    "at": "fecha date fecha_servicio fecha_del_servicio fecha_de_servicio terminado service_at",
    "service": "servicio service tipo tipo_servicio tipo_de_servicio",
    "agent": "agente agent asesor tecnico",
    "queue": "cola queue area",
    "person_key": "documento person_key cedula ci nit cuenta",
}


def read_services(file: BinaryIO, timezone: str, region: str) -> Iterator[tuple[int, NewInvitation] | RefusedRow]:
    """Rows with their lines; hours are on the clock of `timezone`, days and telephones as `region` writes them.

    Raises `InputError` for a file that is no such table.
    """
    zone = ZoneInfo(timezone)
    for row in read_table(file, _WORDS, ["key", "phone", "at"]):
        yield RefusedRow(row.line, row.reason) if isinstance(row, BadRecord) else _service(row, zone, region)


def service_of(cells: Mapping[str, str], timezone: str, region: str) -> tuple[int, NewInvitation] | RefusedRow:
    """One service whose cells are named as the columns of a list may be."""
    known = {name: what for what, names in _WORDS.items() for name in names.split()}
    return _service((0, {known[name]: cell for name, cell in cells.items()}), ZoneInfo(timezone), region)


def _service(row: Row, zone: ZoneInfo, region: str) -> tuple[int, NewInvitation] | RefusedRow:
    line, cells = row
    told = {name: one_line(cells.get(name, "")).strip()[:LONGEST_CELL] for name in _WORDS}
    if not told["key"]:
        return RefusedRow(line, "there is no key of the service: without one it could be asked about twice")
    phones = parse_phones(cells.get("phone", ""), region).phones
    if not phones:
        return RefusedRow(line, "there is no telephone number")
    day = parse_day(cells.get("at", ""), region)
    if day is None:
        return RefusedRow(line, "this is no day: write 2026-12-31, or 2026-12-31 15:00")
    local = day if isinstance(day, datetime) else datetime(day.year, day.month, day.day, NOON, tzinfo=zone)
    return line, NewInvitation(
        key=told["key"],
        name=told["name"],
        phone=phones[0],
        service_at=local.replace(tzinfo=zone).astimezone(UTC),
        service=told["service"],
        agent=told["agent"],
        queue=told["queue"],
        person_key=told["person_key"],
        source="file",
    )
