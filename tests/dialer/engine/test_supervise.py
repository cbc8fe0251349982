"""A loop that fails is started again, later each time, and not for ever."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dialer.engine.supervise import MOST_RESTARTS, WITHIN_SECONDS, supervised


class Clock:
    """A clock that moves only while somebody waits."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.waits: list[float] = []

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.waits.append(seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Loop:
    """Fails so many times, after so many seconds each."""

    def __init__(self, clock: Clock, failures: int, lasts: float = 0.0) -> None:
        self.clock, self.failures, self.lasts = clock, failures, lasts

    async def __call__(self) -> None:
        self.clock.seconds += self.lasts
        self.failures -= 1
        if self.failures >= 0:
            raise RuntimeError("a bug")


async def test_it_waits_longer_before_each_restart(clock: Clock) -> None:
    await supervised("dial", Loop(clock, MOST_RESTARTS), clock, clock.sleep)
    assert clock.waits == [0.25, 0.5, 1.0, 2.0, 4.0]


async def test_the_sixth_failure_within_a_minute_ends_it(clock: Clock) -> None:
    with pytest.raises(RuntimeError, match="a bug"):
        await supervised("dial", Loop(clock, MOST_RESTARTS + 1), clock, clock.sleep)


async def test_failures_of_long_ago_are_forgiven(clock: Clock) -> None:
    await supervised("dial", Loop(clock, 50, lasts=WITHIN_SECONDS), clock, clock.sleep)
    assert set(clock.waits) == {0.25}
