"""Whether a recording is whole: Asterisk writes on a full disk without a word, so its files are measured against the
talk (failure catalogue F61; MixMonitor only logs "No space left on device").
"""

from __future__ import annotations

from typing import Final

BYTES_PER_SECOND: Final = 16_000
"""What MixMonitor writes as .wav: 8,000 samples a second of 16 bits, one channel."""

LEAST_SHARE: Final = 0.9
"""A file shorter than this share of the talk is not whole."""

SLACK_SECONDS: Final = 1.0
"""The recording begins a moment after the join, and its last block is written a moment after the end."""

SETTLED_SECONDS: Final = 3.0
"""After the end of a call its file is complete."""


def is_whole(file_bytes: int, talk_seconds: float) -> bool:
    """Whether a file of that size can hold that much talk."""
    return file_bytes >= LEAST_SHARE * max(talk_seconds - SLACK_SECONDS, 0.0) * BYTES_PER_SECOND
