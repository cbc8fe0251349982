"""A call's way on record: a store that is away, or slow, keeps nobody from being served."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import Final

from cti_api.errors import StoreUnavailable, VoceroError
from cti_api.model.front_desk import LedCall, LedEnding, NodeLeft, SaidRecording
from cti_api.store.front_desk import FrontDesk

WRITTEN_SECONDS, AGAIN_SECONDS = 1.0, 0.1
"""A caller waits no longer than this for a line about them to be written, and after it was in vain as long as that."""
GONE_SECONDS: Final = 3.0
"""For the last line about somebody who has left: nobody waits for it (`ivr.call.run.TIDY_SECONDS`)."""

log = logging.getLogger(__name__)


class OnRecord:
    """One call's. Only `said` raises."""

    def __init__(self, record: FrontDesk, call: LedCall) -> None:
        self._record, self._call = record, call
        self._begun = False
        self._seconds = WRITTEN_SECONDS
        self._left: list[NodeLeft] = []
        """Not written yet: the store was away."""

    async def begin(self) -> None:
        self._begun = await self._written(self._record.begin(self._call))

    async def passed(self, left: Sequence[NodeLeft], node: str, at: datetime) -> None:
        """The call left these nodes, and is at `node`. What could not be written is, as soon as that is possible."""
        if not self._begun:
            await self.begin()
        self._left += left
        if self._begun and await self._written(self._record.passed(self._call.id, self._left, node, at)):
            self._left = []

    async def end(self, ending: LedEnding, at: datetime) -> None:
        self._seconds = GONE_SECONDS if ending is LedEnding.HUNG_UP else WRITTEN_SECONDS
        await self._written(self._record.end(self._call.id, ending, at))

    async def said(self, kept: SaidRecording, at: datetime) -> None:
        """Raises `VoceroError` where it is not on record."""
        await self._record.said(kept, at)

    async def _written(self, writing: Awaitable[None]) -> bool:
        """Whether there is nothing left to write of it."""
        try:
            async with asyncio.timeout(self._seconds):
                await writing
            self._seconds = WRITTEN_SECONDS
        except StoreUnavailable as error:
            log.warning("a call's way is not on record", extra={"call": self._call.id, "why": str(error)})
            return False
        except TimeoutError:  # it may have been written all the same: twice would be worse than not
            self._seconds = AGAIN_SECONDS
            log.warning("a call's way may not be on record", extra={"call": self._call.id})
        except VoceroError as error:
            log.warning("a call's way is not on record", extra={"call": self._call.id, "why": str(error)})
        return True
