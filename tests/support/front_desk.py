"""The front desk as it runs: store, published trees, sound, ears, and the server that Asterisk asks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from audio.recognition_wire import Model
from cti_api.clock import SystemClock
from cti_api.errors import NotFound
from cti_api.inbound_settings import IvrSettings
from cti_api.model.ids import QueueId
from cti_api.model.phone import PhoneNumber
from cti_api.store.store import Store
from ivr.call.desk import LooksUp
from ivr.call.run import Answering
from ivr.look_ups.look_ups import LookUps
from ivr.tree.published import PublishedTrees
from tests.support.store_file import new_store
from vocero.lab.ports import LOOPBACK

CLOCK = SystemClock()


@dataclass
class Queues:
    """Where call backs are booked: the queues there are, and who asked."""

    names: frozenset[str] = frozenset()
    booked: list[tuple[str, str]] = field(default_factory=list)

    async def book_call_back(self, queue: QueueId, call_id: str, number: PhoneNumber) -> None:
        if queue not in self.names:
            raise NotFound(f"There is no queue {queue}.")
        self.booked.append((queue, number.e164))


@dataclass(frozen=True, kw_only=True)
class FrontDesk:
    store: Store
    queues: Queues
    recordings: Path


@contextlib.asynccontextmanager
async def front_desk(
    folder: Path,
    ports: tuple[int, int],
    *trees: str,
    models: Sequence[Model] = (),
    look_ups: LooksUp | None = None,
    queues: frozenset[str] = frozenset(),
    pause_seconds: float = 0.5,
    sound_told: int | None = None,
) -> AsyncIterator[FrontDesk]:
    """Answers with these trees (their texts) as long as the block lasts; `ports`: of FastAGI and of AudioSocket;
    `sound_told`: the port that Asterisk is told in place of that."""
    for name in ("recordings", "shared", "prompts"):
        (folder / name).mkdir(exist_ok=True)
    async with Store.open(await new_store(folder), clock=CLOCK) as store:
        reader = PublishedTrees()
        for text in trees:
            tree, title = reader.checked(text, {})
            await store.trees.publish(tree, title, text, "ana", CLOCK.now())
        booking = Queues(queues)
        answering = Answering(
            settings=IvrSettings(host=LOOPBACK, port=ports[0], sound_port=ports[1], prompts=folder / "prompts"),
            models=list(models),
            pause_seconds=pause_seconds,
            store=store,
            call_backs=booking,
            look_ups=look_ups or LookUps((), CLOCK),
            recordings=folder / "recordings",
            shared=folder / "shared",
            region="CO",
            clock=CLOCK,
            sound_told=sound_told,
        )
        stop, ready = asyncio.Event(), asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(answering.run(stop, ready.set), name="front desk")
            await ready.wait()
            try:
                yield FrontDesk(store=store, queues=booking, recordings=folder / "recordings")
            finally:
                stop.set()
