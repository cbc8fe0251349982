"""Spanish words as an American ear has them: what is spelt otherwise and sounds the same is the same here.

Seseo and yeísmo hold in all of Colombia, Peru and Bolivia but for parts of the highlands, where ``ll`` is kept apart: a
telephone does not keep it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_SOUNDS: Final = (
    (re.compile(r"[^a-zñ0-9 ]"), " "),
    (re.compile(r"qu(?=[ei])"), "k"),
    (re.compile(r"gu(?=[ei])"), "G"),
    (re.compile(r"g(?=[ei])|x(?=i)"), "j"),
    (re.compile(r"ch"), "C"),
    (re.compile(r"c(?=[ei])|z"), "s"),
    (re.compile(r"[cq]"), "k"),
    (re.compile(r"ll"), "y"),
    (re.compile(r"h"), ""),
    (re.compile(r"[vw]"), "b"),
    (re.compile(r"G"), "g"),
    (re.compile(r"y\b"), "i"),
    (re.compile(r"rr"), "r"),
    (re.compile(r"\s+"), " "),
)


def folded(text: str) -> str:
    """Without accents, capitals and signs; ñ stays."""
    kept = text.casefold().replace("ñ", "\0")
    bare = "".join(sign for sign in unicodedata.normalize("NFD", kept) if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[^\w\0 ]", " ", bare).replace("\0", "ñ").split())


def sound_of(text: str) -> str:
    """Two texts with the same result cannot be told apart on a telephone."""
    sound = folded(text)
    for spelt, heard in _SOUNDS:
        sound = spelt.sub(heard, sound)
    return sound.strip()
