"""A link to the real Asterisk, and ears that hear everything it says."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from random import Random

from cti_api.clock import SystemClock
from cti_api.model.ids import AttemptId
from cti_api.model.phone import PhoneNumber
from dialer.ami.link import AmiLink, LinkTiming
from dialer.ami.session import AmiAddress, SessionTiming
from dialer.telephony import (
    PlaceCall,
    TelephonyEvent,
)
from tests.support.calls import MAIN
from tests.support.ids import new_attempt_id
from vocero.lab.asterisk import LabAsterisk
from vocero.lab.ports import LOOPBACK

QUICK = LinkTiming(first_retry_seconds=0.02, longest_retry_seconds=0.1)


def at(asterisk: LabAsterisk, port: int = 0, secret: str = "") -> AmiAddress:
    return AmiAddress(
        host=LOOPBACK, port=port or asterisk.ami_port, username="vocero", secret=secret or asterisk.ami_secret
    )


class Ears:
    """Everything the link said, and a way to wait for more."""

    def __init__(self) -> None:
        self.said: list[TelephonyEvent] = []
        self._news = asyncio.Condition()

    async def listen(self, link: AmiLink) -> None:
        async for event in link.events():
            async with self._news:
                self.said.append(event)
                self._news.notify_all()

    async def hear(self, *wanted: TelephonyEvent, seconds: float = 30) -> None:
        """Wait until all of these were said, in any order."""
        try:
            await self.until(lambda said: all(event in said for event in wanted), seconds)
        except TimeoutError:
            missing = [event for event in wanted if event not in self.said]
            raise AssertionError(f"not heard within {seconds:g} s: {missing}; the last: {self.said[-12:]}") from None

    async def until(self, true: Callable[[list[TelephonyEvent]], bool], seconds: float = 30) -> None:
        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(lambda: true(self.said))

    def about(self, attempt: AttemptId) -> list[TelephonyEvent]:
        return [event for event in self.said if getattr(event, "attempt_id", None) == attempt]


@contextlib.asynccontextmanager
async def linked(
    to: AmiAddress, *, timing: LinkTiming = QUICK, session_timing: SessionTiming | None = None
) -> AsyncIterator[tuple[AmiLink, Ears]]:
    link = AmiLink(to, clock=SystemClock(), random=Random(7), timing=timing, session_timing=session_timing)
    ears = Ears()
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(link.run(), name="ami.link"), tasks.create_task(ears.listen(link))]
        yield link, ears
        for task in running:
            task.cancel()


def a_call(to: PhoneNumber, **other: object) -> PlaceCall:
    call = PlaceCall(
        attempt_id=new_attempt_id(),
        number=to,
        trunk=MAIN,
        caller_id=PhoneNumber("+576015550100"),
        ring_seconds=20,
        campaign="prueba",
        hold_seconds=30.0,
        amd=False,
        machine_action="hang_up",
        record=False,
    )
    return replace(call, **other)
