"""The abandonment governor: stands behind every pacer, may lower what it decides, never raises it.

The budget is what the window still allows: ``cap × answered − abandoned``, in calls. Where it cannot pay for another
abandoned call, nothing is placed beyond one call per free agent, until answers have paid; nobody waits for a day to
end.

A pacer that foresees whom its calls leave alone says how many (`Decision.expected_abandoned`): they must be paid for
twice, as they come in bursts, one call and a half more, and a little for each agent. A window that ends pays with what
is still to come as well (`Decision.answers_to_come`), down to an overdraft, so that it is at the end that the limit
holds; one that rolls pays with what it has.

Of a pacer that does not foresee it, the worst is taken: calls in flight beyond the free agents are the ones that can be
abandoned; were they all answered in the same instant, each of them would be. So there may never be more of them than
whole calls left in the budget. As answers only make the budget larger, the share of abandoned calls stays at or under
the cap whatever the callees do; only agents who go away while a call rings can spend more. A cold start has no budget:
the first call beyond the free agents needs ``1 / cap`` answers before it (34 at 3 %).
"""

from __future__ import annotations

from math import floor
from typing import Final

from dialer.pacing.interface import Decision, PacingConfig, Reason, Snapshot, in_flight

TOLERANCE: Final = 1e-9
"""Against binary fractions: 0.03 × 100 allows 3 calls, though the product may be a hair less."""

SURE: Final = 0.95
"""Of the answers that are still to be expected in the window, those that are counted on."""

BURST: Final = 0.05
"""Calls for each agent, kept back: when all of a large team are taken at once, many are left alone at once (chosen on
the worlds flat and jump with 50 and 100 agents, seeds 0 to 7)."""

FIRST_CYCLE_SECONDS: Final = 230.0
"""From one answer to the next of one agent, as long as nothing is known: two and a half minutes of talk, twenty seconds
of wrap-up, a minute of waiting (the lab's reference world)."""


def govern(decision: Decision, snap: Snapshot, cap: float) -> Decision:
    """`decision` with no more calls than the budget of `cap` (abandoned / answered, 0..1) allows."""
    budget = cap * snap.answered - snap.abandoned
    if decision.expected_abandoned is None:
        beyond_free_agents = max(floor(budget + TOLERANCE), 0)
    elif affords_risk(snap, cap, decision.answers_to_come, decision.expected_abandoned):
        return decision._replace(budget_left=budget)
    else:
        beyond_free_agents = 0
    room = max(snap.free - in_flight(snap) + beyond_free_agents, 0)
    if decision.dial <= room:
        return decision._replace(budget_left=budget)
    return decision._replace(dial=room, reason=Reason.ABANDONMENT_BUDGET, budget_left=budget)


def affords_risk(snap: Snapshot, cap: float, to_come: float, at_risk: float, reserve: float = 0.0) -> bool:
    """Whether calls may be placed that leave `at_risk` people alone, as is expected, with those in flight.

    `reserve` is what of the budget is not to be touched.
    """
    overdraft = min(cap * to_come, 2.5 + 0.3 * cap * (snap.answered + to_come))
    budget = cap * snap.answered - snap.abandoned - reserve
    staffed = snap.free + len(snap.talking) + len(snap.wrapping)
    return budget + overdraft >= 1.5 + 2.0 * at_risk + BURST * staffed - TOLERANCE


def answers_to_come(snap: Snapshot, config: PacingConfig, seconds: float, answered: int) -> float:
    """People who will still answer in this window, at the pace of the last `seconds`, in which `answered` did; none are
    counted on if it rolls."""
    if config.rolling:
        return 0.0
    staffed = snap.free + len(snap.talking) + len(snap.wrapping)
    # Fewer than before have answered where agents say that some were machines.
    pace = (max(answered, 0) + 2.0) / (max(seconds, 0.0) + 2.0 * FIRST_CYCLE_SECONDS / max(staffed, 1))
    return SURE * min(pace * max(config.window_s - snap.now, 0.0), float(snap.leads_left))
