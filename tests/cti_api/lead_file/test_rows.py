"""Rows to leads: nothing silently dropped, every refusal with its line, column and reason."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_api.errors import InputError
from cti_api.lead_file.read import open_list
from cti_api.lead_file.rows import RejectedRow
from cti_api.model.campaigns import ColumnMap
from cti_api.model.leads import NewLead
from cti_api.model.phone import PhoneNumber

COLUMNS = ColumnMap(name="nombre", phones=("telefono", "telefono_2"), priority="prioridad", external_key="placa")
HEADER = "placa,nombre,telefono,telefono_2,prioridad,marca\n"


def read(text: str, columns: ColumnMap = COLUMNS) -> list[NewLead | RejectedRow]:
    return list(open_list(io.BytesIO(text.encode()), columns, "CO", "America/Bogota").rows)


def refusals(rows: str) -> list[tuple[int, str, str, bool]]:
    return [(r.line, r.column, r.reason, r.row_kept) for r in read(HEADER + rows) if isinstance(r, RejectedRow)]


def test_a_row_becomes_a_lead_with_every_column() -> None:
    assert read(HEADER + "ABC123, Ana Ríos ,300 123 4567,+57 601 742 0000,2,Kia\n") == [
        NewLead(
            name="Ana Ríos",
            phones=(PhoneNumber("+573001234567"), PhoneNumber("+576017420000")),
            fields={"placa": "ABC123", "prioridad": "2", "marca": "Kia"},
            priority=2,
            external_key="ABC123",
            line=2,
        )
    ]


def test_the_second_phone_serves_where_the_first_column_is_empty() -> None:
    (lead,) = read(HEADER + "ABC123,Ana,,3001234567,,\n")
    assert isinstance(lead, NewLead)
    assert (lead.phones, lead.priority) == ((PhoneNumber("+573001234567"),), 0)


def test_a_second_phone_that_is_none_is_told_and_the_row_kept() -> None:
    lead, refused = read(HEADER + "ABC123,Ana,3001234567,no tiene,,\n")
    assert isinstance(lead, NewLead)
    assert lead.phones == (PhoneNumber("+573001234567"),)
    assert isinstance(refused, RejectedRow)
    assert (refused.line, refused.column, refused.row_kept) == (2, "telefono_2", True)
    assert "no letters" in refused.reason


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("A,Ana,,,1,Kia", "telefono", "there is no number to call"),
        ("A,Ana,3.0E+09,,1,Kia", "telefono", "the spreadsheet rounded the number"),
        ("A,Ana,12,,1,Kia", "telefono", "too short"),
        ("A,Ana,,30012345673101234567,1,Kia", "telefono_2", "more than one number"),
        ("A,Ana,3001234567,,alta,Kia", "prioridad", "not a whole number"),
        ("A,Ana,3001234567,,1", "", "5 cells where the header has 6"),
        ("A,Ana,3001234567,,1,Kia,Rio", "", "7 cells where the header has 6"),
        ("A,Ana\0,3001234567,,1,Kia", "", "NUL"),
    ],
)
def test_a_row_that_cannot_be_a_lead_says_why(row: str, column: str, reason: str) -> None:
    (refused,) = refusals(row + "\n")
    assert refused[:2] == (2, column)
    assert reason in refused[2]
    assert not refused[3]


def test_a_number_or_key_that_is_there_already_is_a_duplicate_of_its_line() -> None:
    rows = (
        "A,Ana,3001234567,3101234567,,\n"
        "B,Luis,+57 310 123 4567,,,\n"  # Ana's second number
        "A,Marta,3201234567,,,\n"  # Ana's plate
        "C,Iván,3201234567,,,\n"  # Marta was not taken, so her number is free
        ",Eva,3021234567,,,\n"
        ",Leo,3031234567,,,\n"  # no key is nobody's key
    )
    assert refusals(rows) == [
        (3, "telefono", "the number +57******4567 is in line 2", False),
        (4, "placa", "the same key is in line 2", False),
    ]
    assert sum(isinstance(row, NewLead) for row in read(HEADER + rows)) == 4


def test_one_number_in_both_columns_is_one_phone() -> None:
    (lead,) = read(HEADER + "A,Ana,3001234567,573001234567,,\n")
    assert isinstance(lead, NewLead)
    assert len(lead.phones) == 1


HOSTILE = ["${SHELL(id)}", "=cmd|' /C calc'!A0", "\u202eana", "';DROP TABLE leads;--", "{nombre.__class__}"]


def test_hostile_cells_are_kept_as_the_text_they_are() -> None:
    rows = "".join(f'P{n},"{text}",300123456{n},,,"{text}"\n' for n, text in enumerate(HOSTILE))
    leads = [row for row in read(HEADER + rows) if isinstance(row, NewLead)]
    assert [lead.name for lead in leads] == HOSTILE
    assert [lead.fields["marca"] for lead in leads] == HOSTILE


def test_control_characters_become_spaces_and_a_note_keeps_its_lines() -> None:
    (lead,) = read(HEADER + 'A\x1b1,"Ana\x1b[2J\r\nDíaz\x9b",3001234567,,,"uno\x07\r\ndos\ttres"\n')
    assert isinstance(lead, NewLead)
    assert (lead.external_key, lead.name) == ("A 1", "Ana [2J  Díaz")
    assert lead.fields["marca"] == "uno\ndos tres"


def test_a_list_without_the_campaigns_columns_is_refused_whole_naming_the_nearest() -> None:
    with pytest.raises(InputError) as refused:
        read("Placa,nombres,telefono,marca,marca\nA,Ana,3001234567,Kia,Rio\n")
    assert [(fault.path, fault.line) for fault in refused.value.faults] == [
        ("nombre", 1),
        ("prioridad", 1),
        ("placa", 1),
        ("telefono_2", 1),
    ]
    assert "is it `nombres`?" in str(refused.value)


@pytest.mark.parametrize("data", [b"", b"\n\n", "a\n1\n".encode("utf-16"), b'"a'])
def test_a_file_that_is_no_list_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        list(open_list(io.BytesIO(data), COLUMNS, "CO", "America/Bogota").rows)


def test_only_the_columns_that_are_mapped_must_be_there() -> None:
    (lead,) = read("nombre;telefono\nAna;3001234567\n", ColumnMap(name="nombre", phones=("telefono",)))
    assert isinstance(lead, NewLead)
    assert (lead.external_key, lead.priority, lead.fields) == ("", 0, {})


cells = st.text(max_size=20) | st.from_regex(r"3[0-9]{9}", fullmatch=True)


@settings(max_examples=80)
@given(st.lists(st.lists(cells, min_size=4, max_size=7).map(",".join), max_size=10))
def test_no_row_raises_and_every_row_is_a_lead_or_a_refusal(rows: list[str]) -> None:
    data = (HEADER + "\n".join(rows)).encode("utf-8", "surrogatepass")
    found = list(open_list(io.BytesIO(data), COLUMNS, "CO", "America/Bogota").rows)
    numbers = [phone for row in found if isinstance(row, NewLead) for phone in row.phones]
    assert len(numbers) == len(set(numbers))
    assert all(row.reason for row in found if isinstance(row, RejectedRow))


BOLIVIAN = ColumnMap(name="nombre", phones=("telefono",), department="depto")


@pytest.mark.parametrize(
    ("written", "code"),
    [("La Paz", "L"), ("SANTA CRUZ", "S"), ("BO-H", "H"), ("T", "T"), ("potosi", "P"), ("Beni", "B"), ("", "")],
)
def test_a_department_is_understood_as_people_write_it(written: str, code: str) -> None:
    [lead] = read(f"nombre,telefono,depto\nAna,+59171234567,{written}\n", BOLIVIAN)
    assert isinstance(lead, NewLead)
    assert (lead.department, lead.fields) == (code, {})


def test_what_is_no_department_is_told_and_the_row_kept_without_one() -> None:
    lead, refused = read("nombre,telefono,depto\nAna,+59171234567,Arequipa\n", BOLIVIAN)
    assert isinstance(lead, NewLead)
    assert isinstance(refused, RejectedRow)
    assert (lead.department, refused.column, refused.row_kept) == ("", "depto", True)


def test_the_departments_of_a_country_whose_holidays_are_the_same_everywhere_matter_to_nobody() -> None:
    [lead] = read("nombre,telefono,depto\nAna,3001234567,Antioquia\n", BOLIVIAN)
    assert isinstance(lead, NewLead)
    assert lead.department == ""


CONSENTING = ColumnMap(
    name="nombre",
    phones=("telefono",),
    consent_channel="canal",
    consent_date="fecha",
    consent_evidence="prueba",
    consent_own_initiative="propia",
)


@pytest.mark.parametrize(
    ("written", "told"),
    [("formulario web 4711", "formulario web 4711"), ("sí", "sí"), ("No", ""), ("0", ""), ("", ""), ("N/A", "")],
)
def test_how_a_person_came_by_themselves_is_kept_as_the_list_says_it(written: str, told: str) -> None:
    rows = f"nombre,telefono,canal,fecha,prueba,propia\nAna,+51987654321,llamada,2026-11-01,form. 7,{written}\n"
    [lead] = read(rows, CONSENTING)
    assert isinstance(lead, NewLead)
    assert [consent.own_initiative for consent in lead.consents] == [told]
