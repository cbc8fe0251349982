"""Callbacks: the time an agent agreed on with a person, as it is entered with a disposition, and whose call it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, assert_never

from cti_api.appointments.agreed import agreed_time
from cti_api.model.campaigns import CallbackPolicy, Disposition, FieldKind, WhenMissed
from cti_api.model.ids import AgentId
from cti_api.model.leads import Lead, LeadMove, LeadState

MISSED: Final = "callback_missed"
"""Why a lead is where it is whose callback nobody made in time."""


def promised_to(policy: CallbackPolicy, lead: Lead, now: datetime) -> AgentId | None:
    """The agent who alone may call this lead at `now`; None: anyone may.

    A personal callback belongs to the agent who agreed on it until `CallbackPolicy.any_agent_after_seconds` after its
    time. The store's query (`cti_api.store.hopper`) draws the same line.
    """
    if lead.callback_agent is None or lead.not_before is None:
        return lead.callback_agent
    return lead.callback_agent if lead.not_before > anyones_until(policy, now) else None


def anyones_until(policy: CallbackPolicy, now: datetime) -> datetime:
    """Personal callbacks that were due then or before are anybody's at `now`."""
    return now - timedelta(seconds=policy.any_agent_after_seconds)


def missed_before(policy: CallbackPolicy, now: datetime) -> datetime | None:
    """Callbacks agreed on for then or before are missed at `now`; None: none ever is."""
    return None if policy.missed_after_seconds is None else now - timedelta(seconds=policy.missed_after_seconds)


def when_missed(action: WhenMissed, lead: Lead) -> LeadMove:
    """What becomes of a lead whose callback was missed."""
    match action:
        case WhenMissed.ANY_AGENT:
            return LeadMove(state=LeadState.CALLBACK, reason=MISSED, not_before=lead.not_before)
        case WhenMissed.RETRY:
            return LeadMove(state=LeadState.READY, reason=MISSED)
        case WhenMissed.CLOSE:
            return LeadMove(state=LeadState.CLOSED, reason=MISSED)
        case WhenMissed.FOLLOW_UP:
            return LeadMove(state=LeadState.EXHAUSTED, reason=MISSED)
        case _:
            assert_never(action)


def callback_time(disposition: Disposition, fields: Mapping[str, str], timezone: str) -> datetime | None:
    """When to call back: the disposition's first date-and-time field; None when it is missing or unreadable."""
    for wanted in disposition.fields:
        if wanted.kind is FieldKind.DATETIME:
            return agreed_time(fields.get(wanted.name, ""), timezone)
    return None
