"""The events as AsyncAPI 3.0 describes such things: which topics there are, and what is published there.

Made of the same table as the JSON Schema (`cti_api.streams.payloads`) and of the topics' own spelling.
"""

from __future__ import annotations

from typing import Any, Final

from cti_api.streams.payloads import PAYLOADS
from cti_api.streams.schema import event_schema
from cti_api.streams.topics import STATES, Topics

VERSION: Final = "3.0.0"
JSON: Final = "application/json"

_PARTS: Final = {
    "prefix": "`mqtt.prefix` of the settings.",
    "site": "`mqtt.site` of the settings.",
    "area": "What it is about: the kind's first part.",
    "what": "What happened: the kind's second part.",
    "about": "Whose it is: the campaign, agent, queue, trunk, tree or survey; `-` where it is nobody's.",
}
_HEAD: Final = {"type": "object", "properties": {"seq": {"type": "integer", "minimum": 0}}, "required": ["seq"]}
_STATUS: Final = {"type": "object", "properties": {"online": {"type": "boolean"}}, "required": ["online"]}


def asyncapi() -> dict[str, Any]:
    """The document, as seen from Vocero: it sends."""
    topics = Topics("{prefix}", "{site}")
    events = topics.all_events.removesuffix("#")
    states = [kind for kind in PAYLOADS if kind in STATES]
    channels = {
        "events": _channel(
            f"{events}{{area}}/{{what}}/{{about}}", "Every event, once more where the broker did not acknowledge it.",
            [kind.value for kind in PAYLOADS],
        ),
        "states": _channel(
            events.replace("/events/", "/state/") + "{area}/{about}", "The newest event of a state; retained.",
            [kind.value for kind in states],
        ),
        "head": _channel(topics.head, "Everything up to this number was published; retained.", ["head"]),
        "status": _channel(topics.status, "Whether Vocero is connected, by its last will too; retained.", ["status"]),
    }  # fmt: skip
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "Vocero's events",
            "version": "1",
            "description": "At least once, QoS 1, in one order; `seq` tells what is missing, and `GET /api/v1/events` "
            "has it. The same events come as server-sent events and by webhooks: docs/events.md.",
        },
        "defaultContentType": JSON,
        "channels": channels,
        "operations": {
            name: {"action": "send", "channel": {"$ref": f"#/channels/{name}"}, "bindings": {"mqtt": {"qos": 1}}}
            for name in channels
        },
        "components": {"messages": _messages()},
    }


def _channel(address: str, words: str, messages: list[str]) -> dict[str, Any]:
    parts = {name: {"description": said} for name, said in _PARTS.items() if f"{{{name}}}" in address}
    named = {name: {"$ref": f"#/components/messages/{name}"} for name in messages}
    return {"address": address, "description": words, "parameters": parts, "messages": named}


def _messages() -> dict[str, Any]:
    schemas = event_schema()["$defs"]
    told = {kind.value: _message(kind.value, PAYLOADS[kind].when, schemas[kind.value]) for kind in PAYLOADS}
    return told | {
        "head": _message("head", "the number of the newest event", _HEAD),
        "status": _message("status", "connected or not", _STATUS),
    }


def _message(name: str, words: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "summary": words, "contentType": JSON, "payload": payload}
