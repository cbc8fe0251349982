"""Takes dispositions over the API, in a process that is made to be killed, again and again.

Run as ``python -m tests.support.disposing_worker FOLDER``: for each line that it reads it becomes two, one of which
serves the store in that folder; it says that one's process, and waits for its end.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import cast

from prometheus_client import CollectorRegistry

from cti_api.clock import SystemClock
from cti_api.metrics.families import Families
from cti_api.metrics.observe import Observer
from cti_api.settings import LimitSettings
from cti_api.sounds import CampaignSounds
from cti_api.store.store import Store
from cti_api.web.app import create_app
from cti_api.web.handed import Handed
from cti_api.web.serve import serve_unix
from tests.support.dialer_port import QuietDialer

CLOCK = SystemClock()
APP = create_app(cast(Handed, None), LimitSettings())
"""Made once: what takes long is over when there are two of us."""


async def serve(folder: Path) -> None:
    registry = CollectorRegistry()
    async with Store.open(f"sqlite:///{folder / 'vocero.db'}", clock=CLOCK) as store:
        dialer = QuietDialer(store, CLOCK)
        for agent in await store.agents.all():
            dialer.take_up(agent)
        APP.state.handed = Handed(
            store=store,
            dialer=dialer,
            clock=CLOCK,
            observer=Observer(Families(registry)),
            registry=registry,
            sounds=CampaignSounds(folder / "sounds"),
            recordings=folder / "recordings",
            journal=folder / "journal.csv",
        )
        await serve_unix(APP, folder / "vocero.sock")


def main(folder: Path) -> None:
    for _ in sys.stdin:
        process = os.fork()
        if not process:
            asyncio.run(serve(folder))
        sys.stdout.write(f"{process}\n")
        sys.stdout.flush()
        os.waitpid(process, 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
