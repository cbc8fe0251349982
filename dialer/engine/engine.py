"""The engine: its loops, and who hands what to whom."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Final

from dialer.agents.states import taken_up
from dialer.engine.by_hand import ByHand
from dialer.engine.closing import Closing
from dialer.engine.connecting import Connecting
from dialer.engine.desk import Desk
from dialer.engine.dialing import Dialing
from dialer.engine.dispatch import Dispatch
from dialer.engine.floor import Floor
from dialer.engine.placing import Placing
from dialer.engine.progress import Progress
from dialer.engine.recordings import Recordings
from dialer.engine.settling import Settling
from dialer.engine.supervise import supervised
from dialer.engine.watch import Watch

TICK_SECONDS: Final = 0.25
"""How often deadlines (wrap-up, offers, previews) are looked at."""

STOP_SECONDS: Final = 5.0
"""How long the last records may take when the process is asked to stop."""

log = logging.getLogger(__name__)


class Engine:
    """Everything that runs. Calls live in Asterisk: stopping the engine ends none of them."""

    def __init__(self, floor: Floor, recordings: Path) -> None:
        self.floor = floor
        self.connecting = Connecting(floor)
        self.recordings = Recordings(floor, recordings)
        self.closing = Closing(floor, self.connecting, self.recordings)
        self.desk = Desk(floor, self.connecting, self.closing)
        self.progress = Progress(floor, self.connecting, self.closing)
        self.settling = Settling(floor, self.connecting, self.progress, self.closing, self.desk)
        self.dispatch = Dispatch(floor, self.progress, self.closing, self.desk, self.settling)
        self.placing = Placing(floor, self.closing)
        self.by_hand = ByHand(floor, self.placing)
        self.dialing = Dialing(floor, self.connecting, self.placing, self.by_hand)
        self.watch = Watch(floor)

    async def load(self) -> None:
        """Take agents and campaigns up from the store: before anybody asks, and before `run`."""
        floor = self.floor
        present = await floor.store.agents.present()
        for agent in await floor.store.agents.all():
            status = present.get(agent.id)
            floor.board.put(agent, floor.clock.now(), taken_up(status) if status is not None else None)
        await self.dialing.load()

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set; then place nothing more, write what is still to be written, and return."""
        floor = self.floor
        async with floor.tasks as tasks:
            loops = [
                tasks.create_task(supervised(name, loop, floor.clock), name=name)
                for name, loop in (
                    ("dispatch", self.dispatch.run),
                    ("record", floor.recorder.run),
                    ("settle", self.settling.run),
                    ("dial", self.dialing.run),
                    ("tick", self._tick),
                    ("recordings", self.recordings.run),
                    ("lag", self.watch.lag),
                    ("clock", self.watch.clock),
                )
            ]
            await stop.wait()
            floor.stopping = True
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await floor.recorder.drained()
            except TimeoutError:
                log.error("stopped with outcomes not written", extra={"outcomes": floor.recorder.depth})
            await self.dialing.give_back()
            for task in loops:
                task.cancel()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self.connecting.check_offers()
            self.closing.end_refused()
            self.closing.expire_wrap_ups()
            self.by_hand.expire()
            self.desk.tend()
