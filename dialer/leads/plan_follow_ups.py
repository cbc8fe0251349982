"""What a campaign would do after a plan's calls and at its end: when, and for a message when the law lets it go.

Like the walk, this supposes that everything but time is in order with the law: consent on record for the message's
channel and purpose, public lists fresh, on no list; and that the list has the columns a message asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, assert_never
from zoneinfo import ZoneInfo

from cti_api.law.about import facts_about
from cti_api.law.decide import decide
from cti_api.law.facts import OnRecord
from cti_api.law.rules import Pack
from cti_api.law.supposed import in_order
from cti_api.law.terms import Channel
from cti_api.messages.content import mobile_of
from cti_api.model.campaigns import CampaignSpec
from cti_api.model.follow_ups import AddLead, CallWebhook, FollowUp, MakeTask, SendMessage, Via
from cti_api.model.leads import FINAL_LEAD_STATES, Lead
from dialer.leads.plan import Call, Plan, contact_of, lasts

SPELT: Final = {Via.WHATSAPP: "WhatsApp", Via.SMS: "SMS", Via.EMAIL: "E-mail", Via.WEBHOOK: "Webhook"}


def follow_ups_of(spec: CampaignSpec, lead: Lead, packs: tuple[Pack, ...]) -> Callable[[Plan], Sequence[str]]:
    """For `dialer.leads.plan.walk`: the sentences, in the order in which the actions are due. `lead` is as it began."""

    def told(plan: Plan) -> Sequence[str]:
        found = [
            (at + timedelta(seconds=each.after_seconds), word, each)
            for each in spec.follow_ups
            for at, word in _occasions(spec, plan, each)
        ]
        return [
            _sentence(spec, lead, packs, plan, each, word, due) for due, word, each in sorted(found, key=lambda f: f[0])
        ]

    return told


def _occasions(spec: CampaignSpec, plan: Plan, follow_up: FollowUp) -> Iterator[tuple[datetime, str]]:
    """When the action is called for, and by which word: once, or after each call."""
    ends = [plan.state.value] if plan.state in FINAL_LEAD_STATES else []
    happened = [
        (call.at + lasts(spec, call.outcome.result), [call.outcome.result.value, call.outcome.disposition])
        for call in plan.calls
    ]
    if plan.steps and isinstance(plan.steps[-1], Call):
        happened[-1][1].extend(ends)
    else:  # its time ended it, and no call
        happened.append((plan.ended_at, ends))
    found = [(at, word) for at, words in happened for word in words if word in follow_up.on]
    yield from found if follow_up.each_time else found[:1]


def _sentence(
    spec: CampaignSpec, lead: Lead, packs: tuple[Pack, ...], plan: Plan, follow_up: FollowUp, word: str, due: datetime
) -> str:
    zone = ZoneInfo(spec.hours.timezone)
    match follow_up.action:
        case SendMessage() as message:
            what = f"{SPELT[message.via]} {message.template or message.subject}".rstrip()
            when = _message(spec, lead, packs, plan, follow_up, message, due)
        case CallWebhook(name=name):
            what, when = f"Webhook {name}", _told(due, zone)
        case MakeTask(text=text, owner=owner):
            what, when = f"Task “{text}”" + (f" of {owner}" if owner else ""), _told(due, zone)
        case AddLead(campaign_id=other):
            what, when = f"A lead in {other}", _told(due, zone)
        case _:
            assert_never(follow_up.action)
    return f"{what} ({follow_up.name}, after {word}) {when}"


def _message(
    spec: CampaignSpec,
    lead: Lead,
    packs: tuple[Pack, ...],
    plan: Plan,
    follow_up: FollowUp,
    message: SendMessage,
    due: datetime,
) -> str:
    """When it goes, as the law is asked of it (`cti_api.messages.lawful`)."""
    number = lead.phone if message.via is Via.EMAIL else mobile_of(lead)
    if number is None:
        return "is not sent: none of the telephones is a mobile"
    calls = [(call.number, call.outcome.result, call.at) for call in plan.calls if call.at <= due]
    known = OnRecord(history=tuple(each for call in calls for each in contact_of(*call)), abandoned_at=None)
    facts = facts_about(lead, number, known, message.purpose or spec.purpose, Channel(message.via.value))
    decision = decide(in_order(facts, packs, due), packs, due)
    goes = due if decision.allowed else decision.next_open
    if goes is None:
        return f"is not sent: {decision.reason} ({decision.rule})"
    zone = ZoneInfo(spec.hours.timezone)
    if goes >= due + timedelta(seconds=follow_up.within_seconds):
        return f"is not sent: it may not go before {_told(goes, zone)}, which is too late ({decision.rule})"
    waits = "" if decision.allowed else f", not {_told(due, zone)} ({decision.rule})"
    return f"{_told(goes, zone)}, at the person's own hours{waits}"


def _told(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b} {local:%H:%M}"
