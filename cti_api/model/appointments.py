"""Appointments: a place in a workshop's calendar, or just an hour that was agreed on, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cti_api.model.ids import AttemptId, CampaignId, LeadId


class AppointmentState(StrEnum):
    """Where an appointment stands; how it goes on is `cti_api.appointments.states`."""

    BOOKED = "booked"
    MOVED = "moved"
    """It stands, at another time than the first that was agreed on."""
    CANCELLED = "cancelled"
    KEPT = "kept"
    NOT_KEPT = "not_kept"


STANDING = frozenset({AppointmentState.BOOKED, AppointmentState.MOVED})
"""Somebody is expected. A lead has one such appointment at most, whatever the code does."""


class ReminderBy(StrEnum):
    """How a person is reminded."""

    MESSAGE = "message"
    """An event, of which the campaign's follow-ups make a message."""
    CALL = "call"
    """A new lead in a campaign of purpose ``service``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderPolicy:
    """When and how a campaign reminds of its appointments."""

    before_seconds: float
    by: ReminderBy
    campaign: CampaignId | None = None
    """Only for `ReminderBy.CALL`: which one calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentPolicy:
    """How a campaign's dispositions become appointments."""

    on: str
    """The disposition with which an agent books."""
    at: str
    """The field of it that holds day and hour."""
    calendar: str = ""
    """In which a place is taken; empty: no calendar, every hour is taken as agreed on."""
    reminder: ReminderPolicy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """A workshop's calendar."""

    name: str
    """A slug such as ``taller-norte``."""
    title: str
    timezone: str
    """IANA name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A stretch of time in a calendar for so many people. Instants aware, UTC."""

    starts_at: datetime
    ends_at: datetime
    capacity: int
    taken: int = 0
    id: int = 0
    """0 for one that is not stored yet."""

    @property
    def free(self) -> int:
        return max(0, self.capacity - self.taken)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """What an agent, a person or another system agreed on, on its way into the store."""

    starts_at: datetime
    calendar: str = ""
    source: str = "agent"
    """Who says so: ``agent``, ``link``, ``command``, ``file``."""
    remind_before_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """One appointment of one lead."""

    id: int
    campaign_id: CampaignId
    lead_id: LeadId
    attempt_id: AttemptId | None
    """The call in which it was agreed on; None: by the person's own link, or by a command."""
    calendar: str
    starts_at: datetime
    ends_at: datetime | None
    """None outside of a calendar: how long it takes is not known."""
    state: AppointmentState
    sequence: int
    """How often it was changed (SEQUENCE of RFC 5545, 3.8.7.4)."""
    source: str
    booked_at: datetime
    changed_at: datetime
    name: str = ""
    number: str = ""
    """The first of the person's numbers, E.164."""
    key: str = ""
    """The source system's own: the plate, where the list says so."""

    @property
    def uid(self) -> str:
        """The same in every calendar for as long as it is kept (UID of RFC 5545, 3.8.4.7)."""
        return f"appointment-{self.id}@vocero"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentFigures:
    """Appointments by what became of them. Rates are 0..1."""

    made: int = 0
    """Every one that was ever booked."""
    standing: int = 0
    """Those that somebody is expected for, or of which nobody entered what became of them."""
    moved: int = 0
    """Of the standing ones, those at another hour than the first."""
    cancelled: int = 0
    kept: int = 0
    not_kept: int = 0
    kept_rate: float | None = None
    """Kept, of those of which somebody entered it; None while that is none."""
