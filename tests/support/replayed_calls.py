"""A process that serves the events of calls that were never made, for whoever follows them.

    python -m tests.support.replayed_calls FOLDER CALLS_PER_SECOND SECONDS

It begins when a line comes by its standard input, and prints the share of one core that it used, and how many events it
made.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

from prometheus_client import CollectorRegistry

from cti_api.clock import Clock, SystemClock
from cti_api.metrics.families import Families
from cti_api.metrics.observe import Observer
from cti_api.metrics.watch import watch
from cti_api.model.events import Event, EventKind
from cti_api.model.ids import new_event_id
from cti_api.relay import Relay
from cti_api.settings import LimitSettings
from cti_api.sounds import CampaignSounds
from cti_api.store.migrate import upgrade
from cti_api.store.store import Store
from cti_api.streams.sse import EventStream
from cti_api.web.app import create_app
from cti_api.web.handed import Handed
from cti_api.web.serve import serve_unix
from tests.support.dialer_port import QuietDialer
from tests.support.ids import new_attempt_id

STEPS_SECONDS = 0.05


def one_call(clock: Clock, lead: int) -> Iterator[Event]:
    """What a call that reaches an agent tells, one after the other."""
    of = {"campaign_id": "replayed", "lead_id": lead, "attempt_id": new_attempt_id()}

    def told(kind: EventKind, **payload: object) -> Event:
        return Event(event_id=new_event_id(), kind=kind, occurred_at=clock.now(), payload=payload, **of)  # type: ignore[arg-type]

    agent = f"agent-{lead % 200}"

    def moved(state: str) -> Event:
        payload = {"state": state, "reason": "", "pending": None, "source": "system"}
        at = clock.now()
        return Event(
            event_id=new_event_id(), kind=EventKind.AGENT_STATE, occurred_at=at, agent_id=agent, payload=payload
        )

    yield told(EventKind.CALL_ORIGINATED, trunk="operador-a")
    yield told(EventKind.CALL_DELIVERED)
    yield told(EventKind.CALL_ESTABLISHED)
    yield moved("reserved")
    yield moved("busy")
    yield told(EventKind.CALL_CONNECTED, answer_to_agent_seconds=0.05)
    yield moved("wrap_up")
    yield told(EventKind.DISPOSITION_SET, disposition="hablado")
    yield told(
        EventKind.ATTEMPT_CLOSED, result="connected", disposition="hablado", effective=True, success=False,
        talk_seconds=4.0, lead_state="closed", lead_reason="hablado",
    )  # fmt: skip
    yield moved("ready")


async def make(store: Store, clock: Clock, calls_per_second: float, seconds: float) -> int:
    """Calls begin at this rate; each tells its next thing a little later. Returns how many events there were."""
    random, calls, begun, made = Random(1), [], 0, 0
    start = clock.monotonic()
    while (passed := clock.monotonic() - start) < seconds or calls:
        while passed < seconds and begun < passed * calls_per_second:
            begun += 1
            calls.append(one_call(clock, begun))
        going, told = [], []
        for call in calls:
            if random.random() > 0.1:  # each step takes half a second or so
                going.append(call)
                continue
            if (event := next(call, None)) is not None:
                told.append(event)
                going.append(call)
        await store.outbox.append(*told)
        made, calls = made + len(told), going
        await asyncio.sleep(STEPS_SECONDS)
    return made


async def serve(folder: Path, calls_per_second: float, seconds: float) -> None:
    clock, registry, url = SystemClock(), CollectorRegistry(), f"sqlite:///{folder / 'vocero.db'}"
    await upgrade(url, clock)
    async with Store.open(url, clock=clock) as store, asyncio.TaskGroup() as tasks:
        relay, observer = Relay(store.outbox), Observer(Families(registry))
        handed = Handed(
            store=store, dialer=QuietDialer(store, clock), clock=clock, observer=observer, registry=registry,
            sounds=CampaignSounds(folder), recordings=folder, journal=folder / "journal", events=EventStream(relay),
        )  # fmt: skip
        app, path = create_app(handed, LimitSettings()), folder / "vocero.sock"
        work = [
            tasks.create_task(relay.run()),
            tasks.create_task(watch(relay, observer, 0)),
            tasks.create_task(serve_unix(app, path)),
        ]
        await asyncio.to_thread(sys.stdin.readline)
        used, since = cpu_seconds(), clock.monotonic()
        made = await make(store, clock, calls_per_second, seconds)
        share = (cpu_seconds() - used) / (clock.monotonic() - since)
        print(share, made, flush=True)  # noqa: T201
        await asyncio.to_thread(sys.stdin.readline)
        for task in work:
            task.cancel()


def cpu_seconds() -> float:
    """Of this process so far, in user mode and in the kernel, all threads (proc(5))."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])))
