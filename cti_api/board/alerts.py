"""What somebody has to see to, from how everything stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from cti_api.board.shown import AgentTile, Alert, CampaignTile, QueueTile
from cti_api.model.agents import AgentState
from cti_api.ports import SystemStatus

LATE_SECONDS: Final = 0.2
"""From which on a late event loop is told: a person on the line hears it."""
MEMORY_SHARE: Final = 0.9
WAITED_TIMES: Final = 3.0
"""A caller who waits so many times as long as the queue wants to answer in."""


def alerts(
    system: SystemStatus,
    agents: Mapping[str, AgentTile],
    queues: Mapping[str, QueueTile],
    campaigns: Mapping[str, CampaignTile],
    before: Mapping[str, Alert],
    now: datetime,
) -> dict[str, Alert]:
    """By kind and subject, the grave first; one that was there `before` keeps its beginning."""
    found: dict[str, Alert] = {}
    told = [*_of_system(system), *_of_campaigns(campaigns), *_of_queues(queues, now), *_of_agents(agents)]
    for grave, kind, subject, detail in sorted(told, key=lambda each: not each[0]):
        key = f"{kind}:{subject}"
        since = before[key].since if key in before else now
        found[key] = Alert(grave=grave, kind=kind, subject=subject, detail=detail, since=since)
    return found


Found = Iterator[tuple[bool, str, str, str]]
"""Grave, kind, subject, detail."""


def _of_system(system: SystemStatus) -> Found:
    if not system.link_up:
        yield True, "link_down", "", system.link_trouble
    elif not system.reconciled:
        yield False, "reconciling", "", ""
    if not system.store_writable:
        yield True, "store", "", ""
    if system.worst_loop_lag_seconds >= LATE_SECONDS:
        yield False, "late", "", ""
    if system.memory_limit_bytes and system.memory_used_bytes >= MEMORY_SHARE * system.memory_limit_bytes:
        yield False, "memory", "", ""
    for name, state in system.trunks.items():
        if state == "open":
            yield True, "trunk", name, ""
    for name, alarm in system.trunk_alarms.items():
        yield True, f"trunk_{alarm}", name, ""


def _of_campaigns(campaigns: Mapping[str, CampaignTile]) -> Found:
    for name, tile in campaigns.items():
        if tile.alarm and tile.alarm not in ("link_down", "store"):  # those are told once, of the whole
            yield True, "campaign", name, tile.alarm
        if tile.abandoned > tile.abandonment_limit * tile.live_answers + 1:
            yield True, "abandonment", name, str(tile.abandoned)
        if tile.callbacks_missed:
            yield False, "callbacks_missed", name, str(tile.callbacks_missed)


def _of_queues(queues: Mapping[str, QueueTile], now: datetime) -> Found:
    for name, tile in queues.items():
        if tile.waiting_since is None:
            continue
        if not tile.agents_at_work:
            yield True, "nobody_serves", name, str(tile.waiting)
        elif now - tile.waiting_since > timedelta(seconds=WAITED_TIMES * tile.answer_within_seconds):
            yield False, "long_wait", name, ""


def _of_agents(agents: Mapping[str, AgentTile]) -> Found:
    """Who they are is seen on their tiles."""
    lost = sum(tile.state is not AgentState.LOGGED_OFF and not tile.phone_reachable for tile in agents.values())
    if lost:
        yield False, "phones", "", str(lost)
