"""What another system tells, in a table: one fact a row, its columns in Spanish or English.

A row becomes what `POST /facts` takes; whether that can be taken is said there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, BinaryIO, Final
from zoneinfo import ZoneInfo

from cti_api.appointments.slot_file import RefusedRow, clock_of
from cti_api.appointments.table import read_table
from cti_api.lead_file.cells import one_line
from cti_api.lead_file.days import parse_day
from cti_api.lead_file.records import BadRecord
from cti_api.lead_file.vocabulary import folded
from cti_api.model.outside import OF_APPOINTMENTS, OutsideKind
from cti_api.numbers.several import parse_phones

_WORDS: Final = {
    "kind": "tipo kind hecho fact clase",
    "id": "id codigo caso contrato numero_de_caso numero_de_contrato orden folio case contract",
    "at": "fecha at date fecha_y_hora",
    "hour": "hora hour time",
    "opened": "apertura fecha_de_apertura opened_at opened",
    "opened_hour": "hora_de_apertura opened_hour",
    "effective": "efectivo effective eficaz",
    "renewed": "renovado renewed",
    "service": "servicio service tipo_de_servicio solicitud",
    "owner": "responsable owner agente asesor agent",
    "brand": "marca brand",
    "campaign": "campana campaign",
    "appointment": "cita appointment numero_de_cita",
    "key": "placa plate clave key matricula",
    "number": "telefono phone celular movil number",
}
_KINDS: Final = {
    OutsideKind.CASE_OPENED: "case_opened caso_abierto abierto apertura opened",
    OutsideKind.CASE_RESOLVED: "case_resolved caso_resuelto resuelto caso_cerrado cerrado resolved",
    OutsideKind.CONTRACT_DECIDED: "contract_decided contrato_decidido contrato renovacion contract",
    OutsideKind.APPOINTMENT_KEPT: "appointment_kept cita_cumplida cumplida kept",
    OutsideKind.APPOINTMENT_MISSED: "appointment_missed cita_incumplida incumplida cita_no_cumplida missed",
}
_KIND_OF: Final = {word: kind for kind, words in _KINDS.items() for word in words.split()}
_SAYS: Final = {
    **dict.fromkeys(("si", "yes", "true", "1", "x", "verdadero"), True),
    **dict.fromkeys(("no", "false", "0", "falso"), False),
}
NO_KIND: Final = "this is no kind: write caso abierto, caso resuelto, contrato, cita cumplida or cita incumplida"
_NOON: Final = time(12)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactOfRow:
    """One fact, as the API takes it."""

    line: int
    body: dict[str, Any]


def read_facts(file: BinaryIO, timezone: str, region: str) -> Iterator[FactOfRow | RefusedRow]:
    """Facts of a CSV or spreadsheet, hours on the clock of `timezone`, days as `region` writes them.

    Raises `InputError` for a file that is no such table.
    """
    zone = ZoneInfo(timezone)
    for row in read_table(file, _WORDS, ["kind", "id"]):
        if isinstance(row, BadRecord):
            yield RefusedRow(row.line, row.reason)
            continue
        line, cells = row
        try:
            yield FactOfRow(line=line, body={"line": line, **_body(cells, zone, region)})
        except ValueError as fault:
            yield RefusedRow(line, str(fault))


def _body(cells: dict[str, str], zone: ZoneInfo, region: str) -> dict[str, Any]:
    """Raises `ValueError` that says what is wrong."""
    kind = _KIND_OF.get("_".join(folded(cells["kind"]).split()))
    if kind is None:
        raise ValueError(NO_KIND)
    said = {name: one_line(cells.get(name, "")) for name in ("id", "service", "owner", "brand", "campaign", "key")}
    body: dict[str, Any] = {"kind": kind.value} | {name: text for name, text in said.items() if text or name == "id"}
    if kind in OF_APPOINTMENTS:
        return body | _which(cells, region)
    whole = kind is OutsideKind.CONTRACT_DECIDED
    body["at"] = _instant(cells.get("at", ""), cells.get("hour", ""), zone, region, "fecha", a_day_will_do=whole)
    if cells.get("opened"):
        body["opened_at"] = _instant(cells["opened"], cells.get("opened_hour", ""), zone, region, "apertura")
    for name in ("effective", "renewed"):
        if written := cells.get(name, ""):
            if (says := _SAYS.get(folded(written))) is None:
                raise ValueError(f"{_WORDS[name].split()[0]}: write sí or no")
            body[name] = says
    return body


def _which(cells: dict[str, str], region: str) -> dict[str, Any]:
    """The appointment that a row is about."""
    found: dict[str, Any] = {}
    if written := cells.get("appointment", ""):
        if not (written.isascii() and written.isdigit() and len(written) <= 15):
            raise ValueError("cita: this is no appointment's number")
        found["appointment"] = int(written)
    if written := cells.get("number", ""):
        phones = parse_phones(written, region).phones
        if not phones:
            raise ValueError("telefono: this is no telephone number")
        found["number"] = phones[0].e164
    if written := cells.get("at", ""):
        when = parse_day(written, region)
        if when is None:
            raise ValueError("fecha: this is no day: write 2026-12-31")
        found["day"] = str(when.date() if isinstance(when, datetime) else when)
    return found


def _instant(day: str, hour: str, zone: ZoneInfo, region: str, column: str, *, a_day_will_do: bool = False) -> str:
    with suppress(ValueError):
        if (exact := datetime.fromisoformat(day)).tzinfo is not None:
            return exact.isoformat()
    when: date | datetime | None = parse_day(day, region)
    if hour and isinstance(when, date) and (clock := clock_of(hour)) is not None:
        when = datetime.combine(when, clock)
    elif hour or when is None or (not isinstance(when, datetime) and not a_day_will_do):
        raise ValueError(f"{column}: write the day and the hour, such as 2026-12-31 15:00")
    if not isinstance(when, datetime):
        when = datetime.combine(when, _NOON)
    return when.replace(tzinfo=zone).isoformat()
