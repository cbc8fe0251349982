"""What a check of the whole campaign finds."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    """One thing that is wrong."""

    path: str
    message: str
    rests_on: tuple[str, ...] = ()
    """Entries elsewhere that the finding is drawn from: where one of them is faulty itself, nothing is found."""
