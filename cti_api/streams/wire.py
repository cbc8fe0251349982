"""An event as it leaves the house: the same JSON by every way, and what keeps its order with others."""

from __future__ import annotations

import json
from typing import Any, Final

from cti_api.model.events import Event

LONGEST_KEY: Final = 80


def as_told(event: Event) -> dict[str, Any]:
    """The event as `cti_api.streams.schema` has it. It has its number already."""
    return {
        "seq": event.seq,
        "event_id": event.event_id,
        "kind": event.kind.value,
        "version": event.version,
        "occurred_at": event.occurred_at.isoformat().replace("+00:00", "Z"),
        "campaign_id": event.campaign_id,
        "lead_id": event.lead_id,
        "attempt_id": event.attempt_id,
        "call_id": event.call_id,
        "agent_id": event.agent_id,
        "payload": event.payload,
    }


def as_json(event: Event) -> bytes:
    """The same as UTF-8, in one line."""
    return json.dumps(as_told(event), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


def order_key(event: Event) -> str:
    """Events of one key are about one thing, and reach each reader in their order: a lead's, else a call's, else an
    agent's, else the campaign's; what is about none of them is about the house."""
    for name in ("lead_id", "call_id", "agent_id", "campaign_id"):
        if (value := getattr(event, name)) is not None:
            return f"{name.removesuffix('_id')}:{value}"[:LONGEST_KEY]
    return "house"
