"""The events' JSON Schema (draft 2020-12), made of `cti_api.streams.payloads`."""

from __future__ import annotations

from typing import Any, Final

from cti_api.model.events import EVENT_VERSION, EventKind
from cti_api.streams.fields import Field, Told
from cti_api.streams.payloads import PAYLOADS

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
LONGEST_ID: Final = 64

_ID: Final = {"type": "string", "minLength": 1, "maxLength": LONGEST_ID}

ENVELOPE: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "seq": ({"type": "integer", "minimum": 1}, "Its number: one order for the whole store, without a gap."),
    "event_id": (_ID, "The same in every delivery of it."),
    "kind": ({"enum": [kind.value for kind in EventKind]}, "What happened."),
    "version": ({"const": EVENT_VERSION}, "Of the payload's meaning; new fields do not change it."),
    "occurred_at": ({"type": "string", "format": "date-time"}, "When, in UTC."),
    "campaign_id": (_ID, "The campaign."),
    "lead_id": ({"type": "integer", "minimum": 1}, "The person in the campaign."),
    "attempt_id": (_ID, "The call that we placed."),
    "call_id": (_ID, "The call that came in."),
    "agent_id": (_ID, "The agent."),
    "payload": ({"type": "object"}, "The rest, by kind."),
}
"""What every event has, and what it says."""

NULLABLE: Final = ("campaign_id", "lead_id", "attempt_id", "call_id", "agent_id")


def event_schema(*, closed: bool = False) -> dict[str, Any]:
    """One event of any kind. `closed`: a field that is not in the table is a fault (ours, in our own tests); readers
    pass over such fields, which a later version of Vocero may add."""
    return {
        "$schema": DRAFT,
        "$id": "urn:vocero:event",
        "title": "An event of Vocero",
        "oneOf": [{"$ref": f"#/$defs/{kind.value}"} for kind in PAYLOADS],
        "$defs": {kind.value: _kind(kind, told, closed) for kind, told in PAYLOADS.items()},
    }


def _kind(kind: EventKind, told: Told, closed: bool) -> dict[str, Any]:
    properties = {name: _envelope(name, told) for name in ENVELOPE}
    properties["kind"] = {"const": kind.value}
    properties["payload"] = {
        "type": "object",
        "properties": {name: _field(field) for name, field in told.payload.items()},
        "required": [name for name, field in told.payload.items() if field.always],
        **({"additionalProperties": False} if closed else {}),
    }
    return {
        "description": f"{kind.value}: {told.when}.",
        "type": "object",
        "properties": properties,
        "required": list(ENVELOPE),
        **({"additionalProperties": False} if closed else {}),
    }


def _envelope(name: str, told: Told) -> dict[str, Any]:
    schema, says = ENVELOPE[name]
    if name in NULLABLE and name not in told.of:
        schema = schema | {"type": [schema["type"], "null"]}
    return schema | {"description": says}


def _field(field: Field) -> dict[str, Any]:
    gone = " Missing once the person was erased." if field.goes else ""
    return {**field.schema, "description": field.says + gone}
