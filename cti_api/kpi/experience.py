"""What a campaign's latest calls were like: how often somebody answers, how long things take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean
from typing import Final

from cti_api.model.calls import LIVE_ANSWERS, Attempt, CallResult

PARTS: Final = 40
"""Lengths are told as the means of so many equal parts, from the shortest to the longest: their mean is kept, however
far the longest are from the others. Of fewer lengths nothing is told."""

FAILED: Final = frozenset(
    {
        CallResult.BUSY,
        CallResult.REJECTED,
        CallResult.UNAVAILABLE,
        CallResult.INVALID_NUMBER,
        CallResult.CONGESTION,
        CallResult.FAILED,
    }
)
"""The network's answers. What a trunk or we ourselves failed at says nothing of the list, and is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Experience:
    """What so many calls were like. Lengths are the means of `PARTS` in seconds; empty where too few are known."""

    calls: int
    """Those that say something of the list."""
    people: int
    """Answered by a person …"""
    machines: int
    """… by a machine …"""
    failures: dict[str, int]
    """… and those that the network answered, by result; the others rang out."""
    ring: tuple[float, ...]
    machine_ring: tuple[float, ...]
    talk: tuple[float, ...]
    wrap: tuple[float, ...]
    dispositions: dict[str, int]
    """Of the talks."""


def experience_of(calls: Iterable[Attempt]) -> Experience:
    """What these closed calls, of one campaign, were like."""
    people = machines = unanswered = 0
    failures: Counter[str] = Counter()
    dispositions: Counter[str] = Counter()
    ring, machine_ring, talk, wrap = list[float](), list[float](), list[float](), list[float]()
    for call in calls:
        rang = _between(call.created_at, call.answered_at)
        if call.result in LIVE_ANSWERS:
            people += 1
            ring += rang
        elif call.result is CallResult.MACHINE:
            machines += 1
            machine_ring += rang
        elif call.result in FAILED:
            failures[call.result.value] += 1
        elif call.result is CallResult.NO_ANSWER:
            unanswered += 1
        if call.result is CallResult.CONNECTED:
            talk.append(call.talk_seconds)
            wrap += _between(call.ended_at, call.closed_at)
            if call.disposition:
                dispositions[call.disposition] += 1
    return Experience(
        calls=people + machines + failures.total() + unanswered,
        people=people,
        machines=machines,
        failures=dict(failures.most_common()),
        ring=_parts(ring),
        machine_ring=_parts(machine_ring),
        talk=_parts(talk),
        wrap=_parts(wrap),
        dispositions=dict(dispositions.most_common()),
    )


def _between(one: datetime | None, other: datetime | None) -> list[float]:
    """The seconds between them; nothing where one is not known, or a clock went back."""
    if one is None or other is None or other < one:
        return []
    return [(other - one).total_seconds()]


def _parts(lengths: Sequence[float]) -> tuple[float, ...]:
    many = len(lengths)
    if many < PARTS:
        return ()
    ordered = sorted(lengths)
    parts = [ordered[many * part // PARTS : many * (part + 1) // PARTS] for part in range(PARTS)]
    return tuple(round(fmean(part), 2) for part in parts)
