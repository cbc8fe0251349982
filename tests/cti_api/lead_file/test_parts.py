"""The small parts of reading a list: dates, zones, consents, columns, and who was seen before."""

from __future__ import annotations

from datetime import UTC, date, datetime
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_api.errors import InputError
from cti_api.lead_file.cells import Refusal, consents_of, instant_of, lines_of, one_line
from cti_api.lead_file.days import parse_day
from cti_api.lead_file.mapping import asked_columns, guess_columns, is_zone, numbered
from cti_api.lead_file.seen import FirstLines
from cti_api.model.campaigns import ColumnMap
from cti_api.model.consents import Channel

NOTHING = ColumnMap(name="", phones=())
BOGOTA = "America/Bogota"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-31", date(2026, 12, 31)),
        ("31/12/2026", date(2026, 12, 31)),
        ("1.2.2026", date(2026, 2, 1)),
        ("'2026/12/31", date(2026, 12, 31)),
        ("46387", date(2026, 12, 31)),  # a spreadsheet's own
        ("46387.5", datetime(2026, 12, 31, 12)),  # noqa: DTZ001
        ("2026-12-31 08:30", datetime(2026, 12, 31, 8, 30)),  # noqa: DTZ001
        ("31/12/2026 08:30:15", datetime(2026, 12, 31, 8, 30, 15)),  # noqa: DTZ001
        ("12/31/2026", None),
        ("30/02/2026", None),
        ("31/12/26", None),
        ("mañana", None),
        ("2026-12-31 25:00", None),
        ("999999", None),
        ("", None),
    ],
)
def test_dates_are_read_as_the_country_writes_them(text: str, day: date | None) -> None:
    assert parse_day(text, "CO") == day


def test_the_month_is_first_where_it_is() -> None:
    assert parse_day("12/31/2026", "US") == date(2026, 12, 31)


def test_a_validity_ends_with_its_last_day_where_the_person_lives() -> None:
    assert instant_of("2026-12-31", "CO", BOGOTA, end=True) == datetime(2027, 1, 1, 5, tzinfo=UTC)
    assert instant_of("2026-12-31", "CO", BOGOTA, end=False) == datetime(2026, 12, 31, 5, tzinfo=UTC)
    assert instant_of("2026-12-31 18:00", "CO", BOGOTA, end=True) == datetime(2026, 12, 31, 23, tzinfo=UTC)
    assert instant_of(" ", "CO", BOGOTA, end=True) is None
    assert isinstance(instant_of("pronto", "CO", BOGOTA, end=True), Refusal)


def test_zones_are_ianas_and_no_path() -> None:
    assert all(map(is_zone, ("America/Bogota", "UTC", "America/Argentina/Ushuaia")))
    assert not any(map(is_zone, ("", "Bogota", "../../etc/passwd", "America/", "-05:00", "a" * 200, "America/Bogotá")))


@pytest.mark.parametrize(
    ("channels", "found"),
    [
        ("llamada", [Channel.CALL]),
        ("SMS, WhatsApp", [Channel.SMS, Channel.WHATSAPP]),
        ("Voz y correo electrónico", [Channel.CALL, Channel.EMAIL]),
    ],
)
def test_a_consent_has_its_channels_its_day_and_its_proof(channels: str, found: list[Channel]) -> None:
    consents = consents_of(channels, "mercadeo", "2026-01-02", "formulario 77", "", "CO", BOGOTA)
    assert not isinstance(consents, Refusal)
    assert [consent.channel for consent in consents] == found
    assert {(consent.evidence, consent.purpose) for consent in consents} == {("formulario 77", "mercadeo")}


@pytest.mark.parametrize(
    ("channels", "day"), [("paloma", "2026-01-02"), ("sms", ""), ("sms", "ayer"), (";", "2026-01-02")]
)
def test_a_consent_that_proves_nothing_is_refused(channels: str, day: str) -> None:
    assert isinstance(consents_of(channels, "", day, "", "", "CO", BOGOTA), Refusal)


def test_text_is_kept_as_text() -> None:
    assert one_line("'=1+1") == "=1+1"
    assert one_line("'tis") == "'tis"
    assert lines_of("'+57\x07") == "+57"


@pytest.mark.parametrize(
    ("header", "rows", "expected"),
    [
        (["Nombre", "Teléfono", "Placa"], [["Ana", "3001234567", "A"]], ("Nombre", ("Teléfono",))),
        (["CLIENTE", "Cel.", "Tel_Casa"], [["Ana", "3001234567", "6015550100"]], ("CLIENTE", ("Cel.", "Tel_Casa"))),
        (["Full Name", "Mobile Phone"], [["Ana", "3001234567"]], ("Full Name", ("Mobile Phone",))),
        (["Número de documento", "Número"], [["3001234567", "3101234567"]], ("", ("Número",))),
        (["Nombre", "Contacto 1"], [["Ana", "3001234567"]], ("Nombre", ("Contacto 1",))),
        (
            ["column_1", "column_2", "column_3"],
            [["9", "Ana Ríos", "3001234567"]] * 2 + [["8", "Eva Paz", "x"]],
            ("column_2", ("column_3",)),
        ),
        (["nombre", "telefono"], [], ("nombre", ("telefono",))),
    ],
)
def test_columns_are_guessed_by_name_and_by_what_stands_below(
    header: list[str], rows: list[list[str]], expected: tuple[str, tuple[str, ...]]
) -> None:
    found = guess_columns(NOTHING, header, rows, "CO")
    assert (found.name, found.phones) == expected


def test_a_guess_costs_no_row() -> None:
    header = ["nombre", "apellidos", "telefono", "prioridad", "valido hasta", "placa"]
    found = guess_columns(NOTHING, header, [["Ana", "Ríos", "3001234567", "alta", "fin de mes", "A"]], "CO")
    assert (found.name, found.surname, found.priority, found.valid_until, found.external_key) == (
        "nombre",
        "apellidos",
        "",
        "",
        "",
    )
    found = guess_columns(NOTHING, header, [["Ana", "Ríos", "3001234567", "2", "31/12/2026", "A"]], "CO")
    assert (found.priority, found.valid_until) == ("prioridad", "valido hasta")


def test_what_is_asked_for_is_not_guessed() -> None:
    asked = asked_columns([("phone", "b"), ("phone", "a"), ("name", "c")])
    assert guess_columns(asked, ["telefono", "nombre", "a", "b", "c"], [], "CO") == asked
    with pytest.raises(InputError, match="a column can be: name, surname, phone"):
        asked_columns([("fax", "a")])
    with pytest.raises(InputError, match="twice"):
        asked_columns([("name", "a"), ("name", "b")])


def test_every_column_has_a_name_of_its_own() -> None:
    assert numbered(["a", " a ", "", "b\n c", "a"]) == ["a", "a (2)", "column_3", "b c", "a (3)"]


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32), st.integers(0, 20_000))
def test_the_first_line_of_a_key_is_remembered(seed: int, expected: int) -> None:
    random, seen, plain = Random(seed), FirstLines(expected), dict[int, int]()
    for line in range(1, 5_000):
        key = random.randrange(1, 4_000) if line % 3 else random.randrange(1, 2**64)
        assert seen.get(key) == plain.get(key, 0)
        seen.put(key, line)
        plain.setdefault(key, line)
    assert len(seen) == len(plain)
    assert all(seen.get(key) == line for key, line in plain.items())
