"""What other systems tell of cases, contracts and appointments, so that figures count it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from cti_api.model.ids import CampaignId
from cti_api.model.phone import PhoneNumber

OURS: Final = "vocero"
"""As which system our own cases are told: no other one has this name."""


class OutsideKind(StrEnum):
    """What happened. Named as the events are that come of it."""

    CASE_OPENED = "case.opened"
    CASE_RESOLVED = "case.resolved"
    CONTRACT_DECIDED = "contract.decided"
    APPOINTMENT_KEPT = "appointment.kept"
    APPOINTMENT_MISSED = "appointment.missed"


OF_APPOINTMENTS: Final = frozenset({OutsideKind.APPOINTMENT_KEPT, OutsideKind.APPOINTMENT_MISSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideFact:
    """One thing that another system tells."""

    system: str
    """Which one: a slug such as ``mesa-de-ayuda``."""
    kind: OutsideKind
    id: str
    """That system's own. With system and kind it says which fact this is: told again it counts once, and what it says
    then holds. Of appointments, kept and missed are one fact."""
    at: datetime | None = None
    """When it happened (aware); None: of an appointment, which says that itself."""
    opened_at: datetime | None = None
    """Of a resolved case; None: as it was told when it was opened."""
    effective: bool = True
    """A resolved case needs no more."""
    renewed: bool = False
    service: str = ""
    """The kind of request, or of contract."""
    owner: str = ""
    brand: str = ""
    campaign: CampaignId | None = None
    appointment: int | None = None
    """Ours, by its number …"""
    key: str = ""
    """… or by the plate, or whatever the list's own key is …"""
    number: PhoneNumber | None = None
    """… or by one of the person's numbers, on this day:"""
    day: date | None = None


class Taken(StrEnum):
    """What became of a fact that was told."""

    NEW = "new"
    REPLACED = "replaced"
    """It was told before, and otherwise."""
    SAME = "same"
    UNKNOWN = "unknown"
    """What it is about is not on record."""
    SEVERAL = "several"
    """More than one appointment fits."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Of one fact; `reason` is one sentence where nothing was counted."""

    taken: Taken
    reason: str = ""
