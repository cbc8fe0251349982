"""The address that an agent's screen opens with a call: read from the campaign file, and filled in for one person."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

LONGEST: Final = 2000
"""Signs of an address that every browser and server takes."""

OURS: Final = frozenset({"number", "lead_id", "attempt_id", "campaign_id", "agent_id"})
"""What can be filled in beside the list's columns; a column of that name goes before."""

_PLACEHOLDER: Final = re.compile(r"\{([^{}\n]{1,100})\}")
_ADDRESS: Final = re.compile(
    r"https?://(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?(?:[/?#][!#-;=?-\[\]_a-z~]*)?\Z"
)
"""Scheme, host and port as they stand in the file, then the signs that an address may have (RFC 3986)."""
_UNRESERVED: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
"""RFC 3986, section 2.3."""


def screen_pop(text: str) -> str:
    """An address such as ``https://crm.example.com/?placa={placa}``.

    Raises `ValueError` for anything else. Whose page it is stands in the file, never in the list: only what comes after
    the host is filled in.
    """
    if len(text) > LONGEST:
        raise ValueError(f"is longer than {LONGEST} characters")
    before = text.partition("{")[0]
    has_host = before == text or re.search(r"://[^/?#]+[/?#]", before)
    if not has_host or not _ADDRESS.match(_PLACEHOLDER.sub("x", text)):
        raise ValueError(
            "must be an address such as https://crm.example.com/?placa={placa}: https or http, the host as it is, "
            "and fields after it only"
        )
    return text


def filled(template: str, known: Mapping[str, str]) -> str:
    """The address for one person: each field's value, so written that it stays one value. Empty for no template."""

    def value(found: re.Match[str]) -> str:
        written = known.get(found.group(1).strip(), "").strip().encode(errors="replace")
        return "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in written)

    return _PLACEHOLDER.sub(value, template)
