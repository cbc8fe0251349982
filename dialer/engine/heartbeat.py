"""Tells what the event loop is doing while it does not turn: by the time it turns again nobody can see it any more."""

from __future__ import annotations

import faulthandler
import logging
import sys
import threading
from collections.abc import Callable
from typing import Final, TextIO

from cti_api.clock import Clock

STALLED_SECONDS: Final = 3.0
"""A loop that has not turned for this long is told about (failure catalogue F28)."""

LOOK_SECONDS: Final = 0.25

log = logging.getLogger(__name__)


class Heartbeat:
    """A thread beside the event loop. ``with`` starts and ends it; the loop says `beat` whenever it turns."""

    def __init__(self, clock: Clock, to: TextIO = sys.stderr, stalled_seconds: float = STALLED_SECONDS) -> None:
        """`to`: where every thread's stack is written; a real file."""
        self._clock = clock
        self._to = to
        self._stalled_seconds = stalled_seconds
        self._last = clock.monotonic()
        self._told = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="heartbeat", daemon=True)

    def __enter__(self) -> Callable[[], None]:
        self._thread.start()
        return self.beat

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def beat(self) -> None:
        self._last, self._told = self._clock.monotonic(), False

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            if not self._told and self._clock.monotonic() - self._last > self._stalled_seconds:
                self._told = True
                log.error("the event loop does not turn; the stacks follow", extra={"seconds": self._stalled_seconds})
                faulthandler.dump_traceback(self._to)
