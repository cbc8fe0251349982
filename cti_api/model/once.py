"""A request that is done once, however often it comes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """By what a request is known when it comes again (its ``Idempotency-Key``)."""

    by: str
    """Who asks: ``person:ana``, ``key:crm``. Another's key of the same name is another."""
    key: str
    digest: str
    """SHA-256 of what was asked: the same key with something else is a mistake of whoever asks."""
    source: str = "agent"
    """Who says so, for the record: ``agent`` for the call's own, else as in `by`."""
