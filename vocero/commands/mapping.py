"""``--map phone=COLUMN``, for the commands that read lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from cti_api.errors import InputError
from cti_api.lead_file.mapping import ROLES

MapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="WHAT=COLUMN",
        help=f"Which column is what; may be given several times. WHAT is one of {', '.join(ROLES)}.",
    ),
]


def pairs(told: Sequence[str] | None) -> list[tuple[str, str]]:
    """Raises `InputError` for what is no pair."""
    found = []
    for each in told or ():
        role, sign, column = each.partition("=")
        if not sign:
            raise InputError(f"{each!r} is no mapping: write --map phone=COLUMN")
        found.append((role.strip(), column.strip()))
    return found
