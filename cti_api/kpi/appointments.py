"""What became of a campaign's appointments.

* **kept rate** = kept / (kept + not kept): of those of which somebody entered it. None while that is 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from cti_api.model.appointments import AppointmentFigures, AppointmentState


def figures_of(counts: Mapping[AppointmentState, int]) -> AppointmentFigures:
    """The figures of so many appointments in each state."""
    kept, not_kept = counts.get(AppointmentState.KEPT, 0), counts.get(AppointmentState.NOT_KEPT, 0)
    moved = counts.get(AppointmentState.MOVED, 0)
    return AppointmentFigures(
        made=sum(counts.values()),
        standing=counts.get(AppointmentState.BOOKED, 0) + moved,
        moved=moved,
        cancelled=counts.get(AppointmentState.CANCELLED, 0),
        kept=kept,
        not_kept=not_kept,
        kept_rate=kept / (kept + not_kept) if kept + not_kept else None,
    )


@dataclass(slots=True)
class AppointmentTally:
    """Adds up appointments one at a time, in any order, each once."""

    _states: Counter[AppointmentState] = field(default_factory=Counter)

    def add(self, state: AppointmentState) -> None:
        self._states[state] += 1

    def figures(self) -> AppointmentFigures:
        return figures_of(self._states)
