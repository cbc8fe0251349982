"""Which leads of a campaign that are done with come back: chosen by how they ended, and never those who must not.

A lead comes back as new but for what is known of its telephones: what was found to be nobody's stays dropped. What the
law counts is not the lead's but the person's, and goes on counting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from cti_api.errors import Fault, InputError
from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignSpec, RetryAction
from cti_api.model.leads import ERASED, FINAL_LEAD_STATES, LeadState
from cti_api.model.phone import PhoneKind, PhoneNumber
from cti_api.numbers.kinds import tried_in

COMES_BACK: Final = FINAL_LEAD_STATES - {LeadState.SUPPRESSED}
"""States that a lead may come back from."""

DROPPED: Final = "dropped:"
"""Begins the words among a lead's counts for phones that are never dialled again; the place of the phone follows."""

WRONG: Final = f"{CallResult.INVALID_NUMBER}:"
"""Begins those for what trunks said of a phone."""


class Stays(StrEnum):
    """Why a lead that was chosen does not come back."""

    BOOKED = "booked"
    """The campaign's goal was reached with it once, or its person has an appointment."""
    ERASED = "erased"
    EXPIRED = "expired"
    """The list's own time for it is over."""
    NO_NUMBER = "no_number"
    """None of its phones is left: wrong, or on the do-not-call list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was asked for, with what the campaign's file says of it."""

    results: frozenset[CallResult]
    """Of the last call, where no agent chose a disposition."""
    dispositions: frozenset[str]
    """Of the last call."""
    states: frozenset[LeadState]
    goals: frozenset[str]
    """Dispositions that mean success."""
    drops: frozenset[str]
    """Results and dispositions that drop a phone."""
    phones: tuple[PhoneKind, ...]
    min_gap_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedLead:
    """A lead that is done with."""

    state: LeadState
    reason: str
    result: CallResult | None
    """Of its last call; None: it had none."""
    disposition: str
    counts: Mapping[str, int]
    phone_index: int
    phones: Sequence[PhoneNumber]
    suppressed: Sequence[bool]
    """Of its phones: on the do-not-call list."""
    valid_until: datetime | None
    booked: bool = False
    """An appointment stands, or was kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshLead:
    """The lead as it comes back."""

    phone_index: int
    counts: dict[str, int]


def choose(
    spec: CampaignSpec, results: Sequence[CallResult], dispositions: Sequence[str], states: Sequence[LeadState]
) -> Choice:
    """What to recycle of that campaign. Raises `InputError` for what nobody may ask for."""
    faults = []
    if not (results or dispositions or states):
        faults.append(Fault("results", "say which leads: by --result, --disposition or --state"))
    for state in states:
        if state not in COMES_BACK:
            done = state in FINAL_LEAD_STATES
            why = "whoever is suppressed never comes back" if done else "it is not done with yet"
            faults.append(Fault("states", f"{state.value}: {why}; ask for {', '.join(sorted(COMES_BACK))}"))
    for code in dispositions:
        known = spec.disposition(code)
        if known is None:
            codes = ", ".join(each.code for each in spec.dispositions)
            faults.append(Fault("dispositions", f"{code} is none of this campaign's: {codes}"))
        elif known.success:
            faults.append(Fault("dispositions", f"{code} is the campaign's goal: who reached it never comes back"))
    if faults:
        raise InputError("These leads cannot be recycled.", faults)
    rules = spec.retry.rules.items()
    return Choice(
        results=frozenset(results),
        dispositions=frozenset(dispositions),
        states=frozenset(states) or COMES_BACK,
        goals=frozenset(each.code for each in spec.dispositions if each.success),
        drops=frozenset(key for key, rule in rules if rule.action is RetryAction.DROP_PHONE),
        phones=spec.retry.phones,
        min_gap_seconds=spec.retry.min_gap_seconds,
    )


def is_chosen(choice: Choice, lead: EndedLead) -> bool:
    """Whether it is among those asked for. The disposition, where there is one, outweighs the call's result."""
    if lead.state not in choice.states:
        return False
    if not (choice.results or choice.dispositions):
        return True
    return lead.disposition in choice.dispositions if lead.disposition else lead.result in choice.results


def fresh(choice: Choice, lead: EndedLead, now: datetime) -> FreshLead | Stays:
    """How a lead that is chosen comes back, or why it does not."""
    if lead.reason == ERASED:
        return Stays.ERASED
    if lead.booked or any(lead.counts.get(code) for code in choice.goals):
        return Stays.BOOKED
    if lead.valid_until is not None and lead.valid_until <= now:
        return Stays.EXPIRED
    what, _, key = lead.reason.partition(":")
    if what == "closed" and key in {*choice.drops, CallResult.INVALID_NUMBER.value}:
        return Stays.NO_NUMBER
    kept = {key: n for key, n in lead.counts.items() if key in choice.drops or key.startswith((DROPPED, WRONG))}
    dropped = {int(key.removeprefix(DROPPED)) for key in kept if key.startswith(DROPPED)}
    usable = [
        place for place in tried_in(choice.phones, lead.phones) if place not in dropped and not lead.suppressed[place]
    ]
    if sum(lead.counts.get(key, 0) for key in choice.drops) > len(dropped):
        # Which phone it was that was wrong is not on record: none before the present one (`dialer.leads.phones`).
        usable = [place for place in usable if place >= lead.phone_index]
    if not usable:
        return Stays.NO_NUMBER
    return FreshLead(phone_index=usable[0], counts=kept)
