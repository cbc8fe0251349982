"""The store's trees and surveys, served on the wires: what stands behind a number that is called."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from audio.recognition_wire import Model
from cti_api.model.surveys import SurveyId
from cti_api.store.front_desk import StoredCall
from cti_api.store.store import Store
from ivr.call.desk import LooksUp
from ivr.call.front_door import FrontDoor
from ivr.call.store_desk import StoreDesk
from ivr.call.trees import TreesInForce
from ivr.look_ups.look_ups import LookUps
from ivr.tree.published import PublishedTrees
from tests.support.front_desk import Queues
from tests.support.leading import CLOCK, Leading, leading
from tests.support.store_file import new_store
from tests.support.wired_caller import Voices


@dataclass(frozen=True, kw_only=True)
class Door:
    """What tests look at."""

    led: Leading
    store: Store
    queues: Queues
    folder: Path

    async def publish(self, text: str) -> None:
        tree, title = PublishedTrees().checked(text, {})
        await self.store.trees.publish(tree, title, text, "ana", CLOCK.now())

    async def call(self) -> StoredCall:
        """The latest."""
        (found, *_) = await self.store.front_desk.latest()
        return found

    async def way(self) -> list[str]:
        """Of the latest call: each node, and the way by which it was left."""
        found = await self.call()
        return [f"{left.node}.{left.way}" for left in await self.store.front_desk.way_of(found.call.id)]


@contextlib.asynccontextmanager
async def front_door(
    folder: Path,
    *trees: str,
    surveys: Sequence[str] = (),
    look_ups: LooksUp | None = None,
    queues: frozenset[str] = frozenset(),
    models: Sequence[Model] = (),
    voices: Voices | None = None,
) -> AsyncIterator[Door]:
    """As long as the block lasts."""
    async with Store.open(await new_store(folder), clock=CLOCK) as store:
        for survey in surveys:
            await store.surveys.publish(SurveyId("encuesta"), "Encuesta", survey, CLOCK.now())
        booking = Queues(queues)
        for name in ("recordings", "shared"):
            (folder / name).mkdir()
        recordings = folder / "recordings"
        door = FrontDoor(
            trees=TreesInForce(store.trees),
            desk=StoreDesk(store=store, call_backs=booking, recordings=recordings, clock=CLOCK, region="CO"),
            look_ups=look_ups or LookUps((), CLOCK),
            record=store.front_desk,
            recordings=recordings,
            region="CO",
            clock=CLOCK,
        )
        async with leading(door, folder / "shared", models=models, voices=voices) as led:
            made = Door(led=led, store=store, queues=booking, folder=folder)
            for tree in trees:
                await made.publish(tree)
            yield made
