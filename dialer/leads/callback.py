"""The time an agent agreed on with a person, as it is entered with a disposition."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cti_api.model.campaigns import Disposition, FieldKind


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


def callback_time(disposition: Disposition, fields: Mapping[str, str], timezone: str) -> datetime | None:
    """When to call back: the disposition's first date-and-time field; None when it is missing or unreadable."""
    for wanted in disposition.fields:
        if wanted.kind is FieldKind.DATETIME:
            return agreed_time(fields.get(wanted.name, ""), timezone)
    return None
