"""The engine: its loops, and who hands what to whom."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final

from cti_api.model.agents import taken_up
from cti_api.model.campaigns import CampaignSpec, CampaignState, PacingMode
from cti_api.queue_file import parse_queue
from dialer.engine.by_hand import ByHand
from dialer.engine.call_backs import CallBacks
from dialer.engine.caller_closing import CallerClosing
from dialer.engine.caller_settling import CallerSettling
from dialer.engine.calling_back import CallingBack
from dialer.engine.campaigns import Campaigns
from dialer.engine.closing import Closing
from dialer.engine.connecting import Connecting
from dialer.engine.consulting import Consulting
from dialer.engine.desk import Desk
from dialer.engine.dialing import Dialing
from dialer.engine.dispatch import Dispatch
from dialer.engine.floor import Floor
from dialer.engine.handing_on import HandingOn
from dialer.engine.holding import Holding
from dialer.engine.invitations import Invitations
from dialer.engine.missed import MissedCallbacks
from dialer.engine.placing import Placing
from dialer.engine.progress import Progress
from dialer.engine.reception import Reception
from dialer.engine.recordings import Recordings
from dialer.engine.reminders import Reminders
from dialer.engine.settling import Settling
from dialer.engine.supervise import supervised
from dialer.engine.supervising import Supervising
from dialer.engine.surveyed import Surveyed
from dialer.engine.watch import Watch

TICK_SECONDS: Final = 0.25
"""How often deadlines (wrap-up, offers, previews) are looked at."""

STOP_SECONDS: Final = 5.0
"""How long the last records may take when the process is asked to stop."""

log = logging.getLogger(__name__)


class _Stopped(Exception):
    """Ends the engine's tasks, and goes no further."""


class Engine:
    """Everything that runs. Calls live in Asterisk: stopping the engine ends none of them."""

    def __init__(self, floor: Floor, recordings: Path) -> None:
        self.floor = floor
        self.reception = Reception(floor)
        self.connecting = Connecting(floor, self.reception)
        self.campaigns = Campaigns(floor)
        self.calling_back = CallingBack(floor, self.campaigns)
        self.handing = HandingOn(floor, self.connecting, self.reception)
        self.callers = CallerClosing(floor, self.reception, self.connecting, self.calling_back, self.handing)
        self.recordings = Recordings(floor, recordings)
        self.closing = Closing(floor, self.connecting, self.recordings)
        self.desk = Desk(floor, self.connecting, self.closing, self.callers, self.reception)
        self.progress = Progress(floor, self.connecting, self.closing, self.handing)
        self.consulting = Consulting(floor, self.connecting, self.handing)
        found = CallerSettling(floor, self.reception, self.callers)
        self.settling = Settling(floor, self.connecting, self.progress, self.closing, self.desk, found, self.consulting)
        self.supervising = Supervising(floor, self.connecting)
        self.holding = Holding(floor, self.connecting.match)
        self.dispatch = Dispatch(
            floor,
            self.progress,
            self.closing,
            self.desk,
            self.settling,
            self.callers,
            self.holding,
            self.handing,
            self.supervising,
            self.consulting,
        )
        self.placing = Placing(floor, self.closing)
        self.by_hand = ByHand(floor, self.placing)
        self.dialing = Dialing(floor, self.campaigns, self.connecting, self.placing, self.by_hand, self.reception)
        self.call_backs = CallBacks(floor, self.campaigns, self.reception, self.callers, self.by_hand)
        self.reminders = Reminders(floor)
        self.missed = MissedCallbacks(floor, lambda: [run.spec for run in self.campaigns.runs.values()])
        self.surveyed = Surveyed(floor, self.closing)
        self.invitations = Invitations(floor, self._agentless)
        self.watch = Watch(floor, self.by_hand)

    async def load(self) -> None:
        """Take agents and campaigns up from the store: before anybody asks, and before `run`."""
        floor = self.floor
        present = await floor.store.agents.present()
        for agent in await floor.store.agents.all():
            status = present.get(agent.id)
            floor.board.put(agent, floor.clock.now(), taken_up(status) if status is not None else None)
        for queue in await floor.store.queues.all():
            floor.queues[queue.id] = parse_queue(queue.spec_text)
        await self.campaigns.load()

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set; then place nothing more, write what is still to be written, and return."""
        try:
            async with self.floor.tasks as tasks:
                for name, loop in self._loops():
                    tasks.create_task(supervised(name, loop, self.floor.clock), name=name)
                await stop.wait()
                await self._wind_up()
                # Ends the loops, and every act that still waits for Asterisk's answer: a softphone may ring for 20 s.
                raise _Stopped
        except* _Stopped:
            log.info("stopped")

    def _loops(self) -> Iterator[tuple[str, Callable[[], Awaitable[None]]]]:
        yield "dispatch", self.dispatch.run
        yield "record", self.floor.recorder.run
        yield "settle", self.settling.run
        yield "dial", self.dialing.run
        yield "tick", self._tick
        yield "call backs", self.call_backs.run
        yield "callbacks", self.missed.run
        yield "recordings", self.recordings.run
        yield "reminders", self.reminders.run
        yield "surveyed", self.surveyed.run
        yield "invitations", self.invitations.run
        yield "lag", self.watch.lag
        yield "clock", self.watch.clock
        yield "memory", self.watch.memory
        if self.floor.pacing_journals is not None:
            yield "pacing journals", self.floor.pacing_journals.run

    def _agentless(self) -> list[CampaignSpec]:
        """Campaigns without agents that are running."""
        runs = [run for run in self.campaigns.runs.values() if run.state is CampaignState.RUNNING]
        return [run.spec for run in runs if run.spec.mode is PacingMode.AGENTLESS]

    async def _wind_up(self) -> None:
        """Place nothing more, and write what is still to be written."""
        self.floor.stopping = True
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self.floor.recorder.drained()
        except TimeoutError:
            log.error("stopped with outcomes not written", extra={"outcomes": self.floor.recorder.depth})
        await self.campaigns.give_back()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self.connecting.check_offers()
            self.closing.end_refused()
            self.closing.expire_wrap_ups()
            self.reception.tick()
            self.handing.tick()
            self.supervising.look()
            self.consulting.look()
            self.callers.expire_wrap_ups()
            self.by_hand.expire()
            self.desk.tend()
