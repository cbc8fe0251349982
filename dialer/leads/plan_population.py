"""A plan over many people, who answer more or less readily at different hours: how many are reached, when, how soon."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from cti_api.law.facts import Facts
from cti_api.law.questions import Question, answer
from cti_api.law.rules import Pack
from cti_api.law.terms import Channel
from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignSpec
from cti_api.model.leads import Lead
from cti_api.numbers.regions import region_of
from dialer.leads.day_plan import part_at
from dialer.leads.hours import stays_open
from dialer.leads.plan import Call, Outcome, Plan, walk

WEEK: Final = timedelta(days=7)
"""The first attempts are spread over so long: a list is not called through in an hour."""

MOST_TRIES: Final = 1_000
"""How often an instant within the campaign's hours is looked for."""

UNANSWERED: Final[Mapping[CallResult, float]] = {
    CallResult.NO_ANSWER: 0.70,
    CallResult.BUSY: 0.12,
    CallResult.MACHINE: 0.10,
    CallResult.UNAVAILABLE: 0.08,
}
"""What the calls bring that nobody answers. Supposed, not measured: it moves little but how often busy is dialled
again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """What a plan made of many people."""

    people: int
    calls_by_part: dict[str, int]
    """In the order of the day; empty: calls in no part."""
    calls: int
    reached_by_attempt: dict[int, int]
    """People who answered in their first, second, … attempt."""
    ended: dict[str, int]
    """How the leads ended, by state."""
    days: tuple[int, ...]
    """Of each person, in order of length: calendar days of the campaign from the first call to the last."""
    hindered: dict[str, int]
    """By rule: how often it stood in the way."""
    outside: int
    """Calls at an instant that the law's hours forbid, asked apart from the walk; anything but 0 is a fault."""

    @property
    def reached(self) -> int:
        return sum(self.reached_by_attempt.values())


def simulate(
    spec: CampaignSpec,
    lead: Lead,
    packs: tuple[Pack, ...],
    people: int,
    answer_rates: Mapping[str, float],
    start: datetime,
    random: Random,
    tell: Callable[[int], None] = lambda _done: None,
) -> Population:
    """`people` who are all like `lead`; in each day part a call is answered with the rate (0..1) of that part.

    `answer_rates` has one for the empty name too: for calls in no part. Who answers is done with. `tell` hears how
    many are done.
    """
    plans = []
    for done in range(people):
        first = _first_instant(spec, start, random)
        plans.append(walk(spec, lead, _answers(spec, answer_rates, random), packs, first))
        tell(done + 1)
    calls = [call for plan in plans for call in plan.calls]
    parts = Counter(call.day_part for call in calls)
    names = [*(part.name for part in spec.retry.day_parts), *([""] if parts[""] else [])]
    reached = Counter(call.attempt for call in calls if call.outcome.result is CallResult.CONNECTED)
    return Population(
        people=people,
        calls_by_part={name: parts[name] for name in names},
        calls=len(calls),
        reached_by_attempt=dict(sorted(reached.items())),
        ended=dict(Counter(plan.state.value for plan in plans).most_common()),
        days=tuple(sorted(_days(spec, plan) for plan in plans)),
        hindered=dict(Counter(step.rule for plan in plans for step in plan.hindrances).most_common()),
        outside=sum(not _in_law_hours(spec, lead, packs, call) for call in calls),
    )


def _first_instant(spec: CampaignSpec, start: datetime, random: Random) -> datetime:
    """Some instant in the campaign's hours of the first week."""
    for _ in range(MOST_TRIES):
        at = start + random.random() * WEEK
        if stays_open(spec.hours, at, timedelta(0)):
            return at
    return start


def _answers(spec: CampaignSpec, rates: Mapping[str, float], random: Random) -> Callable[[Lead, datetime], Outcome]:
    done = next((d.code for d in spec.dispositions if d.success), "")

    def outcome(_lead: Lead, at: datetime) -> Outcome:
        part = part_at(spec, at)
        if random.random() < rates["" if part is None else part.name]:
            return Outcome(result=CallResult.CONNECTED, disposition=done)
        (result,) = random.choices(list(UNANSWERED), list(UNANSWERED.values()))
        return Outcome(result=result)

    return outcome


def _days(spec: CampaignSpec, plan: Plan) -> int:
    days = [call.at.astimezone(ZoneInfo(spec.hours.timezone)).date() for call in plan.calls]
    return (days[-1] - days[0]).days if days else 0


def _in_law_hours(spec: CampaignSpec, lead: Lead, packs: tuple[Pack, ...], call: Call) -> bool:
    """What ``vocero policy ask`` says of that instant."""
    facts = Facts(
        region=region_of(call.number),
        zone=lead.timezone or None,
        purpose=spec.purpose,
        channel=Channel.VOICE,
        ring_seconds=spec.ring_seconds,
    )
    return answer(Question(call.at, facts), packs).allowed
