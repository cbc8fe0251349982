"""What an agent enters as agreed on with a person: an hour, and the booking that a disposition makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cti_api.model.appointments import AppointmentPolicy, Booking
from cti_api.model.campaigns import CampaignSpec, FieldKind


def agreed_time(text: str, timezone: str) -> datetime | None:
    """The UTC instant of an ISO 8601 time such as ``2026-11-24T16:30`` or ``2026-11-24 16:30``; None when it is none.

    A time without its distance from UTC is meant on the clock of `timezone` (IANA name).
    """
    try:
        entered = datetime.fromisoformat(text.strip())
        local = entered if entered.tzinfo is not None else entered.replace(tzinfo=ZoneInfo(timezone))
        return local.astimezone(UTC)
    except (ValueError, OverflowError):  # OverflowError: the years 1 and 9999 have no neighbours
        return None


def policy_of(spec: CampaignSpec) -> AppointmentPolicy | None:
    """How the campaign books: by its ``appointments``; else by the first disposition that is a success and asks for day
    and hour, into no calendar; None where there is none."""
    if spec.appointments is not None:
        return spec.appointments
    for disposition in spec.dispositions:
        for field in disposition.fields:
            if disposition.success and field.kind is FieldKind.DATETIME:
                return AppointmentPolicy(on=disposition.code, at=field.name)
    return None


def booking_of(spec: CampaignSpec, code: str, fields: Mapping[str, str]) -> Booking | None:
    """The booking in a disposition; None for one that books nothing."""
    policy = policy_of(spec)
    if policy is None or code != policy.on:
        return None
    starts_at = agreed_time(fields.get(policy.at, ""), spec.hours.timezone)
    return None if starts_at is None else booking_at(policy, starts_at, "agent")


def booking_at(policy: AppointmentPolicy, starts_at: datetime, source: str) -> Booking:
    """A booking by the campaign's rules, whoever makes it."""
    return Booking(
        starts_at=starts_at,
        calendar=policy.calendar,
        source=source,
        remind_before_seconds=policy.reminder.before_seconds if policy.reminder else None,
    )
