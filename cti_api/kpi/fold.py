"""From events to facts. Pure: an event and what is known of its things give the facts as they are after it.

Events come in the order of their numbers. One that lacks what a fact is made of - an earlier version wrote it - makes a
fact that knows less; none is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final

from cti_api.kpi.facts import Fact, FactKind, Key, Scope
from cti_api.kpi.measures import Measure, Split
from cti_api.model.agents import AgentState
from cti_api.model.calls import GIVEN_BACK, LIVE_ANSWERS, CallResult
from cti_api.model.events import Event, EventKind
from cti_api.model.queues import InboundOutcome
from cti_api.model.surveys import Figure, Outcome

Known = Mapping[Key, Fact]

_ENDED: Final = frozenset({AgentState.LOGGED_OFF})


def keys_of(event: Event) -> tuple[Key, ...]:
    """The facts that `facts_of` wants to know before it looks at this event."""
    made = _RULES.get(event.kind)
    return () if made is None else tuple(made[0](event))


def facts_of(event: Event, known: Known) -> tuple[Fact, ...]:
    """The facts that are new or other after it."""
    made = _RULES.get(event.kind)
    return () if made is None else tuple(made[1](event, known))


# ---------------------------------------------------------------- calls that we place


def _call_keys(event: Event) -> Iterator[Key]:
    yield Key(FactKind.CALL, event.attempt_id or "")
    yield Key(FactKind.LEAD, str(event.lead_id))


def _closed(event: Event, known: Known) -> Iterator[Fact]:
    told = event.payload
    result = CallResult(told["result"])
    made, live = result not in GIVEN_BACK, result in LIVE_ANSWERS
    talked = result is CallResult.CONNECTED and event.agent_id is not None
    held = told.get("held_seconds", 0.0)
    placed_at = _instant(told.get("placed_at"), event.occurred_at)
    splits = {Split.LIST: told.get("list", ""), Split.BRAND: told.get("brand", "")}
    counts: dict[Measure, float] = {
        Measure.ATTEMPTS: 1,
        Measure.CALLS_MADE: made,
        Measure.LIVE_ANSWERS: live,
        Measure.ABANDONED: result is CallResult.ABANDONED,
        Measure.HANDLED: talked,
        Measure.OUTBOUND_HANDLED: talked,
    }
    if talked:
        counts[Measure.TALK_SECONDS] = max(told.get("talk_seconds", 0.0) - held, 0.0)
        counts[Measure.HOLD_SECONDS] = held
        counts[Measure.WRAP_UP_SECONDS] = told.get("wrap_up_seconds", 0.0)
    call = Fact(
        kind=FactKind.CALL,
        id=event.attempt_id or event.event_id,
        at=placed_at,
        scope=Scope.CAMPAIGN,
        of=event.campaign_id or "",
        splits={**splits, Split.AGENT: event.agent_id or ""},
        counts=counts,
    )
    yield _said(call, told)
    if made and event.lead_id is not None and Key(FactKind.LEAD, str(event.lead_id)) not in known:
        yield replace(call, kind=FactKind.LEAD, id=str(event.lead_id), splits=splits, counts={Measure.LEADS_TRIED: 1})


def _disposed(event: Event, known: Known) -> Iterator[Fact]:
    """A correction; before the attempt is closed it tells nothing that its closing does not."""
    if (call := known.get(Key(FactKind.CALL, event.attempt_id or ""))) is not None and "contact" in event.payload:
        yield _said(call, event.payload)


def _said(call: Fact, told: Mapping[str, Any]) -> Fact:
    """With what its disposition says."""
    made = call.counts.get(Measure.CALLS_MADE, 0)
    contact, success = bool(told.get("contact")), bool(told.get("success"))
    counts = {
        **call.counts,
        Measure.CONTACTS: contact,
        Measure.EFFECTIVE: bool(told.get("effective")),
        Measure.SUCCESSES: success,
        Measure.NO_CONTACT: made and not contact,
        Measure.NO_SUCCESS: contact and not success,
    }
    return replace(call, counts=counts, splits={**call.splits, Split.REASON: told.get("reason", "")})


def _imported(event: Event, known: Known) -> Iterator[Fact]:
    del known
    yield Fact(
        kind=FactKind.IMPORT,
        id=event.event_id,
        at=event.occurred_at,
        scope=Scope.CAMPAIGN,
        of=event.campaign_id or "",
        splits={Split.LIST: event.payload.get("list", "")},
        counts={Measure.LEADS: event.payload["added"]},
    )


# ---------------------------------------------------------------- calls that come in


def _caller_keys(event: Event) -> Iterator[Key]:
    yield Key(FactKind.CALLER, event.call_id or "")


def _caller_closed(event: Event, known: Known) -> Iterator[Fact]:
    del known
    told = event.payload
    answered = told["outcome"] == InboundOutcome.ANSWERED
    held = told.get("held_seconds", 0.0)
    counts: dict[Measure, float] = {
        Measure.OFFERED: 1,
        Measure.ANSWERED: answered,
        Measure.ANSWERED_IN_TIME: answered and bool(told.get("in_time")),
        Measure.CALLER_ABANDONED: told["outcome"] == InboundOutcome.CALLER_ABANDONED,
    }
    if answered:
        counts[Measure.WAIT_SECONDS] = told["waited_seconds"]
        counts[Measure.HANDLED] = 1
        counts[Measure.TALK_SECONDS] = max(told["talk_seconds"] - held, 0.0)
        counts[Measure.HOLD_SECONDS] = held
        counts[Measure.WRAP_UP_SECONDS] = told.get("wrap_up_seconds", 0.0)
    yield Fact(
        kind=FactKind.CALLER,
        id=event.call_id or event.event_id,
        at=_instant(told.get("arrived_at"), event.occurred_at),
        scope=Scope.QUEUE,
        of=told["queue"],
        splits={Split.AGENT: event.agent_id or ""},
        counts=counts,
    )


# ---------------------------------------------------------------- appointments, surveys, cases, contracts


def _appointment_keys(event: Event) -> Iterator[Key]:
    yield Key(FactKind.APPOINTMENT, str(event.payload["appointment_id"]))


def _appointment(event: Event, known: Known) -> Iterator[Fact]:
    key = Key(FactKind.APPOINTMENT, str(event.payload["appointment_id"]))
    before = known.get(key)
    fact = before or Fact(
        kind=key.kind,
        id=key.id,
        at=event.occurred_at,
        scope=Scope.CAMPAIGN,
        of=event.campaign_id or "",
        splits={
            Split.LIST: event.payload.get("list", ""),
            Split.BRAND: event.payload.get("brand", ""),
            Split.AGENT: event.agent_id or "",
        },
    )
    yield replace(
        fact,
        counts={
            Measure.APPOINTMENTS: 1,
            Measure.APPOINTMENTS_CANCELLED: event.kind is EventKind.APPOINTMENT_CANCELLED,
            Measure.APPOINTMENTS_KEPT: event.kind is EventKind.APPOINTMENT_KEPT,
            Measure.APPOINTMENTS_MISSED: event.kind is EventKind.APPOINTMENT_MISSED,
        },
    )


def _sitting_keys(event: Event) -> Iterator[Key]:
    yield Key(FactKind.SITTING, _asked_by(event))


def _asked_by(event: Event) -> str:
    """Who was invited is asked once, in however many calls."""
    invitation = event.payload.get("invitation_id")
    return event.payload["sitting_id"] if invitation is None else f"invitation {invitation}"


def _survey_ended(event: Event, known: Known) -> Iterator[Fact]:
    told = event.payload
    before = known.get(Key(FactKind.SITTING, _asked_by(event)))
    counts: dict[Measure, float] = {
        Measure.ASKED: 1,
        Measure.RESPONDED: told["outcome"] in (Outcome.FINISHED, Outcome.PARTIAL),
    }
    rated: list[bool] = []
    for score in told.get("scores", ()):
        if score["figure"] == Figure.CSAT:
            rated.append(bool(score.get("satisfied")))
        for measure, amount in _scored(Figure(score["figure"]), float(score["value"]), bool(score.get("satisfied"))):
            counts[measure] = counts.get(measure, 0) + amount
    if rated:
        counts |= {Measure.RATED: 1, Measure.SATISFIED: all(rated)}
    yield Fact(
        kind=FactKind.SITTING,
        id=_asked_by(event),
        at=before.at if before is not None else _instant(told.get("began_at"), event.occurred_at),
        scope=Scope.SURVEY,
        of=told["survey"],
        splits={
            Split.AGENT: event.agent_id or "",
            Split.QUEUE: told.get("queue", ""),
            Split.SERVICE: told.get("service", ""),
        },
        counts=counts,
    )


def _scored(figure: Figure, value: float, satisfied: bool) -> Iterator[tuple[Measure, float]]:
    match figure:
        case Figure.CSAT:
            yield Measure.CSAT_ANSWERS, 1
            yield Measure.CSAT_SATISFIED, satisfied
        case Figure.NPS:
            yield Measure.NPS_ANSWERS, 1
            yield Measure.NPS_PROMOTERS, value >= 9
            yield Measure.NPS_DETRACTORS, value <= 6
        case Figure.CES:
            yield Measure.CES_ANSWERS, 1
            yield Measure.CES_TOTAL, value
            yield Measure.CES_SQUARES, value * value


# ---------------------------------------------------------------- agents' time

_SECONDS_OF: Final[Mapping[AgentState, Measure]] = {
    AgentState.READY: Measure.READY_SECONDS,
    AgentState.RESERVED: Measure.BUSY_SECONDS,
    AgentState.BUSY: Measure.BUSY_SECONDS,
    AgentState.WRAP_UP: Measure.AFTER_CALL_SECONDS,
    AgentState.NOT_READY: Measure.NOT_READY_SECONDS,
}


def seat_facts(
    agent: str, state: AgentState, reason: str, since: datetime, until: datetime, zone: tzinfo = UTC
) -> Iterator[Fact]:
    """An agent's time in one state, a fact for each hour of the zone that it falls into; nothing of who is signed
    out."""
    measure = _SECONDS_OF.get(state)
    while measure is not None and since < until:
        local = since.astimezone(zone)  # where clocks are half an hour off, hours begin when those of UTC do not
        into = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        end = min(until, since + timedelta(hours=1) - into)
        yield Fact(
            kind=FactKind.SEAT,
            id=f"{agent} {since.isoformat()}",
            at=since,
            splits={Split.AGENT: agent, Split.REASON: reason if state is AgentState.NOT_READY else ""},
            counts={measure: (end - since).total_seconds()},
        )
        since = end


def _instant(text: str | None, otherwise: datetime) -> datetime:
    return otherwise if text is None else datetime.fromisoformat(text)


def _nothing(event: Event) -> Iterator[Key]:
    del event
    yield from ()


_Rule = tuple[Callable[[Event], Iterator[Key]], Callable[[Event, Known], Iterator[Fact]]]

_RULES: Final[Mapping[EventKind, _Rule]] = {
    EventKind.ATTEMPT_CLOSED: (_call_keys, _closed),
    EventKind.DISPOSITION_SET: (_call_keys, _disposed),
    EventKind.CAMPAIGN_IMPORTED: (_nothing, _imported),
    EventKind.CALLER_CLOSED: (_caller_keys, _caller_closed),
    EventKind.APPOINTMENT_BOOKED: (_appointment_keys, _appointment),
    EventKind.APPOINTMENT_MOVED: (_appointment_keys, _appointment),
    EventKind.APPOINTMENT_CANCELLED: (_appointment_keys, _appointment),
    EventKind.APPOINTMENT_KEPT: (_appointment_keys, _appointment),
    EventKind.APPOINTMENT_MISSED: (_appointment_keys, _appointment),
    EventKind.SURVEY_ENDED: (_sitting_keys, _survey_ended),
}

COUNTED: Final = frozenset(_RULES)
"""Kinds of events that facts are made of; seats have their own way (`seat_facts`)."""
