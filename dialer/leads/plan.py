"""A lead's way through a campaign, walked in virtual time: when it would be called, what holds it up, how it ends.

Nothing is thought anew here. Each step asks the functions that the engine asks, `dialer.leads.gate.may_dial` and
`dialer.leads.retry.decide_retry`, and moves the lead as the store would. Only the answers of the telephone are
supposed, and that everything but time is in order with the law: consent on record, public lists fresh, on no list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from cti_api.law.facts import OnRecord, PastContact
from cti_api.law.rules import Pack
from cti_api.law.supposed import in_order
from cti_api.law.terms import Channel, Remedy
from cti_api.model.calls import GIVEN_BACK, LIVE_ANSWERS, CallResult
from cti_api.model.campaigns import CampaignSpec
from cti_api.model.leads import DIALABLE_LEAD_STATES, Lead, LeadMove, LeadState
from cti_api.model.phone import PhoneNumber
from dialer.leads.day_plan import part_at
from dialer.leads.gate import DialFacts, may_dial
from dialer.leads.law import AGENT_FIRST, facts_of
from dialer.leads.refused import after_refusal
from dialer.leads.retry import decide_retry
from dialer.leads.wrong_number import trunks_for

HORIZON: Final = timedelta(days=366)
"""A plan that is not over by then is shown as far as that."""

MOST_STEPS: Final = 500
"""Calls and refusals; no lead that ends has nearly as many."""

MOST_IN_A_ROW: Final = 30
"""Refusals between two calls; who is refused more often waits for what does not come, as for hours that the law closes
every day. A year's worst row of holidays, Sundays and limits of a week is a dozen."""

TALK_SECONDS: Final = 120.0
"""How long a supposed talk takes, its wrap-up included."""

FAILS_AFTER_SECONDS: Final = 3.0
"""How long until the network says busy, or what else it says without ringing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a call is supposed to bring."""

    result: CallResult
    disposition: str = ""
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The disposition, where an agent chose one, else the result."""
        return self.disposition or self.result.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of the plan."""

    at: datetime
    day_part: str
    """Its part of the campaign's day; empty: none."""
    number: PhoneNumber
    outcome: Outcome
    attempt: int
    """Which of the lead's attempts it belongs to, from 1; the same again for one that uses none up."""
    move: LeadMove
    """What became of the lead with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindrance:
    """Something that stood in the way of a call whose time had come."""

    at: datetime
    until: datetime | None
    """None: no waiting helps."""
    rule: str
    reason: str
    source: str
    """What a rule of the law rests on; empty for others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One lead's way."""

    steps: tuple[Call | Hindrance, ...]
    state: LeadState
    """In which it ends; one that is not final where it does not end by `HORIZON`, or somebody has to act first."""
    reason: str
    ended_at: datetime
    follow_ups: tuple[str, ...] = ()
    """What the campaign does after its calls and at its end, each in one sentence."""

    @property
    def calls(self) -> tuple[Call, ...]:
        return tuple(step for step in self.steps if isinstance(step, Call))

    @property
    def hindrances(self) -> tuple[Hindrance, ...]:
        return tuple(step for step in self.steps if isinstance(step, Hindrance))


def nothing_follows(_plan: Plan) -> Sequence[str]:
    """What is told of a plan's follow-ups where nobody asks."""
    return ()


def walk(
    spec: CampaignSpec,
    lead: Lead,
    outcome: Callable[[Lead, datetime], Outcome],
    packs: tuple[Pack, ...],
    start: datetime,
    follow_ups: Callable[[Plan], Sequence[str]] = nothing_follows,
) -> Plan:
    """The way of `lead` from `start` (aware) on. `outcome` says what the call to it at that instant brings.

    `lead` is one that the hopper could take. The day is unlimited and the agents are free: how late a crowd is reached
    is no part of it.
    """
    steps: list[Call | Hindrance] = []
    history: list[PastContact] = []
    abandoned: dict[PhoneNumber, datetime] = {}
    last = LeadMove(state=lead.state, reason="")
    now, in_a_row = start, 0
    while lead.state in DIALABLE_LEAD_STATES and len(steps) < MOST_STEPS:
        now = max(now, _awake(lead) or now)
        if now - start > HORIZON:
            break
        decision = may_dial(_facts(spec, lead, packs, history, abandoned, now), now)
        if not decision.allowed:
            held = Hindrance(
                at=now,
                until=decision.next_open,
                rule=decision.rule,
                reason=decision.reason,
                source=decision.source,
            )
            steps.append(held)
            last = after_refusal(spec, lead, decision)
            lead = moved(lead, last)
            in_a_row += 1
            if in_a_row == MOST_IN_A_ROW or (decision.remedy is Remedy.ACT and decision.next_open is None):
                break
            continue
        in_a_row = 0
        brings = outcome(lead, now)
        ended = now + lasts(spec, brings.result)
        last = decide_retry(
            spec,
            lead,
            brings.result,
            brings.disposition or None,
            brings.fields,
            ended,
            dialed=now,
            trunk=trunks_for(spec, lead)[0],
        )
        part = part_at(spec, now)
        steps.append(
            Call(
                at=now,
                day_part="" if part is None else part.name,
                number=lead.phone,
                outcome=brings,
                attempt=lead.attempts_made + 1,
                move=last,
            )
        )
        history += contact_of(lead.phone, brings.result, now)
        if brings.result is CallResult.ABANDONED:
            abandoned[lead.phone] = now
        lead = counted(lead, last, brings)
        now = ended
    plan = Plan(steps=tuple(steps), state=lead.state, reason=last.reason, ended_at=now)
    return replace(plan, follow_ups=tuple(follow_ups(plan)))


def contact_of(number: PhoneNumber, result: CallResult, at: datetime) -> list[PastContact]:
    """What the law counts of a call."""
    if result in GIVEN_BACK:
        return []
    direct = result in LIVE_ANSWERS or result is CallResult.MACHINE
    return [PastContact(at=at, channel=Channel.VOICE, direct=direct, number=number)]


def moved(lead: Lead, move: LeadMove) -> Lead:
    """The lead after the move, as the store writes it."""
    return replace(
        lead,
        state=move.state,
        waiting_reason=move.reason,
        not_before=move.not_before,
        phone_index=lead.phone_index if move.phone_index is None else move.phone_index,
        callback_agent=move.callback_agent,
        promised=move.state is LeadState.CALLBACK,
    )


def counted(lead: Lead, move: LeadMove, outcome: Outcome) -> Lead:
    """The lead after an attempt, as the store counts it."""
    counts = dict(lead.counts)
    for word in (*((outcome.result,) if move.counted_as is None else move.counted_as), outcome.disposition):
        if word:
            counts[word] = counts.get(word, 0) + 1
    made = lead.attempts_made + (1 if move.counts_as_attempt else 0)
    return replace(moved(lead, move), counts=counts, attempts_made=made)


def _awake(lead: Lead) -> datetime | None:
    """When somebody looks at the lead again: at its time, or at the end of its validity, which closes it."""
    if lead.not_before is None or lead.valid_until is None:
        return lead.not_before
    return min(lead.not_before, lead.valid_until)


def _facts(
    spec: CampaignSpec,
    lead: Lead,
    packs: tuple[Pack, ...],
    history: Sequence[PastContact],
    abandoned: dict[PhoneNumber, datetime],
    now: datetime,
) -> DialFacts:
    known = OnRecord(history=tuple(history), abandoned_at=abandoned.get(lead.phone))
    with_agent = spec.mode in AGENT_FIRST or lead.callback_agent is not None
    law = facts_of(spec, lead, lead.phone, known, agent_reserved=with_agent, now=now)
    supposed = replace(in_order(law, packs, now), caller_id=spec.caller_id, agent_reserved=with_agent)
    return DialFacts(
        spec=spec,
        lead=lead,
        number=lead.phone,
        do_not_call=False,
        live_elsewhere=False,
        law=supposed,
        packs=packs,
    )


def lasts(spec: CampaignSpec, result: CallResult) -> timedelta:
    """From the dialling to the closing of a call with that result."""
    if result is CallResult.CONNECTED:
        return timedelta(seconds=TALK_SECONDS)
    rings = result in (CallResult.NO_ANSWER, CallResult.MACHINE, *LIVE_ANSWERS)
    return timedelta(seconds=spec.ring_seconds if rings else FAILS_AFTER_SECONDS)
