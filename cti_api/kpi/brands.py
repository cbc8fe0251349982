"""The figures that directors act on, for each brand apart (R1.8): the same formulas as for the whole campaign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cti_api.kpi.appointments import AppointmentTally
from cti_api.kpi.counted import CountedCall
from cti_api.kpi.spelling import folded
from cti_api.model.appointments import AppointmentFigures, AppointmentState
from cti_api.model.calls import GIVEN_BACK
from cti_api.model.campaigns import Disposition

MOST_BRANDS: Final = 200
"""That are told apart; a list that has a brand of its own in each row has no brands."""

OTHERS: Final = "(otras)"
UNKNOWN: Final = "(sin dato)"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFigures:
    """What calls came to. Rates are 0..1, None while their denominator is 0."""

    calls_made: int
    contacts: int
    contact_rate: float | None
    effective: int
    effectiveness: float | None
    successes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandResult:
    brand: str
    calls: CallFigures
    appointments: AppointmentFigures


@dataclass(slots=True)
class CallCount:
    """Adds up closed attempts."""

    calls_made: int = 0
    contacts: int = 0
    effective: int = 0
    successes: int = 0

    def add(self, attempt: CountedCall, chosen: Disposition | None) -> None:
        """`chosen`: its disposition; an attempt that was given back is no call made."""
        self.calls_made += attempt.result not in GIVEN_BACK
        self.contacts += bool(chosen and chosen.contact)
        self.effective += bool(chosen and chosen.effective)
        self.successes += bool(chosen and chosen.success)

    def figures(self) -> CallFigures:
        return CallFigures(
            calls_made=self.calls_made,
            contacts=self.contacts,
            contact_rate=rate(self.contacts, self.calls_made),
            effective=self.effective,
            effectiveness=rate(self.effective, self.calls_made),
            successes=self.successes,
        )


@dataclass(slots=True)
class BrandTally:
    """Attempts and appointments by the brand of their lead."""

    column: str
    """Of the list, that holds the brand."""
    _calls: dict[str, CallCount] = field(default_factory=dict)
    _appointments: dict[str, AppointmentTally] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)

    def call(self, attempt: CountedCall, chosen: Disposition | None, fields: Mapping[str, str]) -> None:
        self._calls.setdefault(self._key(fields), CallCount()).add(attempt, chosen)

    def appointment(self, state: AppointmentState, fields: Mapping[str, str]) -> None:
        self._appointments.setdefault(self._key(fields), AppointmentTally()).add(state)

    def _key(self, fields: Mapping[str, str]) -> str:
        """``KIA`` and ``Kia`` are one, under the name that came first."""
        name = " ".join(fields.get(self.column, "").split()) or UNKNOWN
        key = folded(name)
        if key not in self._names:
            if len(self._names) >= MOST_BRANDS:
                name, key = OTHERS, OTHERS
            self._names[key] = name
        return key

    def results(self) -> tuple[BrandResult, ...]:
        """By name; nothing where no lead has a brand."""
        if set(self._names) <= {UNKNOWN}:
            return ()
        return tuple(
            BrandResult(
                brand=name,
                calls=self._calls.get(key, CallCount()).figures(),
                appointments=self._appointments.get(key, AppointmentTally()).figures(),
            )
            for key, name in sorted(self._names.items())
        )


def rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None
