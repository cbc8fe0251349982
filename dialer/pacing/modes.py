"""Which pacer a campaign's mode means.

Manual and preview have none: an agent's own act places the call. Who may act, on which lead, and for how long a lead
stays reserved for an agent who looks at it, is decided in `dialer.engine`; the gate and the limits are the same.
"""

from __future__ import annotations

from typing import Final, assert_never

from cti_api.model.campaigns import CampaignSpec, PacingMode
from dialer.pacing import progressive, ratio
from dialer.pacing.interface import Pacer, PacingConfig

AMD_SECONDS: Final = 2.5
"""What answering-machine detection takes of a call on average (the lab's worlds, reading/pacing.md section 5)."""


def pacing_config(spec: CampaignSpec) -> PacingConfig:
    """The campaign's figures for a pacer."""
    return PacingConfig(
        cap=spec.abandonment.limit,
        hold_s=spec.abandonment.hold_seconds,
        ring_timeout_s=spec.ring_seconds,
        min_ring_s=spec.min_ring_seconds,
        amd_s=AMD_SECONDS if spec.amd.enabled else 0.0,
        calls_per_agent=spec.calls_per_agent,
    )


def make_pacer(spec: CampaignSpec, seed: int) -> Pacer | None:
    """The campaign's pacer; None where agents place the calls themselves, or where no agents are called for."""
    config = pacing_config(spec)
    match spec.mode:
        case PacingMode.PROGRESSIVE:
            return progressive.make_pacer(config, seed)
        case PacingMode.POWER:
            return ratio.make_pacer(config, seed)
        case PacingMode.MANUAL | PacingMode.PREVIEW | PacingMode.PREDICTIVE | PacingMode.AGENTLESS:
            return None
        case _:
            assert_never(spec.mode)
