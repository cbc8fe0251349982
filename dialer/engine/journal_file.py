"""Reads Asterisk's journal from its end, and knows when it does not reach back far enough.

A journal that was rotated or emptied says nothing of what came before; that a call is not in it proves nothing then,
and to take it for a call that was never placed would call a person twice. What it does say of a call holds.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from dialer.calls.journal import Trace, read_traces

BLOCK_BYTES: Final = 1 << 20
"""Read at a time, from the end."""

MARGIN_SECONDS: Final = 1.0
"""Read this much further back than asked for: an id is given a moment before its row is written."""

PACKED: Final = frozenset({".gz", ".bz2", ".xz", ".zst"})
"""A predecessor that logrotate has compressed is not read: what it holds is unknown."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Journal:
    """What was read of it."""

    traces: dict[str, Trace]
    whole: bool
    """Every call since is in it. False: it is missing or unreadable, or it begins later."""


def read_journal(path: Path, since: datetime, block_bytes: int = BLOCK_BYTES) -> Journal:
    """Traces of channels begun at or after `since`, also those whose rows are in the file's predecessor (``….1``)."""
    parts: list[bytes] = []
    whole = False
    try:
        for file in (path, *_predecessors(path)):
            if file.suffix in PACKED:
                break
            rows, reaches_back = _last_rows(file, since.timestamp(), block_bytes)
            parts.append(rows)
            if reaches_back:
                whole = True
                break
    except OSError as error:
        log.error("Asterisk's journal cannot be read", extra={"path": str(path), "reason": error.strerror})
    else:
        if not whole:
            said = {"path": str(path), "since": str(since)}
            log.warning("Asterisk's journal does not reach back far enough", extra=said)
    data = b"\n".join(reversed(parts))
    return Journal(read_traces(data.decode("utf-8", "replace").splitlines()), whole)


def _predecessors(path: Path) -> list[Path]:
    """What was rotated away, the latest first: ``vocero.csv.1``, ``vocero.csv-20261123``."""
    rotated = [file for mark in ".-" for file in path.parent.glob(f"{path.name}{mark}*")]
    return sorted(rotated, key=lambda file: file.stat().st_mtime, reverse=True)


def _last_rows(path: Path, since: float, block_bytes: int) -> tuple[bytes, bool]:
    """The file's rows from `since` (Unix time) on, roughly, and whether there are any of before."""
    blocks: list[bytes] = []
    with path.open("rb") as file:
        start = file.seek(0, 2)
        while start > 0:
            size = min(block_bytes, start)
            start -= size
            file.seek(start)
            blocks.append(file.read(size))
            first = next(_stamps(blocks[-1], torn=start > 0), None)
            if first is not None and first < since - MARGIN_SECONDS:
                break
    rows = b"".join(reversed(blocks))
    first = next(_stamps(rows, torn=start > 0), None)
    return rows, first is not None and first <= since


def _stamps(rows: bytes, *, torn: bool) -> Iterator[float]:
    """The instants of the whole rows; `torn`: the first line is only the end of one."""
    begin = rows.find(b"\n") + 1 if torn else 0
    if torn and not begin:
        return
    while (end := rows.find(b"\n", begin)) >= 0:
        fields = rows[begin:end].split(b",", 2)
        with suppress(IndexError, ValueError):
            yield float(fields[1].strip(b'"'))
        begin = end + 1
