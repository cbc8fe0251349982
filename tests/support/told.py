"""Whether events are as their schema says: a reader of JSON Schema for as much of it as ours uses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from cti_api.model.events import Event
from cti_api.store.outbox import _event
from cti_api.store.schema import outbox
from cti_api.store.store import Store
from cti_api.streams.schema import event_schema
from cti_api.streams.wire import as_json
from tests.support.store import MADE_UP

TYPES: dict[str, Any] = {
    "string": str, "object": dict, "array": list, "boolean": bool, "null": type(None),
    "integer": int, "number": (int, float),
}  # fmt: skip
KNOWN = {
    "type", "enum", "const", "properties", "required", "additionalProperties", "items", "minimum", "minLength",
    "maxLength", "format", "description",
}  # fmt: skip
"""Words of JSON Schema that `faults` understands."""


def faults(value: Any, schema: dict[str, Any], at: str = "") -> Iterator[str]:
    """What of `value` is not as `schema` says."""
    assert set(schema) <= KNOWN, set(schema) - KNOWN
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(_is(value, each) for each in types):
        yield f"{at}: {value!r} is no {' or '.join(types)}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is none of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{at}: {value!r} is not {schema['const']!r}"
    if value is None:
        return
    if "minimum" in schema and value < schema["minimum"]:
        yield f"{at}: {value} is less than {schema['minimum']}"
    if not schema.get("minLength", 0) <= (len(value) if isinstance(value, str) else 1) <= schema.get("maxLength", 1e9):
        yield f"{at}: {value!r} is too short or too long"
    if schema.get("format") == "date-time" and datetime.fromisoformat(value).tzinfo is None:
        yield f"{at}: {value!r} has no zone"
    if isinstance(value, dict) and "properties" in schema:
        known = schema["properties"]
        yield from (f"{at}.{name}: is missing" for name in schema["required"] if name not in value)
        yield from (f"{at}.{name}: is not in the schema" for name in value if name not in known)
        for name in set(value) & set(known):
            yield from faults(value[name], known[name], f"{at}.{name}")
    if isinstance(value, list) and "items" in schema:
        for place, each in enumerate(value):
            yield from faults(each, schema["items"], f"{at}[{place}]")


def _is(value: Any, name: str) -> bool:
    return isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


@cache
def _kinds() -> dict[str, Any]:
    kinds: dict[str, Any] = event_schema(closed=True)["$defs"]
    return kinds


def faults_of(event: Event) -> list[str]:
    told = json.loads(as_json(event))
    return list(faults(told, _kinds()[event.kind.value], event.kind.value))


async def all_told_right(store: Store) -> set[str]:
    """Hold every event in the store that was not made up against the schema; returns their kinds."""
    wanted = sa.select(outbox).where(outbox.c.event_id.not_like(f"{MADE_UP}%"))
    rows = await store._database.read(lambda tx: tx.execute(wanted).all())
    events = [replace(_event(row), seq=row.seq or 1) for row in rows]  # not every test numbers them
    wrong = [fault for event in events for fault in faults_of(event)]
    assert not wrong, wrong
    return {event.kind.value for event in events}
