"""Looks into files for what should not be in them any more: the proof that a person was erased.

It runs in a process that has no store open: whoever closes a file that SQLite has open in the same process takes its
locks away (https://www.sqlite.org/howtocorrupt.html, 2.2).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

PIECE_BYTES: Final = 4 * 1024 * 1024
PHONE, NAME = "un teléfono", "un nombre"
LEAST_BYTES: Final = 7
"""A shorter text is found everywhere."""


@dataclass(slots=True)
class Searched:
    """What was looked into."""

    folder: str
    files: int = 0
    bytes: int = 0
    found: list[tuple[str, str]] = field(default_factory=list)
    """File, and what of the person is in it."""
    closed: list[str] = field(default_factory=list)
    """Files that could not be read."""


def texts_of(person: Mapping[str, Any]) -> dict[bytes, str]:
    """What to look for, of the person as an erasure tells them, and what each is.

    A number that others share is theirs; a name of one word is many people's.
    """
    import phonenumbers  # numbering plans: other commands spare them

    texts = {}
    for number in person["numbers"]:
        if number not in person["shared"]:
            texts[str(phonenumbers.parse(number).national_number).encode()] = PHONE
    for name in person["names"]:
        if " " in name.strip():
            texts[name.encode()] = NAME
            texts[json.dumps(name)[1:-1].encode()] = NAME
    return {text: what for text, what in texts.items() if len(text) >= LEAST_BYTES}


def search(folder: Path, texts: Mapping[bytes, str]) -> Searched:
    """Look into every file under `folder`; links are not followed."""
    searched = Searched(str(folder))
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        try:
            size, found = _look(path, list(texts))
        except OSError:
            searched.closed.append(str(path))
            continue
        searched.files += 1
        searched.bytes += size
        searched.found += [(str(path), what) for what in sorted({texts[text] for text in found})]
    return searched


def _look(path: Path, texts: Sequence[bytes]) -> tuple[int, set[bytes]]:
    found: set[bytes] = set()
    size, overlap, before = 0, max(map(len, texts), default=1) - 1, b""
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            size += len(piece)
            piece = before + piece
            found |= {text for text in texts if text not in found and text in piece}
            before = piece[-overlap:] if overlap else b""
    return size, found
