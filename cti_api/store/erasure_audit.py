"""What may be written down of an erasure: it outlives the person, and may not name them."""

from __future__ import annotations

import re
from typing import Final

from cti_api.errors import InputError
from cti_api.store.person import Person

SHORTEST_NAME: Final = 3
"""Letters of a part of a name that is looked for in a reason."""

_WORD: Final = re.compile(r"\w+")


def refuse_named(person: Person, by: str, reason: str) -> None:
    """Raises `InputError` where who carries it out, or why, says a name or number of the person."""
    said = f"{by} {reason}".casefold()
    digits = "".join(sign for sign in said if sign.isdecimal())
    words = set(_WORD.findall(reason.casefold()))
    parts = {part for name in person.names for part in _WORD.findall(name.casefold()) if len(part) >= SHORTEST_NAME}
    whole = any(name.casefold() in said for name in person.names)
    if whole or parts & words or any(number[-7:] in digits for number in person.numbers):
        raise InputError(
            "El responsable y el motivo quedan en la auditoría: escríbalos sin el nombre ni el número de la persona."
        )
