"""A life that was told badly: events late, twice, corrected, of an earlier version, of erased people, of another hand,
with names that nobody thought of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from cti_api.model.events import APPOINTMENT_EVENTS, Event, EventKind
from cti_api.store.left import PAYLOAD_KEPT

ODD_NAMES: Final = (
    "", " ", "Ñandú & Cía.", "'; DROP TABLE kpi_sums; --", '"', "%", "_", "a\x1fb", "=1+1", "0", "日本", "🚗", "x" * 80,
    "\\", "null", "KIA", "kia", "a,b", "\t", "brand,reason",
)  # fmt: skip
EARLIER: Final = (
    "held_seconds", "arrived_at", "in_time", "wrap_up_seconds", "placed_at", "brand", "list", "contact", "reason",
    "effective", "success", "began_at", "scores", "service", "owner", "live_answers", "opened_at", "decided_at",
)  # fmt: skip
"""Entries that events did not always have."""
TWICE: Final = frozenset(
    {
        EventKind.ATTEMPT_CLOSED,
        EventKind.DISPOSITION_SET,
        EventKind.CALLER_JOINED,
        EventKind.CALLER_CLOSED,
        EventKind.SURVEY_ENDED,
        EventKind.SURVEY_INVITED,
        EventKind.SURVEY_EXPIRED,
        EventKind.CASE_OPENED,
        EventKind.CASE_RESOLVED,
        EventKind.CONTRACT_DECIDED,
    }
    | APPOINTMENT_EVENTS
)
BROKEN: Final[tuple[tuple[EventKind, Any], ...]] = (
    (EventKind.ATTEMPT_CLOSED, {}),
    (EventKind.ATTEMPT_CLOSED, {"result": "de otra versión"}),
    (EventKind.ATTEMPT_CLOSED, {"result": ["connected"]}),
    (EventKind.ATTEMPT_CLOSED, {"result": "connected", "talk_seconds": "mucho"}),
    (EventKind.ATTEMPT_CLOSED, {"result": "connected", "talk_seconds": 1e300}),
    (EventKind.ATTEMPT_CLOSED, {"result": "busy", "placed_at": "ayer"}),
    (EventKind.ATTEMPT_CLOSED, {"result": "busy", "placed_at": "2026-03-29T02:30:00"}),
    (EventKind.ATTEMPT_CLOSED, {"result": "busy", "placed_at": "0001-01-01T00:00:00+00:00"}),
    (EventKind.ATTEMPT_CLOSED, {"result": "busy", "brand": {"a": 1}}),
    (EventKind.CAMPAIGN_IMPORTED, {"added": "5"}),
    (EventKind.CALLER_CLOSED, {"queue": 7, "outcome": "caller_abandoned"}),
    (EventKind.APPOINTMENT_KEPT, {}),
    (EventKind.SURVEY_ENDED, {"survey": "pos", "sitting_id": "x", "outcome": "finished", "scores": [{"figure": "x"}]}),
    (EventKind.SURVEY_ENDED, {"survey": "pos", "sitting_id": "x", "outcome": "finished", "scores": 7}),
    (EventKind.CASE_OPENED, {"system": "mesa"}),
    (EventKind.CASE_RESOLVED, {"system": "mesa", "case_id": "99", "resolved_at": "ayer"}),
    (EventKind.CONTRACT_DECIDED, {"system": "mesa", "contract_id": "99"}),
    (EventKind.AGENT_STATE, {"state": "dormido"}),
    (EventKind.AGENT_STATE, {}),
    (EventKind.DIALER_STARTED, {}),
    (EventKind.DIALER_STARTED, {"seen_until": "ayer"}),
)
"""Of each what cannot be understood: nothing is counted of it, and everything that comes after it is."""


def hostile(events: Iterable[Event], random: Random, midnight: datetime) -> Iterator[Event]:
    """`events`, told badly; some calls are placed around `midnight`."""
    told = [each for event in events for each in _mangled(event, random, midnight)]
    told = [event if random.random() > 0.05 else _erased(event) for event in told]
    told += [
        replace(
            random.choice(told),
            event_id=_new_id(random),
            kind=kind,
            payload=payload,
            attempt_id=_new_id(random),
            agent_id="ana",
        )
        for kind, payload in BROKEN
    ]
    for _ in range(9):
        place = random.randrange(len(told))
        told.insert(place, _started(told[place], random))
    late = [(n + (random.randrange(400) if random.random() < 0.1 else 0), n) for n in range(len(told))]
    return (told[n] for _, n in sorted(late))


def _mangled(event: Event, random: Random, midnight: datetime) -> Iterator[Event]:
    payload = {name: value for name, value in event.payload.items() if name not in EARLIER or random.random() > 0.05}
    for name in ("brand", "reason", "list", "service"):
        if name in payload and random.random() < 0.3:
            payload[name] = random.choice(ODD_NAMES)
    if "placed_at" in payload and random.random() < 0.2:
        around = midnight + timedelta(milliseconds=random.choice((-1, 0, 1, -3_600_000, 3_600_000, 7_200_000)))
        payload["placed_at"] = around.isoformat()
    agent = event.agent_id
    if agent is not None and event.kind is not EventKind.AGENT_STATE and random.random() < 0.1:
        agent = random.choice((None, "", "ñandú", "o'brien", "%"))
    event = replace(event, payload=payload, agent_id=agent)
    yield event
    if event.kind in TWICE and random.random() < 0.15:
        for _ in range(random.randint(1, 2)):
            again = dict(payload)
            for name in ("contact", "success", "effective", "renewed"):
                if name in again and random.random() < 0.5:
                    again[name] = not again[name]
            kind = random.choice(sorted(APPOINTMENT_EVENTS)) if event.kind in APPOINTMENT_EVENTS else event.kind
            later = event.occurred_at + timedelta(seconds=random.choice((0, 1, 90_000)))
            if event.kind is EventKind.CASE_RESOLVED:  # once more, later
                resolved = datetime.fromisoformat(again["resolved_at"]) + timedelta(seconds=random.randrange(99_999))
                again["resolved_at"] = resolved.isoformat()
            if "opened_at" in again and random.random() < 0.7:  # by a slip, which may or may not be told once more
                opened = datetime.fromisoformat(again["opened_at"]) + timedelta(
                    seconds=random.randrange(-99_999, 99_999)
                )
                yield replace(event, event_id=_new_id(random), payload=again | {"opened_at": opened.isoformat()})
            yield replace(event, event_id=_new_id(random), payload=again, kind=kind, occurred_at=later)


def _started(beside: Event, random: Random) -> Event:
    """A dialer starts, on a machine whose clock may be behind."""
    at, seen = (beside.occurred_at + timedelta(seconds=random.randrange(-7200, 7200)) for _ in range(2))
    seen_until = None if random.random() < 0.1 else seen.isoformat()
    payload = {"owner": "box, pid 1", "seen_until": seen_until}
    return Event(
        event_id=_new_id(random), kind=EventKind.DIALER_STARTED, occurred_at=at, payload=payload
    )  # fmt: skip


def _erased(event: Event) -> Event:
    """As an erasure leaves it."""
    return replace(event, payload={name: value for name, value in event.payload.items() if name in PAYLOAD_KEPT})


def _new_id(random: Random) -> str:
    return f"{random.getrandbits(128):032x}"
