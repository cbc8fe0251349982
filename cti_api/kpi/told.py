"""What the events of a call tell the figures beside what everybody wants to know: enough to count it without a look
into the store, whenever that is done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cti_api.kpi.facts import LONGEST_VALUE
from cti_api.model.abandonment import answers_of
from cti_api.model.calls import Attempt, CallResult
from cti_api.model.campaigns import CampaignSpec, FieldKind
from cti_api.model.queues import InboundCall


def of_disposition(spec: CampaignSpec, call: Attempt, code: str, fields: Mapping[str, str]) -> dict[str, Any]:
    """What a call's disposition makes of it; without one its result is the reason. Who is a live answer, and who was
    abandoned, is as the campaign's own promise counts them."""
    assert call.result is not None  # it is over
    chosen = spec.disposition(code) if code else None
    machine = chosen is not None and chosen.machine
    answers = answers_of(spec.abandonment, call.result, call.answered_at, call.connected_at, said_machine=machine)
    live, abandoned = answers.told(spec.abandonment)
    return {
        "live_answers": live,
        "abandoned": abandoned,
        "contact": bool(chosen and chosen.contact),
        "effective": bool(chosen and chosen.effective),
        "success": bool(chosen and chosen.success),
        "reason": _reason(spec, call.result, code, fields)[:LONGEST_VALUE],
    }


def brand_of(spec: CampaignSpec, lead_fields: Mapping[str, str]) -> str:
    """The brand that the lead's list gives it; empty: none."""
    return " ".join(lead_fields.get(spec.control_form.brand, "").split())[:LONGEST_VALUE]


def of_wait(call: InboundCall, answer_within_seconds: float | None, now: datetime) -> dict[str, Any]:
    """What became of a caller's wait, by what the queue that they are in promises (None: there is no such queue);
    nothing while it goes on."""
    if call.joined_at is None and call.outcome is None:
        return {}
    waited, promised = call.waited_seconds(now), answer_within_seconds
    return {
        "arrived_at": call.arrived_at.isoformat(),
        "waited_seconds": round(waited, 3),
        "in_time": call.joined_at is not None and promised is not None and waited <= promised,
    }


def _reason(spec: CampaignSpec, result: CallResult, code: str, fields: Mapping[str, str]) -> str:
    """The first choice that was made, as the person who made it read it; else the disposition, else the result."""
    chosen = spec.disposition(code) if code else None
    if chosen is None:
        return code or result.value
    asked = (fields.get(each.name, "").strip() for each in chosen.fields if each.kind is FieldKind.CHOICE)
    return next((said for said in asked if said), chosen.label)
