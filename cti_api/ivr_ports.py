"""What the window may ask of the answering side, which is handed in as the engine is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from cti_api.model.prompt_sessions import KeptRecording, PromptSession, WantedPrompt


class TreeReader(Protocol):
    """Reads the trees that answer callers."""

    def parts_of(self, text: str) -> Sequence[tuple[str, int]]:
        """The trees within it that a file names, and in which versions; as far as it can be read."""
        ...

    def checked(self, text: str, parts: Mapping[tuple[str, int], str]) -> tuple[str, str]:
        """A file's tree and its title, where it is in order with the texts of the trees within it.

        Raises `InputError` with every fault.
        """
        ...


class PromptStudio(Protocol):
    """Where prompts are recorded by telephone."""

    @property
    def numbers(self) -> Sequence[str]:
        """Which numbers lead there."""
        ...

    def open(self, wanted: Sequence[WantedPrompt]) -> PromptSession:
        """Raises `Conflict` where no number leads there, or too many sessions are open."""
        ...

    def session(self, session_id: str) -> PromptSession:
        """Raises `NotFound`."""
        ...

    async def recordings(self) -> Sequence[KeptRecording]:
        """What was recorded so far. Raises `StoreUnavailable`."""
        ...
