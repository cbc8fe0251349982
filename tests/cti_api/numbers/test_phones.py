"""What people write in a list, and what it means."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_api.model.phone import PhoneNumber
from cti_api.numbers.phones import REASONS, PhoneFault, RefusedPhone, is_region, parse_phone

MOBILE = PhoneNumber("+573001234567")


@pytest.mark.parametrize(
    "text",
    [
        "3001234567",
        " 300 123 4567 ",
        "300-123-4567",
        "(300) 123.4567",
        "+57 300 123 4567",
        "(+57) 300 123 4567",
        "573001234567",
        "00573001234567",
        "0057 300 1234567",
        "009 57 3001234567",  # Colombia's own international prefix: 00 and the carrier's 9
        "3001234567.0",  # a spreadsheet's number
        "'3001234567",  # a spreadsheet's text
        '="3001234567"',
        "3001234567,00",
        "3.001.234.567",
        "3,001,234,567.0",
        "\u202a+57 300 123 4567\u202c",  # copied from an address book
        "\u2068300\u00a0123\u00a04567\u2069",
        "300–123–4567",
        "３００１２３４５６７",
    ],
)
def test_every_way_to_write_a_mobile_number_is_one_number(text: str) -> None:
    assert parse_phone(text, "CO") == MOBILE


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", PhoneFault.EMPTY),
        (" \u200b ", PhoneFault.EMPTY),
        (" " * 1_000_000, PhoneFault.EMPTY),
        ("7" * 1_000_000, PhoneFault.NOT_A_NUMBER),
        ("-", PhoneFault.NOT_A_NUMBER),
        ("\x00", PhoneFault.NOT_A_NUMBER),
        ("300*123*4567", PhoneFault.NOT_A_NUMBER),
        ("${SHELL(id)}", PhoneFault.LETTERS),
        ("1800FLOWERS", PhoneFault.LETTERS),
        ("3001234567 ext 4", PhoneFault.LETTERS),
        ("no tiene", PhoneFault.LETTERS),
        ("3.00123E+09", PhoneFault.SCIENTIFIC),
        ("3,00123E+09", PhoneFault.SCIENTIFIC),
        ("3001234567 / 3101234567", PhoneFault.SEVERAL),
        ("3001234567\n3101234567", PhoneFault.SEVERAL),
        ("+57 3001234567 +57 3101234567", PhoneFault.SEVERAL),
        ("112", PhoneFault.TOO_SHORT),
        ("7420000", PhoneFault.NOT_ASSIGNED),  # a fixed line without its city, as before 2021
        ("+57300123456789", PhoneFault.TOO_LONG),
        ("+999 123456789", PhoneFault.UNKNOWN_COUNTRY),
        ("+57 900 123 4567", PhoneFault.NOT_ASSIGNED),
    ],
)
def test_what_is_not_one_number_is_refused_with_its_reason(text: str, fault: PhoneFault) -> None:
    assert parse_phone(text, "CO") == RefusedPhone(fault)
    assert RefusedPhone(fault).reason == REASONS[fault]


def test_a_number_with_its_country_means_the_same_everywhere() -> None:
    for region in ("CO", "US", "BO", "ES"):
        assert parse_phone("+57 300 123 4567", region) == MOBILE
        assert parse_phone("0057 300 123 4567", region) == MOBILE


def test_regions_are_countries_with_a_numbering_plan() -> None:
    assert is_region("CO")
    assert not any(is_region(text) for text in ("co", "XX", "", "001", "Colombia"))


anything = st.text() | st.text("0123456789+-() .eE/\u202a\x00", max_size=40) | st.from_regex(r"\+?[0-9 ]{0,20}")


@settings(max_examples=1000)
@given(anything, st.sampled_from(["CO", "US", "BO", "GB"]))
def test_any_text_gives_a_number_or_a_refusal_and_a_number_means_itself(text: str, region: str) -> None:
    found = parse_phone(text, region)
    if isinstance(found, PhoneNumber):
        assert parse_phone(found.e164, region) == found
        digits = [sign for sign in found.digits if sign.isdigit()]
        assert 7 <= len(digits) <= 15
