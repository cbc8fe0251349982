"""What a carrier gets and may ask, at the carrier's own socket: how numbers are written, and that nobody is sent on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cti_api.model.ids import TrunkId
from tests.support.calls import channels, hang_up, place
from tests.support.carrier import Carrier
from tests.support.raw_ami import RawAmi, raw_ami
from vocero.lab.asterisk import AsteriskProgram, LabAsterisk, LabTrunk
from vocero.lab.customers import Behaviour, number
from vocero.lab.ports import LOOPBACK, free_ports

pytestmark = pytest.mark.asterisk

CALLED = number(Behaviour.SILENT, 1)


@asynccontextmanager
async def behind_a_carrier(
    program: AsteriskProgram, folder: Path, *, strip: str = "", prefix: str = ""
) -> AsyncIterator[tuple[RawAmi, Carrier, str]]:
    """An Asterisk whose only trunk is that carrier, and its own SIP address."""
    with free_ports() as ports, Carrier(ports.trunk_sip(0)) as carrier:
        trunk = LabTrunk(id=TrunkId("claro"), port=ports.trunk_sip(0), dial_strip=strip, dial_prefix=prefix)
        async with (
            LabAsterisk(program, folder, ports, trunks=[trunk]) as asterisk,
            raw_ami(asterisk.ami_port, asterisk.ami_secret) as ami,
        ):
            yield ami, carrier, f"{LOOPBACK}:{asterisk.sip_port}"


@pytest.mark.parametrize(
    ("strip", "prefix", "written"),
    [
        ("", "", CALLED.digits),
        ("", "+", CALLED.e164),
        ("57", "", CALLED.digits.removeprefix("57")),
        ("57", "9*", "9*" + CALLED.digits.removeprefix("57")),
        ("591", "0", "0" + CALLED.digits),
    ],
)
async def test_a_carrier_gets_the_number_as_it_wants_it_written(
    asterisk_program: AsteriskProgram, tmp_path: Path, strip: str, prefix: str, written: str
) -> None:
    async with behind_a_carrier(asterisk_program, tmp_path / "asterisk", strip=strip, prefix=prefix) as (
        ami,
        carrier,
        _,
    ):
        attempt = place(ami, CALLED)
        assert await carrier.invited() == written
        await hang_up(ami, attempt)


async def test_a_person_who_asks_to_be_sent_on_to_another_number_stays_where_they_are(
    asterisk_program: AsteriskProgram, tmp_path: Path
) -> None:
    async with behind_a_carrier(asterisk_program, tmp_path / "asterisk") as (ami, carrier, asterisk):
        attempt = place(ami, CALLED)
        await carrier.invited()
        await carrier.answers()
        await ami.said("VoceroLive", attempt)
        before = {channel["Uniqueid"] for channel in await channels(ami)}
        for to in (f"sip:573009999999@{asterisk}", f"sip:600@{asterisk}", f"sip:573009999999@{LOOPBACK}"):
            assert await carrier.refers(to) >= 400
        assert {channel["Uniqueid"] for channel in await channels(ami)} == before
        assert len({invite.partition("\r\n")[0] for invite in carrier.invites}) == 1, "nobody else was dialled"
        await hang_up(ami, attempt)
