"""Events: what happened, as the outbox keeps it and every reader gets it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

EVENT_VERSION = 1
"""Version of the payloads below; a reader refuses a version it does not know by name."""


class EventKind(StrEnum):
    """Every kind of event, in CSTA's words where it has one."""

    DIALER_STARTED = "dialer.started"
    """A process took the right to dial: whatever was open before it is taken up anew."""
    CALL_ORIGINATED = "call.originated"
    CALL_DELIVERED = "call.delivered"
    CALL_ESTABLISHED = "call.established"
    CALL_AMD_VERDICT = "call.amd_verdict"
    CALL_AGENT_RESERVED = "call.agent_reserved"
    CALL_CONNECTED = "call.connected"
    CALL_HELD = "call.held"
    CALL_RETRIEVED = "call.retrieved"
    CALL_CONSULTED = "call.consulted"
    CALL_TRANSFERRED = "call.transferred"
    CALL_SUPERVISED = "call.supervised"
    CALL_ABANDONED = "call.abandoned"
    CALL_CLEARED = "call.cleared"
    ATTEMPT_CLOSED = "attempt.closed"
    DISPOSITION_SET = "disposition.set"
    LEAD_MOVED = "lead.moved"
    AGENT_STATE = "agent.state"
    CAMPAIGN_STATE = "campaign.state"
    CAMPAIGN_IMPORTED = "campaign.imported"
    CAMPAIGN_RECYCLED = "campaign.recycled"
    CALLBACK_MISSED = "callback.missed"
    PACING_DECISION = "pacing.decision"
    """A sample: what the pacer decided and why, some times a minute at most."""
    TRUNK_STATE = "trunk.state"
    NUMBER_SUPPRESSED = "number.suppressed"
    RECORDING_FAILED = "recording.failed"
    LAW_PROPOSED = "law.proposed"
    LAW_CHANGED = "law.changed"
    LAW_WITHDRAWN = "law.withdrawn"
    APPOINTMENT_BOOKED = "appointment.booked"
    APPOINTMENT_MOVED = "appointment.moved"
    APPOINTMENT_CANCELLED = "appointment.cancelled"
    APPOINTMENT_KEPT = "appointment.kept"
    APPOINTMENT_MISSED = "appointment.missed"
    APPOINTMENT_REMINDER_DUE = "appointment.reminder_due"
    MESSAGE_SENT = "message.sent"
    MESSAGE_DELIVERED = "message.delivered"
    MESSAGE_READ = "message.read"
    MESSAGE_FAILED = "message.failed"
    """It is a dead letter."""
    MESSAGE_REPLY = "message.reply"
    REPORT_SENT = "report.sent"
    REPORT_FAILED = "report.failed"
    """It was not sent, or nobody knows."""
    TASK_CREATED = "task.created"
    SURVEY_INVITED = "survey.invited"
    SURVEY_PLANNED = "survey.planned"
    """Somebody who was invited became a lead of a campaign."""
    SURVEY_FOLLOWED = "survey.followed"
    """An answer set something off: an area is to act by a time, somebody is put through or to be called back."""
    SURVEY_ENDED = "survey.ended"
    SURVEY_EXPIRED = "survey.expired"
    """Whoever was invited answered nothing by the deadline."""
    CASE_OPENED = "case.opened"
    """Somebody asks for something that another one has to see to: an answer to a survey, or another system says so."""
    CASE_RESOLVED = "case.resolved"
    CONTRACT_DECIDED = "contract.decided"
    """Whether one that was to be renewed was."""
    QUEUE_CHANGED = "queue.changed"
    CALLER_QUEUED = "caller.queued"
    CALLER_MOVED = "caller.moved"
    """To another queue, by the overflow of the one they waited in."""
    CALLER_JOINED = "caller.joined"
    CALLER_CLOSED = "caller.closed"
    IVR_ENDED = "ivr.ended"
    """A call that a tree led is over."""
    IVR_SEND = "ivr.send"
    """Something is to be sent to a caller: a leaflet, the requirements."""
    TICKET_OPENED = "ticket.opened"


APPOINTMENT_EVENTS = frozenset(
    {
        EventKind.APPOINTMENT_BOOKED,
        EventKind.APPOINTMENT_MOVED,
        EventKind.APPOINTMENT_CANCELLED,
        EventKind.APPOINTMENT_KEPT,
        EventKind.APPOINTMENT_MISSED,
        EventKind.APPOINTMENT_REMINDER_DUE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened. `seq` is given by the relay: gap-free, one order per store."""

    event_id: str
    kind: EventKind
    occurred_at: datetime
    seq: int | None = None
    version: int = EVENT_VERSION
    campaign_id: str | None = None
    lead_id: int | None = None
    attempt_id: str | None = None
    call_id: str | None = None
    agent_id: str | None = None
    payload: dict[str, Any] = field(default_factory=dict)
    """JSON values only."""
