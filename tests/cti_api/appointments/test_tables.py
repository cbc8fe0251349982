"""Slots and results as people write them down in a table."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import pytest

from cti_api.appointments.entered import EnteredResult, result_of, spellings
from cti_api.appointments.result_file import read_results
from cti_api.appointments.slot_file import RefusedRow, clock_of, read_slots
from cti_api.errors import InputError
from cti_api.model.appointments import AppointmentState, Slot
from cti_api.model.phone import PhoneNumber
from tests.support.sheets import xlsx

BOGOTA = "America/Bogota"


def slots(raw: bytes) -> list[Slot | RefusedRow]:
    return list(read_slots(io.BytesIO(raw), BOGOTA, "CO"))


def results(raw: bytes) -> list[EnteredResult | RefusedRow]:
    return list(read_results(io.BytesIO(raw), BOGOTA, "CO"))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """In Bogotá, five hours behind UTC."""
    return datetime(2026, 11, day, hour + 5, minute, tzinfo=UTC)


def test_slots_of_a_csv_with_day_and_hour_apart() -> None:
    raw = "Fecha;Hora;Minutos;Cupos\n30/11/2026;8:00;30;2\n30/11/2026;3:30 p. m.;;\n".encode("cp1252")
    assert slots(raw) == [
        Slot(starts_at=at(30, 8), ends_at=at(30, 8, 30), capacity=2),
        Slot(starts_at=at(30, 15, 30), ends_at=at(30, 16, 30), capacity=1),
    ]


def test_slots_of_a_spreadsheet_with_real_dates() -> None:
    raw = xlsx(
        [["inicio", "fin", "cupos"], ["2026-11-30 08:00", "09:00", 3], ["2026-11-30T10:00", "2026-11-30 10:45", 1]]
    )
    assert slots(raw) == [
        Slot(starts_at=at(30, 8), ends_at=at(30, 9), capacity=3),
        Slot(starts_at=at(30, 10), ends_at=at(30, 10, 45), capacity=1),
    ]
    assert slots(xlsx([["Día", "Hora"], [date(2026, 11, 30), "7:15"]])) == [
        Slot(starts_at=at(30, 7, 15), ends_at=at(30, 8, 15), capacity=1)
    ]


def test_an_hour_that_the_clock_skips_is_no_slot() -> None:
    raw = b"inicio\n2027-03-14 01:30\n2027-03-14 02:30\n"
    first, skipped = read_slots(io.BytesIO(raw), "America/New_York", "US")
    assert isinstance(first, Slot)
    assert skipped == RefusedRow(3, "there is no such hour on that day: the clock is put forward over it")


def test_the_control_form_comes_back_with_what_became_of_the_appointments() -> None:
    raw = '"Placa","Cliente","Fecha de la cita","Cita cumplida"\n"ABC123","Ana","2026-11-30","Sí"\n'.encode()
    assert results(raw) == [EnteredResult(line=2, state=AppointmentState.KEPT, key="ABC123", day=date(2026, 11, 30))]


def test_what_is_no_slot_is_refused_with_its_line() -> None:
    raw = b"inicio,fin,cupos\n2026-11-30,,1\n2026-11-30 08:00,07:00,1\n2026-11-30 08:00,,muchos\nx,y,z\n"
    found = slots(raw)
    assert [(each.line, each.reason.split(":")[0]) for each in found if isinstance(each, RefusedRow)] == [
        (2, "this is no day and hour"),
        (3, "it must end after it begins, within a day"),
        (4, "places must be a number from 0 to 1000"),
        (5, "this is no day and hour"),
    ]


@pytest.mark.parametrize("raw", [b"", b"cupos,nota\n1,x\n", b"%PDF-1.4\n"])
def test_a_file_that_is_no_table_of_slots_is_refused(raw: bytes) -> None:
    with pytest.raises(InputError):
        slots(raw)


def test_an_hour_is_understood_as_people_write_it() -> None:
    wanted = ["08:00", "8:00", "8:00 a.m.", "08:00:00", "0.3333333333"]
    assert {str(clock_of(each)) for each in wanted} == {"08:00:00"}
    assert [str(clock_of(each)) for each in ("12:05 am", "12:05 pm")] == ["00:05:00", "12:05:00"]
    assert [clock_of(each) for each in ("25:00", "8", "", "ocho", "1e400", "nan")] == [None] * 6


def test_results_by_plate_or_telephone_with_the_words_of_the_workshop() -> None:
    raw = (
        "Placa;Teléfono;Fecha cita;Resultado;Nueva fecha\n"
        "ABC-123;;30/11/2026;Cumplida;\n"
        ";300 123 4567;;No asistió;\n"
        "DEF456;;30/11/2026;reprogramada;01/12/2026 09:00\n"
        "DEF456;;;Cancelada;\n"
    ).encode()
    assert results(raw) == [
        EnteredResult(line=2, state=AppointmentState.KEPT, key="ABC-123", day=date(2026, 11, 30)),
        EnteredResult(line=3, state=AppointmentState.NOT_KEPT, number=PhoneNumber("+573001234567")),
        EnteredResult(
            line=4,
            state=AppointmentState.MOVED,
            key="DEF456",
            day=date(2026, 11, 30),
            to=datetime(2026, 12, 1, 14, 0, tzinfo=UTC),
        ),
        EnteredResult(line=5, state=AppointmentState.CANCELLED, key="DEF456"),
    ]


def test_what_is_no_result_is_refused_with_its_line() -> None:
    raw = b"placa,fecha,resultado\nABC123,,tal vez\n,,cumplida\nABC123,ayer,cumplida\nABC123,,movida\n"
    found = results(raw)
    assert [each.line for each in found if isinstance(each, RefusedRow)] == [2, 3, 4, 5]


def test_a_plate_is_one_however_it_is_written() -> None:
    assert set(spellings("abc-123")) >= {"ABC123", "ABC 123", "ABC-123", "abc-123"}
    assert result_of("NO") is AppointmentState.NOT_KEPT
    assert result_of("Sí") is AppointmentState.KEPT
    assert result_of("quizás") is None
