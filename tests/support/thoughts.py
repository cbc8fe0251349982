"""Campaigns and leads for tests of the thinking parts."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from cti_api.model.calls import GIVEN_BACK, CallResult
from cti_api.model.campaigns import (
    CampaignHours,
    CampaignSpec,
    ColumnMap,
    DailyHours,
    DayPart,
    Disposition,
    DispositionField,
    FieldKind,
    PacingMode,
    RetryAction,
    RetryPolicy,
    RetryRule,
)
from cti_api.model.ids import CampaignId, ContactId, LeadId, TrunkId
from cti_api.model.leads import Contact, Lead, LeadState
from cti_api.model.phone import PhoneNumber

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""A Monday, ten in the morning in Bogotá."""

ALWAYS = CampaignHours(
    timezone="America/Bogota",
    days=tuple(DailyHours(weekday=day, start=time(0), end=time(0)) for day in range(7)),
)
OFFICE = CampaignHours(
    timezone="America/Bogota",
    days=(
        *(DailyHours(weekday=day, start=time(8), end=time(19)) for day in range(5)),
        DailyHours(weekday=5, start=time(8), end=time(15)),
    ),
)
PARTS = (
    DayPart(name="morning", start=time(8), end=time(12)),
    DayPart(name="midday", start=time(12), end=time(15)),
    DayPart(name="evening", start=time(15), end=time(19)),
)
CALL_BACK = Disposition(
    code="volver_a_llamar",
    label="Volver a llamar",
    fields=(DispositionField(name="fecha", label="Fecha", kind=FieldKind.DATETIME),),
)
BOOKED = Disposition(code="cita", label="Cita", contact=True, effective=True, success=True)


def rule(action: RetryAction = RetryAction.RETRY, minutes: float = 10, **more: Any) -> RetryRule:
    return RetryRule(action=action, after_seconds=minutes * 60, **more)


def spec(
    rules: dict[str, RetryRule] | None = None,
    *,
    hours: CampaignHours = ALWAYS,
    most: int = 3,
    gap_minutes: float = 5,
    parts: tuple[DayPart, ...] = (),
    **more: Any,
) -> CampaignSpec:
    facts: dict[str, Any] = {
        "id": CampaignId("mantenimiento"),
        "title": "Mantenimiento",
        "region": "CO",
        "mode": PacingMode.PROGRESSIVE,
        "trunks": (TrunkId("principal"),),
        "caller_id": PhoneNumber("+576017420000"),
        "hours": hours,
        "retry": RetryPolicy(
            max_attempts=most,
            min_gap_seconds=gap_minutes * 60,
            rules={"default": rule(), **(rules or {})},
            day_parts=parts,
        ),
        "dispositions": (BOOKED, CALL_BACK),
        "columns": ColumnMap(name="nombre", phones=("telefono",)),
    }
    return CampaignSpec(**(facts | more))


def lead(phones: int = 1, **more: Any) -> Lead:
    numbers = tuple(PhoneNumber(f"+57300123450{n}") for n in range(phones))
    facts: dict[str, Any] = {
        "id": LeadId(1),
        "campaign_id": CampaignId("mantenimiento"),
        "contact": Contact(id=ContactId(1), name="Ana", phones=numbers),
        "state": LeadState.DIALING,
    }
    return Lead(**(facts | more))


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def counted(person: Lead, result: CallResult, disposition: str | None, phone_index: int) -> Lead:
    """The lead after the store has counted an attempt, as it does."""
    counts = dict(person.counts)
    for key in filter(None, (result.value, disposition)):
        counts[key] = counts.get(key, 0) + 1
    return lead(
        phones=len(person.contact.phones),
        attempts_made=person.attempts_made + (result not in GIVEN_BACK),
        counts=counts,
        phone_index=phone_index,
    )
