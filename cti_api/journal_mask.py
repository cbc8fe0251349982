"""Takes numbers out of Asterisk's journal (CEL), where the name of a call's channel has them: ``Local/573001234567@…``.

Digits are written over with as many zeros, in their place: the file keeps its length, so that Asterisk, which opens it
anew for each row and only ever appends, is not in the way, and neither is whoever reads it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import Final

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
    rotated = [file for mark in ".-" for file in journal.parent.glob(f"{journal.name}{mark}*")]
    files = [file for file in (journal, *rotated) if file.suffix not in PACKED and file.is_file()]
    return sum(_mask(file, wanted) for file in files) if wanted else 0


def _mask(path: Path, wanted: Collection[bytes]) -> int:
    masked = 0
    with path.open("rb") as file:
        writing: int | None = None
        try:
            begin, rest = 0, b""
            while block := file.read(BLOCK_BYTES):
                rows = rest + block
                end = rows.rfind(b"\n") + 1
                for row in _ROW.finditer(rows, 0, end):
                    if row[1] in wanted and row[2].strip(b"0"):
                        if writing is None:
                            writing = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
                        os.pwrite(writing, b"0" * len(row[2]), begin + row.start(2))
                        masked += 1
                begin, rest = begin + end, rows[end:]
            if writing is not None:
                os.fsync(writing)
        finally:
            if writing is not None:
                os.close(writing)
    return masked
