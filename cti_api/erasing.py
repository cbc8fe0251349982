"""What an erasure leaves to be done outside of the store's rows: recordings to remove, numbers in Asterisk's journal, a
log of the store to empty.

What has to be done was written with the erasure itself (`cti_api.store.erasures`), and is struck off once it is done;
so whoever is killed in the middle goes on at the next start, and doing it twice does nothing more.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from cti_api.journal_mask import mask_calls
from cti_api.store.erasures import Step, StepKind
from cti_api.store.store import Store

TRIES: Final = 25
PAUSE_SECONDS: Final = 0.2
"""Readers of the store are asked to let go for so long; after that it is left to the next time."""

log = logging.getLogger(__name__)


class Eraser:
    """Finishes what `Store.erasures` began."""

    def __init__(self, store: Store, recordings: Path, journal: Path) -> None:
        self._store = store
        self._recordings = recordings
        self._journal = journal

    async def carry_on(self, now: datetime) -> bool:
        """Do all that is left of every erasure; False where something still is, which the log says."""
        begun = await self._store.erasures.unfinished()
        if not begun:
            return True
        steps = await self._store.erasures.steps()
        done = await asyncio.to_thread(self._do, steps)
        await self._store.erasures.done(done)
        if not await self._scrub():
            log.warning("the store's log still holds what was erased: it is emptied at the next start")
            return False
        await self._store.erasures.finish(begun, now)
        return len(done) == len(steps)

    async def _scrub(self) -> bool:
        for _ in range(TRIES):
            if await self._store.scrub():
                return True
            await asyncio.sleep(PAUSE_SECONDS)
        return False

    def _do(self, steps: Sequence[Step]) -> list[Step]:
        """Those that are done now."""
        recorded = [step for step in steps if step.kind is StepKind.RECORDING]
        done = [step for step in recorded if self._remove(step.name)]
        if done:
            _flush(self._recordings)
        called = [step for step in steps if step.kind is StepKind.JOURNAL]
        return done + called if self._mask([step.name for step in called]) else done

    def _remove(self, name: str) -> bool:
        if Path(name).name != name:
            log.error("a recording outside of its folder is not removed", extra={"recording": name})
            return False
        try:
            (self._recordings / name).unlink(missing_ok=True)
        except OSError as error:
            log.error("a recording cannot be removed", extra={"recording": name, "reason": error.strerror})
            return False
        return True

    def _mask(self, calls: Sequence[str]) -> bool:
        try:
            mask_calls(self._journal, calls)
        except OSError as error:
            extra = {"path": str(error.filename or self._journal), "reason": error.strerror}
            log.error("numbers cannot be taken out of Asterisk's journal", extra=extra)
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
