"""What keeps the event loop prompt while threads beside it work: the interpreter's own pauses made short."""

from __future__ import annotations

import gc
import sys
from typing import Final

SWITCH_SECONDS: Final = 0.001
"""How long a thread that computes may keep the loop waiting. The interpreter's 5 ms come several times in a turn of
the loop, at each system call: together they were 70 ms for one turn in a hundred, measured during an import."""


def be_prompt() -> None:
    """For a process whose modules are loaded and whose parts are made.

    What is there stays to the end: looking through it for garbage, again and again, would stop everything for 50 ms
    each time.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
