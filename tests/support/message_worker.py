"""A process that plans and sends what follows the calls, with the public door open. Made to be killed.

    python -m tests.support.message_worker URL PROVIDER_PORT MAIL_PORT PUBLIC_PORT AHEAD

Its clock is AHEAD seconds ahead of the real one. It prints ``ready`` once it works.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from prometheus_client import CollectorRegistry

from cti_api.clock import SystemClock
from cti_api.law.on_disk import packs_on_disk
from cti_api.message_settings import MessageSettings
from cti_api.messages.office import Office
from cti_api.metrics.families import Families
from cti_api.metrics.observe import Observer
from cti_api.ports import DialerPort
from cti_api.relay import Relay
from cti_api.sounds import CampaignSounds
from cti_api.store.store import Store
from cti_api.web.app import create_public_app
from cti_api.web.handed import Handed
from cti_api.web.hooks import hooks
from cti_api.web.serve import serve_tcp
from tests.support.whatsapp_provider import Provider
from tests.support.wire_smtp import smtp_settings

SEND_SECONDS = 0.4
"""A provider that does not answer is not waited for as long as in earnest."""

DECIDED_HOURS = 480
"""Longer than all the days of the test: reports come at their end."""
PER_SECOND = 40
"""Few enough that there is something left to kill."""


class ShiftedClock:
    """The real clock, so much ahead."""

    def __init__(self, ahead: timedelta) -> None:
        self._real = SystemClock()
        self._ahead = ahead

    def now(self) -> datetime:
        return self._real.now() + self._ahead

    def monotonic(self) -> float:
        return self._real.monotonic()


async def main(url: str, provider: int, mail: int, public: int, ahead: timedelta) -> None:
    logging.getLogger("cti_api").setLevel(logging.ERROR)  # a fifth of its messages fail, and that is no news
    clock = ShiftedClock(ahead)
    settings = MessageSettings(
        whatsapp=Provider().settings(provider, per_second=PER_SECOND),
        email=smtp_settings(mail, per_second=PER_SECOND),
        decided_hours=DECIDED_HOURS,
    )
    async with Store.open(url, clock=clock) as store:
        await store.lease.acquire("worker", clock.now())
        handed = Handed(
            store=store,
            dialer=cast(DialerPort, None),
            clock=clock,
            observer=Observer(Families(CollectorRegistry())),
            registry=CollectorRegistry(),
            sounds=CampaignSounds(Path("/nowhere")),
            recordings=Path("/nowhere"),
            journal=Path("/nowhere"),
        )
        relay = Relay(store.outbox)
        packs = packs_on_disk(None)
        office = Office(store, settings, lambda: packs, clock, send_seconds=SEND_SECONDS)
        ready = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(relay.run())
            tasks.create_task(office.run(relay))
            tasks.create_task(serve_tcp(create_public_app(handed, hooks(settings)), "127.0.0.1", public, ready.set))
            await ready.wait()
            sys.stdout.write("ready\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], *map(int, sys.argv[2:5]), timedelta(seconds=float(sys.argv[5]))))
