"""Looks after the recordings: each file is measured while the talk goes on, and once more after its end."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cti_api.model.campaigns import RecordingMode
from cti_api.model.events import EventKind
from cti_api.model.ids import AttemptId
from dialer.calls.recording import SETTLED_SECONDS, is_whole
from dialer.engine.book import Flight
from dialer.engine.floor import Floor

LOOK_SECONDS: Final = 4.0
"""How often; a disk that fills up is known within this and `GROWING_SECONDS` (failure catalogue: 10 s)."""

GROWING_SECONDS: Final = 5.0
"""A talk older than this must have left bytes, however they are buffered."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Ended:
    flight: Flight
    due: datetime


class Recordings:
    """One loop. A campaign that requires recordings stops dialling while they fail (`failing`)."""

    def __init__(self, floor: Floor, folder: Path) -> None:
        self._floor = floor
        self._folder = folder
        self._ended: deque[_Ended] = deque()
        self._told: set[AttemptId] = set()

    def call_over(self, flight: Flight) -> None:
        """A recorded talk is over: its file is measured when it is complete."""
        if flight.attempt.recording and flight.call.connected_at is not None:
            due = self._floor.clock.now() + timedelta(seconds=SETTLED_SECONDS)
            self._ended.append(_Ended(flight, due))

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self._look()

    async def _look(self) -> None:
        now = self._floor.clock.now()
        talks = [(f, f.call.talk_seconds(now)) for f in self._floor.book.live() if f.call.connected_at]
        recorded = [(f, seconds) for f, seconds in talks if f.attempt.recording and seconds > GROWING_SECONDS]
        self._told &= {f.id for f, _ in recorded}
        while self._ended and self._ended[0].due <= now:
            flight = self._ended.popleft().flight
            recorded.append((flight, flight.record.talk_seconds))
        if not recorded:
            return
        sizes = await asyncio.to_thread(_sizes, [self._folder / f.attempt.recording for f, _ in recorded])
        for (flight, seconds), size in zip(recorded, sizes, strict=True):
            self._judge(flight, seconds, size)

    def _judge(self, flight: Flight, talk_seconds: float, size: int) -> None:
        campaign = flight.attempt.campaign_id
        # A file that is still written may lag behind by what is buffered: while the talk goes on only "nothing" counts.
        whole = is_whole(size, talk_seconds) if not flight.live else size > 0
        if whole:
            if flight.live:
                self._floor.not_recording.discard(campaign)
            return
        if flight.spec.recording is RecordingMode.REQUIRED:
            self._floor.not_recording.add(campaign)
        if flight.id in self._told:
            return
        self._told.add(flight.id)
        log.error("a recording is missing or short", extra={"attempt": flight.id, "bytes": size})
        event = self._floor.event(
            EventKind.RECORDING_FAILED,
            campaign_id=campaign,
            lead_id=flight.attempt.lead_id,
            attempt_id=flight.id,
            bytes=size,
            talk_seconds=round(talk_seconds, 1),
        )
        self._floor.recorder.put("recording failed", lambda: self._floor.store.outbox.append(event), event)


def _sizes(paths: list[Path]) -> list[int]:
    return [path.stat().st_size if path.exists() else 0 for path in paths]
