"""The customers' numbers, and what is read from what SIPp wrote down."""

from __future__ import annotations

from pathlib import Path

import phonenumbers
import pytest

from cti_api.model.phone import PhoneNumber
from vocero.lab.customers import SCENARIO, STATUSES, Behaviour, Counts, Customers, behaviour_of, number
from vocero.lab.ports import Ports

FAILING = (Behaviour.FAILS, Behaviour.RINGS_THEN_FAILS)


@pytest.mark.parametrize("behaviour", Behaviour)
def test_every_number_is_a_valid_colombian_mobile_number(behaviour: Behaviour) -> None:
    for status in STATUSES if behaviour in FAILING else (0,):
        parsed = phonenumbers.parse(number(behaviour, 7, status=status).e164)
        assert phonenumbers.is_valid_number_for_region(parsed, "CO")
        assert phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.MOBILE


def test_no_two_customers_share_a_number() -> None:
    numbers = [
        number(behaviour, serial, status=status)
        for behaviour in Behaviour
        for status in (STATUSES if behaviour in FAILING else (0,))
        for serial in range(50)
    ]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("behaviour", Behaviour)
def test_the_number_alone_tells_the_behaviour(behaviour: Behaviour) -> None:
    assert behaviour_of(number(behaviour, 123, status=486 if behaviour in FAILING else 0)) is behaviour


def test_a_status_nobody_answers_with_is_refused() -> None:
    with pytest.raises(ValueError, match="418"):
        number(Behaviour.FAILS, 0, status=418)


def test_the_scenario_says_what_every_behaviour_does() -> None:
    head = SCENARIO.read_text().split("-->")[0]
    for digit, code in (behaviour.value for behaviour in Behaviour):
        assert (f"B={digit} " if code is None else f"CCC={code:03d} ") in head


def test_counts_take_a_repeated_invite_once_and_a_torn_line_not_at_all(tmp_path: Path) -> None:
    customers = Customers(tmp_path, Ports(10000))
    day = "2026-11-22\t04:02:56.857368\t"
    (tmp_path / "steps.log").write_text(
        f"{day}1795320176.857368 invited 573000500001 576015550100 one 12000\n"
        f"{day}1795320176.957368 invited 573000500001 576015550100 one 12000\n"
        f"{day}1795320177.857368 answered 573000500001 576015550100 one 12000\n"
        f"{day}1795320178.857368 invited 573000500001 576015550100 two 12002\n"
        f"{day}1795320179.857368 hung_up 5730005"
    )
    assert customers.counts() == {PhoneNumber("+573000500001"): Counts(invited=2, answered=1)}
