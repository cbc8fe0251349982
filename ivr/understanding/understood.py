"""What is made of an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

T = TypeVar("T")

SURE: Final = 1.0
"""Said in so many words."""
NEARLY: Final = 0.85
"""Said, among words that are not known."""
PERHAPS: Final = 0.55
"""Only alike, or said in a way that can be meant otherwise: to be confirmed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood(Generic[T]):
    """A value with how sure it is; or nothing, clearly."""

    value: T | None
    """None: not understood, the question is to be asked again."""
    confidence: float
    """0..1 that `value` is what was meant, supposing the words are what was said; 0 without a value."""
    heard: str
    """The words it was made of."""
    rivals: tuple[T, ...] = ()
    """Other values that could have been meant nearly as well, best first."""

    @property
    def understood(self) -> bool:
        return self.value is not None


def meant(value: T, confidence: float, heard: str, rivals: tuple[T, ...] = ()) -> Understood[T]:
    return Understood(value=value, confidence=round(min(1.0, max(0.0, confidence)), 3), heard=heard, rivals=rivals)


def not_understood(heard: str, rivals: tuple[T, ...] = ()) -> Understood[T]:
    return Understood(value=None, confidence=0.0, heard=heard, rivals=rivals)
