"""Mobile or landline, as the country's numbers say."""

from __future__ import annotations

import phonenumbers
import pytest
from phonenumbers import PhoneNumberType

from cti_api.model.phone import PhoneKind, PhoneNumber
from cti_api.numbers.kinds import in_order, kind_of

MOBILE, LANDLINE = PhoneKind.MOBILE, PhoneKind.LANDLINE


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("+573001234567", MOBILE),
        ("+576015550100", LANDLINE),
        ("+51987654321", MOBILE),
        ("+5112345678", LANDLINE),
        ("+59171234567", MOBILE),
        ("+12125550123", MOBILE),  # may be either: counts as a mobile
        ("+525512345678", MOBILE),
        ("+34900123456", None),  # toll-free
        ("+9991234567", None),  # no country's
    ],
)
def test_numbers_are_of_the_kind_that_their_country_says(number: str, kind: PhoneKind | None) -> None:
    assert kind_of(PhoneNumber(number)) is kind


@pytest.mark.parametrize(("asked", "kind"), [(PhoneNumberType.MOBILE, MOBILE), (PhoneNumberType.FIXED_LINE, LANDLINE)])
def test_every_countrys_example_is_found_without_the_parser_as_with_it(asked: int, kind: PhoneKind) -> None:
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        example = phonenumbers.example_number_for_type(region, asked)
        if example is None or phonenumbers.number_type(example) != asked:
            continue
        assert kind_of(PhoneNumber(phonenumbers.format_number(example, 0))) is kind, region


def test_numbers_are_tried_by_kind_and_then_as_they_stand() -> None:
    home, work, first, second = map(PhoneNumber, ["+576015550100", "+34900123456", "+573001234567", "+573101234567"])
    assert in_order((MOBILE, LANDLINE), (home, work, first, second)) == (first, second, home, work)
    assert in_order((LANDLINE,), (first, home, second)) == (home, first, second)
    assert in_order((), (home, first)) == (home, first)
