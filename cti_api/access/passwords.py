"""What a password must be: long, and not what everybody would try first.

No rule asks for signs of certain kinds, and none expires (NIST SP 800-63B, 3.1.1.2; OWASP ASVS 5.0, 6.2).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

from cti_api.errors import Fault, InputError

SHORTEST: Final = 12
LONGEST: Final = 128
"""Characters (ASVS 5.0, 6.2.1 and 6.2.9)."""
FEWEST_SIGNS: Final = 5
"""Different ones."""
FEWEST_LEFT: Final = 8
"""Signs, once what is tried first is taken out."""
ROWS: Final = (
    "0123456789012345678901234567890",
    "abcdefghijklmnopqrstuvwxyzabcdefghijklm",
    "qwertyuiopasdfghjklñzxcvbnmqwertyuiop",
    "qwertyuiopasdfghjklzxcvbnmqwertyuiop",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
)
"""Keys in the order in which a finger finds them."""
LONGEST_RUN: Final = 3
"""Signs of a row that may follow each other; longer ones count as one."""
COMMON: Final = frozenset(
    {
        "password", "passw0rd", "contraseña", "contrasena", "administrador", "administrator", "bienvenido", "welcome",
        "letmein", "iloveyou", "teamo", "teamomucho", "dragon", "princesa", "princess", "football", "futbol",
        "colombia", "bogota", "medellin", "nacional", "millonarios", "america", "changeme", "cambiame", "secreto",
        "secret", "usuario", "operador", "operator", "supervisor", "agente", "auditor", "asterisk", "vocero", "llamada",
        "llamadas", "callcenter", "telefono", "centralita", "qwerty", "asdfgh", "admin", "root", "master", "monkey",
    }
)  # fmt: skip
"""What passwords are made of that are tried first, with figures or signs around it."""


def prepared(password: str) -> str:
    """As it is hashed: however a keyboard makes an accent, it is the same (NFC)."""
    return unicodedata.normalize("NFC", password)


def refuse_weak(password: str, names: Iterable[str], field: str = "password") -> None:
    """Raises `InputError` for one that is guessed early. `names`: the user's own and the company's words; `field`:
    where it stands in what was sent."""
    if fault := weakness(password, names):
        raise InputError("This password will not do.", [Fault(field, fault)])


def weakness(password: str, names: Iterable[str]) -> str:
    """What is wrong with it; empty: nothing."""
    if len(password) < SHORTEST:
        return f"has {len(password)} characters; {SHORTEST} are the fewest, and a sentence is easier to remember"
    if len(password) > LONGEST:
        return f"has {len(password)} characters; {LONGEST} are the most"
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in password):
        return "holds a control character"
    plain = password.casefold()
    if len(set(plain)) < FEWEST_SIGNS:
        return "repeats few signs"
    # What is left once everything that is tried first is taken out has to be something.
    words = sorted({*COMMON, *(word for name in names for word in _words(name))}, key=len, reverse=True)
    left = plain
    for word in words:
        left = left.replace(word, "")
    if len(_without_runs(left)) < FEWEST_LEFT:
        return "is made of what is tried first: names, common words, rows of keys"
    return ""


def _words(name: str) -> list[str]:
    return [word for word in "".join(c if c.isalnum() else " " for c in name.casefold()).split() if len(word) > 2]


def _without_runs(text: str) -> str:
    """`text` with rows of keys, either way, and repeated signs as one sign each."""
    rows = [*ROWS, *(row[::-1] for row in ROWS)]
    kept, place = "", 0
    while place < len(text):
        run = max(_repeated(text, place), *(_run(text, place, row) for row in rows))
        kept += text[place]
        place += run if run > LONGEST_RUN or (run > 2 and len(set(text[place : place + run])) == 1) else 1
    return kept


def _run(text: str, place: int, row: str) -> int:
    """How many signs from `place` on follow each other in the row."""
    length = 1
    while place + length < len(text) and text[place : place + length + 1] in row:
        length += 1
    return length


def _repeated(text: str, place: int) -> int:
    length = 1
    while place + length < len(text) and text[place + length] == text[place]:
        length += 1
    return length
