"""Pacing journals on the disk: a file for each pacer, written beside everything else and never waited for.

A journal begins with its pacer, for only from there can it be decided again (`dialer.pacing.journal`). So a file that
has become too large is broken off, which is no loss to what stands in it; and of many files the oldest go. Whatever
fails here is logged, and dialling goes on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from pathlib import Path
from typing import Final

from cti_api.model.campaigns import CampaignSpec
from dialer.pacing.interface import Pacer, PacingConfig
from dialer.pacing.journal import Header, Recorder

FLUSH_SECONDS: Final = 2.0
"""How often what was noted is written."""

LARGEST_BYTES: Final = 64 * 1024 * 1024
"""Of one file: more than a hundred agents fill in a day."""

MOST_FILES: Final = 30
"""Of all campaigns, and more only where more are at work; with the above it bounds the folder."""

SUFFIX: Final = ".pacing"

log = logging.getLogger(__name__)


class PacingJournal:
    """One pacer's file."""

    def __init__(self, path: Path, pacer: Pacer, header: Header, largest: int) -> None:
        self.path = path
        self._largest = largest
        self._pieces: list[str] = []
        self._room = largest
        self._over = False
        """Nothing more is taken: it was ended, grew too large, or could not be written."""
        self.pacer = Recorder(pacer, header, self._take)
        """To be told and asked instead of the pacer itself."""

    def _take(self, piece: str) -> None:
        """Never raises, never waits: what comes after the room is used up is left out, to the end."""
        if self._over:
            return
        self._room -= len(piece)
        if self._room < 0:
            self._over = True
            log.warning("a pacing journal is full: the rest is not written", extra={"file": str(self.path)})
        else:
            self._pieces.append(piece)

    def end(self) -> None:
        """Its pacer decides no more."""
        self.pacer.end()
        self._over = True

    async def flush(self) -> bool:
        """Write what was noted; False when nothing more will come."""
        pieces, self._pieces = self._pieces, []
        if pieces:
            try:
                await asyncio.to_thread(_append, self.path, "".join(pieces))
            except OSError as error:
                self._over = True
                log.error("a pacing journal cannot be written", extra={"file": str(self.path), "reason": str(error)})
                return False
        return bool(self._pieces) or not self._over


class PacingJournals:
    """The folder of all of them."""

    def __init__(self, folder: Path, *, largest: int = LARGEST_BYTES, most: int = MOST_FILES) -> None:
        """`folder` is made where it is missing."""
        self._folder = folder
        self._largest = largest
        self._most = most
        self._open: list[PacingJournal] = []
        self._flushing = asyncio.Lock()

    def begin(self, spec: CampaignSpec, began: str, config: PacingConfig, seed: int, pacer: Pacer) -> PacingJournal:
        """A journal around this pacer. `began`: when, as it shall stand in the file's name and first line."""
        header = Header(policy=spec.mode.value, seed=seed, config=config, note=f"{spec.id} {began}")
        path = self._folder / f"{began}-{spec.id}{SUFFIX}"
        journal = PacingJournal(path, pacer, header, self._largest)
        self._open.append(journal)
        return journal

    async def run(self) -> None:
        """Write what was noted every `FLUSH_SECONDS`, until cancelled."""
        while True:
            await self.flush()
            await asyncio.sleep(FLUSH_SECONDS)

    async def flush(self) -> None:
        """Write everything that was noted so far, and let the oldest files go."""
        async with self._flushing:  # what was noted first is written first
            for journal in list(self._open):
                if not await journal.flush():
                    self._open.remove(journal)
            try:
                await asyncio.to_thread(self._tidy, {journal.path for journal in self._open})
            except OSError as error:
                log.warning("old pacing journals cannot be removed", extra={"reason": str(error)})

    def _tidy(self, at_work: Collection[Path]) -> None:
        """Names begin with the time: in their order they are in that of their age. One that is still written stays: it
        would be begun anew without its first line."""
        files = sorted(self._folder.glob(f"*{SUFFIX}"))
        for old in files[: max(len(files) - self._most, 0)]:
            if old not in at_work:
                old.unlink(missing_ok=True)


def _append(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="ascii", newline="") as file:
        file.write(text)
