"""The allow-list: nobody can run up a bill."""

import re
from random import Random

import phonenumbers
import pytest

from cti_api.model.phone import PhoneNumber
from cti_api.numbers.prefixes import prefix_verdict

COLOMBIAN_LINE = re.compile(r"\+57(?:3[0-9]{9}|60[1-8][0-9]{7}|[1-8][0-9]{7})\Z")
"""Resolución CRC 5826 de 2019: mobile numbers begin with 3, fixed ones with 60 and the region, before 2021 with the
region alone; written from the plan, not from phonenumbers."""


def random_number(chance: Random) -> PhoneNumber:
    """Any E.164 number; most look like something."""
    kind = chance.random()
    if kind < 0.35:
        first = chance.choice(["+573", "+57", "+5760", "+571900", "+57180", "+57190"])
    elif kind < 0.7:
        code = chance.choice(sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
        first = f"+{code}{chance.choice(['', '900', '1', '7', '90', '0', '6'])}"
    else:
        first = "+" + chance.choice("123456789")
    length = 12 if kind < 0.35 else chance.randint(7, 15)
    return PhoneNumber((first + "".join(chance.choice("0123456789") for _ in range(length)))[: length + 1])


def test_ten_thousand_random_numbers_and_none_outside_of_the_allow_list() -> None:
    chance = Random(20261122)
    campaigns = [
        ((), COLOMBIAN_LINE),
        (("+573",), re.compile(r"\+573[0-9]{9}\Z")),
        (("+57",), re.compile(r"\+57[0-9]+\Z")),
        (("+573", "+34"), re.compile(r"\+(?:573|34)[0-9]+\Z")),
    ]
    allowed = 0
    for _ in range(10_000):
        number = random_number(chance)
        for prefixes, pattern in campaigns:
            verdict = prefix_verdict(number, prefixes, "CO")
            if verdict.allowed:
                allowed += 1
                assert pattern.match(number.e164), number
                assert not number.e164.startswith(("+5719", "+57190", "+3480", "+3490", "+34905", "+88"))
                assert verdict.prefix in (*prefixes, "CO")
    assert allowed > 1_000  # the test would also pass if everything were refused


@pytest.mark.parametrize("number", ["+573001234567", "+573501234567", "+576017420000", "+576087420000"])
def test_the_countrys_own_fixed_and_mobile_lines_may_be_called(number: str) -> None:
    assert prefix_verdict(PhoneNumber(number), (), "CO").allowed


@pytest.mark.parametrize(
    ("number", "prefixes", "why"),
    [
        ("+5719011234567", (), "premium-rate"),
        ("+5719011234567", ("+57",), "premium-rate"),
        ("+881612345678", (), "satellite"),
        ("+881612345678", ("+881",), "satellite"),
        ("+870773912345", ("+8",), "satellite"),
        ("+447012345678", ("+44",), "personal"),
        ("+34600123456", (), "not from CO"),
        ("+12125551234", ("+57",), "none of the campaign's prefixes"),
        ("+5718000123456", (), "neither a fixed nor a mobile"),
        ("+999123456789", ("+999",), "no country"),
        ("+57123", ("+57",), "not in any numbering plan"),
    ],
)
def test_what_costs_a_fortune_or_lies_elsewhere_is_refused(number: str, prefixes: tuple[str, ...], why: str) -> None:
    verdict = prefix_verdict(PhoneNumber(f"{number}{'0' * (8 - len(number))}"), prefixes, "CO")
    assert not verdict.allowed
    assert verdict.prefix == ""
    assert why in verdict.reason


def test_the_longest_prefix_that_fits_is_named() -> None:
    verdict = prefix_verdict(PhoneNumber("+573001234567"), ("+57", "+57300", "+573"), "CO")
    assert verdict.prefix == "+57300"


def test_the_caribbean_is_not_the_united_states() -> None:
    # +1 809 and its neighbours: the classic call-back fraud.
    assert not prefix_verdict(PhoneNumber("+18095551234"), (), "US").allowed
    assert prefix_verdict(PhoneNumber("+12125550123"), (), "US").allowed
