"""The lab keeps its word: what it counts is complete, several run at once, softphones come and go."""

from __future__ import annotations

import pytest

from cti_api.model.phone import PhoneNumber
from tests.support.calls import WAIT_SECONDS, ended, place
from tests.support.raw_ami import RawAmi
from tests.support.shift import until
from tests.system.conftest import Telephones
from vocero.lab.customers import Behaviour, Counts, number

pytestmark = pytest.mark.asterisk


async def test_thirty_calls_canceled_at_the_first_ring_are_all_counted(ami: RawAmi, telephones: Telephones) -> None:
    numbers = [number(Behaviour.RINGS_OUT, serial) for serial in range(100, 130)]
    attempts = [place(ami, called) for called in numbers]
    for attempt in attempts:
        await ami.event("DialState", DestUniqueid=attempt, DialStatus="RINGING")
        ami.send("Hangup", Channel=attempt, Cause="16")
    for attempt in attempts:
        await ended(ami, attempt)
    await _settled(telephones, numbers)
    counts = telephones.customers.counts()
    assert [counts[called] for called in numbers] == [Counts(invited=1, canceled=1)] * 30


async def test_thirty_calls_hung_up_at_the_answer_are_all_counted(ami: RawAmi, telephones: Telephones) -> None:
    numbers = [number(Behaviour.TALKS, serial) for serial in range(100, 130)]
    attempts = [place(ami, called) for called in numbers]
    for attempt in attempts:
        await ami.said("VoceroLive", attempt)
        ami.send("Hangup", Channel=attempt, Cause="16")
    for attempt in attempts:
        await ended(ami, attempt)
    await _settled(telephones, numbers)
    counts = telephones.customers.counts()
    assert [counts[called] for called in numbers] == [Counts(invited=1, answered=1, hung_up=1)] * 30


async def _settled(telephones: Telephones, numbers: list[PhoneNumber]) -> None:
    """SIPp writes a step down before it answers it, so every call is over soon."""

    def over() -> bool:
        counts = telephones.customers.counts()
        return all((c := counts[called]).canceled + c.hung_up for called in numbers)

    await until(over, WAIT_SECONDS, "every call is over at its telephone")
