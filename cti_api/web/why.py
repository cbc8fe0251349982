"""Why a lead is, or is not, called: some sentences for a person. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from cti_api.model.calls import DialDecision
from cti_api.model.campaigns import CampaignState
from cti_api.model.leads import Lead, LeadState
from cti_api.store.policies import LawPeriod

_NOT_DIALING = {
    CampaignState.DRAFT: "The campaign was never started.",
    CampaignState.READY: "The campaign was not started yet.",
    CampaignState.SCHEDULED: "The campaign has not begun yet.",
    CampaignState.PAUSED: "The campaign is paused.",
    CampaignState.DRAINING: "The campaign is draining: no new calls.",
    CampaignState.COMPLETED: "The campaign is over.",
    CampaignState.CANCELLED: "The campaign was cancelled.",
}


def why(lead: Lead, campaign: CampaignState, gate: DialDecision | None, zone: ZoneInfo) -> list[str]:
    """The lead's state, what comes next and what stands in the way: sentences, to be read one after the other.

    `gate` is the gate's decision for this moment, None where the lead is past being asked; `zone` is the campaign's,
    in which instants are told.
    """
    standing = _standing(lead, zone)
    if lead.state not in (LeadState.NEW, LeadState.READY, LeadState.WAITING, LeadState.CALLBACK, LeadState.RESERVED):
        return [standing]
    obstacles = []
    if campaign in _NOT_DIALING:
        obstacles.append(_NOT_DIALING[campaign])
    if gate is not None and not gate.allowed and not (gate.rule == "not_before" and lead.not_before):
        obstacles += [f"It may not be dialed now ({gate.rule}):", gate.reason]
        if gate.source:  # where the law says so, and in which version of its pack
            obstacles.append(f"Source: {gate.source} ({', '.join(gate.packs)}).")
        if gate.next_open:
            obstacles.append(f"That can change {_told(gate.next_open, zone)}.")
    return [standing, *obstacles]


def in_force(period: LawPeriod, zone: ZoneInfo) -> str:
    """A version of a pack that calls were allowed by: an old decision is explained by the rules of its time."""
    until = f"until {_told(period.until, zone)}" if period.until else "and still is"
    second = f", approved by {period.second}" if period.second else ""
    since = _told(period.since, zone)
    return (
        f"{period.name} {period.version} was in force since {since} {until} (by {period.by}{second}): "
        f"vocero policy show {period.name} --version {period.version}"
    )


def _standing(lead: Lead, zone: ZoneInfo) -> str:
    reason = f" ({lead.waiting_reason})" if lead.waiting_reason else ""
    when = f"not before {_told(lead.not_before, zone)}" if lead.not_before else "when its turn comes"
    match lead.state:
        case LeadState.NEW:
            return "Never tried; it waits for its turn: higher priority first, then the oldest."
        case LeadState.READY:
            return f"Tried {_times(lead.attempts_made)}; it waits for its turn{reason}."
        case LeadState.RESERVED:
            return "In the hopper: it is dialed as soon as an agent can take the call."
        case LeadState.DIALING:
            return "In a call now."
        case LeadState.WAITING:
            return f"Tried {_times(lead.attempts_made)}; again {when}{reason}."
        case LeadState.CALLBACK:
            who = f"by {lead.callback_agent} in person" if lead.callback_agent else "by any agent"
            return f"Asked to be called back: {who}, {when}."
        case LeadState.COMPLETED:
            return f"Done{reason}: it is not called again."
        case LeadState.EXHAUSTED:
            return f"Every allowed attempt was made ({lead.attempts_made}){reason}: it is not called again."
        case LeadState.SUPPRESSED:
            return f"On the do-not-call list{reason}: it is not called again."
        case LeadState.CLOSED:
            return f"Closed without result{reason}: it is not called again."
        case _:
            assert_never(lead.state)


def _told(instant: datetime | None, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if instant else ""


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
