"""What keeps the event loop prompt while threads beside it work: the interpreter's own pauses made short."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

SWITCH_SECONDS: Final = 0.001
"""How long a thread that computes may keep the loop waiting. The interpreter's 5 ms come several times in a turn of
the loop, at each system call: together they were 70 ms for one turn in a hundred, measured during an import."""

NEW_OBJECTS: Final = 10_000
"""After how many of them they are looked through for garbage, which takes a millisecond. The interpreter's 700 took a
third of all the time that counting events takes, whose thousands of values all live as long as their transaction."""


@contextmanager
def loading() -> Iterator[None]:
    """While modules are loaded. Nothing of them is garbage, and looking for it takes an eighth of that time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def be_prompt() -> None:
    """For a process whose modules are loaded and whose parts are made.

    What is there stays to the end: looking through it for garbage, again and again, would stop everything for 50 ms
    each time.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])
