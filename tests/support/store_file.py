"""Stores with their tables and nothing in them: made once for all tests of a process, since fifteen migrations take
half a second."""

from __future__ import annotations

import tempfile
from pathlib import Path

from cti_api.clock import SystemClock
from cti_api.store.store import Store

_made: list[bytes] = []


async def new_store(folder: Path) -> str:
    """The URL of one in this folder."""
    if not _made:
        with tempfile.TemporaryDirectory() as where:
            path = Path(where) / "vocero.db"
            async with Store.open(f"sqlite:///{path}", clock=SystemClock(), upgrade=True):
                pass
            _made.append(path.read_bytes())
    (folder / "vocero.db").write_bytes(_made[0])
    return f"sqlite:///{folder / 'vocero.db'}"
