"""Campaigns: what is dialled, how fast, what follows each result. Made from a YAML file by `cti_api.campaign_file`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum

from cti_api.law.terms import Purpose
from cti_api.model.abandonment import AbandonmentPolicy
from cti_api.model.appointments import AppointmentPolicy
from cti_api.model.follow_ups import FollowUp
from cti_api.model.ids import CampaignId, TrunkId
from cti_api.model.phone import PhoneKind, PhoneNumber
from cti_api.model.surveys import SurveyId

MIN_RING_SECONDS = 15
"""Never hang up a ringing call earlier (16 CFR 310.4(b)(4)(ii): fifteen seconds or four rings)."""

LAST_CALL_SECONDS = 60.0
"""A call starts at the latest this long, and its ring time, before the campaign's hours end, so that what it starts is
a talk within them (our prudence: the laws speak of contacting a person, not of dialling)."""


class CampaignState(StrEnum):
    DRAFT = "draft"
    READY = "ready"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    DRAINING = "draining"
    """No new calls; those in flight and their wrap-up end, then it is `COMPLETED`."""
    COMPLETED = "completed"
    CANCELLED = "cancelled"


AT_WORK = frozenset({CampaignState.RUNNING, CampaignState.PAUSED, CampaignState.DRAINING})
"""Their calls, leads and promises move."""

REPLACEABLE = frozenset(
    {
        CampaignState.DRAFT,
        CampaignState.READY,
        CampaignState.SCHEDULED,
        CampaignState.PAUSED,
        CampaignState.COMPLETED,
    }
)
"""States in which a campaign may get another file: no call of it is about to be placed."""

CANCELLABLE = REPLACEABLE
"""States from which a campaign may be given up for good."""


class PacingMode(StrEnum):
    """How many calls are placed for how many agents."""

    MANUAL = "manual"
    """An agent dials one number of their own choosing."""
    PREVIEW = "preview"
    """The agent sees the person first and accepts or skips."""
    PROGRESSIVE = "progressive"
    """One call per free agent."""
    POWER = "power"
    """A fixed number of calls per free agent."""
    PREDICTIVE = "predictive"
    AGENTLESS = "agentless"
    """No agents: who answers is led by the IVR. One call per free line."""


class RecordingMode(StrEnum):
    OFF = "off"
    ON = "on"
    REQUIRED = "required"
    """The campaign pauses when a recording cannot be made."""


class MachineAction(StrEnum):
    """What happens when AMD says machine."""

    HANG_UP = "hang_up"
    LEAVE_MESSAGE = "leave_message"
    CONNECT = "connect"


class RetryAction(StrEnum):
    RETRY = "retry"
    """Same phone, after the delay."""
    NEXT_PHONE = "next_phone"
    """The contact's next phone, after the delay; after the last one the first again."""
    DROP_PHONE = "drop_phone"
    """Never this phone again: the contact's next phone, after the delay; closed when none is left."""
    COMPLETE = "complete"
    CLOSE = "close"
    SUPPRESS = "suppress"
    """Do not call this number again, in any campaign."""
    CALLBACK = "callback"
    """At the time the agent entered."""


class FieldKind(StrEnum):
    """What a disposition's field holds."""

    TEXT = "text"
    CHOICE = "choice"
    DATE = "date"
    DATETIME = "datetime"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPart:
    """A part of the day, local time; `end` is excluded, and 00:00 there is midnight at the end of the day."""

    name: str
    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRule:
    """What follows one call result or disposition."""

    action: RetryAction
    after_seconds: float = 0.0
    factor: float = 1.0
    """The delay is multiplied by this for each earlier time the same result came (1: constant)."""
    most: int | None = None
    """How often this rule may answer for one lead; after that the lead is `exhausted`. None: no limit of its own."""
    next_day_part: bool = False
    """True: wait for the beginning of the next day part, at least `after_seconds` away."""
    personal: bool = False
    """Only for `RetryAction.CALLBACK`: the agent who agreed on it calls back; else any agent does."""
    again_seconds: float | None = None
    """Before anything else the same number is dialled again after this, which uses up no attempt; None: it is not."""
    again_most: int = 0
    """How often, for each attempt; then what the rule says otherwise comes."""
    uses_attempt: bool = True
    """False, only for `RetryAction.DROP_PHONE`: a call to a wrong number is none of the person's attempts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """The retry rules of a campaign."""

    max_attempts: int
    min_gap_seconds: float
    """No two attempts of one lead closer together than this, whatever a rule says."""
    rules: dict[str, RetryRule]
    """By call result or disposition code; ``default`` answers for everything else and must be there."""
    day_parts: tuple[DayPart, ...] = ()
    per_day_part: int | None = None
    """Attempts in each day part: none is tried again before the others were. None: attempts come when they come."""
    days_apart: int = 0
    """The next attempt comes this many days of the campaign's calendar after the day of the last, at the earliest."""
    phones: tuple[PhoneKind, ...] = ()
    """The order in which a person's numbers are tried, before the list's own; kinds that are not named come last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DispositionField:
    """Something the agent must, or may, enter with a disposition."""

    name: str
    label: str
    """Spanish, for the agent."""
    kind: FieldKind
    required: bool = True
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """One way an agent can close a call, with what it means."""

    code: str
    label: str
    """Spanish, for the agent."""
    key: str = ""
    """Digit that chooses it on the telephone's keypad; only for dispositions without required fields."""
    effective: bool = False
    """Counts as an effective call (the numerator of call effectiveness)."""
    contact: bool = False
    """The person we wanted was reached."""
    success: bool = False
    """The campaign's goal was reached (an appointment booked)."""
    machine: bool = False
    """What answered was no person: the call is no live answer."""
    fields: tuple[DispositionField, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyHours:
    """Hours of one weekday, local time; `end` is excluded, and 00:00 there is midnight at the end of the day."""

    weekday: int
    """0 Monday … 6 Sunday."""
    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignHours:
    """When the campaign may dial."""

    timezone: str
    """IANA name, such as ``America/Bogota``."""
    days: tuple[DailyHours, ...]
    """Several windows a day are allowed; a weekday that is not named is closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AmdPolicy:
    enabled: bool = False
    on_machine: MachineAction = MachineAction.HANG_UP


class WhenMissed(StrEnum):
    """What becomes of a callback that nobody made in time."""

    ANY_AGENT = "any_agent"
    """It stays, and is anybody's."""
    RETRY = "retry"
    """Its lead goes back to the others, to be called in its turn."""
    CLOSE = "close"
    FOLLOW_UP = "follow_up"
    """Its lead is exhausted: what the campaign does after that is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackPolicy:
    """What holds for callbacks that an agent agreed on with a person."""

    any_agent_after_seconds: float = 4 * 3600.0
    """A personal callback whose agent has not come for it this long after its time is anybody's: the person was told
    that they would be called, and the campaign is to end. Ours: half a shift."""
    missed_after_seconds: float | None = None
    """So long after the time agreed on it counts as missed; None: never, it stays due until somebody makes it."""
    when_missed: WhenMissed = WhenMissed.ANY_AGENT


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMap:
    """Which column of the list is what; used by ``vocero leads import``."""

    name: str
    """Empty for a list of numbers only."""
    phones: tuple[str, ...]
    priority: str = ""
    external_key: str = ""
    surname: str = ""
    """Said after the name, where a list has it apart."""
    timezone: str = ""
    """IANA name of where the person lives."""
    valid_from: str = ""
    """Not called before this day."""
    valid_until: str = ""
    """Not called after this day."""
    consent_channel: str = ""
    """How the person agreed to be reached (`cti_api.model.consents.Channel`); empty: not said by the list."""
    consent_purpose: str = ""
    consent_date: str = ""
    consent_evidence: str = ""
    consent_own_initiative: str = ""
    """How and when the person came to us by themselves, where the law of their country asks for that (Peru)."""
    department: str = ""
    """Where the person lives, in countries whose holidays differ by department (Bolivia)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlForm:
    """Which columns of the list, and which fields of a disposition, the control form shows under its own headings."""

    plate: str = "placa"
    brand: str = "marca"
    """Also what every figure is split by."""
    model: str = "modelo"
    observations: tuple[str, ...] = ("observacion", "observaciones", "detalle", "nota")
    """Fields; what is entered in several stands in one cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignSpec:
    """A campaign as its file describes it. Lengths of time in seconds, rates 0..1."""

    id: CampaignId
    title: str
    """Spanish, for people."""
    region: str
    """ISO 3166 country of the list's local numbers, such as ``CO``."""
    mode: PacingMode
    trunks: tuple[TrunkId, ...]
    """In order of preference."""
    caller_id: PhoneNumber
    hours: CampaignHours
    retry: RetryPolicy
    dispositions: tuple[Disposition, ...]
    columns: ColumnMap
    purpose: Purpose = Purpose.COMMERCIAL
    """What its calls are for, which decides what the law asks of them; the default is what it asks most of."""
    calls_per_agent: float = 1.0
    """Only for `PacingMode.POWER`."""
    allowed_prefixes: tuple[str, ...] = ()
    """E.164 prefixes that may be dialled, such as ``+573``; empty: the region's own fixed and mobile numbers."""
    ring_seconds: float = 28.0
    min_ring_seconds: float = float(MIN_RING_SECONDS)
    wrap_up_seconds: float = 60.0
    """Limit of after-call work."""
    preview_seconds: float = 60.0
    calls_per_second: float = 2.0
    max_channels: int = 30
    """Calls at once, at most; of `PacingMode.AGENTLESS` its ``lines``."""
    abandonment: AbandonmentPolicy = field(default_factory=AbandonmentPolicy)
    callbacks: CallbackPolicy = field(default_factory=CallbackPolicy)
    amd: AmdPolicy = field(default_factory=AmdPolicy)
    recording: RecordingMode = RecordingMode.OFF
    abandoned_message: str = ""
    """Sound file played to an abandoned person, relative to the campaign file; empty: the shipped one."""
    voicemail_message: str = ""
    """Sound file left on a machine; empty: the shipped one."""
    brief: str = ""
    """Why people are called, in a few words for the agent."""
    script: str = ""
    """Guion shown to the agent; ``{column}`` is filled in from the lead."""
    screen_pop: str = ""
    """Address that the agent's screen opens with a call; ``{column}`` is filled in. Empty: none."""
    follow_ups: tuple[FollowUp, ...] = ()
    """What is done after the calls, in the file's order."""
    priority: int = 0
    """Among campaigns that share agents, higher first."""
    appointments: AppointmentPolicy | None = None
    """None: see `cti_api.appointments.agreed.policy_of`."""
    survey: SurveyId | None = None
    """Of `PacingMode.AGENTLESS`, what people are asked; of the other modes None."""
    survey_after: SurveyId | None = None
    """What they are asked when their agent has ended the talk; None: nothing."""
    control_form: ControlForm = field(default_factory=ControlForm)

    def disposition(self, code: str) -> Disposition | None:
        """The disposition of that code, or None."""
        return next((d for d in self.dispositions if d.code == code), None)
