"""What became of appointments, as somebody enters it after the day: one row of a file or request, and its answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from cti_api.model.appointments import AppointmentState
from cti_api.model.phone import PhoneNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class EnteredResult:
    """One appointment and what became of it."""

    line: int
    """Of the file, from 1; 0 where there is none."""
    state: AppointmentState
    key: str = ""
    """The plate, or whatever the list's own key is."""
    number: PhoneNumber | None = None
    day: date | None = None
    """On the clock of the campaign or calendar; None: the person has one appointment only."""
    to: datetime | None = None
    """Where a moved one goes (aware)."""


class Matched(StrEnum):
    """What became of an entered row."""

    DONE = "done"
    SAME = "same"
    """It was entered before."""
    UNKNOWN = "unknown"
    """Nobody of that plate or number has an appointment, or none on that day."""
    SEVERAL = "several"
    """More than one fits."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowAnswer:
    """What became of a row of a file; `reason` is one sentence where nothing was done."""

    line: int
    matched: Matched
    appointment_id: int | None = None
    reason: str = ""


class Dated(Protocol):
    """An appointment as far as it is looked for."""

    @property
    def starts_at(self) -> datetime: ...


def on_day(found: Sequence[tuple[Dated, str]], day: date | None) -> list[int]:
    """Places of those that are on this day of their own zone's clock; of all of them without a day."""
    return [
        place
        for place, (each, zone) in enumerate(found)
        if day is None or each.starts_at.astimezone(ZoneInfo(zone)).date() == day
    ]


def spellings(text: str) -> list[str]:
    """A plate, or key, as lists write it: ``abc-123``, ``ABC 123`` and ``ABC123`` are one."""
    bare = "".join(sign for sign in text.upper() if sign.isalnum())
    parts = _LETTERS_THEN_FIGURES.match(bare)
    apart = [f"{parts[1]}{sign}{parts[2]}" for sign in " -"] if parts else []
    return list(dict.fromkeys([text.strip(), text.strip().upper(), bare, *apart]))


_LETTERS_THEN_FIGURES: Final = re.compile(r"([A-Z]+)([0-9][0-9A-Z]*)\Z")

_WORDS: Final = {
    AppointmentState.KEPT: "kept si sí yes cumplida cumplido cumplio cumplió asistio asistió asiste atendida atendido",
    AppointmentState.NOT_KEPT: "not_kept missed no incumplida incumplido",
    AppointmentState.MOVED: "moved movida reprogramada reprogramado aplazada",
    AppointmentState.CANCELLED: "cancelled canceled cancelada cancelado anulada",
}
_STATE_OF: Final = {word: state for state, words in _WORDS.items() for word in words.split()}


def result_of(text: str) -> AppointmentState | None:
    """What a cell says of an appointment: ``cumplida``, ``No asistió``, ``reprogramada``; None for anything else."""
    words = text.strip().casefold().replace("-", "_").split()
    if not words:
        return None
    if words[0] == "no" or words[0] == "not":
        return AppointmentState.NOT_KEPT
    return _STATE_OF.get(words[0]) if len(words) == 1 else None
