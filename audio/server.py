"""The AudioSocket server: calls come in, say which one they are, and are handed to whoever expects that one.

    async with AudioServer("127.0.0.1", 9092, clock) as server:
        with server.expecting(call_id) as arrival:
            ...                                             # the dialplan is told to connect with that id
            async with await arrival.session(5.0) as session:
                ...

A connection that says nothing, nonsense, or an id that nobody expects (any more) is closed and counted; how many may
be without an id at once is limited. The dialplan goes on with its fallback when its connection is closed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self
from uuid import UUID, uuid4

from audio.session import AudioSession, SoundTiming
from audio.wire import Decoder, Frame, Identified, identified
from cti_api.clock import Clock
from cti_api.errors import Conflict, LinkDown, ProtocolError, Unreachable

log = logging.getLogger(__name__)

ID_SECONDS: Final = 2.0
"""For a connection to say which call it is; Asterisk does so at once."""
MOST_NAMELESS: Final = 200
"""Connections that have not said yet which call they are."""
REACHED_SECONDS: Final = 1.0
"""For a connection to go round to ourselves; it takes a millisecond."""
_READ_BYTES: Final = 4096


@dataclass(slots=True)
class Turned:
    """Connections that became no session, since the start."""

    unexpected: int = 0
    """Of a call that nobody expected, or no longer."""
    silent: int = 0
    """Closed, or said nothing in time: port probes."""
    nonsense: int = 0
    too_many: int = 0


class Arrival:
    """A call that is expected."""

    def __init__(self) -> None:
        self._came: asyncio.Future[AudioSession] = asyncio.get_running_loop().create_future()
        self._taken = False

    async def session(self, deadline_seconds: float) -> AudioSession:
        """The call's session, to be entered at once. Raises `LinkDown` if it does not come in so many seconds."""
        try:
            async with asyncio.timeout(deadline_seconds):
                session = await asyncio.shield(self._came)
        except TimeoutError:
            raise LinkDown(f"The sound of the call did not arrive in {deadline_seconds:g} s.") from None
        self._taken = True
        return session

    def _hand(self, session: AudioSession) -> None:
        self._came.set_result(session)

    def _withdraw(self) -> None:
        """Nobody waits any more: what came and was not taken is closed."""
        if self._came.done() and not self._taken:
            self._came.result().refuse()
        self._came.cancel()


class AudioServer:
    """See the module."""

    def __init__(
        self,
        host: str,
        port: int,
        clock: Clock,
        *,
        timing: SoundTiming | None = None,
        id_seconds: float = ID_SECONDS,
    ) -> None:
        """With port 0 it takes a free one."""
        self.turned = Turned()
        self.port = port
        """The one it listens on, once it is entered."""
        self._host, self._clock, self._timing, self._id_seconds = host, clock, timing, id_seconds
        self._expected: dict[UUID, Arrival] = {}
        self._meeting: set[asyncio.Task[None]] = set()
        self._tasks = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        """Listen. Raises `Unreachable` where that is not possible."""
        try:
            self._listening = await asyncio.start_server(self._connected, self._host, self.port)
        except OSError as error:
            raise Unreachable(
                f"AudioSocket cannot listen on {self._host}:{self.port} ({error.strerror}): choose another port"
            ) from None
        self.port = self._listening.sockets[0].getsockname()[1]
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Listen no more; calls that were handed over belong to whoever has them."""
        self._listening.close()
        for task in self._meeting:
            task.cancel()
        # The group's own rules only for a cancelled body: any other error is the caller's, and stays as it is.
        cancelled = kind is not None and issubclass(kind, asyncio.CancelledError)
        await self._tasks.__aexit__(*((kind, error, trace) if cancelled else (None, None, None)))

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._tasks.create_task(self._meet(reader, writer), name="audio.meet")
        self._meeting.add(task)
        task.add_done_callback(self._meeting.discard)

    @contextmanager
    def expecting(self, call_id: UUID) -> Iterator[Arrival]:
        """From now until the block is left the first connection that says this id is handed over.

        Raises `Conflict` for an id that is expected already.
        """
        if call_id in self._expected:
            raise Conflict("The sound of this call is expected already.")
        arrival = self._expected[call_id] = Arrival()
        try:
            yield arrival
        finally:
            self._expected.pop(call_id, None)
            arrival._withdraw()

    async def is_reached(self, host: str, port: int) -> bool:
        """Whether a call that is brought there comes here, tried as Asterisk does it.

        Asterisk has no deadline for what it connects a call to: where something else takes the connection and says
        nothing, the caller would be in silence until the call's own limit.
        """
        call_id = uuid4()
        with self.expecting(call_id) as arrival:
            try:
                async with asyncio.timeout(REACHED_SECONDS):
                    _, writer = await asyncio.open_connection(host, port)
            except (OSError, TimeoutError):
                return False
            try:
                writer.write(identified(call_id))
                (await arrival.session(REACHED_SECONDS)).refuse()
            except LinkDown:
                return False
            finally:
                writer.transport.abort()
        return True

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Find out which call this is and hand it over; close what is none."""
        turned, handed = self.turned, False
        try:
            if len(self._meeting) > MOST_NAMELESS:
                turned.too_many += 1
                return
            decoder = Decoder()
            async with asyncio.timeout(self._id_seconds):
                call_id, early = await _call_id(reader, decoder)
            arrival = self._expected.pop(call_id, None)
            if arrival is None:
                turned.unexpected += 1
                log.warning("sound of a call that nobody expects", extra={"call_id": str(call_id)})
                return
            session = AudioSession(
                call_id, reader, writer, self._clock, decoder=decoder, early=early, timing=self._timing
            )
            arrival._hand(session)
            handed = True
        except (TimeoutError, EOFError, OSError):
            turned.silent += 1
        except ProtocolError as error:
            turned.nonsense += 1
            log.warning("what connected is not Asterisk", extra={"why": str(error)})
        finally:
            if not handed:
                writer.transport.abort()


async def _call_id(reader: asyncio.StreamReader, decoder: Decoder) -> tuple[UUID, list[Frame]]:
    """The id that a connection begins with, and what came right behind it. Raises `ProtocolError`, `EOFError`."""
    while True:
        piece = await reader.read(_READ_BYTES)
        if not piece:
            raise EOFError
        if frames := decoder.feed(piece):
            first, *early = frames
            if not isinstance(first, Identified):
                raise ProtocolError("an AudioSocket connection begins with its call's id")
            return first.call_id, early
