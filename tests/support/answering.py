"""An Asterisk that answers one number, people who call it, and where its IVR is expected."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cti_api.model.ids import AgentId, TrunkId
from tests.support.calls import channels
from tests.support.incoming import WAIT_SECONDS, Callers
from tests.support.raw_ami import RawAmi, raw_ami
from tests.support.shift import until
from vocero.asterisk_site import InboundNumber, OutsideNumber
from vocero.lab.asterisk import AsteriskProgram, LabAsterisk, LabTrunk
from vocero.lab.ports import LOOPBACK, Ports, free_ports
from vocero.lab.sounds import tone

NUMBER = "576015550100"
"""Answered by `ENTRY`; every other number is nobody's."""
ENTRY = "recepcion"
SHOWN_NUMBER = "576015550101"
"""Campaigns show it; otherwise it leads into the queue `soporte`."""


@dataclass(frozen=True, slots=True)
class AnsweringAsterisk:
    """It runs; nobody calls yet, and nobody is at its IVR's port."""

    asterisk: LabAsterisk
    ports: Ports


@dataclass(frozen=True, slots=True)
class Answering:
    """What a test of callers uses."""

    asterisk: LabAsterisk
    callers: Callers
    ami: RawAmi
    ivr_port: int
    """Where Asterisk looks for the IVR."""

    async def quiet(self, seconds: float = WAIT_SECONDS) -> None:
        """Wait until no channel is left."""

        async def no_channels() -> bool:
            return not await channels(self.ami)

        await until(no_channels, seconds, "no channel is left")


@contextlib.asynccontextmanager
async def answering_asterisk(
    program: AsteriskProgram, folder: Path, transfers: Mapping[str, AgentId | OutsideNumber] | None = None
) -> AsyncIterator[AnsweringAsterisk]:
    """As long as the block lasts. Who is called over trunk ``etb`` is behind the ports of trunk 1."""
    with free_ports() as ports:
        trunks = [
            LabTrunk(id=TrunkId("claro"), port=ports.trunk_sip(0)),
            LabTrunk(id=TrunkId("etb"), port=ports.trunk_sip(1)),
        ]
        inbound = (
            InboundNumber(number=NUMBER, entry=ENTRY),
            InboundNumber(number=SHOWN_NUMBER, queue="soporte", calls_back=True),
        )
        asterisk = LabAsterisk(program, folder, ports, trunks=trunks, inbound=inbound, transfers=transfers or {})
        async with asterisk:
            yield AnsweringAsterisk(asterisk, ports)


@contextlib.asynccontextmanager
async def calling(there: AnsweringAsterisk, *, lively: bool = False) -> AsyncIterator[Answering]:
    """People who call it; `lively`: over telephones that send sound all the time. Whoever still talks at the end hangs
    up, and then no channel may be left."""
    asterisk, ports = there.asterisk, there.ports
    async with raw_ami(asterisk.ami_port, asterisk.ami_secret) as ami:
        async with Callers(ports.trunk_sip(0), ports.sip, lively=lively) as callers:
            yield (answering := Answering(asterisk, callers, ami, ports.agi))
        await answering.quiet()


class SoundServer:
    """An AudioSocket server that gives each call a tone for a moment, and gives it back."""

    def __init__(self, seconds: float) -> None:
        self._frames = int(seconds * 50)
        self.heard_bytes = 0
        """Sound that came from callers."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Frames of 20 ms: kind 0x10, 320 bytes, signed linear (``res_audiosocket.h``); 0x00 is the end."""
        sound = b"".join(struct.pack("<h", int(sample)) for sample in tone(20, 1000))
        with contextlib.suppress(ConnectionError):
            for _ in range(self._frames):
                writer.write(struct.pack(">BH", 0x10, len(sound)) + sound)
                await asyncio.sleep(0.02)
            writer.write(b"\x00\x00\x00")
            await writer.drain()
            self.heard_bytes += len(await reader.read())
        writer.close()

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        """Its port."""
        server = await asyncio.start_server(self.serve, LOOPBACK, 0)
        async with server:
            yield server.sockets[0].getsockname()[1]
