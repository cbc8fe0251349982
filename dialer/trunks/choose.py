"""Which trunk takes the next call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cti_api.model.ids import TrunkId
from dialer.calls.outcome import SILENT_LINE_SECONDS
from dialer.trunks.breaker import BreakerState, TrunkHealth


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkUse:
    """One trunk now: its health, its limits, and what is in use. Times as in `TrunkHealth`."""

    health: TrunkHealth
    channels: int
    """Limit of calls at once."""
    calls_per_hour: int
    """Limit of calls placed in any hour."""
    live_calls: int
    """Calls of ours on it now."""
    silent_calls: tuple[float, ...] = ()
    """When each call that ended in silence was placed; those of the last `SILENT_LINE_SECONDS` suffice."""
    calls_last_hour: int = 0
    rate_left: int = 1
    """Calls that its own calls per second still allow now."""

    def lines_free(self, now: float) -> int:
        """Channels a further call may take; a silent call holds its line for `SILENT_LINE_SECONDS`."""
        silent = sum(1 for placed_at in self.silent_calls if now - placed_at < SILENT_LINE_SECONDS)
        return max(self.channels - self.live_calls - silent, 0)

    def room(self, now: float) -> int:
        """Calls that it can take now, all limits together; a trunk that is probed takes one."""
        if not self.health.may_call(now):
            return 0
        free = min(self.lines_free(now), self.calls_per_hour - self.calls_last_hour, self.rate_left)
        return max(free if self.health.state is BreakerState.CLOSED else min(free, 1), 0)


class WhyNot(StrEnum):
    """Why a trunk takes no call now."""

    UNKNOWN = "unknown"
    """The settings name no such trunk."""
    FAILING = "failing"
    """Its breaker is open."""
    CHANNELS = "channels"
    HOURLY_CAP = "hourly_cap"
    CALLS_PER_SECOND = "calls_per_second"
    SYSTEM = "system"
    """All trunks together carry as many calls, or as many a second, as the settings allow."""


@dataclass(frozen=True, slots=True)
class NoTrunk:
    """No trunk takes a call now."""

    why: tuple[tuple[TrunkId, WhyNot], ...]
    """For each of the campaign's trunks, in order of preference."""


def choose_trunk(preference: tuple[TrunkId, ...], uses: Mapping[TrunkId, TrunkUse], now: float) -> TrunkId | NoTrunk:
    """The first trunk of `preference` that can take a call now.

    A failing trunk whose probe is due is taken in its place in the order, so a preferred one is found to work again
    while another one stands in for it.
    """
    why: list[tuple[TrunkId, WhyNot]] = []
    for trunk in preference:
        reason = _why_not(uses.get(trunk), now)
        if reason is None:
            return trunk
        why.append((trunk, reason))
    return NoTrunk(tuple(why))


def none_works(preference: tuple[TrunkId, ...], uses: Mapping[TrunkId, TrunkUse]) -> bool:
    """The campaign's alarm ``no_trunks``: not one of its trunks is known to work (F42), full or not."""
    known = [uses[trunk].health.state for trunk in preference if trunk in uses]
    return BreakerState.CLOSED not in known


def _why_not(use: TrunkUse | None, now: float) -> WhyNot | None:
    if use is None:
        return WhyNot.UNKNOWN
    if not use.health.may_call(now):
        return WhyNot.FAILING
    if use.lines_free(now) < 1:
        return WhyNot.CHANNELS
    if use.calls_last_hour >= use.calls_per_hour:
        return WhyNot.HOURLY_CAP
    return WhyNot.CALLS_PER_SECOND if use.rate_left < 1 else None
