"""Whether the machine's wall clock can be believed: calling windows hang on it (failure catalogue F30)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

JUMP_SECONDS: Final = 60.0
"""A wall clock that moves this much against the steady one was set by somebody."""

AGREE_SECONDS: Final = 30.0
"""After a jump, two readings this far apart must agree before anybody is called."""


@dataclass(frozen=True, slots=True)
class ClockTrust:
    """Two clocks compared, as a value: each reading gives the next one."""

    offset: float
    """Wall clock minus steady clock, in seconds, as last seen."""
    doubted_since: float | None = None
    """On the steady clock: when the jump was seen."""

    @classmethod
    def first(cls, wall: datetime, steady: float) -> ClockTrust:
        """The reading everything is compared with."""
        return cls(wall.timestamp() - steady)

    @property
    def trusted(self) -> bool:
        return self.doubted_since is None

    def read(self, wall: datetime, steady: float) -> ClockTrust:
        """After another reading. `steady` is in seconds on a clock that never jumps."""
        offset = wall.timestamp() - steady
        if abs(offset - self.offset) > JUMP_SECONDS:
            return ClockTrust(offset, steady)
        if self.doubted_since is not None and steady - self.doubted_since >= AGREE_SECONDS:
            return ClockTrust(offset)
        return replace(self, offset=offset)
