"""Sends what is due by one channel: asked of the law, written down, sent, and written down again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from cti_api.clock import Clock
from cti_api.errors import StoreUnavailable, VoceroError
from cti_api.law.facts import Decision
from cti_api.law.terms import Remedy
from cti_api.messages.answer import Answer, Provider, no_answer, not_taken, refused
from cti_api.messages.lawful import Law
from cti_api.messages.machine import Step, pause
from cti_api.model.campaigns import CampaignState
from cti_api.model.follow_ups import Via
from cti_api.model.messages import Message, MessageId
from cti_api.store.messages import Ask
from cti_api.store.store import Store

AT_ONCE: Final = 16
"""Messages of one channel on their way at the same time."""

LOOK_SECONDS: Final = 1.0
"""How often the store is looked at although nobody called."""

SEND_SECONDS: Final = 30.0
"""The longest a provider may take over one message, pictures and all."""

LOOKS_PER_SECOND: Final = 100.0
"""How many are looked at in a second, also where none may go: ten thousand that wait are no load."""

LOOK_AGAIN: Final = timedelta(hours=1)
"""Where somebody has to act first (a consent to be recorded, a list to be consulted anew), the law is asked again."""

HELD_BACK: Final = timedelta(minutes=1)
"""How soon a paused campaign is looked at again."""

FAULT_OF_OURS: Final = "A fault of ours; the log has the details."

WAITS: Final[Mapping[CampaignState, str]] = {CampaignState.PAUSED: "The campaign is paused."}

log = logging.getLogger(__name__)


class Pace:
    """So many a second and no more."""

    def __init__(self, per_second: float, clock: Clock) -> None:
        self._clock = clock
        self._gap = 1.0 / per_second
        self._next = clock.monotonic()

    def next_in(self) -> float:
        """Take the next turn: seconds until it comes."""
        now = self._clock.monotonic()
        turn = max(self._next, now)
        self._next = turn + self._gap
        return turn - now


class Postman:
    """One channel's messages, one after the other and some at a time."""

    def __init__(
        self,
        store: Store,
        provider: Provider,
        via: Via,
        law: Law,
        clock: Clock,
        *,
        per_second: float,
        tries: int,
        send_seconds: float = SEND_SECONDS,
        only: str = "",
    ) -> None:
        """`only`: the one recipient whose messages these are; empty: everybody's."""
        self._store = store
        self._provider = provider
        self._via = via
        self._law = law
        self._clock = clock
        self._only = only
        self._sends = Pace(per_second, clock)
        self._looks = Pace(max(per_second, LOOKS_PER_SECOND), clock)
        self._tries = tries
        self._send_seconds = send_seconds
        self._stopping = asyncio.Event()
        self.wake = asyncio.Event()
        """Set by whoever planned a message: it is looked at once."""

    async def run(self) -> None:
        """Send until cancelled; what is on its way then is waited for, as each has its deadline."""
        async with asyncio.TaskGroup() as group:
            working = group.create_task(self._work(), name=f"postman.{self._via}.work")
            try:
                await asyncio.shield(working)
            except asyncio.CancelledError:
                self._stopping.set()
                self.wake.set()
                await working
                raise

    async def _work(self) -> None:
        room = asyncio.Semaphore(AT_ONCE)
        under_way: set[MessageId] = set()

        async def one(message: Message) -> None:
            try:
                await self._one(message)
            except Exception:
                # One message must not take calls and all other messages with it.
                log.exception("a message is put aside", extra={"message_id": message.id})
                with contextlib.suppress(VoceroError):
                    await self._put_aside(message)
            finally:
                under_way.discard(message.id)
                room.release()

        async with self._provider, asyncio.TaskGroup() as group:
            while not self._stopping.is_set():
                for message in await self._due(under_way):
                    await room.acquire()
                    if not await self._turn(self._looks):
                        return
                    under_way.add(message.id)
                    group.create_task(one(message), name=f"message.{message.id}")

    async def _due(self, under_way: set[MessageId]) -> list[Message]:
        """What is to be sent now; waits a moment where that is nothing."""
        self.wake.clear()
        try:
            found = await self._store.messages.due(self._via, self._clock.now(), AT_ONCE + len(under_way), self._only)
        except StoreUnavailable as error:
            log.warning("messages wait for the store", extra={"reason": str(error)})
            found = []
        fresh = [message for message in found if message.id not in under_way]
        if not fresh:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self.wake.wait()
        return fresh

    async def _turn(self, pace: Pace) -> bool:
        """Wait for the next turn; False: nothing more is begun."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pace.next_in()):
                await self._stopping.wait()
        return not self._stopping.is_set()

    async def _put_aside(self, message: Message) -> None:
        """One that had begun may have gone, so nobody knows of it; any other is looked at later."""
        messages, now = self._store.messages, self._clock.now()
        if await messages.step(message.id, Step.NO_ANSWER, now, FAULT_OF_OURS) is None:
            await messages.put_off(message.id, now + LOOK_AGAIN, FAULT_OF_OURS, now)

    async def _one(self, message: Message) -> None:
        try:
            # What may not go takes nobody's turn.
            if not await self._may_go(message) or not await self._turn(self._sends):
                return
            begun = await self._store.messages.begin(message.id, self._clock.now(), self._ask)
        except StoreUnavailable as error:
            log.warning("a message waits for the store", extra={"message_id": message.id, "reason": str(error)})
            await asyncio.sleep(LOOK_SECONDS)
            return
        if isinstance(begun, Decision):
            await self._refused(message, begun)
        elif begun is not None:
            await self._settle(begun, await self._send(begun))

    @property
    def _ask(self) -> Ask | None:
        return None if self._via is Via.WEBHOOK else self._law.ask

    async def _may_go(self, message: Message) -> bool:
        """What can be asked without holding up the store's writer: the campaign, and the law a first time."""
        now = self._clock.now()
        campaign = await self._store.campaigns.get(message.campaign_id)
        if campaign.state is CampaignState.CANCELLED:
            await self._store.messages.step(message.id, Step.DROP, now, "The campaign was cancelled.")
            return False
        if (why := WAITS.get(campaign.state)) is not None:
            await self._store.messages.hold_back(message.campaign_id, self._via, now + HELD_BACK, why, now)
            return False
        if self._via is Via.WEBHOOK or message.number is None:
            return True
        lead = await self._store.leads.get(message.lead_id)
        known = await self._store.record.of(lead.contact.phones, message.number, now)
        decision = self._law.ask(message, lead, known, now)
        if decision.allowed:
            return True
        await self._refused(message, decision)
        return False

    async def _refused(self, message: Message, decision: Decision) -> None:
        """Not now: it waits until it may. Not ever: it is not sent, with the law's own sentence."""
        now = self._clock.now()
        said = f"{decision.rule}: {decision.reason}"
        try:
            if decision.remedy is Remedy.NONE:
                await self._store.messages.step(message.id, Step.SUPPRESS, now, said)
                return
            again = decision.next_open if decision.next_open is not None else now + LOOK_AGAIN
            await self._store.messages.put_off(message.id, again, said, now)
        except StoreUnavailable as error:
            log.warning("a message waits for the store", extra={"message_id": message.id, "reason": str(error)})

    async def _send(self, message: Message) -> Answer:
        gone = asyncio.Event()
        try:
            async with asyncio.timeout(self._send_seconds):
                return await self._provider.send(message, gone.set)
        except TimeoutError:
            words = f"There was no answer within {self._send_seconds:g} s."
            return no_answer(words) if gone.is_set() else not_taken(words)
        except Exception:
            log.exception("a message failed in our own code", extra={"message_id": message.id})
            return no_answer(FAULT_OF_OURS) if gone.is_set() else refused(FAULT_OF_OURS)

    async def _settle(self, message: Message, answer: Answer) -> None:
        """Write down what became of it. A store that is away is waited for: else this is unknown at the next start."""
        while True:
            now = self._clock.now()
            try:
                await self._written(message, answer)
                break
            except StoreUnavailable as error:
                log.warning("a message's outcome waits for the store", extra={"reason": str(error), "at": now})
                if self._stopping.is_set():
                    return
                await asyncio.sleep(LOOK_SECONDS)
        if answer.step is not Step.TAKEN:
            log.warning(
                "a message was not sent",
                extra={"message_id": message.id, "channel": self._via.value, "step": answer.step.value},
            )

    async def _written(self, message: Message, answer: Answer) -> None:
        messages, now = self._store.messages, self._clock.now()
        again = now + pause(message.tries, answer.wait) if answer.step is Step.NOT_TAKEN else None
        await messages.step(message.id, answer.step, now, answer.words, provider_id=answer.provider_id, due_at=again)
        if answer.step is Step.NOT_TAKEN and message.tries >= self._tries:
            words = f"Tried {message.tries} times: {answer.words}"
            await messages.step(message.id, Step.GIVE_UP, now, words)
