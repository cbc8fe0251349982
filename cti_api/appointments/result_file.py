"""What became of appointments, in a table: plate or telephone, day, result."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import BinaryIO, Final
from zoneinfo import ZoneInfo

from cti_api.appointments.entered import EnteredResult, result_of
from cti_api.appointments.slot_file import RefusedRow, local_time
from cti_api.appointments.table import Row, read_table
from cti_api.lead_file.cells import one_line
from cti_api.lead_file.days import parse_day
from cti_api.lead_file.records import BadRecord
from cti_api.model.appointments import AppointmentState
from cti_api.numbers.several import parse_phones

_WORDS: Final = {
    "key": "placa plate clave key matricula",
    "number": "telefono phone celular movil telefono_1 numero",
    "day": "fecha fecha_cita fecha_de_la_cita dia date day cita",
    "result": "resultado result estado cita_cumplida cumplida cumplio asistio",
    "to": "nueva_fecha reprogramada_para new_date moved_to",
    "to_hour": "nueva_hora new_hour",
}
NO_RESULT: Final = "this is no result: write cumplida, no cumplida, reprogramada or cancelada"


def read_results(file: BinaryIO, timezone: str, region: str) -> Iterator[EnteredResult | RefusedRow]:
    """Rows of a CSV or spreadsheet; a moved appointment's new hour is on the clock of `timezone`.

    Raises `InputError` for a file that is no such table.
    """
    zone = ZoneInfo(timezone)
    for row in read_table(file, _WORDS, ["key|number", "result"]):
        yield RefusedRow(row.line, row.reason) if isinstance(row, BadRecord) else _entered(row, zone, region)


def _entered(row: Row, zone: ZoneInfo, region: str) -> EnteredResult | RefusedRow:
    line, cells = row
    state = result_of(cells["result"])
    if state is None:
        return RefusedRow(line, NO_RESULT)
    key = one_line(cells.get("key", ""))[:200]
    phones = parse_phones(cells.get("number", ""), region).phones if cells.get("number") else ()
    if not key and not phones:
        return RefusedRow(line, "there is neither a plate nor a telephone")
    written = cells.get("day", "")
    day = parse_day(written, region) if written else None
    if written and day is None:
        return RefusedRow(line, "this is no day: write 2026-12-31")
    to: datetime | None = None
    if state is AppointmentState.MOVED:
        local = local_time(
            "" if cells.get("to_hour") else cells.get("to", ""), cells.get("to", ""), cells.get("to_hour", ""), region
        )
        if local is None:
            return RefusedRow(line, "a moved appointment needs its new day and hour: `nueva fecha` 2026-12-31 15:00")
        to = local.replace(tzinfo=zone).astimezone(UTC)
    on = day.date() if isinstance(day, datetime) else day
    assert on is None or isinstance(on, date)
    return EnteredResult(line=line, state=state, key=key, number=phones[0] if phones else None, day=on, to=to)
