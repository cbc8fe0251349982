"""Whose law protects the owner of a number."""

from __future__ import annotations

import pytest

from cti_api.model.phone import PhoneNumber
from cti_api.numbers.regions import UNKNOWN, region_of, regions_of_prefix


@pytest.mark.parametrize(
    ("e164", "region"),
    [
        ("+573001234567", "CO"),
        ("+576017420000", "CO"),
        ("+51987654321", "PE"),
        ("+59171234567", "BO"),
        ("+12125550100", "US"),
        ("+14165550100", "CA"),
        ("+5711", "CO"),
        ("+881612345678", "001"),
        ("+999123456", UNKNOWN),
    ],
)
def test_a_numbers_country_is_that_of_its_plan_else_of_its_code(e164: str, region: str) -> None:
    assert region_of(PhoneNumber(e164.ljust(8, "1"))) == region


def test_a_prefix_may_be_of_several_countries() -> None:
    assert regions_of_prefix("+573") == {"CO"}
    assert {"US", "CA", "PR"} <= regions_of_prefix("+1")
    assert {"BO", "EC"} <= regions_of_prefix("+59")
    assert regions_of_prefix("+999") == frozenset()
