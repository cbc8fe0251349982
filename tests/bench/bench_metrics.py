"""A scrape of a full floor: 100,000 calls counted, 20 campaigns, 200 agents, every indicator; and what it holds up."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from random import Random
from time import perf_counter, process_time
from typing import Any

from prometheus_client import CollectorRegistry

from cti_api.clock import SystemClock
from cti_api.kpi.answer import answer
from cti_api.kpi.indicators import INDICATORS
from cti_api.kpi.measures import Measure
from cti_api.metrics.families import Families
from cti_api.metrics.indicators import Period, Reading, Shown
from cti_api.metrics.observe import Observer
from cti_api.model.agents import Agent, AgentState, AgentStatus
from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignState
from cti_api.model.events import Event, EventKind
from cti_api.model.ids import AgentId, CampaignId, QueueId
from cti_api.model.leads import LeadState
from cti_api.ports import AgentView, CampaignStatus, PacingStatus, QueueView
from cti_api.queue_file import parse_queue
from cti_api.sounds import CampaignSounds
from cti_api.store.migrate import upgrade
from cti_api.store.store import Store
from cti_api.web.app import create_metrics_app
from cti_api.web.handed import Handed
from cti_api.web.serve import serve_tcp
from dialer.pacing.interface import Reason
from tests.bench.figure import Figure
from tests.support.dialer_port import QuietDialer, pacing_decision
from tests.support.free_port import free_port
from tests.support.queue_files import QUEUE_FILE
from vocero.promptness import be_prompt

CALLS = 100_000
AGENTS = 200
CAMPAIGNS = [CampaignId(f"campana-{n:02}") for n in range(20)]
QUEUES = ["soporte", "ventas", "cartera", "citas", "general"]
TRUNKS = ["claro", "tigo", "movistar", "etb"]
SURVEYS = ["servicio", "entrega", "cierre"]
SCRAPES = 200
NOW = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
STATES = cycle(AgentState)

SCRAPER = f"""
import http.client, sys, time
link = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
for _ in range({SCRAPES}):
    began = time.perf_counter()
    link.request("GET", "/metrics", headers={{"Accept-Encoding": "gzip"}})
    answer = link.getresponse()
    size = len(answer.read())
    assert answer.status == 200
    print(time.perf_counter() - began, size)
    time.sleep(0.02)
"""


def calls() -> Iterator[Event]:
    """What 100,000 calls tell."""
    random, number = Random(1), 0
    results = [*CallResult]
    for number in range(CALLS):
        result = random.choice(results)
        trunk, survey = TRUNKS[number % 4], SURVEYS[number % 3]
        of = {"campaign_id": CAMPAIGNS[number % len(CAMPAIGNS)], "lead_id": number}
        payloads: dict[EventKind, dict[str, Any]] = {
            EventKind.CALL_CLEARED: {"result": result.value, "cause": random.randrange(60), "trunk": trunk},
            EventKind.ATTEMPT_CLOSED: {
                "result": result.value, "disposition": f"codigo-{number % 12}", "talk_seconds": 40.0,
                "wrap_up_seconds": 9.0,
            },
        }  # fmt: skip
        if result is CallResult.CONNECTED:
            payloads[EventKind.CALL_CONNECTED] = {"answer_to_agent_seconds": random.random() / 5}
        if number % 5 == 0:
            queue, tree = QUEUES[number % len(QUEUES)], f"menu-{number % 3}"
            payloads[EventKind.CALLER_JOINED] = {"queue": queue, "waited_seconds": random.random() * 60}
            payloads[EventKind.CALLER_CLOSED] = {"queue": queue, "outcome": "answered", "talk_seconds": 50.0}
            payloads[EventKind.IVR_ENDED] = {
                "tree": tree, "node": f"n{number % 37}", "ending": "hung_up", "seconds": 20.0
            }  # fmt: skip
            payloads[EventKind.SURVEY_ENDED] = {
                "survey": survey, "outcome": "finished", "scores": [{"figure": "nps", "value": number % 11}],
            }  # fmt: skip
        for kind, payload in payloads.items():
            yield Event(event_id="e", kind=kind, occurred_at=NOW, payload=payload, **of)  # type: ignore[arg-type]


def campaign(name: CampaignId) -> CampaignStatus:
    reasons = {reason.value: 40 for reason in Reason}
    return CampaignStatus(
        campaign_id=name, title="Mantenimiento", state=CampaignState.RUNNING, leads=60_000,
        leads_by_state={state.value: 5_000 for state in LeadState}, attempts=80_000,
        attempts_by_result={}, calls_in_flight=14, live_answers=900, abandoned=12, abandonment_limit=0.03,
        hopper_depth=30, last_decision="",
        pacing=PacingStatus(latest=pacing_decision(NOW, budget_left=1.5), placed=900, cancelled=4, reasons=reasons),
    )  # fmt: skip


def indicators(observer: Observer) -> None:
    """A value of every indicator, of everything that it may be told apart by."""
    names: dict[Shown, Sequence[str]] = {
        Shown.ALL: [""],
        Shown.CAMPAIGN: CAMPAIGNS,
        Shown.QUEUE: QUEUES,
        Shown.SURVEY: SURVEYS,
    }
    readings = [
        Reading(indicator=indicator, period=period, shown=shown, name=name, value=0.3271)
        for period in Period
        for shown in Shown
        for indicator in shown.indicators
        for name in names[shown]
    ]
    observer.indicators_stand([answer(each, {}, frozenset(Measure)) for each in INDICATORS.values()], readings)


def fill(handed: Handed) -> float:
    """A full floor; returns how long one event took to count, in seconds."""
    observer, dialer = handed.observer, handed.dialer
    assert isinstance(dialer, QuietDialer)
    dialer.board = {
        AgentId(f"agente-{n}"): AgentView(
            agent=Agent(id=AgentId(f"agente-{n}"), name=f"Agente {n}", campaigns=()),
            status=AgentStatus(agent_id=AgentId(f"agente-{n}"), state=next(STATES), since=NOW),
            phone_reachable=True,
        )
        for n in range(AGENTS)
    }
    for name in QUEUES:
        spec = replace(parse_queue(QUEUE_FILE), id=QueueId(name))
        dialer.lines[spec.id] = QueueView(spec=spec, agents_at_work=20, agents_ready=4, callers=())
    dialer.stands(trunks=dict.fromkeys(TRUNKS, "closed"), channels_by_trunk=dict.fromkeys(TRUNKS, 30))
    told = [*calls()]
    began = perf_counter()
    for event in told:
        observer.happened(event)
    each = (perf_counter() - began) / len(told)
    observer.campaigns_stand([campaign(name) for name in CAMPAIGNS])
    indicators(observer)
    return each


async def figures() -> list[Figure]:
    """Everything measured here."""
    be_prompt()
    with tempfile.TemporaryDirectory(prefix="vocero-bench-") as folder:
        url, clock, registry = f"sqlite:///{folder}/vocero.db", SystemClock(), CollectorRegistry()
        await upgrade(url, clock)
        async with Store.open(url, clock=clock) as store:
            handed = Handed(
                store=store, dialer=QuietDialer(store, clock), clock=clock, observer=Observer(Families(registry)),
                registry=registry, sounds=CampaignSounds(Path(folder)), recordings=Path(folder), journal=Path(folder),
            )  # fmt: skip
            return await scraped(handed, fill(handed))


async def scraped(handed: Handed, each: float) -> list[Figure]:
    port = free_port()
    late: list[float] = []
    async with asyncio.TaskGroup() as tasks:
        serving = [
            tasks.create_task(serve_tcp(create_metrics_app(handed), "127.0.0.1", port)),
            tasks.create_task(watch_lateness(late)),
        ]
        await answering(port)
        late.clear()
        began = process_time()
        scraper = await asyncio.create_subprocess_exec(
            sys.executable, "-c", SCRAPER, str(port), stdout=asyncio.subprocess.PIPE
        )
        printed, _ = await scraper.communicate()
        used = (process_time() - began) / SCRAPES
        for task in serving:
            task.cancel()
    lines = [line.split() for line in printed.decode().splitlines()]
    taken = sorted(float(seconds) for seconds, _ in lines)
    of = f"{CALLS:,} calls, {len(CAMPAIGNS)} campaigns, {AGENTS} agents"
    series = sum(len(family.samples) for family in handed.registry.collect())
    return [
        Figure(f"scrape of {of}: p95", taken[int(len(taken) * 0.95)] * 1000, "ms", "≤ 50"),
        Figure("… processor time of each", used * 1000, "ms"),
        Figure("… the event loop is late meanwhile, p99", sorted(late)[int(len(late) * 0.99)] * 1000, "ms"),
        Figure("… series", series, ""),
        Figure("… size", int(lines[0][1]) / 1000, "kB"),
        Figure("… to count one event", each * 1e6, "µs"),
    ]


async def watch_lateness(late: list[float]) -> None:
    """How much later than asked each short sleep ended, until cancelled."""
    while True:
        began = perf_counter()
        await asyncio.sleep(0.005)
        late.append(perf_counter() - began - 0.005)


async def answering(port: int) -> None:
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.01)
