"""What all trunks together may carry, and the calls that an earlier process placed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from cti_api.model.ids import TrunkId
from dialer.engine.book import Book
from dialer.engine.trunks import TrunkLimits, Trunks
from dialer.trunks.choose import NoTrunk, WhyNot

ONE, TWO = TrunkId("uno"), TrunkId("dos")


@dataclass(slots=True)
class Clock:
    """A clock that the test sets."""

    seconds: float = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    def monotonic(self) -> float:
        return self.seconds


def two_trunks(clock: Clock, *, channels: int = 100, calls_per_second: float = 100.0, an_hour: int = 1000) -> Trunks:
    limits = [TrunkLimits(id=one, channels=10, calls_per_hour=an_hour, calls_per_second=10.0) for one in (ONE, TWO)]
    return Trunks(limits, clock, channels=channels, calls_per_second=calls_per_second)


def test_all_trunks_together_carry_no_more_calls_than_the_system_may() -> None:
    trunks = two_trunks(Clock(), channels=3)
    assert trunks.room((ONE, TWO), Book()) == 3
    assert trunks.choose((ONE,), Book()) == ONE


def test_calls_over_different_trunks_share_the_systems_calls_per_second() -> None:
    clock = Clock()
    trunks = two_trunks(clock, calls_per_second=2.0)
    for trunk in (ONE, TWO):
        assert trunks.choose((trunk,), Book()) == trunk
        trunks.placed(trunk)
    assert trunks.choose((ONE, TWO), Book()) == NoTrunk(((ONE, WhyNot.SYSTEM), (TWO, WhyNot.SYSTEM)))
    assert trunks.room((ONE, TWO), Book()) == 0
    clock.seconds += 0.5
    assert trunks.room((ONE, TWO), Book()) == 1


def test_calls_that_an_earlier_process_placed_count_for_an_hour() -> None:
    clock = Clock()
    trunks = two_trunks(clock, an_hour=5)
    trunks.remember(ONE, 5)
    trunks.remember(TrunkId("gone"), 5)
    assert trunks.choose((ONE,), Book()) == NoTrunk(((ONE, WhyNot.HOURLY_CAP),))
    clock.seconds += 3600.0
    assert trunks.choose((ONE,), Book()) == ONE


def test_a_trunk_that_does_not_answer_the_keep_alive_is_given_up_at_once_and_probed() -> None:
    clock = Clock()
    trunks = two_trunks(clock)
    trunks.unreachable(ONE)
    assert trunks.states() == {ONE: "open", TWO: "closed"}
    assert trunks.choose((ONE,), Book()) == NoTrunk(((ONE, WhyNot.FAILING),))
    assert trunks.none_works((ONE,), Book())
    clock.seconds += 15.0
    assert trunks.choose((ONE,), Book()) == ONE
