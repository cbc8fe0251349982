"""Codes of a telephone: those of the standard, which of them are taken, and how long wrong ones cost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cti_api.access.tokens import digest_of, new_recovery_codes
from cti_api.access.totp import (
    FIRST_WAIT,
    FREE_FAILURES,
    LONGEST_WAIT,
    RECOVERY_CODES,
    Failures,
    as_code,
    as_recovery_code,
    base32_of,
    code_at,
    fitting_step,
    grouped,
    step_of,
)

SECRET = b"12345678901234567890"
"""Of the appendices of RFC 4226 and RFC 6238."""
T0 = datetime(2026, 3, 2, 14, 0, 10, tzinfo=UTC)
STEP = timedelta(seconds=30)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"), (1234567890, "89005924"),
     (2000000000, "69279037"), (20000000000, "65353130")],
)  # fmt: skip
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    assert code_at(SECRET, step_of(datetime.fromtimestamp(seconds, UTC)), digits=8) == code


def test_codes_of_six_digits_are_those_of_rfc_4226() -> None:
    codes = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]
    assert [code_at(SECRET, counter) for counter in range(10)] == codes


@pytest.mark.parametrize(("steps_away", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_wrong_and_no_more(steps_away: int, taken: bool) -> None:
    step = step_of(T0) + steps_away
    assert fitting_step(SECRET, code_at(SECRET, step), T0, None) == (step if taken else None)


def test_a_step_is_taken_once_and_none_before_it_any_more() -> None:
    step = step_of(T0)
    assert fitting_step(SECRET, code_at(SECRET, step), T0, step) is None
    assert fitting_step(SECRET, code_at(SECRET, step - 1), T0, step) is None
    assert fitting_step(SECRET, code_at(SECRET, step + 1), T0, step) == step + 1
    assert fitting_step(SECRET, code_at(SECRET, step), T0, step - 1) == step


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "१२३४५६", "١٢٣٤٥٦", "-12345", "+12345", "1.2345"])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert as_code(typed) == ""
    assert fitting_step(SECRET, as_code(typed), T0, None) is None


def test_a_code_is_taken_with_the_spaces_that_telephones_show() -> None:
    assert as_code(" 123 456\n") == "123456"


def test_recovery_codes_are_read_however_they_are_typed_and_are_all_others() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == RECOVERY_CODES
    for code in codes:
        assert as_recovery_code(" " + "-".join(grouped(code)).upper() + " ") == code
        assert as_code(code) == ""
    for typed in ("", codes[0][:-1], codes[0] + "a", "1" * 16, "o" * 16, "ñ" * 16):
        assert as_recovery_code(typed) == ""
    assert len({digest_of(code) for code in codes}) == RECOVERY_CODES


def test_a_secret_is_typed_in_groups_of_four() -> None:
    assert " ".join(grouped(base32_of(SECRET))) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"


def test_wrong_codes_cost_nothing_at_first_then_ever_more_up_to_an_hour() -> None:
    def wait(count: int) -> timedelta | None:
        at = Failures(count=count, last_at=T0).open_at()
        return None if at is None else at - T0

    assert {wait(count) for count in range(FREE_FAILURES)} == {None}
    assert [wait(FREE_FAILURES + n) for n in range(3)] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]
    assert wait(FREE_FAILURES + 7) == wait(10**9) == LONGEST_WAIT
