"""What the settings say of agents at work."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, Field

from cti_api.border import Line
from cti_api.setting_values import Section

OF_THE_SYSTEM: Final = frozenset({"technical", "unanswered", "preview_unattended"})
"""Reasons of pauses that nobody asked for; the first ends by itself when the softphone is there again."""

PAUSE_REASONS: Final = ("baño", "almuerzo", "descanso", "capacitación", "reunión", "soporte")


def _reasons(reasons: tuple[str, ...]) -> tuple[str, ...]:
    for reason in reasons:
        if reason != reason.strip() or not reason:
            raise ValueError(f"{reason!r} is no reason: write a word or two")
        if reason in OF_THE_SYSTEM:
            raise ValueError(f"{reason} is what a pause is called that nobody asked for: choose another word")
        if reasons.count(reason) > 1:
            raise ValueError(f"{reason} is there twice")
    return reasons


class AgentSettings(Section):
    """How agents work, whatever their campaigns."""

    pause_reasons: Annotated[tuple[Line, ...], Field(max_length=50), AfterValidator(_reasons)] = PAUSE_REASONS
    """Why somebody may pause, in the order in which they are shown; with none of them, whatever is written is taken."""
