"""The abandonment governor: stands behind every pacer, may lower what it decides, never raises it.

The budget is what the window still allows: ``cap × answered − abandoned``, in calls. Calls in flight beyond the free
agents are the ones that can be abandoned; were they all answered in the same instant, each of them would be. So there
may never be more of them than whole calls left in the budget. As answers only make the budget larger, the share of
abandoned calls stays at or under the cap whatever the callees do; only agents who go away while a call rings can spend
more, and then nothing is placed beyond one call per free agent until the answers have paid it back.

A cold start has no budget: the first call beyond the free agents needs ``1 / cap`` answers before it (34 at 3 %).
"""

from __future__ import annotations

from math import floor

from dialer.pacing.interface import Decision, Reason, Snapshot, in_flight

TOLERANCE = 1e-9
"""Against binary fractions: 0.03 × 100 allows 3 calls, though the product may be a hair less."""


def govern(decision: Decision, snap: Snapshot, cap: float) -> Decision:
    """`decision` with no more calls than the budget of `cap` (abandoned / answered, 0..1) allows."""
    budget = cap * snap.answered - snap.abandoned
    beyond_free_agents = max(floor(budget + TOLERANCE), 0)
    room = max(snap.free - in_flight(snap) + beyond_free_agents, 0)
    if decision.dial <= room:
        return decision._replace(budget_left=budget)
    return decision._replace(dial=room, reason=Reason.ABANDONMENT_BUDGET, budget_left=budget)
