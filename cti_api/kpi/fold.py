"""From events to facts. Pure: an event and what is known of its things give the facts as they are after it.

Events come in the order of their numbers. One that lacks what a fact is made of - an earlier version wrote it - makes a
fact that knows less; none is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final

from cti_api.kpi import fold_cases, fold_surveys
from cti_api.kpi.business_hours import BY_THE_CLOCK, Promise
from cti_api.kpi.facts import Fact, FactKind, Key, Known, Scope, instant, value
from cti_api.kpi.measures import Measure, Split
from cti_api.model.agents import AgentState
from cti_api.model.calls import GIVEN_BACK, LIVE_ANSWERS, CallResult
from cti_api.model.events import Event, EventKind
from cti_api.model.queues import InboundOutcome


def keys_of(event: Event) -> tuple[Key, ...]:
    """The facts that `facts_of` wants to know before it looks at this event."""
    if event.kind in _OF_CASES:
        return tuple(fold_cases.case_keys(event))
    made = _RULES.get(event.kind)
    return () if made is None else tuple(made[0](event))


def facts_of(event: Event, known: Known, promise: Promise = BY_THE_CLOCK) -> tuple[Fact, ...]:
    """The facts that are new or other after it. `promise`: within how long cases are to be resolved, by the settings of
    now."""
    if event.kind in _OF_CASES:
        return tuple(fold_cases.case(event, known, promise))
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
    placed_at = instant(told.get("placed_at"), event.occurred_at)
    splits = {Split.LIST: value(told.get("list")), Split.BRAND: value(told.get("brand"))}
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
    if "live_answers" in told:
        counts |= {Measure.LIVE_ANSWERS: told["live_answers"], Measure.ABANDONED: told["abandoned"]}
    return replace(call, counts=counts, splits={**call.splits, Split.REASON: value(told.get("reason"))})


def _imported(event: Event, known: Known) -> Iterator[Fact]:
    del known
    yield _brought_in(event, event.event_id, event.campaign_id, event.payload["added"], event.payload.get("list"))


def _recycled(event: Event, known: Known) -> Iterator[Fact]:
    """Leads who go to another campaign are new ones there; those who come back in their own are none."""
    del known
    if event.payload.get("into") is not None:
        yield _brought_in(event, event.event_id, event.payload["into"], event.payload["leads"])


def _planned_keys(event: Event) -> Iterator[Key]:
    yield Key(FactKind.IMPORT, f"lead {event.lead_id}")


def _planned(event: Event, known: Known) -> Iterator[Fact]:
    """Somebody who was invited to a survey is a lead of the campaign that asks; the same one at the next service."""
    (key,) = _planned_keys(event)
    if key not in known:
        yield _brought_in(event, key.id, event.campaign_id, 1)


def _brought_in(event: Event, fact_id: str, campaign: str | None, leads: int, of_list: str | None = None) -> Fact:
    return Fact(
        kind=FactKind.IMPORT,
        id=fact_id,
        at=event.occurred_at,
        scope=Scope.CAMPAIGN,
        of=campaign or "",
        splits={Split.LIST: value(of_list)},
        counts={Measure.LEADS: leads},
    )


# ---------------------------------------------------------------- calls that come in


def _caller_keys(event: Event) -> Iterator[Key]:
    yield Key(FactKind.CALLER, event.call_id or "")


def _caller_joined(event: Event, known: Known) -> Iterator[Fact]:
    """The wait is over with the first agent, and counted from then on; of a move to another queue while they wait, or
    of a second agent, nothing is told that counts."""
    before = known.get(Key(FactKind.CALLER, event.call_id or event.event_id))
    is_over = before is not None and bool(before.counts.get(Measure.HANDLED))
    if "in_time" in event.payload and not is_over:
        yield _waited(event, answered=True)


def _caller_closed(event: Event, known: Known) -> Iterator[Fact]:
    del known
    told = event.payload
    answered, held = told["outcome"] == InboundOutcome.ANSWERED, told.get("held_seconds", 0.0)
    fact = _waited(event, answered=answered)
    counts = {**fact.counts, Measure.CALLER_ABANDONED: told["outcome"] == InboundOutcome.CALLER_ABANDONED}
    if answered:
        counts[Measure.HANDLED] = 1
        counts[Measure.TALK_SECONDS] = max(told.get("talk_seconds", 0.0) - held, 0.0)
        counts[Measure.HOLD_SECONDS] = held
        counts[Measure.WRAP_UP_SECONDS] = told.get("wrap_up_seconds", 0.0)
    yield replace(fact, counts=counts)


def _waited(event: Event, *, answered: bool) -> Fact:
    """A caller whose wait is over, in the queue where they are now, as `cti_api.kpi.queues` counts them."""
    told, key = event.payload, Key(FactKind.CALLER, event.call_id or event.event_id)
    counts: dict[Measure, float] = {
        Measure.OFFERED: 1,
        Measure.ANSWERED: answered,
        Measure.ANSWERED_IN_TIME: answered and bool(told.get("in_time")),
        Measure.CALLER_ABANDONED: 0,
    }
    if answered:
        counts[Measure.WAIT_SECONDS] = told.get("waited_seconds", 0.0)
    return Fact(
        kind=key.kind,
        id=key.id,
        at=instant(told.get("arrived_at"), event.occurred_at),
        scope=Scope.QUEUE,
        of=told["queue"],
        splits={Split.AGENT: event.agent_id or ""},
        counts=counts,
    )


# ---------------------------------------------------------------- appointments


def _appointment_keys(event: Event) -> Iterator[Key]:
    yield Key(FactKind.APPOINTMENT, str(event.payload["appointment_id"]))


def _appointment(event: Event, known: Known) -> Iterator[Fact]:
    (key,), told = _appointment_keys(event), event.payload
    before = known.get(key)
    fact = before or Fact(
        kind=key.kind,
        id=key.id,
        at=event.occurred_at,
        scope=Scope.CAMPAIGN,
        of=event.campaign_id or "",
        splits={
            Split.LIST: value(told.get("list")),
            Split.BRAND: value(told.get("brand")),
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


def _nothing(event: Event) -> Iterator[Key]:
    del event
    yield from ()


_OF_CASES: Final = frozenset({EventKind.CASE_OPENED, EventKind.CASE_RESOLVED})

_Rule = tuple[Callable[[Event], Iterator[Key]], Callable[[Event, Known], Iterator[Fact]]]

_RULES: Final[Mapping[EventKind, _Rule]] = {
    EventKind.ATTEMPT_CLOSED: (_call_keys, _closed),
    EventKind.DISPOSITION_SET: (_call_keys, _disposed),
    EventKind.CAMPAIGN_IMPORTED: (_nothing, _imported),
    EventKind.CAMPAIGN_RECYCLED: (_nothing, _recycled),
    EventKind.SURVEY_PLANNED: (_planned_keys, _planned),
    EventKind.CALLER_JOINED: (_caller_keys, _caller_joined),
    EventKind.CALLER_MOVED: (_caller_keys, _caller_joined),
    EventKind.CALLER_CLOSED: (_caller_keys, _caller_closed),
    EventKind.APPOINTMENT_BOOKED: (_appointment_keys, _appointment),
    EventKind.APPOINTMENT_MOVED: (_appointment_keys, _appointment),
    EventKind.APPOINTMENT_CANCELLED: (_appointment_keys, _appointment),
    EventKind.APPOINTMENT_KEPT: (_appointment_keys, _appointment),
    EventKind.APPOINTMENT_MISSED: (_appointment_keys, _appointment),
    EventKind.SURVEY_INVITED: (fold_surveys.keys, fold_surveys.facts),
    EventKind.SURVEY_ENDED: (fold_surveys.keys, fold_surveys.facts),
    EventKind.SURVEY_EXPIRED: (fold_surveys.keys, fold_surveys.facts),
    EventKind.CONTRACT_DECIDED: (fold_cases.contract_keys, fold_cases.contract),
}

COUNTED: Final = frozenset(_RULES) | _OF_CASES
"""Kinds of events that facts are made of; seats have their own way (`seat_facts`)."""
