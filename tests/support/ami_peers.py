"""Sessions and links to the fake Asterisk, with the waits and values that their tests share."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from random import Random

from cti_api.model.ids import AttemptId, LegId, TrunkId
from cti_api.model.phone import PhoneNumber
from dialer.ami.dialplan import Dialplan
from dialer.ami.link import AmiLink, LinkTiming
from dialer.ami.session import AmiAddress, SessionTiming
from dialer.telephony import LinkUp, PlaceCall, TelephonyEvent
from tests.support.ami_fake import AmiFake, Headers
from tests.support.cutting_proxy import CuttingProxy

QUICK = LinkTiming(
    action_seconds=10.0,
    list_seconds=10.0,
    boot_seconds=10.0,
    first_retry_seconds=0.01,
    longest_retry_seconds=0.05,
    refused_retry_seconds=0.05,
)
CALM = SessionTiming(ping_every_seconds=60.0, write_seconds=0.5, logoff_seconds=0.3)
"""No pings while a test looks at something else."""
LIVELY = SessionTiming(ping_every_seconds=0.05, ping_answer_seconds=5.0, write_seconds=0.5, logoff_seconds=0.3)
"""Pings that are answered."""
HASTY = SessionTiming(ping_every_seconds=0.05, ping_answer_seconds=0.3, write_seconds=0.5, logoff_seconds=0.3)
"""Pings that are not."""

ATTEMPT = AttemptId("0123456789abcdef0123456789abcdef")
LEG = LegId("fedcba9876543210fedcba9876543210")
CALL = PlaceCall(
    attempt_id=ATTEMPT,
    number=PhoneNumber("+573001234567"),
    trunk=TrunkId("claro"),
    caller_id=PhoneNumber("+576015550100"),
    ring_seconds=28,
    campaign="mantenimiento",
    hold_seconds=2.0,
    amd=False,
    machine_action="hang_up",
    record=False,
)
STARTED = datetime(2026, 11, 22, 3, 55, 8, tzinfo=UTC)
JOINED: Headers = [("Event", "BridgeEnter"), ("Channel", "Local/57@vocero-out-1;1"), ("Uniqueid", ATTEMPT)]
ENDED: Headers = [("Event", "Hangup"), ("Channel", "Local/57@vocero-out-1;1"), ("Uniqueid", ATTEMPT), ("Cause", "17")]


def address(of: AmiFake | CuttingProxy, secret: str = "s3cret") -> AmiAddress:
    return AmiAddress(host=of.host, port=of.port, username="vocero", secret=secret)


class FrozenClock:
    """24 s after the fake's start."""

    def now(self) -> datetime:
        return datetime(2026, 11, 22, 3, 55, 32, 500_000, tzinfo=UTC)

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


@contextlib.asynccontextmanager
async def linked(
    to: AmiFake | CuttingProxy,
    *,
    secret: str = "s3cret",
    dialplan: Dialplan | None = None,
    timing: LinkTiming = QUICK,
    session_timing: SessionTiming = CALM,
) -> AsyncIterator[tuple[AmiLink, AsyncIterator[TelephonyEvent]]]:
    """A running link and its events; it is cancelled on leaving, and leaves no task."""
    link = AmiLink(
        address(to, secret),
        clock=FrozenClock(),
        random=Random(7),
        dialplan=dialplan,
        timing=timing,
        session_timing=session_timing,
    )
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(link.run(), name="ami.link")
        yield link, link.events()
        running.cancel()
    assert [task for task in asyncio.all_tasks() if task.get_name().startswith("ami.")] == []


async def heard(events: AsyncIterator[TelephonyEvent]) -> TelephonyEvent:
    async with asyncio.timeout(30):
        return await anext(events)


async def until_up(events: AsyncIterator[TelephonyEvent]) -> None:
    while not isinstance(await heard(events), LinkUp):
        pass
