"""One AMI session: one TCP connection, logged in, watched, and ended once.

    async with AmiSession(address) as session:
        await session.perform(action, deadline_seconds=5.0)
        async for event in session:     # what happened, until the connection is lost
            ...

What it promises:

- An action is written at most once. Its answer, a refusal, its deadline or the loss of the connection ends the wait;
  after the last two nobody knows what Asterisk did (`ResultUnknown`), and nothing is sent again.
- Reading never waits for the reader of the events: Asterisk cuts off a client that does not read (``writetimeout`` in
  ``manager.conf``, 100 ms by default). Events are translated as they come, those that say nothing to us go no further,
  and those that find the queue full are dropped, which `LinkDoubtful` says.
- A peer that is silent is noticed: a ping every `ping_every_seconds`, the next one as soon as one was missed, and two
  missed in a row end the session. A silent peer is in doubt after at most 8 s and cut after at most
  5 + 2 × 3 = 11 s (12 s are asked: failure catalogue F3).
- Leaving the ``async with`` leaves no task and no pending action behind, whatever the peer does.

The session belongs to the task that entered it; `perform` and `collect` may be called from any task of that loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import socket
import struct
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from cti_api.errors import ActionRefused, Conflict, LinkDown, ProtocolError, ResultUnknown
from dialer.ami.actions import Action, login, logoff, ping
from dialer.ami.translate import Translator, is_fully_booted, is_list_end, list_length
from dialer.ami.wire import Decoder, Message, encode
from dialer.telephony import LinkDoubtful, TelephonyEvent

log = logging.getLogger(__name__)

MAX_EVENTS = 50_000
"""Events that may wait for their reader, and items of one list. Ours: 7 s of the storm that 120 calls/s made on 2 cores
(6,884 events/s, measured with nothing filtered); some 12 MB."""

_READ_BYTES = 65_536
_DISCARD = struct.pack("ii", 1, 0)
"""``struct linger``: on, with no time to send the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AmiAddress:
    """Where an Asterisk's manager port is, and who we are there."""

    host: str
    port: int
    username: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTiming:
    """Every wait of a session, in seconds. The defaults are the product's; tests shorten them."""

    connect_seconds: float = 5.0
    """To the open TCP connection."""
    login_seconds: float = 5.0
    """To the greeting, and again to the answer of the login. Asterisk waits 1 s before it says no."""
    write_seconds: float = 5.0
    """For a peer that has stopped reading, once our own buffer and the kernel's are full."""
    ping_every_seconds: float = 5.0
    ping_answer_seconds: float = 3.0
    logoff_seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class Proof:
    """A ping was answered after a doubt of the session's own, and no event has been dropped since."""


@dataclass(slots=True)
class _Pending:
    """An action on its way."""

    answer: asyncio.Future[tuple[Message, ...]]
    items: list[Message] | None
    """Of a list so far; None for an action with one answer."""


class AmiSession:
    """One logged-in connection to Asterisk's manager port; see the module."""

    def __init__(
        self, address: AmiAddress, timing: SessionTiming | None = None, *, max_events: int = MAX_EVENTS
    ) -> None:
        self._address = address
        self._timing = timing or SessionTiming()
        self._max_events = max_events
        self._numbers = itertools.count(1)
        self._pending: dict[str, _Pending] = {}
        self._events: asyncio.Queue[TelephonyEvent | Proof | None] = asyncio.Queue()
        self._translator = Translator()
        self._in_doubt = False
        self._dropping = False
        self._lost = ""
        self._told_lost = False
        self._tasks = asyncio.TaskGroup()

    @property
    def lost(self) -> str:
        """Why the session is over; empty while it is open."""
        return self._lost

    # -------------------------------------------------------------- opening and closing

    async def __aenter__(self) -> Self:
        """Connect and log in.

        Raises `LinkDown` where there is no Asterisk to talk to, and `ActionRefused` where it does not let us in.
        """
        address, timing = self._address, self._timing
        try:
            async with asyncio.timeout(timing.connect_seconds):
                self._reader, self._writer = await asyncio.open_connection(address.host, address.port)
        except TimeoutError:
            raise LinkDown(f"{address.host}:{address.port} did not answer in {timing.connect_seconds:g} s") from None
        except OSError as failure:
            raise LinkDown(f"no connection to Asterisk at {address.host}:{address.port}: {_why(failure)}") from failure
        # Bytes still on our side are to die with the session: an Originate whose fate was called unknown must not go
        # out later. Without this the kernel would go on sending what it holds (SO_LINGER in socket(7)).
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DISCARD)
        self._greeted: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._booted: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        await self._tasks.__aenter__()
        self._reading = self._tasks.create_task(self._read(), name="ami.read")
        self._watching: asyncio.Task[None] | None = None
        try:
            await self._log_in()
        except BaseException as failure:
            await self.__aexit__(type(failure), failure, failure.__traceback__)
            raise
        self._watching = self._tasks.create_task(self._watch(), name="ami.watch")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and not self._lost:
            with contextlib.suppress(LinkDown, ResultUnknown, ActionRefused):  # a courtesy: we leave in any case
                await self.perform(logoff(), self._timing.logoff_seconds)
        self._lose("we closed it")
        self._reading.cancel()
        if self._watching is not None:
            self._watching.cancel()
        # The group's own rules only for a cancelled body: any other error is the caller's, and stays as it is.
        cancelled = kind is not None and issubclass(kind, asyncio.CancelledError)
        await self._tasks.__aexit__(*((kind, failure, trace) if cancelled else (None, None, None)))
        with contextlib.suppress(OSError):  # how it was lost is known by now
            await self._writer.wait_closed()

    async def _log_in(self) -> None:
        """The secret goes out only to a peer that greeted as an Asterisk manager port."""
        timing, user = self._timing, self._address.username
        try:
            async with asyncio.timeout(timing.login_seconds):
                await self._greeted
            await self.perform(login(user, self._address.secret), timing.login_seconds)
        except TimeoutError:
            raise LinkDown(f"the manager port said nothing for {timing.login_seconds:g} s") from None
        except ResultUnknown as unknown:
            raise LinkDown(str(unknown)) from unknown
        except ActionRefused as refused:
            raise ActionRefused(
                f"Asterisk does not let the manager user {user!r} in ({refused}): "
                "compare its name and secret with manager.conf"
            ) from refused

    def _lose(self, reason: str) -> None:
        """End the session, once; everything pending ends with it."""
        if self._lost:
            return
        self._lost = reason
        self._writer.transport.abort()
        for pending in self._pending.values():
            if not pending.answer.done():
                pending.answer.set_exception(ResultUnknown(reason))
        for awaited in (self._greeted, self._booted):
            if not awaited.done():
                awaited.set_exception(LinkDown(reason))
                awaited.exception()  # nobody may be waiting, and that is no error
        self._events.put_nowait(None)

    async def fully_booted(self, deadline_seconds: float) -> Message:
        """The event that says Asterisk takes calls: at once where it has long been up, else when it is.

        Raises `TimeoutError` where it does not come in time, and `LinkDown` where the session is lost before.
        """
        async with asyncio.timeout(deadline_seconds):
            return await asyncio.shield(self._booted)

    # -------------------------------------------------------------- actions

    async def perform(self, action: Action, deadline_seconds: float) -> Message:
        """Send an action and wait for its answer. Cancelling the wait does not take the action back.

        Raises `ActionRefused` with Asterisk's words, `ResultUnknown` where no answer came in time or the session was
        lost, `LinkDown` where it was lost before, and `InputError` for a value that AMI cannot carry; in the last two
        cases nothing was sent.
        """
        return (await self._exchange(action, deadline_seconds, items=None))[0]

    async def collect(self, action: Action, deadline_seconds: float) -> tuple[Message, ...]:
        """Send an action that is answered by a list, and wait for the whole list.

        Raises as `perform` does; a list that does not end in time, or has another length than its end says, is
        `ResultUnknown`: half of the truth is none.
        """
        return await self._exchange(action, deadline_seconds, items=[])

    async def _exchange(
        self, action: Action, deadline_seconds: float, *, items: list[Message] | None
    ) -> tuple[Message, ...]:
        if self._lost:
            raise LinkDown(self._lost)
        action_id = action.action_id or f"vocero-{next(self._numbers)}"
        if action_id in self._pending:
            raise Conflict(f"{action.name} {action_id} is on its way already")
        line = encode(action.lines(action_id))
        pending = _Pending(asyncio.get_running_loop().create_future(), items)
        self._pending[action_id] = pending
        try:
            async with asyncio.timeout(deadline_seconds):
                await self._write(line)
                return await pending.answer
        except TimeoutError:
            raise ResultUnknown(f"Asterisk did not answer {action.name} within {deadline_seconds:g} s") from None
        except ActionRefused as refused:
            raise ActionRefused(f"{action.name}: {refused}") from None
        finally:
            del self._pending[action_id]
            if pending.answer.done() and not pending.answer.cancelled():
                pending.answer.exception()  # one that came too late for the wait is not an error nobody saw

    async def _write(self, line: bytes) -> None:
        self._writer.write(line)
        try:
            async with asyncio.timeout(self._timing.write_seconds):
                await self._writer.drain()
        except TimeoutError:
            self._lose(f"Asterisk has read nothing for {self._timing.write_seconds:g} s")
        except OSError as failure:
            self._lose(f"the connection to Asterisk broke: {_why(failure)}")

    # -------------------------------------------------------------- reading

    async def _read(self) -> None:
        decoder = Decoder()
        try:
            while piece := await self._reader.read(_READ_BYTES):
                messages = decoder.feed(piece)
                if decoder.banner and not self._greeted.done():
                    self._greeted.set_result(decoder.banner)
                for message in messages:
                    self._dispatch(message)
            self._lose("Asterisk closed the connection")
        except ProtocolError as nonsense:
            self._lose(str(nonsense))
        except OSError as failure:
            self._lose(f"the connection to Asterisk broke: {_why(failure)}")

    def _dispatch(self, message: Message) -> None:
        """To whoever waits for it: the action it answers, or the reader of the events."""
        pending = self._pending.get(message.action_id)
        if message.event:
            if pending is not None and pending.items is not None:
                self._take_item(pending, pending.items, message)
            elif is_fully_booted(message) and not self._booted.done():
                self._booted.set_result(message)
            elif event := self._translator.translate(message):
                self._offer(event)
        elif pending is None:
            log.debug("answer that nobody waits for", extra={"action_id": message.action_id})
        elif pending.answer.done():
            log.debug("second answer to one action", extra={"action_id": message.action_id})
        elif message.response not in ("Success", "Goodbye"):
            pending.answer.set_exception(ActionRefused(message.get("Message") or "refused without a reason"))
        elif pending.items is None:
            pending.answer.set_result((message,))

    def _take_item(self, pending: _Pending, items: list[Message], message: Message) -> None:
        if pending.answer.done():
            return
        if not is_list_end(message):
            items.append(message)
            if len(items) > self._max_events:
                pending.answer.set_exception(ResultUnknown(f"a list of more than {self._max_events} items"))
        elif list_length(message) in (None, len(items)):
            pending.answer.set_result(tuple(items))
        else:
            pending.answer.set_exception(
                ResultUnknown(f"a list of {list_length(message)} items came with {len(items)} of them")
            )

    def _offer(self, event: TelephonyEvent) -> None:
        """Put an event in the queue, or drop it and say so."""
        if self._dropping:
            return
        if self._events.qsize() >= self._max_events:
            self._dropping = True
            self._doubt(f"more than {self._max_events} events wait: newer ones are dropped")
        else:
            self._events.put_nowait(event)

    def _doubt(self, reason: str) -> None:
        self._in_doubt = True
        self._events.put_nowait(LinkDoubtful(reason))

    # -------------------------------------------------------------- events

    def __aiter__(self) -> Self:
        """What happened, in order, for one reader; `LinkDown` ends it, with the reason why the session is over."""
        return self

    async def __anext__(self) -> TelephonyEvent | Proof:
        event = None if self._told_lost else await self._events.get()
        if event is None:
            self._told_lost = True
            raise LinkDown(self._lost)
        if self._dropping and self._events.qsize() <= self._max_events // 2:
            self._dropping = False
        return event

    # -------------------------------------------------------------- liveness

    async def _watch(self) -> None:
        missed = 0
        while not self._lost:
            if not missed:
                await asyncio.sleep(self._timing.ping_every_seconds)
            try:
                await self.perform(ping(), self._timing.ping_answer_seconds)
            except (LinkDown, ResultUnknown):
                missed += 1
                self._miss(missed)
                continue
            except ActionRefused:
                pass  # a sign of life as good as any
            missed = 0
            if self._in_doubt and not self._dropping:
                self._in_doubt = False
                self._events.put_nowait(Proof())

    def _miss(self, missed: int) -> None:
        if self._lost:
            return
        if missed == 1:
            self._doubt(f"Asterisk did not answer a ping within {self._timing.ping_answer_seconds:g} s")
        else:
            self._lose("Asterisk answered neither of two pings")


def _why(failure: OSError) -> str:
    """asyncio puts the address, in Python's spelling, in place of the system's words for a refused connection."""
    return "connection refused" if isinstance(failure, ConnectionRefusedError) else failure.strerror or str(failure)
