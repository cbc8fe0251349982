"""Which pacer a campaign's mode means.

Manual and preview have none: an agent's own act places the call. In agentless the lines of the IVR take the agents'
place. Who may act, on which lead, and for how long a lead
stays reserved for an agent who looks at it, is decided in `dialer.engine`; the gate and the limits are the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Final, assert_never
from zoneinfo import ZoneInfo

from cti_api.model.abandonment import ROLLING, HoldFrom
from cti_api.model.campaigns import CampaignSpec, PacingMode
from dialer.pacing import agentless, predictive, progressive, ratio
from dialer.pacing.interface import Pacer, PacingConfig

AMD_SECONDS: Final = 2.5
"""What answering-machine detection takes of a call on average (the lab's worlds, reading/pacing.md section 5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PacingWindow:
    """The window of the abandonment promise that a pacer is made for."""

    began: datetime
    """The pacer's time 0. Of a window without an end: when it was made."""
    ends: datetime | None
    """When the next one begins; None: it never ends, and looks back."""
    seconds: float
    """Until nothing more is decided; or how far it looks back."""


def pacing_window(spec: CampaignSpec, now: datetime) -> PacingWindow:
    """The window that `now` is in: the campaign's day, up to the end of its hours, or one that rolls."""
    back = ROLLING.get(spec.abandonment.window)
    if back is not None:
        return PacingWindow(began=now, ends=None, seconds=back.total_seconds())
    zone = ZoneInfo(spec.hours.timezone)
    day = now.astimezone(zone).date()
    began, ends = (datetime.combine(one, time(), zone).astimezone(UTC) for one in (day, day + timedelta(days=1)))
    closing = [window.end for window in spec.hours.days if window.weekday == day.weekday()]
    last = ends if not closing or time(0) in closing else datetime.combine(day, max(closing), zone)
    return PacingWindow(began=began, ends=ends, seconds=(last - began).total_seconds())


def pacing_config(spec: CampaignSpec, *, window: PacingWindow | None = None, cap: float | None = None) -> PacingConfig:
    """The campaign's figures for a pacer. `cap`: the law's limit, where that is less than the campaign's own."""
    promise = spec.abandonment
    amd_s = AMD_SECONDS if spec.amd.enabled else 0.0
    config = PacingConfig(
        cap=promise.limit if cap is None else cap,
        rolling=promise.window in ROLLING,
        half_hour=promise.half_hour,
        hold_s=promise.hold_seconds - (amd_s if promise.hold_from is HoldFrom.ANSWER else 0.0),
        ring_timeout_s=spec.ring_seconds,
        min_ring_s=spec.min_ring_seconds,
        amd_s=amd_s,
        calls_per_agent=spec.calls_per_agent,
    )
    return config if window is None else replace(config, window_s=window.seconds)


def make_pacer(spec: CampaignSpec, seed: int, config: PacingConfig | None = None) -> Pacer | None:
    """The campaign's pacer; None where agents place the calls themselves."""
    config = config or pacing_config(spec)
    match spec.mode:
        case PacingMode.PROGRESSIVE:
            return progressive.make_pacer(config, seed)
        case PacingMode.POWER:
            return ratio.make_pacer(config, seed)
        case PacingMode.PREDICTIVE:
            return predictive.make_pacer(config, seed)
        case PacingMode.AGENTLESS:
            return agentless.make_pacer(config, seed)
        case PacingMode.MANUAL | PacingMode.PREVIEW:
            return None
        case _:
            assert_never(spec.mode)


def lines_per_agent(spec: CampaignSpec) -> float:
    """How many calls a decision may want to have in flight for each agent."""
    return PacingConfig().max_ratio if spec.mode is PacingMode.PREDICTIVE else spec.calls_per_agent
