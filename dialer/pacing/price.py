"""The price of an abandoned call: how much risk one more answer is worth.

What the cap allows has to last for the window, and is best spent where it buys most: at one price for all of it. A call
is placed as long as the people it is expected to leave alone, divided by its chance to be answered, stay under that
price (`RiskPrice.threshold`, in abandoned calls per answer). The price is learned slowly from what calls were expected
to cost when they were placed, corrected by what they did cost; a price that swings spends the same for less.

As the window goes on, what is left of it corrects the price: it falls while more was spent than earned, and rises when
there is more left than the remaining answers would spend.
"""

from __future__ import annotations

from math import exp, log
from typing import Final

FROZEN: Final = 0.0008
"""The price when nothing may be risked: only what is all but free of risk, as a second call where the first has rung
for most of its time."""

FIRST_PRICE_PER_CAP: Final = 3.3
LOWEST_PER_CAP: Final = 0.1
HIGHEST: Final = 1.5
LEARNING: Final = 0.03
MOST_HASTE: Final = 3.0
HASTE_POWER: Final = 0.5
UNSPENDABLE: Final = 0.4
"""Of the budget, as calls are whole."""
DEBT: Final = 0.35
WAITING_AGENT: Final = 0.7
"""An agent who waits already has calls on the way: they are likely to be answered while another one is."""


class RiskPrice:
    """One campaign's."""

    def __init__(self, cap: float) -> None:
        self._cap = cap
        self._lowest = log(max(LOWEST_PER_CAP * cap, 1e-6))
        self._log = log(max(FIRST_PRICE_PER_CAP * cap, 1e-6))
        self._expected = self._abandoned = 0.0
        self._haste = 1.0

    def threshold(self, budget: float, to_come: float) -> float:
        """The price now. `budget` is what may be abandoned, less what the calls in flight are expected to cost;
        `to_come` are the answers that the window will still have; both in calls."""
        earned = self._cap * to_come
        haste = (budget - UNSPENDABLE + earned) / (earned + 0.3)
        self._haste = min(max(haste, 0.05), MOST_HASTE)
        price = exp(self._log + DEBT * max(min(budget, 0.0), -6.0)) * self._haste**HASTE_POWER
        return float(min(price, HIGHEST))

    def placed(self, gain: float, risk: float) -> None:
        """A call was placed whose chance to be answered was `gain`, and that was expected to leave `risk` alone."""
        self._expected += risk
        cost = risk * (self._abandoned + 3.0) / (self._expected + 3.0)
        log_price = self._log + LEARNING * (self._cap * self._haste * gain - cost)
        self._log = min(max(log_price, self._lowest), 0.0)

    def abandoned(self) -> None:
        self._abandoned += 1.0
