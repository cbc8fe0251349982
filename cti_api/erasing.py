"""What an erasure leaves to be done on the disk: recordings to remove, and a log of the store to empty.

What has to be done was written with the erasure itself (`cti_api.store.erasures`), and each file is struck off once it
is gone; so whoever is killed in the middle goes on at the next start, and doing it twice does nothing more.
"""

from __future__ import annotations

import asyncio
import logging
import os
from datetime import datetime
from pathlib import Path
from typing import Final

from cti_api.store.store import Store

TRIES: Final = 25
PAUSE_SECONDS: Final = 0.2
"""Readers of the store are asked to let go for so long; after that it is left to the next time."""

log = logging.getLogger(__name__)


class Eraser:
    """Finishes what `Store.erasures` began."""

    def __init__(self, store: Store, recordings: Path) -> None:
        self._store = store
        self._recordings = recordings

    async def carry_on(self, now: datetime) -> bool:
        """Do all that is left of every erasure; False where something still is, which the log says."""
        left = await self._store.erasures.unfinished()
        if not left:
            return True
        whole = True
        for erasure, names in left.items():
            for name in names:
                if await asyncio.to_thread(self._remove, name):
                    await self._store.erasures.removed(erasure, name)
                else:
                    whole = False
        if not await self._scrub():
            log.warning("the store's log still holds what was erased: it is emptied at the next start")
            return False
        for erasure in left:
            await self._store.erasures.finish(erasure, now)
        return whole

    async def _scrub(self) -> bool:
        for _ in range(TRIES):
            if await self._store.scrub():
                return True
            await asyncio.sleep(PAUSE_SECONDS)
        return False

    def _remove(self, name: str) -> bool:
        if Path(name).name != name:
            log.error("a recording outside of its folder is not removed", extra={"recording": name})
            return False
        try:
            (self._recordings / name).unlink(missing_ok=True)
            _flush(self._recordings)
        except OSError as error:
            log.error("a recording cannot be removed", extra={"recording": name, "reason": error.strerror})
            return False
        return True


def _flush(folder: Path) -> None:
    """That a file is gone is on the disk when this returns."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return  # no folder, no recordings
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
