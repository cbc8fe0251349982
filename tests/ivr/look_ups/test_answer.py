"""What another system's answer means, and what it may not do to us."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.look_ups.answer import MOST_BYTES, Found, NotFound, Unusable, read_answer
from ivr.look_ups.spec import As, Given, Spec, path_from
from ivr.tree.limits import LONGEST_VALUE


def spec(path: str = "x", kind: As | None = None, otherwise: str | None = None, empty: str | None = None) -> Spec:
    given = Given(path=path_from(path), kind=kind, otherwise=otherwise)
    where = None if empty is None else path_from(empty)
    return Spec(name="cuenta", url="https://erp.example.com", gives={"x": given}, not_found_where_empty=where)


def answer(of: Spec, told: Any, status: int = 200) -> object:
    return read_answer(of, status, told if isinstance(told, bytes) else json.dumps(told).encode())


@pytest.mark.parametrize(
    ("path", "kind", "told", "value"),
    [
        ("x", None, {"x": "al_dia"}, "al_dia"),
        ("cuenta.saldo", None, {"cuenta": {"saldo": 12.5}}, Decimal("12.5")),
        ("ordenes.1.estado", None, {"ordenes": [{}, {"estado": "lista"}]}, "lista"),
        ("0", None, ["a", "b"], "a"),
        ("", None, "lista", "lista"),
        ("x", None, {"x": True}, True),
        ("x", None, {"x": " dos\n\tlíneas\u0000 "}, "dos líneas"),
        ("x", As.TEXT, {"x": 4711}, "4711"),
        ("x", As.NUMBER, {"x": "-12.50"}, Decimal("-12.5")),
        ("x", As.NUMBER, {"x": 1e3}, Decimal(1000)),
        ("x", As.DATE, {"x": "2026-11-30"}, date(2026, 11, 30)),
        ("x", As.DATE, {"x": "2026-11-30T10:00:00Z"}, date(2026, 11, 30)),
        ("x", As.YES_NO, {"x": False}, False),
    ],
)
def test_a_value_is_found_by_its_path_and_has_its_type(path: str, kind: As | None, told: Any, value: object) -> None:
    found = answer(spec(path, kind), told)
    assert found == Found({"x": value})
    assert isinstance(found, Found)
    assert type(found.values["x"]) is type(value)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (None, {}),
        (None, {"x": None}),
        (None, {"x": ["a"]}),
        (None, {"x": {"a": 1}}),
        (None, []),
        (None, None),
        (As.TEXT, {"x": True}),
        (As.NUMBER, {"x": "doce"}),
        (As.NUMBER, {"x": "1e9"}),
        (As.NUMBER, {"x": 10**15}),
        (None, b'{"x": 1e999999}'),
        (None, b'{"x": 1e99999999999999999999}'),
        (None, b'{"x": NaN}'),
        (None, b'{"x": ' + b"9" * 5000 + b"}"),
        (As.DATE, {"x": "30/11/2026"}),
        (As.DATE, {"x": "2026-02-30"}),
        (As.YES_NO, {"x": "sí"}),
        (None, b""),
        (None, b"<html>502 Bad Gateway</html>"),
        (None, b"\xff\xfe\x00"),
        (None, b"[" * MOST_BYTES),
        (None, b'{"x": "' + b"a" * MOST_BYTES + b'"}'),
    ],
)
def test_an_answer_that_says_nothing_of_use_is_a_failure_that_names_no_value(kind: As | None, told: Any) -> None:
    found = answer(spec("x", kind), told)
    assert isinstance(found, Unusable)
    assert len(found.why) < 100


@pytest.mark.parametrize("status", [100, 204, 301, 302, 400, 401, 403, 429, 500, 502, 503])
def test_another_status_than_success_is_a_failure(status: int) -> None:
    told = b"" if status == 204 else {"x": "al_dia"}
    assert isinstance(answer(spec(), told, status), Unusable)


@pytest.mark.parametrize("empty", [None, [], {}, "", False, 0])
def test_nobody_of_that_name_is_known_by_status_or_by_what_is_empty(empty: Any) -> None:
    assert answer(spec(), b"no such thing", 404) == NotFound()
    assert answer(spec(empty="ordenes"), {"ordenes": empty}) == NotFound()
    assert answer(spec(empty="ordenes"), {}) == NotFound()
    assert answer(spec(empty=""), empty) == NotFound()
    assert answer(spec(empty="ordenes"), {"ordenes": [1], "x": "a"}) == Found({"x": "a"})


def test_what_the_answer_lacks_may_have_a_value_of_its_own() -> None:
    assert answer(spec(otherwise=""), {}) == Found({"x": ""})
    assert answer(spec(otherwise="ninguna"), {"x": None}) == Found({"x": "ninguna"})


def test_a_long_text_is_cut() -> None:
    found = answer(spec(), {"x": "ñ" * (LONGEST_VALUE + 1)})
    assert found == Found({"x": "ñ" * LONGEST_VALUE})


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["x", "0", ""]), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, st.sampled_from(["", "x", "x.0", "0.x.x"]), st.none() | st.sampled_from(As))
def test_any_answer_is_found_or_of_no_use_and_never_an_error(told: Any, path: str, kind: As | None) -> None:
    found = answer(spec(path, kind), told)
    if isinstance(found, Found):
        assert isinstance(found.values["x"], str | bool | Decimal | date)
    else:
        assert isinstance(found, Unusable)


@given(st.binary(max_size=40), st.integers(100, 599))
def test_any_bytes_with_any_status_are_read(body: bytes, status: int) -> None:
    assert isinstance(read_answer(spec(), status, body), Found | NotFound | Unusable)
