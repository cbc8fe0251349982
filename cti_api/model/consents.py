"""What a person agreed to: a number, by which channel, what for, since when, and what proves it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Channel(StrEnum):
    """A way to reach somebody."""

    CALL = "call"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    EMAIL = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One agreement as a list tells it; it holds for every number of its row."""

    channel: Channel
    at: datetime
    """When it was given (aware)."""
    evidence: str = ""
    """What proves it: the number of a form, the name of a recording."""
    purpose: str = ""
    """What it was given for, in the list's words; empty: whatever the list is for."""
    own_initiative: str = ""
    """How the person came to us by themselves, in the list's words; empty: the list does not say that they did."""
