"""A decision in words, for whoever asks why the dialer does what it does."""

from __future__ import annotations

from typing import Final

from dialer.pacing.interface import Decision, Reason

WHY: Final[dict[Reason, str]] = {
    Reason.NO_FREE_AGENT: "no agent is free",
    Reason.ENOUGH_IN_FLIGHT: "every free agent has a call on its way",
    Reason.ONE_PER_FREE_AGENT: "one call for each free agent",
    Reason.ONE_PER_FREE_LINE: "one call for each free line of the IVR",
    Reason.NO_FREE_LINE: "every line of the IVR leads somebody or has a call on its way",
    Reason.RATIO: "the campaign's calls per free agent",
    Reason.AGENTS_EXPECTED: "agents are expected to be free when the calls are answered",
    Reason.RISK: "one more call would risk leaving somebody alone",
    Reason.ABANDONMENT_BUDGET: "the abandonment budget allows no more",
    Reason.LINES: "the trunks have no more channels free",
    Reason.LINES_PER_AGENT: "as many calls for each agent as there may be",
    Reason.CAMPAIGN_CHANNELS: "the campaign's channels are used up",
    Reason.CALLS_PER_SECOND: "the limit of calls per second",
    Reason.HOPPER: "no more leads may be dialled now",
}

OF_LINES: Final = frozenset({Reason.ONE_PER_FREE_LINE, Reason.NO_FREE_LINE})
"""Reasons of a campaign without agents."""


def sentence(decision: Decision) -> str:
    """One line, such as ``dial 2: one call for each free agent (3 free agents, 3 answers expected)``."""
    whom = "lines" if decision.reason in OF_LINES else "agents"
    counted = [
        f"{decision.expected_free_agents:.3g} free {whom}",
        f"{decision.expected_answers:.3g} answers expected",
    ]
    if decision.budget_left is not None:
        counted.append(f"{decision.budget_left:.2f} abandoned calls left in the budget")
    return f"dial {max(decision.dial, 0)}: {WHY[decision.reason]} ({', '.join(counted)})"
