"""Everything that answers callers, from the settings, in one block."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audio.hearing import Ears
from audio.recognition_wire import Model
from audio.server import AudioServer
from audio.speaker import Speaker
from audio.synthesis import EspeakNg
from cti_api.clock import Clock
from cti_api.errors import SettingsError
from cti_api.inbound_settings import IvrSettings
from cti_api.store.store import Store
from ivr.agi.server import AgiServer, ServerLimits
from ivr.call.desk import LooksUp
from ivr.call.front_door import FrontDoor
from ivr.call.handler import CallHandler, Means
from ivr.call.store_desk import BooksCallBacks, StoreDesk
from ivr.call.trees import TreesInForce
from ivr.call.writing_out import WritingOut
from ivr.hearing import hearing
from ivr.prompts import Sounds

TIDY_SECONDS: Final = 4.0
"""Once a caller has left: a look-up or a recogniser may have three seconds' work for them yet."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """`run` answers callers."""

    settings: IvrSettings
    models: list[Model]
    pause_seconds: float
    """Silence that ends an answer in words."""
    store: Store
    call_backs: BooksCallBacks
    look_ups: LooksUp
    recordings: Path
    shared: Path
    """A folder in which Asterisk finds files of ours."""
    region: str
    clock: Clock
    sound_told: int | None = None
    """The port that Asterisk is told for the calls' sound, where it is not the settings' own."""

    async def run(self, stop: asyncio.Event, ready: Callable[[], None] | None = None) -> None:
        """Until `stop` is set, and calls under way have had a moment. `ready` is called once Asterisk can ask.

        Raises `Conflict` or `Unreachable` for a port that is taken.
        """
        store, clock = self.store, self.clock
        if cut := await store.front_desk.settle(clock.now()):
            log.info("calls of an earlier process are over", extra={"calls": cut})
        async with AsyncExitStack() as stack:
            sound = await stack.enter_async_context(AudioServer(self.settings.host, self.settings.sound_port, clock))
            ears = await stack.enter_async_context(Ears())
            heard = await stack.enter_async_context(hearing(self.models, clock))
            means = Means(
                sound=sound,
                sound_host=self.settings.host,
                sound_port=sound.port if self.sound_told is None else self.sound_told,
                ears=ears,
                hearing=heard,
                sounds=Sounds(self.settings.prompts, _speaker(self.settings.voice)),
                shared=self.shared,
                clock=clock,
                pause_seconds=self.pause_seconds,
            )
            desk = StoreDesk(
                store=store,
                call_backs=self.call_backs,
                recordings=self.recordings,
                clock=clock,
                region=self.region,
            )
            door = FrontDoor(
                trees=TreesInForce(store.trees),
                desk=desk,
                look_ups=self.look_ups,
                record=store.front_desk,
                recordings=self.recordings,
                region=self.region,
                clock=clock,
            )
            limits = ServerLimits(tidy_seconds=TIDY_SECONDS)
            server = AgiServer(CallHandler(means, door), self.settings.host, self.settings.port, limits)
            async with asyncio.TaskGroup() as tasks:
                behind = tasks.create_task(WritingOut(store, heard, self.recordings, clock).run(), name="ivr.text")
                await server.run(stop, ready)
                behind.cancel()


def _speaker(voice: str) -> Speaker | None:
    try:
        return Speaker(EspeakNg(voice))
    except SettingsError as error:
        log.warning("prompts that were not made beforehand cannot be said", extra={"why": str(error)})
        return None
