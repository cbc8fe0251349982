"""What follows for a person's numbers when they said that they want no more calls."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from cti_api.model.campaigns import Disposition
from cti_api.model.leads import LeadMove, LeadState

BY_KEY: Final = "keypad"
"""The source of an opt-out by the key that a message offers."""


def as_said(move: LeadMove, chosen: Disposition | None, *, by_key: bool) -> LeadMove:
    """The lead's move with the numbers that go on the do-not-call list.

    All of the person's where it was they who said it: by the message's key, or to an agent whose disposition says that
    the person was reached (`contact`). Else the dialled number alone: whoever answers a wrong number speaks for nobody
    but themselves.
    """
    if by_key:
        return replace(
            move,
            state=LeadState.SUPPRESSED,
            reason=f"suppressed:{BY_KEY}",
            not_before=None,
            callback_agent=None,
            suppress_number=True,
            suppress_person=True,
            suppress_source=BY_KEY,
        )
    if move.suppress_number and chosen is not None and chosen.contact:
        return replace(move, suppress_person=True)
    return move
