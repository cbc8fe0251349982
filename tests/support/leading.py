"""What leads calls, served on the wires without an Asterisk: any conversation, or the store's trees."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from audio.hearing import Ears
from audio.recognition_wire import Model
from audio.server import AudioServer
from cti_api.clock import SystemClock
from ivr.agi.server import AgiServer, ServerLimits
from ivr.agi.verbs import InboundCall
from ivr.call.handler import Begins, CallHandler, Means
from ivr.call.leaving import Conversation, Leaving, ToTheEnd
from ivr.call.talk import Talk
from ivr.hearing import hearing
from tests.support.agi_handlers import serving
from tests.support.shift import until
from tests.support.wired_caller import SOON, Voices, WiredCaller
from vocero.lab.ports import LOOPBACK

CLOCK = SystemClock()


@dataclass
class Said:
    """A conversation made of a function; what became of it is written down."""

    how: Callable[[Talk], Awaitable[Leaving | None]]
    talks: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    async def begin(self, call: InboundCall) -> Conversation:
        return self

    async def go_on(self, talk: Talk) -> Leaving:
        self.talks.append(type(talk).__name__)
        return await self.how(talk) or ToTheEnd()

    async def came_back(self, returned: str) -> None:
        self.told.append(f"came back: {returned}")

    async def handed_over(self) -> None:
        self.told.append("handed over")

    async def gone(self) -> None:
        self.told.append("gone")

    async def broken(self) -> None:
        self.told.append("broken")


@dataclass(frozen=True, kw_only=True)
class Leading:
    server: AgiServer
    sound: AudioServer
    voices: Voices

    def caller(self, *, call_id: str = "", returned: str = "", away: bool = False, plays: bool = True) -> WiredCaller:
        return WiredCaller(self.server.port, self.voices, call_id=call_id, returned=returned, away=away, plays=plays)


@contextlib.asynccontextmanager
async def leading(
    begins: Begins,
    folder: Path,
    *,
    models: Sequence[Model] = (),
    voices: Voices | None = None,
    limits: ServerLimits | None = None,
) -> AsyncIterator[Leading]:
    """Answers as long as the block lasts; nothing may be left of any call at its end."""
    voices = voices or Voices()
    async with AudioServer(LOOPBACK, 0, CLOCK) as sound, Ears() as ears, hearing(models, CLOCK) as heard:
        means = Means(
            sound=sound,
            sound_host=LOOPBACK,
            sound_port=sound.port,
            ears=ears,
            hearing=heard,
            sounds=voices,
            shared=folder,
            clock=CLOCK,
        )
        async with serving(CallHandler(means, begins, begins), limits=limits) as server:
            yield Leading(server=server, sound=sound, voices=voices)
            await until(lambda: not server.busy, SOON, "every call is over")
        named = [task.get_name() for task in asyncio.all_tasks()]
        assert not [name for name in named if name.startswith(("audio.read", "audio.write", "ivr.", "agi."))]
