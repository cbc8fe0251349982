"""The whole engine with the API and the console before it, in a process that is made to be killed, again and again.

Run as ``python -m tests.support.engine_worker FOLDER STORE ASTERISK CONSOLE ORIGIN``: ASTERISK and CONSOLE are ports of
loopback, ORIGIN is where browsers reach the console. For each line that it reads it becomes two, one of which serves at
FOLDER/vocero.sock and at the console's port; it says that one's process, and waits for its end.
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from cti_api.clock import SystemClock
from cti_api.metrics.families import Families
from cti_api.metrics.observe import Observer
from cti_api.settings import LimitSettings
from cti_api.sip_accounts import SipAccounts
from cti_api.sounds import CampaignSounds
from cti_api.store.store import Store
from cti_api.streams.presence import Presence
from cti_api.streams.seats import Seats
from cti_api.web.app import create_app, create_console_app
from cti_api.web.handed import Handed
from cti_api.web.known import ConsoleKeeper
from cti_api.web.serve import StrangersMay, serve_tcp, serve_unix
from dialer.ami.session import AmiAddress
from dialer.engine.port import EnginePort
from tests.support.ami_fake import AmiFake
from tests.support.house import address_of, an_engine
from vocero.lab.ports import LOOPBACK

CLOCK = SystemClock()


@dataclass(frozen=True, slots=True)
class Doors:
    """Made once: what takes long is over when there are two of us."""

    api: FastAPI
    console: FastAPI
    port: int
    """Of the console."""


async def serve(folder: Path, url: str, asterisk: AmiAddress, doors: Doors) -> None:
    registry = CollectorRegistry()
    async with Store.open(url, clock=CLOCK) as store:
        link, engine = an_engine(store, asterisk, folder)
        await engine.load()
        dialer = EnginePort(engine, SipAccounts(folder / "none"), CLOCK.now())
        seats = Seats(dialer, CLOCK, presence=Presence())
        doors.api.state.handed = doors.console.state.handed = Handed(
            store=store,
            dialer=dialer,
            clock=CLOCK,
            observer=Observer(Families(registry)),
            registry=registry,
            sounds=CampaignSounds(folder / "sounds"),
            recordings=folder / "recordings",
            journal=folder / "journal.csv",
            seats=seats,
        )
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(link.run())
            tasks.create_task(engine.run(asyncio.Event()))
            tasks.create_task(seats.run())
            tasks.create_task(serve_unix(doors.api, folder / "vocero.sock"))
            tasks.create_task(serve_tcp(doors.console, LOOPBACK, doors.port, may=StrangersMay(long_answers=True)))


def main(folder: Path, url: str, asterisk: int, console: int, origin: str) -> None:
    keeper, limits, nothing = ConsoleKeeper(base_url=origin), LimitSettings(), cast(Handed, None)
    doors = Doors(create_app(nothing, limits), create_console_app(nothing, limits, keeper), console)
    address = address_of(AmiFake(port=asterisk))
    for _ in sys.stdin:
        process = os.fork()
        if not process:
            asyncio.run(serve(folder, url, address, doors))
        sys.stdout.write(f"{process}\n")
        sys.stdout.flush()
        os.waitpid(process, 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
