"""What the guard lets through, counted at the telephones."""

from __future__ import annotations

from pathlib import Path

import pytest

from cti_api.model.phone import PhoneNumber
from tests.support.calls import NARROW, RATIONED, WAIT_SECONDS, ended, hang_up, place, steps
from tests.support.raw_ami import RawAmi, raw_ami
from tests.support.shift import until
from tests.system.conftest import Telephones
from vocero.lab.asterisk import LabAsterisk, LabTrunk
from vocero.lab.customers import Behaviour, number
from vocero.lab.ports import free_ports

pytestmark = pytest.mark.asterisk


async def test_a_number_outside_the_allow_list_is_never_dialed(ami: RawAmi, telephones: Telephones) -> None:
    satellite = PhoneNumber("+8816123456789")
    attempt = place(ami, satellite)
    assert (await ami.said("VoceroGuard", attempt))["Why"] == "number"
    assert await ended(ami, attempt) == 21
    assert steps(telephones.customers, satellite) == []


@pytest.mark.parametrize("trunk", ["nobody", "", "s"])
async def test_a_trunk_without_caps_is_never_used(ami: RawAmi, trunk: str) -> None:
    attempt = place(ami, number(Behaviour.BUSY, 1), trunk=trunk)
    assert (await ami.said("VoceroGuard", attempt))["Why"] == "trunk"
    assert await ended(ami, attempt) == 21


async def test_no_more_calls_at_once_than_the_trunk_has_channels(ami: RawAmi, telephones: Telephones) -> None:
    calls = [place(ami, number(Behaviour.RINGS_OUT, serial), trunk=NARROW) for serial in (10, 11)]
    for call in calls:
        await ami.event("DialState", DestUniqueid=call, DialStatus="RINGING")
    third = place(ami, number(Behaviour.RINGS_OUT, 12), trunk=NARROW)
    assert (await ami.said("VoceroGuard", third))["Why"] == "channels"
    await ended(ami, third)
    await hang_up(ami, calls[0])
    await ended(ami, f"{calls[0]}-out")
    fourth = place(ami, number(Behaviour.RINGS_OUT, 13), trunk=NARROW)
    await ami.event("DialState", DestUniqueid=fourth, DialStatus="RINGING")
    for call in (calls[1], fourth):
        await hang_up(ami, call)
    assert number(Behaviour.RINGS_OUT, 12) not in telephones.customers.counts()


async def test_no_more_calls_in_an_hour_than_the_trunk_may_place(ami: RawAmi, telephones: Telephones) -> None:
    calls = [place(ami, number(Behaviour.BUSY, serial), trunk=RATIONED) for serial in range(20, 28)]
    for call in calls:
        await ended(ami, call)
    refused = [e for e in ami.events("UserEvent", UserEvent="VoceroGuard") if e["Attempt"] in calls]
    assert {e["Why"] for e in refused} == {"hourly"}
    numbers = {number(Behaviour.BUSY, serial) for serial in range(20, 28)}
    assert len(numbers & telephones.customers.counts().keys()) == 3
    assert len(refused) == 5


async def test_the_hourly_cap_outlives_a_crash_of_asterisk(telephones: Telephones, tmp_path: Path) -> None:
    with free_ports() as ports:
        trunk = LabTrunk(id=RATIONED, port=telephones.customers.port, calls_per_hour=1)
        async with LabAsterisk(telephones.program, tmp_path, ports, trunks=[trunk]) as asterisk:
            async with raw_ami(asterisk.ami_port, asterisk.ami_secret) as ami:
                await ended(ami, place(ami, number(Behaviour.BUSY, 30), trunk=RATIONED))
                database = tmp_path / "database/astdb.sqlite3"
                # While SQLite's journal is there, the next start takes back what the file has already.
                under_way = database.with_name(f"{database.name}-journal")

                def counted() -> bool:
                    return b"/vocero/etb" in database.read_bytes() and not under_way.exists()

                await until(counted, WAIT_SECONDS, "the call is counted")
            asterisk.kill()
            await asterisk.start()
            async with raw_ami(asterisk.ami_port, asterisk.ami_secret) as ami:
                second = place(ami, number(Behaviour.BUSY, 31), trunk=RATIONED)
                assert (await ami.said("VoceroGuard", second))["Why"] == "hourly"
