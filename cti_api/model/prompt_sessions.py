"""Sessions in which somebody records prompts by telephone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SessionState(StrEnum):
    OPEN = "open"
    """Its code is valid."""
    UNDER_WAY = "under_way"
    """Somebody keyed it, and is there."""
    DONE = "done"
    """Each prompt is recorded, or was skipped."""
    EXPIRED = "expired"
    CLOSED = "closed"
    """Too many wrong codes were keyed meanwhile: somebody may be guessing."""


class PromptState(StrEnum):
    WAITING = "waiting"
    KEPT = "kept"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPrompt:
    """What is to be recorded."""

    file: str
    """The name of its recording, as a tree has it."""
    text: str
    state: PromptState = PromptState.WAITING
    seconds: float | None = None
    """Of what was kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptSession:
    id: str
    """16 hex digits, made by us."""
    code: str
    """What is keyed to come in: digits."""
    valid_until: datetime
    prompts: tuple[WantedPrompt, ...]
    state: SessionState = SessionState.OPEN
    wrong_codes: int = 0
    """Keyed by anybody while it was open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRecording:
    """A recording that callers hear."""

    file: str
    at: datetime
    """When it was made."""
    seconds: float | None
    """None: brought by somebody, and no plain WAV."""
