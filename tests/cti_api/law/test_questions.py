"""Questions from outside: what is read, what is refused, and that the answers keep the order."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_api.errors import InputError
from cti_api.law import questions
from cti_api.law.questions import answer_row, read_questions
from tests.support.law import answered

CASE = {"at": "2026-11-24T15:00:00Z", "region": "CO", "zone": None, "purpose": "commercial", "channel": "voice"}


def faults(cases: Any) -> list[str]:
    with pytest.raises(InputError) as refused:
        read_questions(cases if isinstance(cases, str) else json.dumps(cases))
    return [str(fault) for fault in refused.value.faults]


def rows(*cases: dict[str, Any]) -> list[dict[str, Any]]:
    return [answer_row(answered(question)) for question in read_questions(json.dumps(cases))]


def test_the_answers_keep_the_order_of_the_questions() -> None:
    at = ["2026-11-24T15:00:00Z", "2026-11-29T15:00:00Z", "2026-11-24T15:00:00Z"]
    regions = ["CO", "CO", "CL"]
    found = rows(*(CASE | {"at": when, "region": region} for when, region in zip(at, regions, strict=True)))
    assert [row["allowed"] for row in found] == [True, False, False]
    assert [row["rule"] for row in found] == ["all", "co-2300-art3-hours", "strict-unknown-country"]
    assert [row["next_open"] for row in found] == ["2026-11-24T15:00:00Z", "2026-11-30T12:00:00Z", None]
    assert found[1]["reason"] == "El 29 de noviembre de 2026 es domingo, y ese día no se permite contactar a nadie."
    assert all(row.keys() == {"allowed", "rule", "reason", "next_open"} for row in found)


@pytest.mark.parametrize(
    "at",
    ["2026-11-24T15:00:00Z", "2026-11-24T15:00Z", "2026-11-24 10:00:00-05:00", "2026-11-24T15:00:00.000+00:00"],
)
def test_an_instant_may_be_written_in_several_ways(at: str) -> None:
    (question,) = read_questions(json.dumps([CASE | {"at": at}]))
    assert question.at == datetime(2026, 11, 24, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"at": "2026-11-24T15:00:00"}, "[0].at: must be a UTC instant"),
        ({"at": "2026-11-24"}, "[0].at: must be a UTC instant"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "[0].at: must be a UTC instant"),
        ({"at": 1764000000}, "[0].at: must be a UTC instant"),
        ({"at": None}, "[0].at: must be a UTC instant"),
        ({"purpose": "sales"}, "[0].purpose: must be one of collections, commercial, survey, service, asked_for"),
        ({"channel": "fax"}, "[0].channel: must be one of voice, sms, whatsapp, email"),
        ({"channel": ["voice"]}, "[0].channel: must be one of"),
        ({"region": 57}, "[0].region: must be a short text"),
        ({"zone": 5}, "[0].zone: must be a short text"),
        ({"zona": "America/Bogota"}, "[0].zona: there is no such entry; did you mean `zone`?"),
        ({"ring_seconds": 5}, "[0].ring_seconds: must be from 15 to 120"),
        ({"ring_seconds": True}, "[0].ring_seconds: must be from 15 to 120"),
    ],
)
def test_a_fault_is_told_with_its_path(change: dict[str, Any], told: str) -> None:
    assert any(fault.startswith(told) for fault in faults([CASE | change]))


@pytest.mark.parametrize("name", ["at", "region", "purpose", "channel"])
def test_what_is_missing_is_told(name: str) -> None:
    case = {entry: value for entry, value in CASE.items() if entry != name}
    assert faults([CASE, case]) == [f"[1].{name}: is missing"]


def test_the_asker_s_own_notes_may_stand_beside() -> None:
    assert rows(CASE | {"expected": True, "note": "Ley 2300"})[0]["allowed"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{}", "the cases are a list"),
        ("nothing", "this is not JSON"),
        ("", "this is not JSON"),
        ("[1]", "[0]: must be a case"),
        ("[" * 100_000, "nested too deep"),
    ],
)
def test_what_is_no_list_of_cases_is_refused(text: str, told: str) -> None:
    assert told in faults(text)[0]


def test_a_list_of_nothing_has_no_answers() -> None:
    assert rows() == []


def test_a_file_of_another_kind_is_given_up_after_some_faults() -> None:
    assert len(faults([{"name": "Ana"}] * 1000)) == questions.MOST_FAULTS


def test_at_most_a_million_cases_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "MOST_CASES", 2)
    assert "at most 2" in faults([CASE] * 3)[0]


def test_a_region_in_small_letters_is_meant_as_in_capitals() -> None:
    assert rows(CASE | {"region": "co"})[0]["allowed"]


@pytest.mark.parametrize("region", [None, "", "COL", "Colombia", "🇨🇴"])
def test_a_region_that_is_none_is_an_unknown_country(region: str | None) -> None:
    assert rows(CASE | {"region": region})[0]["rule"] == "strict-unknown-country"


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, max_examples=300)
@given(st.dictionaries(st.sampled_from([*CASE, "ring_seconds", "department", "x"]), json_values))
def test_whatever_a_case_says_it_is_answered_or_refused_in_words(change: dict[str, Any]) -> None:
    try:
        (row,) = rows(CASE | change)
    except InputError as refused:
        assert refused.faults
    else:
        assert row["reason"]


@settings(deadline=None, max_examples=200)
@given(st.datetimes(), st.sampled_from(["CO", "BO", "X"]))
def test_every_instant_of_every_year_has_an_answer(at: datetime, region: str) -> None:
    (row,) = rows(CASE | {"at": f"{at.isoformat()}Z", "region": region})
    assert row["allowed"] or row["reason"]
