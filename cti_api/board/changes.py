"""What is another since the board was told last: whole tiles, by their names; one that is gone is null."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from cti_api.board.shown import Board

PARTS: Final = ("alerts", "agents", "queues", "campaigns", "trunks", "loose")

Told = dict[str, Any]
"""As it goes over the wire, before it is written as JSON."""


def whole(board: Board) -> Told:
    """Everything."""
    return {
        "at": board.at,
        **{part: {name: asdict(tile) for name, tile in getattr(board, part).items()} for part in PARTS},
    }


def changes(before: Board, after: Board) -> Told | None:
    """What to lay over `before`; None: both show the same, whenever it was."""
    told: Told = {}
    for part in PARTS:
        was, now = getattr(before, part), getattr(after, part)
        changed: Told = {name: asdict(tile) for name, tile in now.items() if was.get(name) != tile}
        changed |= dict.fromkeys(was.keys() - now.keys())
        if changed:
            told[part] = changed
    return {"at": after.at, **told} if told else None
