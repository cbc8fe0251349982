"""What may become of an appointment.

booked → moved, cancelled, kept, not kept; a moved one goes on like a booked one. What was entered as kept was perhaps
not, and the other way round: a slip of the pen is corrected. Whoever did not come may be given another time, and the
appointment stands again. A cancelled one is over: who wants to come after all books another.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cti_api.model.appointments import AppointmentState as State
from cti_api.model.events import EventKind

ALLOWED: Final[Mapping[State, frozenset[State]]] = {
    State.BOOKED: frozenset({State.MOVED, State.CANCELLED, State.KEPT, State.NOT_KEPT}),
    State.MOVED: frozenset({State.MOVED, State.CANCELLED, State.KEPT, State.NOT_KEPT}),
    State.KEPT: frozenset({State.NOT_KEPT}),
    State.NOT_KEPT: frozenset({State.KEPT, State.MOVED}),
    State.CANCELLED: frozenset(),
}

EVENT_OF: Final[Mapping[State, EventKind]] = {
    State.BOOKED: EventKind.APPOINTMENT_BOOKED,
    State.MOVED: EventKind.APPOINTMENT_MOVED,
    State.CANCELLED: EventKind.APPOINTMENT_CANCELLED,
    State.KEPT: EventKind.APPOINTMENT_KEPT,
    State.NOT_KEPT: EventKind.APPOINTMENT_MISSED,
}
"""What is told of an appointment that has come to a state."""


def may_become(present: State, wanted: State) -> bool:
    """Whether the table has this move."""
    return wanted in ALLOWED[present]
