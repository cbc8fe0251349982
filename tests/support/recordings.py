"""How much sound a recording really holds, read without the product's own judgement."""

from __future__ import annotations

from pathlib import Path

from vocero.lab.sounds import RATE, read_wav

BLOCK_SECONDS = 2.0
"""Asterisk writes 32 kB at a time (main/file.c, ``ast_writefile``)."""

SLACK_SECONDS = 1.0
"""Between the talk by our store's clock and the sound in its file: the join takes a moment, the end another."""


def sound_seconds(file: Path) -> float:
    """Of a WAV file, also of one that is still being written; 0 where there is none."""
    return len(read_wav(file)) / RATE if file.exists() else 0.0


def as_long_as(talk_seconds: float, file: Path) -> bool:
    """Whether a file holds a talk of this length: all of it and not more."""
    return abs(sound_seconds(file) - talk_seconds) <= SLACK_SECONDS
