"""Predictive pacing; until it is written, one call per free agent."""

from __future__ import annotations

from dialer.pacing.interface import Pacer, PacingConfig
from dialer.pacing.progressive import Progressive


def make_pacer(config: PacingConfig, seed: int) -> Pacer:  # noqa: ARG001 - every pacer is made this way
    """A stand-in."""
    return Progressive()
