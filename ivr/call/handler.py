"""Leads the calls that Asterisk hands us, one task each: over their sound, and by keys alone where that is lost."""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID, uuid4

from audio.hearing import Ears
from audio.server import Arrival, AudioServer
from audio.session import AudioSession
from cti_api.clock import Clock
from cti_api.errors import ActionRefused, LinkDown
from cti_api.model.ids import QueueId
from ivr.agi import verbs
from ivr.agi.session import AgiSession, CallOver
from ivr.agi.verbs import InboundCall, Next
from ivr.call.leaving import Conversation, Leaving, ToQueue, ToTransfer
from ivr.call.over_keys import OverKeys
from ivr.call.over_sound import OverSound
from ivr.call.talk import Lost, Sounds
from ivr.hearing import Hearing

ARRIVES_SECONDS: Final = 2.0
"""For a call's sound to come once Asterisk is told where to bring it."""
SOUND_SECONDS: Final = 900.0
"""A call's sound at most; the call itself is over by then (`ivr.agi.session.CallLimits`)."""
FOLDER_OF_A_CALL: Final = ".call-"
"""Begins the name of a folder with a call's prompts; no campaign's name does."""
MOST_AWAY: Final = 2_000
"""Callers who went to a queue and may come back; whose place is forgotten begins anew."""

log = logging.getLogger(__name__)


class Begins(Protocol):
    """Says what leads a call."""

    async def begin(self, call: InboundCall) -> Conversation:
        """Raises `VoceroError` where nothing does: the dialplan then plays its fallback."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """Everything that calls are led with."""

    sound: AudioServer
    sound_host: str
    sound_port: int
    """Where Asterisk finds it."""
    ears: Ears
    hearing: Hearing
    sounds: Sounds
    shared: Path
    """A folder in which Asterisk finds files of ours."""
    clock: Clock
    pause_seconds: float = 0.5
    """Silence that ends an answer in words."""


class CallHandler:
    """`ivr.agi.server.Handler`."""

    def __init__(self, means: Means, begins: Begins, called: Begins) -> None:
        """`called`: for people whom we called; `begins` for the others."""
        self._means, self._begins, self._called = means, begins, called
        self._away: OrderedDict[str, Conversation] = OrderedDict()

    async def answer(self, call: AgiSession) -> None:
        """Lead a call until it ends or goes elsewhere. `CallOver` passes; whatever else fails, the dialplan plays its
        fallback."""
        conversation = await self._conversation(call)
        if conversation is None:
            await call.leave(Next.HANG_UP)
            return
        done = False
        try:
            leaving = await self._lead(call, conversation)
            await self._leave(call, conversation, leaving)
            done = True
        except CallOver:
            await conversation.gone()
            done = True
            raise
        finally:
            if not done:
                await conversation.broken()

    async def _conversation(self, call: AgiSession) -> Conversation | None:
        """The one that leads this call. None: it comes back from a talk, and nobody knows what was to follow."""
        inbound = call.inbound
        known = self._away.pop(inbound.id, None)
        if known is not None:
            await known.came_back(inbound.returned)
            return known
        if inbound.returned == "done":
            return None
        called = inbound.entry in (verbs.SURVEY, verbs.AFTER)
        return await (self._called if called else self._begins).begin(inbound)

    async def _leave(self, call: AgiSession, conversation: Conversation, leaving: Leaving) -> None:
        match leaving:
            case ToQueue():
                await call.leave_for_queue(
                    QueueId(leaving.queue),
                    most_wait_seconds=leaving.most_wait_seconds,
                    offers_call_back=leaving.offers_call_back,
                )
                await self._hand_over(call, conversation)
            case ToTransfer(to=to, ring_seconds=ring_seconds):
                await call.leave_for_transfer(to, ring_seconds=ring_seconds)
                await self._hand_over(call, conversation)
            case _:
                await call.leave(Next.HANG_UP)

    async def _hand_over(self, call: AgiSession, conversation: Conversation) -> None:
        """The dialplan goes on only once our session is over."""
        await conversation.handed_over()
        self._away[call.inbound.id] = conversation
        while len(self._away) > MOST_AWAY:
            self._away.popitem(last=False)

    async def _lead(self, call: AgiSession, conversation: Conversation) -> Leaving:
        if call.inbound.entry == verbs.SURVEY:
            await call.meet()
        else:
            await call.answer()
        try:
            return await self._over_sound(call, conversation)
        except Lost as lost:
            log.warning("a call goes on by keys", extra={"call": call.inbound.id, "why": str(lost)})
        with _folder_for_asterisk(self._means.shared) as folder:
            return await conversation.go_on(OverKeys(call, self._means.sounds, folder))

    async def _over_sound(self, call: AgiSession, conversation: Conversation) -> Leaving:
        means, sound_id = self._means, uuid4()
        if not await means.sound.is_reached(means.sound_host, means.sound_port):
            raise Lost("no sound can be brought to us")
        leaving: Leaving | None = None
        lost: Lost | None = None
        with means.sound.expecting(sound_id) as arrival:
            async with asyncio.TaskGroup() as tasks:
                over = tasks.create_task(
                    _connected(call, sound_id, means.sound_host, means.sound_port), name="ivr.sound"
                )
                try:
                    async with (
                        await _arrived(arrival, over) as session,
                        means.ears.hearing(session) as ear,
                    ):
                        talk = OverSound(session, ear, means.hearing, means.sounds, means.clock, means.pause_seconds)
                        leaving = await conversation.go_on(talk)
                except Lost as error:
                    lost = error
        if (call_over := over.result()) is not None:
            raise call_over
        if leaving is None:
            raise lost or Lost("the sound ended")
        return leaving


def remove_left_folders(shared: Path) -> None:
    """Those of calls that an earlier process did not end: what it said to callers is in them. Blocks."""
    for folder in shared.glob(f"{FOLDER_OF_A_CALL}*"):
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _folder_for_asterisk(within: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=FOLDER_OF_A_CALL, dir=within) as folder:
        Path(folder).chmod(0o755)  # Asterisk may be another user
        yield Path(folder)


async def _connected(call: AgiSession, sound_id: UUID, host: str, port: int) -> CallOver | None:
    """Returns when the sound has come back to the dialplan, or never left it; what it returns is the end of the call.
    Not to be cancelled: that would end the call."""
    try:
        await call.connect_sound(sound_id, host, port, seconds=SOUND_SECONDS)
    except CallOver as over:
        return over
    except ActionRefused as refused:
        log.error("a call's sound cannot be connected", extra={"why": str(refused)})
    return None


async def _arrived(arrival: Arrival, connecting: asyncio.Task[CallOver | None]) -> AudioSession:
    """The sound of the call. Raises `Lost` as soon as it is known not to come."""
    async with asyncio.TaskGroup() as tasks:
        coming = tasks.create_task(_session(arrival), name="ivr.sound.arrives")
        connecting.add_done_callback(lambda _: coming.cancel())
    session = None if coming.cancelled() else coming.result()
    if session is None:
        raise Lost("the sound server was not reached")
    return session


async def _session(arrival: Arrival) -> AudioSession | None:
    try:
        return await arrival.session(ARRIVES_SECONDS)
    except LinkDown:
        return None
