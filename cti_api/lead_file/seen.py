"""Where in the file a number or key stood first, for millions of them: 20 bytes each, where a dictionary has 100.

A table with open addressing (Knuth, The Art of Computer Programming, volume 3, 6.4) over two arrays.
"""

from __future__ import annotations

from array import array
from typing import Final

_FIRST_BITS: Final = 12
_FULL: Final = 0.6
"""Share of slots that may be taken: looking one up takes two steps then."""

_MASK: Final = 2**64 - 1
_SPREAD: Final = 0x9E3779B97F4A7C15
"""2^64 divided by the golden ratio: neighbouring numbers land far apart (Knuth's multiplicative hashing)."""


class FirstLines:
    """Which line a key was on first. Keys are whole numbers from 1 to 2^64 - 1."""

    def __init__(self, expected: int = 0) -> None:
        """`expected`: about how many there will be, which spares moving them to a larger table time and again."""
        self._bits = max(_FIRST_BITS, int(expected / _FULL).bit_length())
        self._count = 0
        self._keys = array("Q", bytes(8 << self._bits))
        self._lines = array("I", bytes(4 << self._bits))

    def __len__(self) -> int:
        return self._count

    def get(self, key: int) -> int:
        """The line; 0 for a key that was not there."""
        return self._lines[self._slot(key)]

    def put(self, key: int, line: int) -> None:
        """Remember the line of a key, unless it has one."""
        slot = self._slot(key)
        if self._keys[slot]:
            return
        self._keys[slot], self._lines[slot] = key, line
        self._count += 1
        if self._count > _FULL * len(self._keys):
            self._grow()

    def _slot(self, key: int) -> int:
        keys, last = self._keys, len(self._keys) - 1
        slot = ((key * _SPREAD) & _MASK) >> (64 - self._bits)
        while (there := keys[slot]) and there != key:
            slot = (slot + 1) & last
        return slot

    def _grow(self) -> None:
        keys, lines = self._keys, self._lines
        self._bits += 1
        self._keys = array("Q", bytes(8 << self._bits))
        self._lines = array("I", bytes(4 << self._bits))
        for key, line in zip(keys, lines, strict=True):
            if key:
                slot = self._slot(key)
                self._keys[slot], self._lines[slot] = key, line
