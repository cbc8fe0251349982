"""The section ``follow_ups``: how each action is written, and what must be true of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from cti_api.campaign_file import values
from cti_api.campaign_file.findings import Finding
from cti_api.campaign_file.section import Section
from cti_api.law.terms import Purpose
from cti_api.messages.content import LONGEST_SMS, fault_of_placeholders
from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignSpec, WhenMissed
from cti_api.model.events import APPOINTMENT_EVENTS, EventKind
from cti_api.model.follow_ups import (
    DAY_SECONDS,
    Action,
    AddLead,
    CallWebhook,
    FollowUp,
    MakeTask,
    SendMessage,
    Via,
)
from cti_api.model.ids import CampaignId
from cti_api.model.leads import FINAL_LEAD_STATES, LeadState

EVENTS: Final = sorted(APPOINTMENT_EVENTS | {EventKind.CALLBACK_MISSED, EventKind.IVR_SEND})
"""Events that actions follow by their own name."""

ACTIONS: Final = ("message", "webhook", "task", "lead")
MESSAGES: Final = (Via.WHATSAPP, Via.SMS, Via.EMAIL)
MOST_PICTURES: Final = 10
"""Cards of a WhatsApp carousel."""

NEEDS: Final = {
    Via.WHATSAPP: ("template", "language"),
    Via.SMS: ("text",),
    Via.EMAIL: ("to", "subject", "text"),
}
MAY_HAVE: Final = {Via.WHATSAPP: ("parameters", "pictures"), Via.SMS: (), Via.EMAIL: ("pictures",)}

ANSWERS_MISSED: Final = {LeadState.EXHAUSTED, EventKind.CALLBACK_MISSED}
"""What follows a callback that was missed with ``when_missed: follow_up``."""

_TEMPLATE: Final = re.compile(r"[a-z0-9_]{1,512}\Z")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?:_[A-Z]{2})?\Z")
_PICTURE: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}\.(?:jpe?g|png)\Z")
_LINK: Final = re.compile(r"https://[A-Za-z0-9.-]+(?:/[^\s\"<>]{0,1000})?\Z")


def follow_up(section: Section) -> FollowUp:
    """One action of the list."""
    found = FollowUp(
        name=section.required("name", values.slug, ""),
        on=section.texts("on", _word, required=True),
        action=_action(section),
        after_seconds=section.optional("after", values.duration(0.0, 90 * DAY_SECONDS), 0.0),
        within_seconds=section.optional("within", values.duration(60.0, 90 * DAY_SECONDS), 3 * DAY_SECONDS),
        each_time=section.optional("each_time", values.yes_no, False),
    )
    section.finish()
    return found


def _word(text: str) -> str:
    """A call result, a disposition, how a lead ends, or ``appointment.reminder_due`` and its like."""
    if "." in text:
        if text not in EVENTS:
            raise ValueError(f"must be one of {', '.join(EVENTS)}")
        return text
    return values.code(text)


def _action(section: Section) -> Action:
    # each is asked for, so that `finish` knows their names
    inner = {name: section.section(name) for name in ACTIONS}
    named = [name for name in ACTIONS if name in section.names()]
    if len(named) != 1:
        section.note(named[-1] if named else "name", f"an entry has one of {', '.join(ACTIONS)}")
        return MakeTask(text="")
    one = inner[named[0]]
    action: Action
    match named[0]:
        case "message":
            action = _message(one)
        case "webhook":
            action = CallWebhook(name=one.required("name", values.slug, ""))
        case "lead":
            action = AddLead(campaign_id=CampaignId(one.required("campaign", values.slug, "")))
        case _:
            text = one.required("text", values.line_of_text, "")
            action = MakeTask(text=text, owner=one.optional("owner", values.line_of_text, ""))
    one.finish()
    return action


def _message(section: Section) -> SendMessage:
    return SendMessage(
        via=section.required("channel", values.one_of(Via, MESSAGES), Via.SMS),
        purpose=section.optional("purpose", values.one_of(Purpose), None),
        template=section.optional("template", _template, ""),
        language=section.optional("language", _language, ""),
        parameters=section.texts("parameters", values.line_of_text, repeated=True),
        pictures=section.texts("pictures", _picture),
        to=section.optional("to", values.line_of_text, ""),
        subject=section.optional("subject", values.line_of_text, ""),
        text=section.optional("text", values.long_text, ""),
    )


def _template(text: str) -> str:
    if not _TEMPLATE.match(text):
        raise ValueError("must be a template's name: lower-case letters, digits and _")
    return text


def _language(text: str) -> str:
    if not _LANGUAGE.match(text):
        raise ValueError("must be the template's language, such as es or es_CO")
    return text


def _picture(text: str) -> str:
    if not _PICTURE.match(text) and not _LINK.match(text):
        raise ValueError(
            "must be the name of a .jpg or .png file in the settings' folder of pictures, or an https address"
        )
    return text


def check_follow_ups(spec: CampaignSpec) -> Iterator[Finding]:
    """Everything wrong with the actions as a whole."""
    dispositions = {disposition.code for disposition in spec.dispositions}
    known = [*sorted(FINAL_LEAD_STATES), *CallResult, *sorted(dispositions), *EVENTS]
    answered = {word for each in spec.follow_ups for word in each.on}
    if spec.callbacks.when_missed is WhenMissed.FOLLOW_UP and answered.isdisjoint(ANSWERS_MISSED):
        message = (
            "is answered by no follow-up: nothing would be done; let one be `on: exhausted` or `on: callback.missed`"
        )
        yield Finding("callbacks.when_missed", message, ("follow_ups",))
    names: dict[str, int] = {}
    for index, each in enumerate(spec.follow_ups):
        path = f"follow_ups[{index}]"
        if each.name in names:
            yield Finding(f"{path}.name", f"is the name of follow_ups[{names[each.name]}] already")
        names.setdefault(each.name, index)
        for word in each.on:
            if word not in known:
                near = get_close_matches(word, known, n=1)
                hint = f"; did you mean `{near[0]}`?" if near else ""
                message = (
                    f"{word} is neither a call result, nor a disposition of this campaign, nor how a lead ends{hint}"
                )
                yield Finding(f"{path}.on", message, ("dispositions",))
        match each.action:
            case SendMessage():
                if LeadState.SUPPRESSED in each.on:
                    yield Finding(f"{path}.on", "who said no gets no message: `suppressed` is for tasks and webhooks")
                yield from _message_findings(f"{path}.message", each.action)
            case AddLead(campaign_id=other) if other == spec.id:
                yield Finding(
                    f"{path}.lead.campaign", "is this campaign itself: `retry` says when somebody is called again"
                )
            case _:
                pass


def _message_findings(path: str, message: SendMessage) -> Iterator[Finding]:
    via = (f"{path}.channel",)
    allowed = (*NEEDS[message.via], *MAY_HAVE[message.via])
    for entry in ("template", "language", "parameters", "pictures", "to", "subject", "text"):
        written = getattr(message, entry)
        if entry in NEEDS[message.via] and not written:
            yield Finding(f"{path}.{entry}", f"is missing: {message.via} needs it", via)
        elif written and entry not in allowed:
            yield Finding(f"{path}.{entry}", f"has no meaning with `channel: {message.via}`", via)
    for entry in ("to", "subject", "text"):
        if fault := fault_of_placeholders(getattr(message, entry)):
            yield Finding(f"{path}.{entry}", fault)
    for index, parameter in enumerate(message.parameters):
        if fault := fault_of_placeholders(parameter):
            yield Finding(f"{path}.parameters[{index}]", fault)
    if len(message.pictures) > MOST_PICTURES:
        yield Finding(f"{path}.pictures", f"are more than {MOST_PICTURES}")
    if message.via is Via.EMAIL and any(picture.startswith("https:") for picture in message.pictures):
        yield Finding(f"{path}.pictures", "must be files: what is fetched from outside tells who reads it", via)
    if message.via is Via.SMS and len(message.text) > LONGEST_SMS:
        yield Finding(f"{path}.text", f"is longer than {LONGEST_SMS} signs", via)
