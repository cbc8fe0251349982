"""A person who answered and has no agent: the hold, the message, answering machines."""

from __future__ import annotations

import pytest

from cti_api.model.phone import PhoneNumber
from tests.support.calls import WAIT_SECONDS, amd_finds, campaign_sound, counted, ended, hang_up, place, tone_heard
from tests.support.raw_ami import RawAmi, raw_ami
from tests.support.shift import until
from tests.system.conftest import Telephones
from vocero.lab.customers import Behaviour, Counts, number
from vocero.lab.sounds import audible_seconds

pytestmark = pytest.mark.asterisk


async def test_without_any_dialer_the_person_hears_the_campaigns_message_and_the_call_ends(
    telephones: Telephones,
) -> None:
    called = number(Behaviour.TALKS, 1)
    campaign_sound(telephones.asterisk, "sin-nadie", "abandoned", 700)
    async with raw_ami(telephones.asterisk.ami_port, telephones.asterisk.ami_secret) as ami:
        attempt = place(ami, called, hold="0.5", campaign="sin-nadie")
        await ami.said("VoceroLive", attempt)
    assert await counted(telephones.customers, called) == Counts(invited=1, answered=1, hung_up=1)
    await _hears_a_second_of(700, telephones, called)


async def test_a_campaign_without_message_of_its_own_has_the_shipped_one(ami: RawAmi, telephones: Telephones) -> None:
    called = number(Behaviour.TALKS, 2)
    attempt = place(ami, called, hold="0")
    await ami.said("VoceroAbandoned", attempt)
    await until(
        lambda: any(audible_seconds(heard) > 0.5 for heard in telephones.customers.heard(called)),
        WAIT_SECONDS,
        "the person hears something",
    )
    await hang_up(ami, attempt)


async def test_amd_hears_a_person(ami: RawAmi) -> None:
    attempt = await amd_finds("human", ami, number(Behaviour.TALKS, 3))
    await ami.said("VoceroLive", attempt)
    await hang_up(ami, attempt)


async def test_amd_that_hears_nothing_takes_it_for_a_person(ami: RawAmi) -> None:
    attempt = await amd_finds("unknown", ami, number(Behaviour.ECHOES, 3))
    await ami.said("VoceroLive", attempt)
    await hang_up(ami, attempt)


async def test_amd_takes_whoever_waits_for_us_to_speak_for_a_person(ami: RawAmi) -> None:
    attempt = await amd_finds("unknown", ami, number(Behaviour.LISTENS, 3))
    assert (await ami.said("VoceroAmd", attempt))["Cause"].startswith("INITIALSILENCE")
    await ami.said("VoceroLive", attempt)
    await hang_up(ami, attempt)


async def test_amd_hangs_up_on_a_machine(ami: RawAmi) -> None:
    attempt = await amd_finds("machine", ami, number(Behaviour.MACHINE, 3))
    await ended(ami, attempt)
    assert not [e for e in ami.about(attempt) if e.get("UserEvent") == "VoceroLive"]


async def test_amd_leaves_a_machine_the_campaigns_message_after_its_beep(ami: RawAmi, telephones: Telephones) -> None:
    called = number(Behaviour.MACHINE, 4)
    campaign_sound(telephones.asterisk, "buzon", "machine", 900)
    attempt = await amd_finds("machine", ami, called, machine="leave_message", campaign="buzon")
    await ended(ami, attempt)
    await _hears_a_second_of(900, telephones, called)


async def test_amd_can_connect_a_machine(ami: RawAmi) -> None:
    attempt = await amd_finds("machine", ami, number(Behaviour.MACHINE, 5), machine="connect")
    await ami.said("VoceroLive", attempt)
    await hang_up(ami, attempt)


async def test_keys_that_a_person_presses_are_told(ami: RawAmi) -> None:
    attempt = place(ami, number(Behaviour.PRESSES_KEYS, 6))
    for key in "12#":
        await ami.event("DTMFEnd", Uniqueid=attempt, Direction="Received", Digit=key)
    await hang_up(ami, attempt)


async def _hears_a_second_of(hz: float, telephones: Telephones, called: PhoneNumber) -> None:
    await until(lambda: tone_heard(telephones.customers, called, hz) >= 0.8, WAIT_SECONDS, "the message is heard")
    assert tone_heard(telephones.customers, called, hz) <= 1.1
