"""What the letters with the reports say, in Spanish, unless the settings say it otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Final

KNOWN: Final = ("title", "period", "of")
"""What may stand in braces in the settings' own words."""

BODY: Final = "Buen día:\n\nAdjuntamos el informe «{title}», {period}."
TOO_LARGE: Final = (
    "El informe pesa {megabytes} MB y no cabe en un correo. Está en la consola, en Administración → Informes, y en el "
    "servidor con la orden:\n\n    {command}"
)
WITHOUT_CSV: Final = "Las hojas en CSV no caben en este correo; están en la consola, en Administración → Informes."
CLOSING: Final = "Este mensaje se envía automáticamente; no hace falta responderlo."


def check_words(words: str) -> None:
    """Raises `ValueError` for braces that hold anything else than `KNOWN`."""
    try:
        parts = list(Formatter().parse(words))
    except ValueError as error:
        raise ValueError(f"has braces that do not fit ({error}); write {{{{ and }}}} for braces as such") from None
    for _, name, form, conversion in parts:
        if name is not None and (name not in KNOWN or form or conversion):
            known = ", ".join(f"{{{each}}}" for each in KNOWN)
            raise ValueError(f"has {{{name}}} in it; there are {known}")


def fill(words: str, values: Mapping[str, str]) -> str:
    """`words`, which were checked, with what is known in place of its braces."""
    return words.format_map(dict(values))
