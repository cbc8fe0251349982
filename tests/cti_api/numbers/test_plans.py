"""The quick way to read a plain number says nothing that the whole parser does not."""

from __future__ import annotations

from random import Random

import phonenumbers
import pytest
from phonenumbers import NumberParseException

from cti_api.numbers.plans import plan_of

EACH = 300
OUR_REGIONS = ("CO", "BO", "PE", "EC", "CL", "MX", "AR", "ES")


def whole_parser(digits: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(digits, region)
    except NumberParseException:
        return None
    valid = phonenumbers.is_valid_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if valid else None


def examples(region: str, random: Random) -> list[str]:
    """Numbers of the country with some digits changed, and digits of any length."""
    kinds = [phonenumbers.example_number_for_type(region, kind) for kind in range(11)]
    known = [phonenumbers.national_significant_number(each) for each in kinds if each is not None]
    found = []
    for _ in range(EACH):
        digits = random.choice(known) if known and random.random() < 0.8 else ""
        changed = random.randint(0, 4) if digits else 0
        missing = changed or random.randint(0, 12) * (not digits)
        found.append(digits[: len(digits) - changed] + "".join(random.choice("0123456789") for _ in range(missing)))
    return found


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_what_the_plan_takes_is_what_the_parser_takes(region: str) -> None:
    plan = plan_of(region)
    if plan is None:
        others = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[phonenumbers.country_code_for_region(region)]
        assert len(others) > 1, "only a country that shares its code has no plan"
        return
    for digits in examples(region, Random(region)):
        quick = plan.e164(digits)
        assert quick is None or quick == whole_parser(digits, region), digits


@pytest.mark.parametrize("region", OUR_REGIONS)
def test_the_plan_serves_for_the_countries_we_are_for(region: str) -> None:
    plan = plan_of(region)
    mobile = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    if plan is None or mobile is None:
        pytest.fail(f"{region} has no plan")
    digits = phonenumbers.national_significant_number(mobile)
    assert plan.not_plain.match(digits) or plan.e164(digits) == whole_parser(digits, region)
