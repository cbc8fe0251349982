"""What if: a world, a team, a limit and a list, and one shift or several of it with one policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import time

from cti_api.model.campaigns import (
    CampaignHours,
    CampaignSpec,
    ColumnMap,
    DailyHours,
    PacingMode,
    RetryAction,
    RetryPolicy,
    RetryRule,
)
from cti_api.model.ids import CampaignId, TrunkId
from cti_api.model.phone import PhoneNumber
from dialer.pacing.journal import Header, Recorder
from dialer.simulate.calendar import Calendar
from dialer.simulate.measures import Shift
from dialer.simulate.people import Crowd, People
from dialer.simulate.play import config_of, play_with
from dialer.simulate.policies import policy
from dialer.simulate.worlds import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Everything but the policy and the seed."""

    world: World
    """Its hours are those of all days together."""
    agents: int
    cap: float
    half_hour: bool = False
    crowd: Crowd | None = None
    """None: a list without end."""
    calendar: Calendar | None = None
    """Only with a crowd."""


def answer(
    question: Question,
    name: str,
    seed: int,
    *,
    tell: Callable[[float], None] | None = None,
    write: Callable[[str], None] | None = None,
) -> Shift:
    """How it goes with the policy of that name. Raises `InputError` for a name there is not.

    `tell` hears at each tick how many seconds are over; `write` takes the pieces of the pacer's journal.
    """
    world, asked = question.world, policy(name)
    config = asked.configured(replace(config_of(world, question.cap), half_hour=question.half_hour))
    pacer = asked.bare(config, seed)
    recorder = None
    if write is not None:
        header = Header(policy=asked.name, seed=seed, config=config, note="simulated")
        pacer = recorder = Recorder(pacer, header, write)
    people = None
    if question.crowd is not None and question.calendar is not None:
        people = People(question.crowd, question.calendar, seed)
    ready = asked.behind(pacer, question.cap)
    shift = play_with(world, question.agents, seed, ready, cap=question.cap, book=people, tell=tell)
    if recorder is not None:
        recorder.end()
    if people is None:
        return shift
    return replace(shift, round_at=people.round_at, exhausted_at=people.exhausted_at, leads_left=people.left())


def ordinary_campaign(
    *, attempts: int, again_after: float, ring: float, timezone: str = "America/Bogota"
) -> CampaignSpec:
    """A campaign that nobody described: open all day, so many attempts, so many seconds between them; whoever talked is
    done with, who was abandoned or whose line is busy is called again."""
    day = CampaignHours(
        timezone=timezone, days=tuple(DailyHours(weekday=each, start=time(9), end=time(0)) for each in range(7))
    )
    again = RetryRule(action=RetryAction.RETRY, after_seconds=again_after)
    return CampaignSpec(
        id=CampaignId("supposed"),
        title="Supuesta",
        region="CO",
        mode=PacingMode.PREDICTIVE,
        trunks=(TrunkId("supposed"),),
        caller_id=PhoneNumber("+576017420000"),
        hours=day,
        retry=RetryPolicy(
            max_attempts=attempts,
            min_gap_seconds=again_after,
            rules={
                "connected": RetryRule(action=RetryAction.COMPLETE),
                "invalid_number": RetryRule(action=RetryAction.DROP_PHONE),
                "default": again,
            },
        ),
        dispositions=(),
        columns=ColumnMap(name="", phones=("telefono",)),
        ring_seconds=ring,
    )
