"""Stand-in until the predictive pacer is there: one call for each free agent."""

from __future__ import annotations

from dialer.pacing.interface import PacingConfig
from dialer.pacing.progressive import Progressive


def make_pacer(config: PacingConfig, seed: int) -> Progressive:  # noqa: ARG001 - every pacer is made this way
    """A progressive pacer."""
    return Progressive()
