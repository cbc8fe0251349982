"""When somebody sets the machine's clock, what is under way is moved along with it.

Instants that are kept (in the store, in events) stay as they were told. Those in memory are there to measure how long
something has lasted, or when it ends: a wrap-up of a minute ends after a minute, whatever the clock shows then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from dialer.agents.board import Seat
from dialer.engine.book import Flight
from dialer.engine.callers import Caller

T = TypeVar("T")


def shifted(value: T, by: timedelta) -> T:
    """The same frozen dataclass with each of its instants moved."""
    moved: dict[str, Any] = {
        field.name: instant + by
        for field in fields(value)  # type: ignore[arg-type]
        if isinstance(instant := getattr(value, field.name), datetime)
    }
    return replace(value, **moved)  # type: ignore[type-var]


def shift(flights: Iterable[Flight], callers: Iterable[Caller], seats: Iterable[Seat], by: timedelta) -> None:
    """Move what is known of calls in flight, of callers and of the agents' present states."""
    for flight in flights:
        flight.call = shifted(flight.call, by)
        if flight.wrap_up_until is not None:
            flight.wrap_up_until += by
    for caller in callers:
        caller.call = shifted(caller.call, by)
        caller.tell_at += by
        if caller.offered_at is not None:
            caller.offered_at += by
        if caller.call_at is not None:
            caller.call_at += by
        if caller.wrap_up_until is not None:
            caller.wrap_up_until += by
    for seat in seats:
        seat.status = shifted(seat.status, by)
        if seat.signed_in_at is not None:
            seat.signed_in_at += by
