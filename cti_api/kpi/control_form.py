"""The control form of procedure P1 (R1.6): one row for each customer, with every attempt, what was said, and what came
of the appointment.

A row is a customer and not a call, since that is how the desk's own form is kept: three attempts side by side, then one
answer to "was this customer reached", "is there an appointment", "was it kept". Attempts that were given back (the
trunk's fault or ours) are no calls and stand in no column; callbacks beyond the last column are counted in `Intentos`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from cti_api.model.appointments import Appointment, AppointmentState
from cti_api.model.calls import GIVEN_BACK, Attempt, CallResult
from cti_api.model.campaigns import CampaignSpec, FieldKind
from cti_api.model.leads import Lead

MOST_ATTEMPTS: Final = 10
"""That have columns of their own, whatever the campaign allows."""
LEAST_ATTEMPTS: Final = 3
"""As on the paper form."""

YES, NO = "Sí", "No"


class CellKind(StrEnum):
    """What a column holds: text, a number, or a local instant to be shown whole, as its day or as its hour."""

    TEXT = "text"
    NUMBER = "number"
    INSTANT = "instant"
    DAY = "day"
    HOUR = "hour"


@dataclass(frozen=True, slots=True)
class FormColumn:
    heading: str
    kind: CellKind = CellKind.TEXT
    width: int = 16
    """In characters of a spreadsheet's standard type."""


Cell = str | int | datetime | None
"""A local instant has no zone: a spreadsheet knows none. It is the campaign's."""

RESULTS: Final[Mapping[CallResult, str]] = {
    CallResult.CONNECTED: "Contestó",
    CallResult.BUSY: "Ocupado",
    CallResult.NO_ANSWER: "No contesta",
    CallResult.REJECTED: "Rechazó la llamada",
    CallResult.CONGESTION: "Red congestionada",
    CallResult.INVALID_NUMBER: "Número inválido",
    CallResult.UNAVAILABLE: "Apagado o sin cobertura",
    CallResult.MACHINE: "Contestador",
    CallResult.ABANDONED: "Contestó y no había asesor libre",
    CallResult.CALLER_HUNG_UP: "Colgó antes de hablar",
    CallResult.CANCELED_BY_DIALER: "Llamada cancelada",
    CallResult.TRUNK_FAILED: "Falla de la línea",
    CallResult.CODEC: "Falla del audio",
    CallResult.INTERRUPTED: "Llamada interrumpida",
    CallResult.NEVER_DIALED: "No se marcó",
    CallResult.FAILED: "Falla de la llamada",
    CallResult.LOST: "Sin registro del final",
}
"""Pages and Grafana say the same."""
NOT_CALLED: Final = "Sin llamar"
_KEPT: Final = {
    AppointmentState.KEPT: YES,
    AppointmentState.NOT_KEPT: NO,
    AppointmentState.CANCELLED: "Cancelada",
    AppointmentState.BOOKED: "Pendiente",
    AppointmentState.MOVED: "Pendiente (reprogramada)",
}


def attempt_columns(spec: CampaignSpec) -> int:
    """How many attempts have columns."""
    return min(max(spec.retry.max_attempts, LEAST_ATTEMPTS), MOST_ATTEMPTS)


def form_columns(spec: CampaignSpec) -> tuple[FormColumn, ...]:
    """The form's headings, in order."""
    attempts: list[FormColumn] = []
    for n in range(1, attempt_columns(spec) + 1):
        attempts += [
            FormColumn(f"Intento {n}", CellKind.INSTANT, 17),
            FormColumn(f"Número {n}", width=15),
            FormColumn(f"Resultado {n}", width=24),
        ]
    return (
        FormColumn("Placa", width=10),
        FormColumn("Marca", width=14),
        FormColumn("Modelo", width=16),
        FormColumn("Cliente", width=30),
        *attempts,
        FormColumn("Intentos", CellKind.NUMBER, 9),
        FormColumn("Agente", width=24),
        FormColumn("Contactado", width=11),
        FormColumn("Motivo de no contacto", width=26),
        FormColumn("Cita agendada", width=13),
        FormColumn("Fecha de la cita", CellKind.DAY, 15),
        FormColumn("Hora de la cita", CellKind.HOUR, 14),
        FormColumn("Motivo de no agendamiento", width=34),
        FormColumn("Cita cumplida", width=14),
        FormColumn("Observaciones", width=40),
    )


def form_row(
    spec: CampaignSpec,
    lead: Lead,
    key: str,
    attempts: Sequence[Attempt],
    appointments: Sequence[Appointment],
    agents: Mapping[str, str],
) -> list[Cell]:
    """A customer's row, cell by cell as `form_columns` has them.

    `key`: the list's own, which is the plate where no column is; `attempts` and `appointments`: the first one first;
    `agents`: names by id, but of those who are not there any more.
    """
    zone, form = ZoneInfo(spec.hours.timezone), spec.control_form
    calls = [each for each in attempts if each.result is not None and each.result not in GIVEN_BACK]
    shown = attempt_columns(spec)
    row: list[Cell] = [
        lead.fields.get(form.plate, "") or key,
        lead.fields.get(form.brand, ""),
        lead.fields.get(form.model, ""),
        lead.contact.name,
    ]
    for n in range(shown):
        call = calls[n] if n < len(calls) else None
        row += _attempt(spec, call, zone)
    reached = [each for each in calls if _is_contact(spec, each)]
    talked = [each for each in calls if each.agent_id is not None and each.connected_at is not None]
    booked = appointments[-1] if appointments else None
    at = booked.starts_at.astimezone(zone).replace(tzinfo=None) if booked is not None else None
    row += [
        len(calls),
        ", ".join(dict.fromkeys(agents.get(str(each.agent_id), str(each.agent_id)) for each in talked)),
        YES if reached else NO,
        "" if reached else (_outcome(spec, calls[-1]) if calls else NOT_CALLED),
        YES if booked is not None else NO,
        at,
        at,
        _why_no_appointment(spec, reached[-1]) if reached and booked is None else "",
        _KEPT[booked.state] if booked is not None else "",
        _observations(spec, calls),
    ]
    return row


def _attempt(spec: CampaignSpec, call: Attempt | None, zone: ZoneInfo) -> list[Cell]:
    if call is None:
        return [None, "", ""]
    at = call.created_at.astimezone(zone).replace(tzinfo=None, microsecond=0)
    return [at, call.number.e164, _outcome(spec, call)]


def _outcome(spec: CampaignSpec, call: Attempt) -> str:
    """What the agent said, else what the telephone did."""
    if call.disposition:
        chosen = spec.disposition(call.disposition)
        return chosen.label if chosen is not None else call.disposition
    return RESULTS[call.result] if call.result is not None else ""


def _is_contact(spec: CampaignSpec, call: Attempt) -> bool:
    chosen = spec.disposition(call.disposition) if call.disposition else None
    return chosen is not None and chosen.contact


def _why_no_appointment(spec: CampaignSpec, call: Attempt) -> str:
    """The last answer of a customer who was reached: the disposition, and what was chosen with it."""
    chosen = spec.disposition(call.disposition)
    if chosen is None:
        return call.disposition
    picked = [call.disposition_fields.get(f.name, "") for f in chosen.fields if f.kind is FieldKind.CHOICE]
    return ": ".join(part for part in (chosen.label, ", ".join(filter(None, picked))) if part)


def _observations(spec: CampaignSpec, calls: Sequence[Attempt]) -> str:
    wanted = spec.control_form.observations
    said = [each.disposition_fields.get(name, "") for each in calls for name in wanted]
    return "; ".join(dict.fromkeys(text for text in said if text))


# ------------------------------------------------------------------ totals

Indicator = tuple[str, float | int | None, bool]
"""What it is called, its value, and whether that is a share of one."""


def indicators(report: Mapping[str, Any]) -> list[Indicator]:
    """The form's totals: the figures of a campaign's report (as JSON has it), and no others."""
    booked = report["appointments"]
    return [
        ("Clientes llamados", report["leads_tried"], False),
        ("Llamadas realizadas", report["calls_made"], False),
        ("Llamadas con contacto", report["contacts"], False),
        ("Contactabilidad", report["contact_rate"], True),
        ("Llamadas efectivas", report["effective"], False),
        ("Efectividad (llamadas efectivas / llamadas totales)", report["effectiveness"], True),
        ("Citas agendadas", booked["made"], False),
        ("Citas cumplidas", booked["kept"], False),
        ("Citas no cumplidas", booked["not_kept"], False),
        ("Citas canceladas", booked["cancelled"], False),
        ("Cumplimiento de citas", booked["kept_rate"], True),
    ]


BRAND_HEADINGS: Final = (
    "Marca", "Llamadas", "Contactos", "Contactabilidad", "Efectivas", "Efectividad", "Citas", "Cumplidas",
    "No cumplidas", "Cumplimiento",
)  # fmt: skip
BRAND_SHARES: Final = frozenset({3, 5, 9})
"""Which of them are shares of one."""


def brand_rows(report: Mapping[str, Any]) -> list[list[str | int | float | None]]:
    """The same split by brand (R1.8)."""
    return [
        [
            each["brand"],
            each["calls"]["calls_made"],
            each["calls"]["contacts"],
            each["calls"]["contact_rate"],
            each["calls"]["effective"],
            each["calls"]["effectiveness"],
            each["appointments"]["made"],
            each["appointments"]["kept"],
            each["appointments"]["not_kept"],
            each["appointments"]["kept_rate"],
        ]
        for each in report["brands"]
    ]
