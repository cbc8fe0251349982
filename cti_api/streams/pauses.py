"""How long to wait before trying again."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Final

FIRST_SECONDS: Final = 0.5
LONGEST_SECONDS: Final = 30.0
"""Between two tries to reach who is away: whoever comes back is found within half a minute."""

RETRIES: Final = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800, 3600, 7200, 14400))
"""After the first, second … failure of one delivery: eight tries take three hours and a half, time to mend a system by
day; the last pause is that of every further one."""


def until_reached(failures: int, random: Random) -> float:
    """Seconds before the next try, after so many in a row that failed; spread, so that not all come at once."""
    pause = min(FIRST_SECONDS * 2.0 ** min(failures - 1, 16), LONGEST_SECONDS)
    return pause * random.uniform(0.75, 1.25)


def until_again(tries: int) -> timedelta:
    """After `tries` of one delivery, all of which failed."""
    return RETRIES[min(tries, len(RETRIES)) - 1]
