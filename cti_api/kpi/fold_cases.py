"""From what is told of cases and contracts, ours or another system's, to facts.

A case is known by the system that tells of it and that system's own id. What is told of it may come in any order, and
again: its opening and its end each replace what was said of them before, and neither undoes the other.
"""

from __future__ import annotations

from collections.abc import Iterator

from cti_api.kpi.business_hours import Promise
from cti_api.kpi.facts import Fact, FactKind, Key, Known, Scope, instant, value
from cti_api.kpi.measures import Measure, Split
from cti_api.model.events import Event, EventKind


def case_keys(event: Event) -> Iterator[Key]:
    yield Key(FactKind.CASE, f"{event.payload['system']} {event.payload['case_id']}")


def case(event: Event, known: Known, promise: Promise) -> Iterator[Fact]:
    """A case as it is after it was opened, or resolved. Whether in time is decided here, by the settings of now."""
    told, (key,) = event.payload, case_keys(event)
    before = known.get(key)
    effective = False
    if event.kind is EventKind.CASE_RESOLVED:
        resolved_at = instant(told.get("resolved_at"), event.occurred_at)
        opened_at = instant(told.get("opened_at"), resolved_at if before is None else before.at)
        effective = bool(told.get("effective", True))
    else:
        opened_at, resolved_at = instant(told.get("opened_at"), event.occurred_at), None
        if before is not None:
            resolved_at, effective = before.until, bool(before.counts.get(Measure.CASES_EFFECTIVE))
    # one of the two was told wrong where it ended before it was opened: how long it took is not known until it is told
    # again
    took = None if resolved_at is None or resolved_at < opened_at else resolved_at - opened_at
    counts: dict[Measure, float] = {
        Measure.CASES: 1,
        Measure.CASES_RESOLVED: took is not None,
        Measure.CASES_EFFECTIVE: effective,
        Measure.CASES_IN_TIME: took is not None and promise.is_kept(opened_at, opened_at + took),
        Measure.RESOLUTION_SECONDS: took.total_seconds() if took is not None else 0.0,
    }
    scope, of = _scope(event, before)
    splits = {**(before.splits if before is not None else {}), **_splits(event)}
    yield Fact(
        kind=key.kind, id=key.id, at=opened_at, until=resolved_at, scope=scope, of=of, splits=splits, counts=counts
    )  # fmt: skip


def contract_keys(event: Event) -> Iterator[Key]:
    yield Key(FactKind.CONTRACT, f"{event.payload['system']} {event.payload['contract_id']}")


def contract(event: Event, known: Known) -> Iterator[Fact]:
    """One renewal that was decided."""
    del known
    (key,), (scope, of) = contract_keys(event), _scope(event, None)
    yield Fact(
        kind=key.kind,
        id=key.id,
        at=instant(event.payload.get("decided_at"), event.occurred_at),
        scope=scope,
        of=of,
        splits=_splits(event),
        counts={Measure.CONTRACTS_DUE: 1, Measure.CONTRACTS_RENEWED: bool(event.payload["renewed"])},
    )


def _scope(event: Event, before: Fact | None) -> tuple[Scope, str]:
    if survey := event.payload.get("survey"):
        return Scope.SURVEY, survey
    if event.campaign_id:
        return Scope.CAMPAIGN, event.campaign_id
    return (Scope.NONE, "") if before is None else (before.scope, before.of)


def _splits(event: Event) -> dict[Split, str]:
    told = event.payload
    splits = {Split.SERVICE: told.get("service"), Split.AGENT: told.get("owner"), Split.BRAND: told.get("brand")}
    return {split: value(said) for split, said in splits.items() if value(said)}
