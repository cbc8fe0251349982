"""How a number is written for a carrier, read at the carrier's own socket."""

from __future__ import annotations

import asyncio
import re
import socket
from pathlib import Path

import pytest

from cti_api.model.ids import TrunkId
from tests.support.calls import hang_up, place
from tests.support.raw_ami import raw_ami
from vocero.lab.asterisk import AsteriskProgram, LabAsterisk, LabTrunk
from vocero.lab.customers import Behaviour, number
from vocero.lab.ports import LOOPBACK, free_ports

pytestmark = pytest.mark.asterisk

CALLED = number(Behaviour.SILENT, 1)


async def dialled_at(carrier: socket.socket) -> str:
    """The user part of the first INVITE that reaches it."""
    async with asyncio.timeout(15):
        while True:
            message = await asyncio.get_running_loop().sock_recv(carrier, 4096)
            if invited := re.match(rb"INVITE sip:([^@]*)@", message):
                return invited[1].decode()


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
    with free_ports() as ports, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as carrier:
        carrier.bind((LOOPBACK, ports.trunk_sip(0)))
        carrier.setblocking(False)
        trunk = LabTrunk(id=TrunkId("claro"), port=ports.trunk_sip(0), dial_strip=strip, dial_prefix=prefix)
        async with (
            LabAsterisk(asterisk_program, tmp_path / "asterisk", ports, trunks=[trunk]) as asterisk,
            raw_ami(asterisk.ami_port, asterisk.ami_secret) as ami,
        ):
            attempt = place(ami, CALLED)
            assert await dialled_at(carrier) == written
            await hang_up(ami, attempt)
