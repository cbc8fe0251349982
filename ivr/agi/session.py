"""One call that Asterisk handed us, from its first byte to how it ended.

    async with AgiSession(reader, writer, limits) as call:
        await call.answer()
        key = await call.play("/var/lib/sounds/menu", keys="12", seconds=20)
        await call.leave(Next.HANG_UP)
    call.end                                # End.DONE, or what happened instead

One command at a time, and each with a deadline. To cancel a wait ends the session: its reply would pass for the next
one's. A caller who hangs up, an Asterisk that is gone or silent, and nonsense
on the wire all end the session: whatever is waited for raises `CallOver`, and so does every command after it. The
caller is never left hanging by that: when the connection ends and `AgiSession.leave` was not called, the dialplan
plays its fallback.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address
from math import ceil
from types import TracebackType
from typing import Final, Self
from uuid import UUID

from cti_api.errors import ActionRefused, Conflict, ProtocolError
from cti_api.model.ids import QueueId
from ivr.agi import verbs
from ivr.agi.verbs import Application, ChannelState, Command, InboundCall, Next
from ivr.agi.wire import Environment, Event, HungUp, Refusal, Reply, Wire

log = logging.getLogger(__name__)

_READ_BYTES: Final = 4_096
LONGEST_FILE_SECONDS: Final = 120.0
"""Ours: a prompt of two minutes is a mistake."""


class End(StrEnum):
    """How a session ended."""

    DONE = "done"
    """We had no more to say."""
    CUT = "cut"
    """We ended it in the middle: whoever led the call failed, or the server stopped."""
    HUNG_UP = "hung_up"
    """The caller left, or the call's time was over."""
    LOST = "lost"
    """The connection ended, and nobody had hung up."""
    BROKEN = "broken"
    """Nonsense on the wire."""
    TIMED_OUT = "timed_out"
    """A reply did not come in time."""
    PROBE = "probe"
    """No call: something connected, and said nothing."""


class CallOver(Conflict):
    """The call is over: nothing can be done in it any more."""

    def __init__(self, end: End) -> None:
        super().__init__(f"the call is over ({end})")
        self.end = end


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLimits:
    """What a call may take, in seconds."""

    call_seconds: int = 900
    """The whole call, until Asterisk ends it."""
    begin_seconds: float = 2.0
    """From the connection to its last line about the call. The dialplan itself waits for us as long."""


class AgiSession:
    """See the module. `inbound` says who calls whom; `end` how it ended, None as long as it lasts."""

    inbound: InboundCall

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, limits: CallLimits | None = None
    ) -> None:
        self.end: End | None = None
        self._reader = reader
        self._writer = writer
        self._limits = limits or CallLimits()
        self._wire = Wire()
        self._hung_up = False
        self._over = asyncio.Event()
        self._tasks = asyncio.TaskGroup()

    # ------------------------------------------------------------------ beginning and end

    async def __aenter__(self) -> Self:
        """Hear who calls, and take the call over from the dialplan's watch.

        Raises `CallOver` where it is none, or is over already.
        """
        loop = asyncio.get_running_loop()
        self._environment: asyncio.Future[Environment] = loop.create_future()
        self._reply: asyncio.Future[Reply | Refusal] = loop.create_future()
        await self._tasks.__aenter__()
        self._reading = self._tasks.create_task(self._read(), name="agi.read")
        try:
            await self._begin()
        except BaseException as failure:
            await self.__aexit__(type(failure), failure, failure.__traceback__)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._finish(End.DONE if kind is None else End.CUT)
        self._reading.cancel()
        # The group's own rules only for a cancelled body: any other error is the caller's, and stays as it is.
        cancelled = kind is not None and issubclass(kind, asyncio.CancelledError)
        await self._tasks.__aexit__(*((kind, failure, trace) if cancelled else (None, None, None)))
        with contextlib.suppress(OSError):  # how it ended is known by now
            await self._writer.wait_closed()

    async def _begin(self) -> None:
        try:
            async with asyncio.timeout(self._limits.begin_seconds):
                environment = await self._environment
        except TimeoutError:
            self._finish(End.PROBE if self._wire.silent else End.TIMED_OUT)
            raise CallOver(self._ended) from None
        try:
            self.inbound = verbs.inbound_call(environment)
        except ProtocolError as nonsense:
            self._break(nonsense)
            raise CallOver(self._ended) from nonsense
        await self.limit(self._limits.call_seconds)
        await self._say(verbs.set_variable(verbs.TAKEN, "1"))

    @property
    def _ended(self) -> End:
        return self.end or End.LOST

    async def over(self) -> None:
        """Wait until the call is over."""
        await self._over.wait()

    def _break(self, nonsense: ProtocolError) -> None:
        log.warning("nonsense on an AGI connection", extra={"reason": str(nonsense)})
        self._finish(End.BROKEN)

    def _finish(self, end: End) -> None:
        """End the session, once; whatever is waited for ends with it."""
        if self.end is not None:
            return
        self.end = end
        self._over.set()
        for awaited in (self._environment, self._reply):
            if not awaited.done():
                awaited.set_exception(CallOver(end))
                awaited.exception()  # nobody may be waiting, and that is no error
        if end is End.DONE:
            self._writer.close()
        else:
            self._writer.transport.abort()

    # ------------------------------------------------------------------ reading

    async def _read(self) -> None:
        try:
            while piece := await self._reader.read(_READ_BYTES):
                for event in self._wire.feed(piece):
                    self._take(event)
        except ProtocolError as nonsense:
            self._break(nonsense)
        except OSError:
            self._finish(self._lost)
        else:
            self._finish(self._lost)

    @property
    def _lost(self) -> End:
        if self._hung_up:
            return End.HUNG_UP
        return End.PROBE if self._wire.silent else End.LOST

    def _take(self, event: Event) -> None:
        match event:
            case Environment():
                if not self._environment.done():
                    self._environment.set_result(event)
            case HungUp():
                self._hung_up = True  # the reply to what is under way still comes, or the end of the connection
                if not self._wire.awaits_reply:
                    self._finish(End.HUNG_UP)
            case Reply() | Refusal():
                if not self._reply.done():
                    self._reply.set_result(event)
                if self._hung_up:
                    self._finish(End.HUNG_UP)

    # ------------------------------------------------------------------ one command

    async def _say(self, command: Command) -> Reply:
        """One command and its reply.

        Raises `CallOver`; `ActionRefused` where Asterisk could not, or would not, and the caller is still there;
        `Conflict` where another task has a command under way in this call.
        """
        reply = await self._exchange(command)
        if not verbs.has_failed(reply):
            return reply
        # what failed because the caller left is answered before we are told that: ask whether they are there
        await self._exchange(verbs.channel_status())
        raise ActionRefused(f"Asterisk could not carry {command.verb} out")

    async def _exchange(self, command: Command) -> Reply:
        if self.end is not None:
            raise CallOver(self.end)
        line = self._wire.command(command.verb, *command.arguments)
        self._reply = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(command.seconds):
                self._writer.write(line)
                await self._writer.drain()
                reply = await self._reply
        except TimeoutError:
            log.warning("Asterisk did not reply", extra={"command": command.verb, "seconds": command.seconds})
            self._finish(End.TIMED_OUT)
            raise CallOver(End.TIMED_OUT) from None
        except asyncio.CancelledError:
            # whoever speaks next would be answered with this reply
            self._finish(End.CUT)
            raise
        except OSError:
            self._finish(self._lost)
            raise CallOver(self._ended) from None
        if isinstance(reply, Refusal):
            raise ActionRefused(f"Asterisk refused {command.verb}: {reply.code} {reply.text.splitlines()[0]}")
        return reply

    # ------------------------------------------------------------------ what can be done in a call

    async def answer(self) -> None:
        """Take the call."""
        await self._say(verbs.answer())

    async def meet(self) -> None:
        """Right before the first word to somebody whom we called (`verbs.SURVEY`): they are not abandoned any more."""
        await self._say(verbs.meet())

    async def state(self) -> ChannelState:
        """Whether it rings or is up."""
        result = (await self._say(verbs.channel_status())).result
        try:
            return ChannelState(result)
        except ValueError:
            raise ActionRefused(f"a call that came in is in state {result}") from None

    async def limit(self, seconds: int) -> None:
        """Let Asterisk end the call so many seconds from now, whatever becomes of us; its dialplan says goodbye."""
        await self._say(verbs.set_autohangup(seconds))

    async def play(
        self, path: str, *, keys: str = "", offset: int = 0, seconds: float = LONGEST_FILE_SECONDS
    ) -> tuple[str, int]:
        """Play a sound; returns the key of `keys` that ended it, or an empty text, and the sample it got to.

        `path` is whole and without its ending. `seconds`: how long the file may last. Raises `ActionRefused` where
        there is no such file.
        """
        reply = await self._say(verbs.stream_file(path, keys, offset, seconds))
        return self._key(reply), reply.endpos

    async def wait_for_key(self, seconds: float) -> str:
        """The key that is pressed within this time; empty for none."""
        return self._key(await self._say(verbs.wait_for_digit(round(seconds * 1000))))

    def _key(self, reply: Reply) -> str:
        try:
            return verbs.key_of(reply)
        except ProtocolError as nonsense:
            self._break(nonsense)
            raise CallOver(self._ended) from nonsense

    async def variable(self, name: str) -> str | None:
        """A variable of the channel, None where it is not set. What a caller can put into it is the caller's word."""
        return verbs.variable_of(await self._say(verbs.get_variable(name)))

    async def evaluate(self, expression: str) -> str:
        """What the dialplan makes of ``${CHANNEL(…)}`` and the like."""
        return verbs.variable_of(await self._say(verbs.get_full_variable(expression))) or ""

    async def set_variable(self, name: str, value: str) -> None:
        """Tell the dialplan something."""
        await self._say(verbs.set_variable(name, value))

    async def run(self, application: Application, argument: str = "") -> None:
        """Run an application of the closed list."""
        await self._say(verbs.run(application, argument))

    async def connect_sound(self, sound_id: UUID, host: str, port: int, *, seconds: float) -> bool:
        """Hand the call's sound to an AudioSocket server until it gives it back; False where there is none.

        `seconds`: how long that may last.
        """
        await self._say(verbs.try_audio_socket(sound_id, IPv4Address(host), port, seconds))
        return await self.variable(verbs.TRY_STATUS) == "SUCCESS"

    async def leave_for_queue(
        self, queue: QueueId, *, most_wait_seconds: float | None = None, offers_call_back: bool = False
    ) -> None:
        """`leave` for a queue. `most_wait_seconds`: whatever the queue itself allows; None: that.

        The call comes again, as a session of its own, once that is over and the caller still there.
        """
        most = 0 if most_wait_seconds is None else max(1, ceil(most_wait_seconds))
        await self._say(verbs.set_variable(verbs.QUEUE, queue))
        await self._say(verbs.set_variable(verbs.QUEUE_WAIT, str(most)))
        await self._say(verbs.set_variable(verbs.QUEUE_OFFER, f"{offers_call_back:d}"))
        await self.leave(Next.QUEUE)

    async def leave_for_transfer(self, to: str, *, ring_seconds: float) -> None:
        """`leave` for a telephone or number of the settings' `transfers`, which rings so long. Comes again, too."""
        await self._say(verbs.transfer_to(to))
        await self._say(verbs.set_variable(verbs.RING, str(ceil(ring_seconds))))
        await self.leave(Next.TRANSFER)

    async def leave(self, where: Next) -> None:
        """We are done: the dialplan goes on there when the session ends. Without this it plays the fallback."""
        await self._say(verbs.set_variable(verbs.NEXT, where.value))
