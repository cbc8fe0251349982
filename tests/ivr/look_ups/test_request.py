"""A caller's values in a question to another system: each is one part of it, whatever signs it has."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.look_ups.request import LONGEST_SENT, request_of
from ivr.look_ups.spec import Spec
from ivr.tree.prompts import Value

BY_PATH = Spec(name="cuenta", url="https://erp.example.com/cuentas/{linea}/estado?tramite={tramite}")
POSTED = Spec(
    name="cuenta",
    url="https://erp.example.com/consulta",
    posts=True,
    body={"linea": "{linea}", "texto": "Línea {linea}, {fecha}", "dias": ["{fecha}"], "fijo": 7},
)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("2123456", "2123456"),
        (Decimal("1E+3"), "1000"),
        (Decimal("8.50"), "8.5"),
        (date(2026, 11, 26), "2026-11-26"),
        (True, "true"),
    ],
)
def test_a_value_is_written_as_other_systems_write_it(value: Value, written: str) -> None:
    request = request_of(BY_PATH, {"linea": value, "tramite": value})
    assert request is not None
    assert request.url == f"https://erp.example.com/cuentas/{written}/estado?tramite={written}"


@given(st.text(min_size=1, max_size=50), st.text(max_size=50))
def test_no_value_leads_anywhere_else(linea: str, tramite: str) -> None:
    request = request_of(BY_PATH, {"linea": linea, "tramite": tramite})
    if request is None:
        assert not linea.strip() or linea in (".", "..")
        return
    parts = urlsplit(request.url)
    assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "erp.example.com", "")
    before, middle, after = parts.path.removeprefix("/").split("/")
    assert (before, unquote(middle), after) == ("cuentas", linea, "estado")
    assert parse_qs(parts.query, keep_blank_values=True) == {"tramite": [tramite]}


@pytest.mark.parametrize("linea", ["", "  ", ".", "..", "1" * (LONGEST_SENT + 1)])
def test_nothing_is_asked_for_a_value_that_is_none(linea: str) -> None:
    assert request_of(BY_PATH, {"linea": linea, "tramite": ""}) is None
    assert request_of(BY_PATH, {"tramite": ""}) is None


def test_a_body_has_the_values_with_their_types_where_they_stand_alone() -> None:
    request = request_of(POSTED, {"linea": Decimal(12), "fecha": date(2026, 11, 26)})
    assert request is not None
    assert request.json == {"linea": 12, "texto": "Línea 12, 2026-11-26", "dias": ["2026-11-26"], "fijo": 7}


def test_without_a_body_of_its_own_every_value_is_posted_by_its_name() -> None:
    spec = Spec(name="cuenta", url="https://erp.example.com/consulta", posts=True)
    request = request_of(spec, {"linea": "2123456", "socio": True, "monto": Decimal("1.5"), "raro": "a\ud800b"})
    assert request is not None
    assert request.json == {"linea": "2123456", "socio": True, "monto": 1.5, "raro": "ab"}


def test_a_spec_knows_the_variables_that_it_asks_with() -> None:
    assert BY_PATH.asks_with == {"linea", "tramite"}
    assert POSTED.asks_with == {"linea", "fecha"}
