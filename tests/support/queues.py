"""Callers who wait and agents who are free, for tests of the queues."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cti_api.model.ids import AgentId, InboundId, QueueId
from dialer.queues.discipline import Rule, Server, Waiting

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
SOPORTE, VENTAS, CARTERA = QueueId("soporte"), QueueId("ventas"), QueueId("cartera")


def before(seconds: float) -> datetime:
    return NOON - timedelta(seconds=seconds)


def caller(name: str, waited: float, queue: QueueId = SOPORTE, **more: object) -> Waiting:
    facts = {"arrived_at": before(waited), "queued_at": before(waited)} | more
    return Waiting(id=InboundId(name), queue=queue, **facts)  # type: ignore[arg-type]


def agent(name: str, idle: float, **ranks: int) -> Server:
    return Server(
        agent_id=AgentId(name),
        idle_since=before(idle),
        ranks={QueueId(q): r for q, r in (ranks or {"soporte": 1}).items()},
    )


def rule(priority: int = 0, longest: float = 600, to: QueueId | None = None) -> Rule:
    return Rule(priority=priority, longest_wait_seconds=longest, overflow_to=to)
