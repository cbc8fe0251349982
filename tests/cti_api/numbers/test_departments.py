"""The department of a Bolivian fixed line, where its block tells."""

from __future__ import annotations

import phonenumbers
import pytest

from cti_api.model.phone import PhoneNumber
from cti_api.numbers.departments import BLOCKS, FIXED_DIGITS, department_of

OF_THE_PLAN = [
    # the examples of SITTEL's notice, behind the region's digit
    ("22372323", "L"), ("33360000", "S"), ("44250501", "C"), ("46440000", "H"), ("25250210", "O"), ("26222020", "P"),
    ("34620399", "B"), ("46643010", "T"), ("46823456", "T"), ("46961345", "T"), ("38422222", "N"), ("25965003", "P"),
    ("34842035", "B"), ("38553006", "B"), ("38522354", "B"), ("28242149", "L"),
]  # fmt: skip


@pytest.mark.parametrize(("national", "code"), OF_THE_PLAN)
def test_the_plans_own_examples(national: str, code: str) -> None:
    assert department_of(PhoneNumber(f"+591{national}")) == code


@pytest.mark.parametrize("number", ["+59171234567", "+59128391234", "+573001234567", "+5116012345", "+5912237232"])
def test_a_mobile_another_block_and_another_country_tell_nothing(number: str) -> None:
    assert department_of(PhoneNumber(number)) is None


def test_no_block_begins_as_another_and_each_is_of_numbers_that_are_dialled() -> None:
    assert [one for one in BLOCKS for other in BLOCKS if one != other and other.startswith(one)] == []
    for block in BLOCKS:
        assert any(phonenumbers.is_valid_number(phonenumbers.parse(f"{block}{tail}")) for tail in _spread(block)), block


def _spread(block: str) -> list[str]:
    left = FIXED_DIGITS - len(block)
    return [str(number * 10 ** (left - 2)).zfill(left) for number in range(100)]
