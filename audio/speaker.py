"""Says at once, during a call, what no prompt was made for: names, numbers, dates."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Final

from audio.aloud import aloud
from audio.finishing import finished
from audio.synthesis import Voice
from cti_api.errors import SettingsError, Unreachable

SAY_SECONDS: Final = 2.0
"""Silence that a caller is asked to bear at most."""
AT_ONCE: Final = 2
"""Programs that speak at the same time: one for each core of a small machine."""
KEPT_BYTES: Final = 8 * 1024 * 1024
"""Of sound already said: nine minutes."""


class Speaker:
    """One voice, for all calls; its latest sayings are kept. What it makes is ready for `AudioSession.play`."""

    def __init__(
        self,
        voice: Voice,
        *,
        deadline_seconds: float = SAY_SECONDS,
        at_once: int = AT_ONCE,
        kept_bytes: int = KEPT_BYTES,
    ) -> None:
        self._voice, self._deadline, self._most = voice, deadline_seconds, kept_bytes
        self._turn = asyncio.Semaphore(at_once)
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0

    async def say(self, text: str) -> bytes:
        """`text` as sound. Raises `Unreachable` when it is not there in time, `InputError` for what cannot be said."""
        if (known := self._known(text)) is not None:
            return known
        try:
            async with asyncio.timeout(self._deadline), self._turn:
                if (known := self._known(text)) is not None:  # another caller waited for the same
                    return known
                speech = await self._voice.say(aloud(text))
                pcm = await asyncio.to_thread(finished, speech)
        except TimeoutError:
            raise Unreachable(f"The voice had not come after {self._deadline:g} s.") from None
        except SettingsError as error:  # a caller is on the line: nobody who could choose another voice
            raise Unreachable(str(error)) from None
        self._keep(text, pcm)
        return pcm

    def _known(self, text: str) -> bytes | None:
        if text in self._kept:
            self._kept.move_to_end(text)
        return self._kept.get(text)

    def _keep(self, text: str, pcm: bytes) -> None:
        self._size += len(pcm) - len(self._kept.pop(text, b""))
        self._kept[text] = pcm
        while self._size > self._most:
            self._size -= len(self._kept.popitem(last=False)[1])
