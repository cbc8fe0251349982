"""The price of an abandoned call: how much risk one more answer is worth.

What the cap allows has to last for the window, and is best spent where it buys most: at one price for all of it. A call
is placed as long as the people it is expected to leave alone, divided by its chance to be answered, stay under that
price (`RiskPrice.threshold`, in abandoned calls per answer). The price is learned slowly from what calls were expected
to cost when they were placed, corrected by what they did cost; a price that swings spends the same for less.

As the window goes on, what is left of it corrects the price: it falls while more was spent than earned, and rises when
there is more left than the remaining answers would spend.

Prices are in abandoned calls per answer. The numbers below were chosen on the simulated worlds flat, jump and low, on
seeds 0 to 59; never on those that results are published of (1000 and on).
"""

from __future__ import annotations

from math import exp, log
from typing import Final

FROZEN: Final = 0.0008
"""The price when nothing may be risked: only what is all but free of risk, as a second call where the first has rung
for most of its time."""

FIRST_PRICE_PER_CAP: Final = 3.3
"""The price of a cold start, in caps. Above 1, as most calls cost far less than the last one that is worth its risk."""

LOWEST_PER_CAP: Final = 0.1
"""What is learned falls no lower than to this many caps."""

HIGHEST: Final = 1.5
"""Whatever was learned and is left."""

LEARNING: Final = 0.03
"""How much the logarithm of the price moves for each call that is spent too much or too little."""

MOST_HASTE: Final = 3.0
"""What is left, as a multiple of what the answers to come would earn; more counts as this."""

HASTE_POWER: Final = 0.5
"""The price follows the square root of the haste: in full it would swing."""

UNSPENDABLE: Final = 0.4
"""Of the budget, in calls, as calls are whole."""

DEBT: Final = 0.35
"""How much the logarithm of the price falls for each call that is overspent, down to six of them."""

HALF_HOUR_SHARE: Final = 0.5
"""Of the cap, what is to be spent where each half hour must keep it: its whole calls are few, and two in a row spend
those of the next 30 minutes (chosen on the world flat with 3, 10, 20 and 50 agents, seeds 0 to 29)."""

WAITING_AGENT: Final = 0.7
"""The price is this part while an agent waits: they have calls on the way already, which are likely to be answered
while another one is."""


class RiskPrice:
    """One campaign's."""

    def __init__(self, cap: float, *, half_hour: bool = False) -> None:
        """`cap`: abandoned / answered that the window allows, 0..1; and each half hour of it, if it must."""
        self._half_hour = half_hour
        cap *= HALF_HOUR_SHARE if half_hour else 1.0
        self._cap = cap
        self._lowest = log(max(LOWEST_PER_CAP * cap, 1e-6))
        self._log = log(max(FIRST_PRICE_PER_CAP * cap, 1e-6))
        self._expected = self._abandoned = 0.0
        self._haste = 1.0

    def threshold(self, budget: float, to_come: float) -> float:
        """The price now. `budget` is what may be abandoned, less what the calls in flight are expected to cost;
        `to_come` are the answers that the window will still have; both in calls."""
        if self._half_hour:  # what is left of the day buys no second call in a half hour
            return float(min(exp(self._log), HIGHEST))
        earned = self._cap * to_come
        haste = (budget - UNSPENDABLE + earned) / (earned + 0.3)
        self._haste = min(max(haste, 0.05), MOST_HASTE)
        price = exp(self._log + DEBT * max(min(budget, 0.0), -6.0)) * self._haste**HASTE_POWER
        return float(min(price, HIGHEST))

    def placed(self, gain: float, risk: float) -> None:
        """A call was placed: `gain` is its chance to be answered, `risk` how many people it was expected to leave
        alone."""
        self._expected += risk
        cost = risk * (self._abandoned + 3.0) / (self._expected + 3.0)
        log_price = self._log + LEARNING * (self._cap * self._haste * gain - cost)
        self._log = min(max(log_price, self._lowest), 0.0)

    def abandoned(self) -> None:
        """One of the calls that were placed was abandoned: held against what they were expected to cost."""
        self._abandoned += 1.0
