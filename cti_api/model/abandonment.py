"""The abandonment promise of a campaign: how many of the people who answer may meet nobody, and how that is counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Final

from cti_api.model.calls import LIVE_ANSWERS, CallResult


class AbandonmentWindow(StrEnum):
    """Over which calls the share is kept."""

    CAMPAIGN_DAY = "campaign_day"
    """Those begun on the campaign's own day."""
    ROLLING_24H = "rolling_24h"
    ROLLING_30D = "rolling_30d"


ROLLING: Final = {
    AbandonmentWindow.ROLLING_24H: timedelta(hours=24),
    AbandonmentWindow.ROLLING_30D: timedelta(days=30),
}
"""How far back the windows without an end look, at every moment, by whole hours."""


class HoldFrom(StrEnum):
    """When the time begins within which an agent has to be there."""

    ANSWER = "answer"
    """Off hook; whoever AMD kept too long from an agent counts as abandoned, though they talked."""
    GREETING_END = "greeting_end"
    """AMD's verdict, that is 16 CFR 310.4(b)(4)(iii); without AMD nobody knows when a greeting ends, and it is the
    answer."""


class LiveAnswer(StrEnum):
    """Whom the share is a share of."""

    PEOPLE = "people"
    """Everybody who answered, also who hung up before anybody could have come."""
    PUT_THROUGH = "put_through"
    """Those who met an agent and those who met nobody (Ofcom's sum): who hung up in time is in neither figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AbandonmentPolicy:
    """What is promised. Shares are 0..1."""

    limit: float = 0.03
    window: AbandonmentWindow = AbandonmentWindow.CAMPAIGN_DAY
    half_hour: bool = False
    """Each rolling half hour keeps the limit as well, or has one abandoned call at most."""
    hold_seconds: float = 2.0
    """A live person who waited this long without an agent hears the message and counts as abandoned."""
    hold_from: HoldFrom = HoldFrom.GREETING_END
    live_answers: LiveAnswer = LiveAnswer.PEOPLE
    amd_mistakes: float = 0.0
    """This share of the calls that AMD took for machines were people, by a reasoned estimate; each of them is an
    abandoned live answer. Nobody knows which."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What became of answered calls, as it is kept and added up; `counted` makes the promise's two figures of it."""

    people: int = 0
    """A person was on the line, and no agent said that it was a machine."""
    abandoned: int = 0
    """Of these, nobody came in time."""
    hung_up: int = 0
    """Of these, gone before an agent could have come."""
    machines: int = 0
    """Taken for machines by AMD."""

    def __add__(self, other: Answers) -> Answers:
        return self._each(other, int.__add__)

    def __sub__(self, other: Answers) -> Answers:
        return self._each(other, int.__sub__)

    def _each(self, other: Answers, act: Callable[[int, int], int]) -> Answers:
        return Answers(
            act(self.people, other.people),
            act(self.abandoned, other.abandoned),
            act(self.hung_up, other.hung_up),
            act(self.machines, other.machines),
        )

    def counted(self, policy: AbandonmentPolicy) -> tuple[int, int]:
        """Live answers and abandoned; of AMD's estimated mistakes a part counts as a whole one."""
        mistaken = ceil(policy.amd_mistakes * self.machines - TOLERANCE)
        return self._people(policy) + mistaken, self.abandoned + mistaken

    def told(self, policy: AbandonmentPolicy) -> tuple[float, float]:
        """The same of one call, for sums: of AMD's estimated mistakes each machine has its share."""
        mistaken = policy.amd_mistakes * self.machines
        return self._people(policy) + mistaken, self.abandoned + mistaken

    def _people(self, policy: AbandonmentPolicy) -> int:
        return self.people - (self.hung_up if policy.live_answers is LiveAnswer.PUT_THROUGH else 0)


TOLERANCE: Final = 1e-9
"""Against binary fractions: 0.04 × 75 is 3 calls, though the product may be a hair more."""

NONE: Final = Answers()


def hour_of(at: datetime) -> datetime:
    """The beginning of its hour, in UTC."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def answers_of(
    policy: AbandonmentPolicy,
    result: CallResult,
    answered_at: datetime | None,
    connected_at: datetime | None,
    *,
    said_machine: bool = False,
) -> Answers:
    """One call that is over. `said_machine`: its agent says that it was no person."""
    if result is CallResult.MACHINE:
        return Answers(machines=1)
    if result not in LIVE_ANSWERS or (said_machine and result is CallResult.CONNECTED):
        return NONE
    late = (
        policy.hold_from is HoldFrom.ANSWER
        and answered_at is not None
        and connected_at is not None
        and connected_at - answered_at > timedelta(seconds=policy.hold_seconds)
    )
    return Answers(
        people=1,
        abandoned=int(late or result is CallResult.ABANDONED),
        hung_up=int(result is CallResult.CALLER_HUNG_UP),
    )
