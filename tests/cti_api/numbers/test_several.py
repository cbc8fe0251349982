"""One cell, several numbers: taken apart only where there is no doubt, and nothing of it dropped."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_api.model.phone import PhoneNumber
from cti_api.numbers.phones import parse_phone
from cti_api.numbers.several import LONGEST_CELL_OF_PHONES, MOST_PHONES, parse_phones

MOBILE, LANDLINE = "+573001234567", "+576015550100"


@pytest.mark.parametrize(
    "text",
    [
        "300 123 4567 / 601 555 0100",
        "3001234567/6015550100",
        "3001234567;6015550100",
        "3001234567, 6015550100",
        "3001234567 | 6015550100",
        "300 123 4567 - 601 555 0100",
        "3001234567-6015550100",
        "3001234567 – 6015550100",
        "3001234567 y 6015550100",
        "3001234567 o 6015550100",
        "3001234567 6015550100",
        "300 123 4567 601 555 0100",
        "3001234567\n6015550100",
        "+57 300 123 4567+57 601 555 0100",
        "Cel. 3001234567 / Tel: (601) 555-0100",
        "móvil 300 1234567; fijo 6015550100",
        "3001234567 / 6015550100 / 3001234567",
    ],
)
def test_two_numbers_in_a_cell_are_two_numbers(text: str) -> None:
    found = parse_phones(text, "CO")
    assert ([phone.e164 for phone in found.phones], found.refused) == ([MOBILE, LANDLINE], ())


@pytest.mark.parametrize(
    ("text", "numbers", "reason"),
    [
        ("601 555 0100 ext. 23", [LANDLINE], "extension 23"),
        ("(601) 555 0100, ext 3; 3001234567", [LANDLINE, MOBILE], "extension 3"),
        ("6015550100x12", [LANDLINE], "extension 12"),
        ("3001234567/68", [MOBILE], "`68`: the number is too short"),
        ("3001234567 / no tiene", [MOBILE], "`no tiene`: a telephone number has no letters"),
        ("no tiene", [], "no letters"),
        ("N/A", [], "no letters"),
        ("/", [], "not a telephone number"),
        ("12 / 34", [], "`12`: the number is too short"),
        ("30012345673101234567", [], "more than one number"),
        ("3.00123E+09", [], "rounded"),
        ("3001234567 (Ana)", [], "no letters"),
        ("x" * 1_000_000, [], "not a telephone number"),
        ("3001234567 / " * 40, [], "not a telephone number"),
    ],
)
def test_what_is_no_number_is_told_beside_those_that_are(text: str, numbers: list[str], reason: str) -> None:
    found = parse_phones(text, "CO")
    assert [phone.e164 for phone in found.phones] == numbers
    assert reason in found.refused[0]


@pytest.mark.parametrize("text", ["", "   ", "\u200b"])
def test_an_empty_cell_has_no_numbers_and_nothing_to_tell(text: str) -> None:
    assert parse_phones(text, "CO") == parse_phones("", "CO")
    assert parse_phones(text, "CO").refused == ()


def test_more_numbers_than_anybody_has_are_told() -> None:
    found = parse_phones(" / ".join(f"30{n:02d}234567" for n in range(MOST_PHONES + 2)), "CO")
    assert len(found.phones) == MOST_PHONES
    assert found.refused[-1].startswith("only the first 10 of 12")


@pytest.mark.parametrize(
    ("text", "region", "numbers"),
    [
        ("71234567 - 2 2123456", "BO", ["+59171234567", "+59122123456"]),
        ("+591 71234567; 22123456", "BO", ["+59171234567", "+59122123456"]),
        ("987654321 / 01-5550100", "PE", ["+51987654321", "+5115550100"]),
        ("(305) 555-0100 or 212-555-0199", "US", ["+13055550100", "+12125550199"]),
        ("612 345 678 / 91 123 45 67", "ES", ["+34612345678", "+34911234567"]),
    ],
)
def test_every_countrys_numbers_are_its_own(text: str, region: str, numbers: list[str]) -> None:
    assert [phone.e164 for phone in parse_phones(text, region).phones] == numbers


pieces = st.sampled_from(
    ["3001234567", "601 555 0100", " / ", ";", "-", " y ", "ext. 5", "x", " ", "no", "+57", "12", "\n", "Cel."]
)


@settings(deadline=None, max_examples=500)
@given(st.lists(pieces, max_size=12).map("".join) | st.text(max_size=60), st.sampled_from(["CO", "BO", "US"]))
def test_any_cell_gives_numbers_or_says_why_not(text: str, region: str) -> None:
    found = parse_phones(text, region)
    assert len(set(found.phones)) == len(found.phones)
    assert all(reason and reason.isprintable() for reason in found.refused)
    assert found.phones or found.refused or not any(sign.isalnum() for sign in text)
    single = parse_phone(text, region)
    if isinstance(single, PhoneNumber):
        assert found.phones == (single,)
    assert len(text) <= LONGEST_CELL_OF_PHONES
