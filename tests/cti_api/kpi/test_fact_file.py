"""What another system tells in a table: each row is a fact, or is refused with its line."""

from __future__ import annotations

import io
from typing import Any

import pytest

from cti_api.errors import InputError
from cti_api.kpi.fact_file import NO_KIND, read_facts

SPANISH = """\
Tipo;Número de caso;Fecha;Hora;Servicio;Responsable;Efectivo;Fecha de apertura
Caso abierto;77;02/11/2024;08:00;Falla;;;
CASO RESUELTO;77;2024-11-02 20:00;;Falla;Redes;Sí;01/11/2024 7:30
"""
ENGLISH = """\
kind,id,date,renewed,service,plate,phone
case.opened,77,2024-11-02T08:00:00+01:00,,fault,,
contract,C-9,2024-11-03,no,fibre,,
cita cumplida,OT-1,2024-11-03 15:00,,,ABC-123,
cita incumplida,OT-2,,,,,300 123 4567
"""


def read(text: str) -> list[Any]:
    return list(read_facts(io.BytesIO(text.encode()), "America/Bogota", "CO"))


def bodies(text: str) -> list[dict[str, Any]]:
    return [each.body for each in read(text)]


def test_columns_may_be_in_spanish() -> None:
    assert bodies(SPANISH) == [
        {"line": 2, "kind": "case.opened", "id": "77", "service": "Falla", "at": "2024-11-02T08:00:00-05:00"},
        {
            "line": 3, "kind": "case.resolved", "id": "77", "service": "Falla", "owner": "Redes", "effective": True,
            "at": "2024-11-02T20:00:00-05:00", "opened_at": "2024-11-01T07:30:00-05:00",
        },
    ]  # fmt: skip


def test_or_in_english_and_each_kind_has_what_it_needs() -> None:
    assert bodies(ENGLISH) == [
        {"line": 2, "kind": "case.opened", "id": "77", "service": "fault", "at": "2024-11-02T08:00:00+01:00"},
        {
            "line": 3, "kind": "contract.decided", "id": "C-9", "service": "fibre", "renewed": False,
            "at": "2024-11-03T12:00:00-05:00",
        },
        {"line": 4, "kind": "appointment.kept", "id": "OT-1", "key": "ABC-123", "day": "2024-11-03"},
        {"line": 5, "kind": "appointment.missed", "id": "OT-2", "number": "+573001234567"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("caso perdido;1;2024-11-02 08:00;;;", NO_KIND),
        (";1;2024-11-02 08:00;;;", NO_KIND),
        ("caso abierto;1;2024-11-02;;;", "fecha: write the day and the hour"),
        ("caso abierto;1;ayer;;;", "fecha: write the day and the hour"),
        ("caso abierto;1;2024-11-02;a las ocho;;", "fecha: write the day and the hour"),
        ("caso resuelto;1;2024-11-02 08:00;;;antes", "apertura: write the day and the hour"),
        ("contrato;1;2024-11-02;;tal vez;", "renovado: write sí or no"),
        ("cita cumplida;1;2024-13-02;;;", "fecha: this is no day"),
    ],
)
def test_a_row_that_cannot_be_read_is_refused_with_its_line(row: str, why: str) -> None:
    (refused,) = read(f"tipo;id;fecha;hora;renovado;apertura\n{row}\n")
    assert refused.line == 2
    assert refused.reason.startswith(why)


def test_a_table_without_kinds_or_ids_is_none() -> None:
    with pytest.raises(InputError, match="no column `tipo`"):
        read("id;fecha\n1;2024-11-02\n")
