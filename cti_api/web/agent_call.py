"""The call at hand, for an agent's screen: who it is, why we call, what was before, and what may be said of it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from fastapi import APIRouter
from pydantic import BaseModel

from cti_api.appointments.agreed import policy_of
from cti_api.border import Slug
from cti_api.errors import NotFound
from cti_api.law.terms import Purpose
from cti_api.model.agents import AgentState
from cti_api.model.calls import Attempt, CallResult
from cti_api.model.campaigns import CampaignSpec, Disposition, FieldKind, RetryAction
from cti_api.ports import AgentView, DialerPort
from cti_api.web.handed import Everything

router = APIRouter(prefix="/agents", tags=["agents"])

MOST_EARLIER: Final = 10
"""Attempts before this one; all of them are in the person's evidence."""


class PresentCall(BaseModel):
    """The person an agent is shown, is offered, talks with, or wraps up."""

    attempt_id: str | None
    """None in a preview: not dialed yet."""
    campaign_id: str | None
    lead_id: int | None
    lead_name: str
    number: str
    fields: dict[str, str]
    script: str
    screen_pop: str
    """The page of another system to be opened beside; empty: none."""
    caller_id: str | None = None
    """Of somebody who called; `lead_name` and what follows are empty unless they called their campaign back."""
    queue: str | None = None
    waited_seconds: float = 0.0
    connected_at: datetime | None = None
    """Since when they hear each other; of a caller, with the first agent."""
    held_since: datetime | None = None
    """Since when the agent's telephone has them on hold."""


class WhyWeCall(BaseModel):
    id: str
    title: str
    purpose: Purpose
    brief: str
    """In a few words; empty: the campaign's file says nothing."""


class CalledQueue(BaseModel):
    id: str
    title: str


class Note(BaseModel):
    label: str
    value: str


class EarlierAttempt(BaseModel):
    attempt_id: str
    at: datetime
    result: CallResult | None
    """None: not known yet."""
    disposition: str
    """Its code; empty: nobody said anything."""
    label: str
    """… in words, as far as the campaign still has it."""
    agent_id: str | None
    talk_seconds: float
    notes: list[Note]
    """What was entered with the disposition."""


class AgreedCallBack(BaseModel):
    """They were promised to be called."""

    at: datetime | None
    agent_id: str | None
    """By whom; None: by anybody."""


class OfferedField(BaseModel):
    name: str
    label: str
    kind: FieldKind
    required: bool
    choices: list[str]
    """Of a `choice`."""


class Books(BaseModel):
    """An appointment is booked with it."""

    field: str
    """Which field holds day and hour."""
    calendar: str
    """Whose free hours can be chosen among; empty: any hour is taken as agreed on."""


class CallsBack(BaseModel):
    """They are called again at the hour that is entered."""

    field: str
    """Which field holds day and hour."""
    personal: bool
    """By the agent who agreed on it."""


class OfferedDisposition(BaseModel):
    """One way to say what became of the call."""

    code: str
    label: str
    key: str
    """The telephone's key that chooses it; empty: none."""
    effective: bool
    success: bool
    fields: list[OfferedField]
    books: Books | None
    calls_back: CallsBack | None
    suppresses: bool = False
    """The person's numbers go on the do-not-call list with it."""


class CallAtHand(BaseModel):
    call: PresentCall
    campaign: WhyWeCall | None
    queue: CalledQueue | None
    """Of somebody who called."""
    preview_until: datetime | None
    """The person on show is taken back then."""
    wrap_up_until: datetime | None
    """The call is closed without a disposition then."""
    attempts_made: int
    """Before this one, of those that counted."""
    earlier: list[EarlierAttempt]
    """The latest ten before this one, the last one first."""
    call_back: AgreedCallBack | None
    dispositions: list[OfferedDisposition]


@router.get("/{agent_id}/call")
async def call_at_hand(agent_id: Slug, handed: Everything) -> CallAtHand:
    """The person an agent is shown, is offered, talks with or wraps up, with all that is to be known of them."""
    view = view_of(handed.dialer, agent_id)
    call = present(view)
    if call is None:
        raise NotFound(f"Agent {agent_id} has no call.")
    lead, spec = view.lead, view.spec
    queue = next((each.spec for each in handed.dialer.queues() if each.spec.id == view.queue_id), None)
    earlier = [each.attempt for each in await handed.store.attempts.history(lead.id)] if lead is not None else []
    before = [attempt for attempt in reversed(earlier) if attempt.id != view.attempt_id]
    return CallAtHand(
        call=call,
        campaign=WhyWeCall(id=spec.id, title=spec.title, purpose=spec.purpose, brief=spec.brief) if spec else None,
        queue=CalledQueue(id=view.queue_id, title=queue.title if queue else view.queue_id) if view.queue_id else None,
        preview_until=view.preview_until,
        wrap_up_until=view.wrap_up_until,
        attempts_made=lead.attempts_made if lead is not None else 0,
        earlier=[_earlier(attempt, spec) for attempt in before[:MOST_EARLIER]],
        call_back=AgreedCallBack(at=lead.not_before, agent_id=lead.callback_agent) if lead and lead.promised else None,
        dispositions=offered(spec) if spec else [_word(code) for code in (queue.dispositions if queue else ())],
    )


def view_of(dialer: DialerPort, agent_id: str) -> AgentView:
    """Raises `NotFound`."""
    for view in dialer.agents():
        if view.agent.id == agent_id:
            return view
    raise NotFound(f"There is no agent called {agent_id}.")


def present(view: AgentView) -> PresentCall | None:
    """Whom the agent is with, or is shown; None: nobody."""
    if view.attempt_id is None and view.caller_id is None and not view.number:
        return None
    return PresentCall(
        attempt_id=view.attempt_id,
        campaign_id=view.campaign_id,
        lead_id=view.lead.id if view.lead is not None else None,
        lead_name=view.lead_name,
        number=view.number,
        fields=dict(view.lead.fields) if view.lead is not None else {},
        script=view.script,
        screen_pop=view.screen_pop,
        caller_id=view.caller_id,
        queue=view.queue_id,
        waited_seconds=view.waited_seconds,
        connected_at=view.connected_at,
        held_since=view.held_since if view.status.state is AgentState.BUSY else None,
    )


def _earlier(attempt: Attempt, spec: CampaignSpec | None) -> EarlierAttempt:
    chosen = spec.disposition(attempt.disposition) if spec is not None else None
    labels = {field.name: field.label for field in chosen.fields} if chosen is not None else {}
    return EarlierAttempt(
        attempt_id=attempt.id,
        at=attempt.created_at,
        result=attempt.result,
        disposition=attempt.disposition,
        label=chosen.label if chosen is not None else attempt.disposition,
        agent_id=attempt.agent_id,
        talk_seconds=round(attempt.talk_seconds, 3),
        notes=[
            Note(label=labels.get(name, name), value=value)
            for name, value in attempt.disposition_fields.items()
            if value
        ],
    )


def offered(spec: CampaignSpec) -> list[OfferedDisposition]:
    """What may be said of the campaign's calls, in the file's order."""
    return [
        OfferedDisposition(
            code=each.code,
            label=each.label,
            key=each.key,
            effective=each.effective,
            success=each.success,
            fields=[
                OfferedField(
                    name=field.name,
                    label=field.label,
                    kind=field.kind,
                    required=field.required,
                    choices=list(field.choices),
                )
                for field in each.fields
            ],
            books=_books(spec, each),
            calls_back=_calls_back(spec, each),
            suppresses=_suppresses(spec, each),
        )
        for each in spec.dispositions
    ]


def _books(spec: CampaignSpec, disposition: Disposition) -> Books | None:
    policy = policy_of(spec)
    if policy is None or policy.on != disposition.code:
        return None
    return Books(field=policy.at, calendar=policy.calendar)


def _calls_back(spec: CampaignSpec, disposition: Disposition) -> CallsBack | None:
    rule = spec.retry.rules.get(disposition.code)
    hour = next((field.name for field in disposition.fields if field.kind is FieldKind.DATETIME), None)
    if rule is None or rule.action is not RetryAction.CALLBACK or hour is None:
        return None
    return CallsBack(field=hour, personal=rule.personal)


def _suppresses(spec: CampaignSpec, disposition: Disposition) -> bool:
    rule = spec.retry.rules.get(disposition.code)
    return rule is not None and rule.action is RetryAction.SUPPRESS


def _word(code: str) -> OfferedDisposition:
    """A queue's dispositions are words alone."""
    return OfferedDisposition(
        code=code, label=code, key="", effective=False, success=False, fields=[], books=None, calls_back=None
    )
