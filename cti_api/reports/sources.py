"""What reports are made of."""

from __future__ import annotations

from dataclasses import dataclass

from cti_api.figures import Figures
from cti_api.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    figures: Figures
    """Every number that is an indicator's comes from here."""
    store: Store
    """Titles and names, and lists: who was called, what was answered."""
    company: str = ""
    """As the cover names it; empty: it does not."""
