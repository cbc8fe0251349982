"""Whether a person's answer says no. Only a message that says nothing else counts: "no puedo hoy" is no opt-out."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

NO: Final = frozenset(
    {
        "no", "no gracias", "baja", "dar de baja", "darme de baja", "denme de baja", "deme de baja",
        "quiero darme de baja", "stop", "alto", "basta", "parar", "salir", "cancelar suscripcion", "unsubscribe",
        "no me llamen", "no me llamen mas", "no me llame", "no me llame mas", "no llamar", "no llamen", "no llamen mas",
        "no me escriban", "no me escriban mas", "no me escriba", "no me escriba mas", "no escribir",
        "no me contacten", "no me contacten mas", "no me contacte", "no molestar", "no molesten", "no me molesten",
        "no me molesten mas", "no mas", "no mas mensajes", "no mas llamadas", "no me interesa", "no quiero",
        "no quiero mas mensajes", "no quiero mas llamadas", "no quiero que me llamen", "eliminar", "borrenme",
    }
)  # fmt: skip
"""Without case, accents and punctuation. Ours: whoever answers a company with these wants to be left alone."""

_SIGNS: Final = re.compile(r"[^a-z0-9ñ ]+")


def says_no(text: str) -> bool:
    """Whether the whole of it is one of `NO`, a polite word at its end aside."""
    bare = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(sign for sign in bare if not unicodedata.combining(sign))
    words = _SIGNS.sub(" ", bare).split()
    while len(words) > 1 and words[-1] in {"gracias", "porfavor", "favor", "por"}:
        words.pop()
    return " ".join(words) in NO
