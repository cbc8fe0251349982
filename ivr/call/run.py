"""Everything that answers callers, from the settings, in one block."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
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
from cti_api.model.ids import CampaignId
from cti_api.store.store import Store
from ivr.agi.server import AgiServer, ServerLimits
from ivr.call.called import CalledPeople
from ivr.call.desk import LooksUp
from ivr.call.front_door import FrontDoor
from ivr.call.handler import CallHandler, Means, remove_left_folders
from ivr.call.store_desk import BooksCallBacks, StoreDesk
from ivr.call.trees import TreesInForce
from ivr.call.writing_out import WritingOut
from ivr.hearing import hearing
from ivr.prompts import Sounds
from ivr.prompts_ahead import PromptsAhead

TIDY_SECONDS: Final = 4.0
"""Once a caller has left: a look-up or a recogniser may have three seconds' work for them yet."""

log = logging.getLogger(__name__)


class Lines:
    """How many more calls could be led now."""

    def __init__(self) -> None:
        self.server: AgiServer | None = None

    def __call__(self) -> int:
        return self.server.room if self.server is not None else 0


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
    lines: Lines = field(default_factory=Lines)
    sound_told: int | None = None
    """The port that Asterisk is told for the calls' sound, where it is not the settings' own."""

    async def run(self, stop: asyncio.Event, ready: Callable[[], None] | None = None) -> None:
        """Until `stop` is set, and calls under way have had a moment. `ready` is called once Asterisk can ask.

        Raises `Conflict` or `Unreachable` for a port that is taken.
        """
        store, clock = self.store, self.clock
        if cut := await store.front_desk.settle(clock.now()):
            log.info("calls of an earlier process are over", extra={"calls": cut})
        await asyncio.to_thread(remove_left_folders, self.shared)
        async with AsyncExitStack() as stack:
            sound = await stack.enter_async_context(AudioServer(self.settings.host, self.settings.sound_port, clock))
            ears = await stack.enter_async_context(Ears())
            heard = await stack.enter_async_context(hearing(self.models, clock))
            trees, voice = TreesInForce(store.trees), _voice(self.settings.voice)
            means = Means(
                sound=sound,
                sound_host=self.settings.host,
                sound_port=sound.port if self.sound_told is None else self.sound_told,
                ears=ears,
                hearing=heard,
                sounds=Sounds(self.settings.prompts, Speaker(voice) if voice is not None else None),
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
                leaflets=CampaignId(self.settings.leaflets) if self.settings.leaflets else None,
            )
            door = FrontDoor(
                trees=trees,
                desk=desk,
                look_ups=self.look_ups,
                record=store.front_desk,
                recordings=self.recordings,
                region=self.region,
                clock=clock,
            )
            called = CalledPeople(store=store, recordings=self.recordings, clock=clock)
            limits = ServerLimits(tidy_seconds=TIDY_SECONDS)
            handler = CallHandler(means, door, called)
            server = AgiServer(handler, self.settings.host, self.settings.port, limits)
            self.lines.server = server
            async with asyncio.TaskGroup() as tasks:
                behind = tasks.create_task(WritingOut(store, heard, self.recordings, clock).run(), name="ivr.text")
                beside = [behind]
                if voice is not None:
                    ahead = PromptsAhead(store, trees, self.settings.prompts, voice)
                    beside.append(tasks.create_task(ahead.run(), name="ivr.prompts"))
                await server.run(stop, ready)
                for task in beside:
                    task.cancel()


def _voice(name: str) -> EspeakNg | None:
    try:
        return EspeakNg(name)
    except SettingsError as error:
        log.warning("prompts that were not made beforehand cannot be said", extra={"why": str(error)})
        return None
