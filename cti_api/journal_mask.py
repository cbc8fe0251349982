"""Takes numbers out of Asterisk's journal (CEL), where the name of a call's channel has them: ``Local/573001234567@…``.

Digits are written over with as many zeros, in their place: the file keeps its length, so that Asterisk, which opens it
anew for each row and only ever appends, is not in the way, and neither is whoever reads it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

BLOCK_BYTES: Final = 256 * 1024
"""Looked through at a time, some thousandths of a second: the rest of the program has its turn in between."""

PACKED: Final = frozenset({".gz", ".bz2", ".xz", ".zst"})
"""Rotated journals that nothing can be written into."""

_ROW: Final = re.compile(rb'^"[^"]*","[^"]*","([0-9a-f]{32})(?:-out)?","[^"]*","Local/([0-9]+)@', re.MULTILINE)
"""A row of either half of a call's own channel: its id, and the number (asterisk/README.md, "The journal")."""


def mask_calls(journal: Path, calls: Collection[str]) -> int:
    """Take the numbers of these calls out of the journal and of what was rotated away and is not packed; returns in how
    many rows. A journal that is not there has none. Raises `OSError`."""
    wanted = {call.encode() for call in calls}
    masked, seen = 0, set[tuple[int, int]]()
    while wanted and (fresh := [path for path in _files(journal) if _identity(path) not in seen]):
        # Again: what was rotated meanwhile has another name, or is a file that was not there before.
        for path in fresh:
            with suppress(FileNotFoundError), path.open("rb") as file:
                found = os.fstat(file.fileno())
                if (found.st_dev, found.st_ino) not in seen:
                    masked += _mask(file, wanted)
                    seen.add((found.st_dev, found.st_ino))
    return masked


def _files(journal: Path) -> list[Path]:
    rotated = [file for mark in ".-" for file in journal.parent.glob(f"{journal.name}{mark}*")]
    return [file for file in (journal, *rotated) if file.suffix not in PACKED and file.is_file()]


def _identity(path: Path) -> tuple[int, int] | None:
    """Of the file that has this name now; none has None."""
    with suppress(FileNotFoundError):
        found = path.stat()
        return found.st_dev, found.st_ino
    return None


def _mask(file: BinaryIO, wanted: Collection[bytes]) -> int:
    masked = 0
    writing: int | None = None
    try:
        begin, rest = 0, b""
        while block := file.read(BLOCK_BYTES):
            rows = rest + block
            end = rows.rfind(b"\n") + 1
            for row in _ROW.finditer(rows, 0, end):
                if row[1] in wanted and row[2].strip(b"0"):
                    if writing is None:
                        # This very file, whatever its name is by now: another may have been put in its place.
                        writing = os.open(f"/proc/self/fd/{file.fileno()}", os.O_WRONLY | os.O_CLOEXEC)
                    os.pwrite(writing, b"0" * len(row[2]), begin + row.start(2))
                    masked += 1
            begin, rest = begin + end, rows[end:]
        if writing is not None:
            os.fsync(writing)
    finally:
        if writing is not None:
            os.close(writing)
    return masked
