"""When the next frame of a stream is due: every 20 ms since the first, however long the sending itself takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from audio.pcm import FRAME_MS

FRAME_SECONDS: Final = FRAME_MS / 1000
MOST_BEHIND_SECONDS: Final = 0.1
"""What may be caught up with a burst. Asterisk passes on at once what it gets, so a longer burst would overrun the
telephone's jitter buffer; then the lost frames are left out and the rest comes that much later."""


@dataclass(slots=True)
class Pace:
    """One stream's times, on whatever clock its user has."""

    due: float
    """When the next frame is to leave."""
    left_out: int = 0
    """Frames' times that passed unused because the sender was held up."""

    def sent(self, now: float) -> float:
        """The frame that was due has left; for how many seconds the next one is still to wait, 0 if it is late."""
        self.due += FRAME_SECONDS
        behind = now - self.due
        if behind > MOST_BEHIND_SECONDS:
            lost = int(behind / FRAME_SECONDS)
            self.left_out += lost
            self.due += lost * FRAME_SECONDS
        return max(0.0, self.due - now)
