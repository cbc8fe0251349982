"""In which department of Bolivia a fixed line is, as far as its number tells it for sure.

The blocks are those of the numbering plan of 20 October 2001 (SITTEL, "Cambios en la numeración telefónica nacional"),
which names the towns they went to. The one-digit region before them is three departments together and tells nothing by
itself; a mobile number belongs to no department. Blocks that the plan does not name are left unknown.
"""

from __future__ import annotations

from typing import Final

from cti_api.model.phone import PhoneNumber

FIXED_DIGITS: Final = len("+59122372323")

BLOCKS: Final = {
    "+59122": "L",  # La Paz
    "+5912824": "L",  # Caranavi
    "+591252": "O",  # Oruro
    "+591262": "P",  # Potosí
    "+5912596": "P",  # Villazón
    "+59133": "S",  # Santa Cruz
    "+591346": "B",  # Trinidad
    "+5913484": "B",  # Santa Ana
    "+5913852": "B",  # Riberalta
    "+5913855": "B",  # Guayaramerín
    "+5913842": "N",  # Cobija
    "+59144": "C",  # Cochabamba
    "+591464": "H",  # Sucre
    "+591466": "T",  # Tarija
    "+591468": "T",  # Yacuiba
    "+591469": "T",  # Bermejo
}
"""ISO 3166-2 codes without the country."""


def department_of(number: PhoneNumber) -> str | None:
    """The department of a fixed line; None where the number does not tell."""
    if len(number.e164) != FIXED_DIGITS:
        return None
    return next((code for block, code in BLOCKS.items() if number.e164.startswith(block)), None)
