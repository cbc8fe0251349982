"""Examples of what other systems ask most, and of what they are answered; a test asks each of them."""

from __future__ import annotations

from typing import Any, Final

ATTEMPT: Final = "9a1e5c0f7d3b4e2a8c6f1d0b9e7a5c3f"
LEAD: Final = {
    "lead_id": 77,
    "campaign_id": "mantenimiento",
    "external_key": "CC-52998877",
    "name": "María Pérez",
    "phones": ["+573001234567", "+576012345678"],
    "state": "waiting",
    "reason": "retry:busy",
    "not_before": "2026-11-25T15:14:05.120000Z",
    "expires": None,
    "priority": 5,
    "attempts_made": 1,
    "fields": {"placa": "ABC123"},
    "timezone": "",
}
SAID: Final = {
    "attempt_id": ATTEMPT,
    "version": 1,
    "code": "sin_cita",
    "fields": {"motivo": "precio"},
    "agent_id": "ana",
    "source": "key:crm",
    "at": "2026-11-25T15:06:12.003000Z",
}
_LINE: Final = {
    "attempt_id": ATTEMPT,
    "campaign_id": "mantenimiento",
    "lead_id": 77,
    "name": "María Pérez",
    "number": "+573001234567",
    "trunk": "principal",
    "state": "closed",
    "result": "connected",
    "amd": "human",
    "cause": 16,
    "sip_code": 200,
    "agent_id": "ana",
    "disposition": "sin_cita",
    "disposition_fields": {"motivo": "precio"},
    "created_at": "2026-11-25T15:04:01.000000Z",
    "ringing_at": "2026-11-25T15:04:02.310000Z",
    "answered_at": "2026-11-25T15:04:05.072000Z",
    "connected_at": "2026-11-25T15:04:05.120000Z",
    "ended_at": "2026-11-25T15:05:58.400000Z",
    "closed_at": "2026-11-25T15:06:12.003000Z",
    "talk_seconds": 113.28,
    "has_recording": True,
    "lead_state": "closed",
    "lead_reason": "sin_cita",
}
_ALLOWED: Final = {
    "rule": "all",
    "reason": "Todo permite marcar.",
    "packs": ["co 2026-11-25"],
    "at": "2026-11-25T15:04:01.000000Z",
}
_EVENT: Final = {
    "seq": 812,
    "event_id": "4f0c7d3b9a1e4e2a8c6f1d0b9e7a5c3f",
    "kind": "disposition.set",
    "version": 1,
    "occurred_at": "2026-11-25T15:06:12.003000Z",
    "campaign_id": "mantenimiento",
    "lead_id": 77,
    "attempt_id": ATTEMPT,
    "call_id": None,
    "agent_id": "ana",
    "payload": {"disposition": "sin_cita"},
}

ASKED: Final[dict[str, Any]] = {
    "imports_add_leads": {
        "phones": ["300 123 4567", "+57 601 234 5678"],
        "name": "María Pérez",
        "external_key": "CC-52998877",
        "priority": 5,
        "fields": {"placa": "ABC123"},
        "expires": "2036-12-24T23:59:59-05:00",
    },
    "lead_records_search": {"number": "+573001234567"},
    "leads_why_lead": {"words": "300 123 4567"},
    "dispositions_dispose": {"attempt_id": ATTEMPT, "code": "sin_cita", "fields": {"motivo": "precio"}},
    "suppression_suppress": {"number": "+573009998877", "source": "carta 12", "person": True},
}
"""By operation: what is sent."""
ANSWERED: Final[dict[str, Any]] = {
    "lead_records_search": [LEAD],
    "lead_records_lead": LEAD,
    "dispositions_dispose": SAID,
    "made_attempts": [_LINE],
    "made_attempt": _LINE | {"allowed_by": _ALLOWED, "dispositions": [SAID]},
    "events_events_since": [_EVENT],
}
"""By operation: what comes back."""
