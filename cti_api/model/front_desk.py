"""Calls that a tree led, and what they left: tickets, and recordings of what callers said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class LedEnding(StrEnum):
    """How a call that a tree led was over."""

    FINISHED = "finished"
    """The tree came to its end."""
    HANDED_OVER = "handed_over"
    """The caller went on to people, and did not come back."""
    HUNG_UP = "hung_up"
    """The caller left before that."""
    CUT = "cut"
    """A limit of the tree was passed, or something broke: the caller heard an apology."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedCall:
    """One call, from the moment it is answered."""

    id: str
    """32 hex digits, made by the dialplan."""
    entry: str
    tree: str
    version: int
    number: str
    """The caller's, in E.164; empty where it is withheld or is none."""
    called: str
    """The number that was called, as the trunk writes it."""
    channel_id: str
    """Asterisk's own id of the caller's channel: that of their row in a queue (`cti_api.model.queues`)."""
    began_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeLeft:
    """A node that a call left, and by which of its ways; empty: the call ended there."""

    tree: str
    node: str
    way: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTicket:
    """Something that somebody has to see to."""

    call_id: str
    kind: str
    number: str
    """Whom it is about: the caller's number in E.164; may be empty."""
    values: dict[str, Any]
    """What the caller told, by the names of the tree's variables; JSON values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidRecording:
    """Something a caller said that was kept as sound."""

    call_id: str
    name: str
    """The variable of the tree that it answers."""
    number: str
    recording: str
    """The file's name in the folder of recordings."""
    seconds: float
