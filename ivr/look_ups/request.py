"""The question to another system: its address and body with the caller's values in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from string import ascii_letters, digits
from typing import Any, Final

from ivr.look_ups.spec import PLACE, Spec
from ivr.tree.prompts import Value

LONGEST_SENT: Final = 200
"""Signs of a value in an address: no account, plate or order has more, and addresses have limits."""
_UNRESERVED: Final = frozenset(f"{ascii_letters}{digits}-._~".encode("ascii"))
DOTS: Final = frozenset({".", ".."})


@dataclass(frozen=True, slots=True)
class Request:
    url: str
    json: Any = None
    """None: there is no body."""


def request_of(spec: Spec, values: Mapping[str, Value]) -> Request | None:
    """None where no such thing can be asked for: a value that leads the way is empty, or leads elsewhere.

    Each value is one part of a path, or of a query, whatever signs it has.
    """
    path, question, query = spec.url.partition("?")
    written = {name: as_text(value) for name, value in values.items()}
    if any(len(text) > LONGEST_SENT for text in written.values()):
        return None
    parts = path.split("/")
    for at, part in enumerate(parts):
        if not PLACE.search(part):
            continue
        if not all(written.get(found[1], "").strip() for found in PLACE.finditer(part)):
            return None
        parts[at] = _filled(part, written)
        if parts[at] in DOTS:
            return None
    url = "/".join(parts) + question + _filled(query, written)
    if not spec.posts:
        return Request(url)
    everything = {name: _as_json(value) for name, value in values.items()}
    return Request(url, everything if spec.body is None else _body(spec.body, values))


def as_text(value: Value) -> str:
    """A value as other systems write it."""
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value.normalize():f}" if value.is_finite() else ""
        case date():
            return value.isoformat()
        case _:
            return value


def _filled(text: str, written: Mapping[str, str]) -> str:
    return PLACE.sub(lambda found: escaped(written.get(found[1], "")), text)


def escaped(text: str) -> str:
    """RFC 3986, 2.1: every sign but the unreserved ones of 2.3 is percent-encoded."""
    return "".join(chr(each) if each in _UNRESERVED else f"%{each:02X}" for each in text.encode("utf-8", "replace"))


def _body(body: Any, values: Mapping[str, Value]) -> Any:
    match body:
        case str():
            alone = PLACE.fullmatch(body)
            if alone:
                return _as_json(values.get(alone[1], ""))
            return PLACE.sub(lambda found: as_text(values.get(found[1], "")), body)
        case dict():
            return {name: _body(each, values) for name, each in body.items()}
        case list():
            return [_body(each, values) for each in body]
        case _:
            return body


def _as_json(value: Value) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, Decimal) and value.is_finite():
        return int(value) if value == value.to_integral_value() else float(value)
    text = as_text(value)
    return re.sub(r"[\ud800-\udfff]", "", text)  # what no UTF-8 can hold
