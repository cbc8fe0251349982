"""Several policies side by side, over the same shifts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dialer.simulate.intervals import Interval, interval, ratio_interval
from dialer.simulate.measures import Shift


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One policy's shifts. Shares are 0..1, lengths in seconds."""

    policy: str
    shifts: tuple[Shift, ...]
    utilisation: Interval
    talk: Interval
    wait: Interval
    abandonment: Interval
    """Of all who answered in all shifts."""
    dialed: Interval
    connected: Interval
    over: int
    """Shifts with more abandoned calls than the limit allows, and one more than that."""
    half_hours: float
    """Share of the rolling half hours above the limit."""
    exhausted: Interval | None
    """Until nobody was left to be called, over the shifts in which that came; None: in none."""
    exhausted_in: int
    """Shifts in which it came."""
    leads_left: Interval | None
    """None: a list without end."""


def row(policy: str, shifts: Sequence[Shift], cap: float) -> Row:
    """What these shifts of a policy, at least one, say."""
    over = [shift.exhausted_at for shift in shifts if shift.exhausted_at is not None]
    left = [shift.leads_left for shift in shifts if shift.leads_left is not None]
    return Row(
        policy=policy,
        shifts=tuple(shifts),
        utilisation=interval([shift.utilisation for shift in shifts]),
        talk=interval([shift.talk for shift in shifts]),
        wait=interval([shift.wait for shift in shifts]),
        abandonment=ratio_interval([shift.abandoned for shift in shifts], [shift.answered for shift in shifts]),
        dialed=interval([shift.dialed for shift in shifts]),
        connected=interval([shift.connected for shift in shifts]),
        over=sum(shift.breaks(cap) for shift in shifts),
        half_hours=sum(shift.half_hours for shift in shifts) / len(shifts),
        exhausted=interval(over) if over else None,
        exhausted_in=len(over),
        leads_left=interval(left) if left else None,
    )
