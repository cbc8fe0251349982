"""What AMI says of callers: which of them a message is about, in which queue they are, and on what terms.

The dialplan writes the queue, and for whom the IVR sent the terms and the number of the stay, into the account code of
the caller's channel: every event and every list of channels has it, after a restart of ours too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from cti_api.model.ids import CALLER_ID, CHANNEL_ID, SLUG, AttemptId, InboundId, QueueId, caller_stay
from cti_api.model.queues import Terms
from dialer.ami.actions import CONTEXT_BROUGHT, CONTEXT_QUEUE
from dialer.ami.wire import Message
from dialer.live import CallerBrought, CallerPassed, PersonKept
from dialer.telephony import (
    CallerCallBack,
    CallerCallsBack,
    CallerQueued,
    CallerReturned,
    CallerSorry,
    CallerWaitsAgain,
    TelephonyEvent,
)
from dialer.truth import CallerSeen

_QUEUE_ON_TERMS = re.compile(r"([a-z0-9-]{0,40}):([0-9]{1,6}):0?([01]):([0-9]{1,3})\Z")
"""Account code of a caller whom the IVR sent: queue, most wait in seconds, whether to offer a call back, which stay."""
_SHOWN = re.compile(r"\+?[0-9]{1,20}\Z")
_DURATION = re.compile(r"([0-9]{1,6}):([0-5][0-9]):([0-5][0-9])\Z")


def caller_of(message: Message) -> InboundId | None:
    """The caller whose channel the message is about."""
    channel_id = message.get("Uniqueid")
    if not CALLER_ID.match(channel_id) or message.get("Context") not in (CONTEXT_QUEUE, CONTEXT_BROUGHT):
        return None
    return caller_stay(channel_id, _account(message.get("AccountCode"))[2])


def _account(code: str) -> tuple[QueueId, Terms | None, int]:
    """A caller's queue, the terms on which the IVR sent them, and which of their stays it is: what the dialplan has
    written into the account code. The queue is empty for what cannot be one."""
    queue, terms, stay = code, None, 1
    if on_terms := _QUEUE_ON_TERMS.match(code):
        most_wait = float(on_terms[2]) or None
        queue, stay = on_terms[1], int(on_terms[4])
        terms = Terms(most_wait_seconds=most_wait, offers_call_back=on_terms[3] == "1")
    return QueueId(queue if SLUG.match(queue) else ""), terms, stay


def _queued(caller: InboundId, message: Message) -> TelephonyEvent:
    queue, terms, _ = _account(message.get("Queue"))
    call, was = message.get("Call"), message.get("Was")
    return CallerQueued(
        caller,
        queue,
        _number(message.get("CallerIDNum")),
        terms,
        ivr_call=call if CHANNEL_ID.match(call) else None,
        noticed=message.get("Notice") == "1",
        was=AttemptId(was) if CHANNEL_ID.match(was) else None,
    )


READERS: dict[str, Callable[[InboundId, Message], TelephonyEvent]] = {
    "VoceroCallsBack": lambda caller, message: CallerCallsBack(
        caller, _number(message.get("Number")), _number(message.get("CallerIDNum"))
    ),
    "VoceroQueued": _queued,
    "VoceroPassed": lambda caller, _: CallerPassed(caller),
    "VoceroBrought": lambda caller, _: CallerBrought(caller),
    "VoceroKept": lambda caller, _: PersonKept(caller),
    "VoceroWaitsAgain": lambda caller, _: CallerWaitsAgain(caller),
    "VoceroCallBack": lambda caller, _: CallerCallBack(caller),
    "VoceroReturned": lambda caller, _: CallerReturned(caller),
    "VoceroSorry": lambda caller, _: CallerSorry(caller),
}

CALLER_EVENTS_USED = frozenset(READERS)
"""What it may send of a caller; each has a header ``Caller``."""


def callers_seen(items: Iterable[Message]) -> tuple[CallerSeen, ...]:
    """The callers among the items of CoreShowChannels."""
    return tuple(
        CallerSeen(
            caller_id=caller,
            queue=_account(item.get("AccountCode"))[0],
            number=_number(item.get("CallerIDNum")),
            bridge_id=item.get("BridgeId"),
            exten=item.get("Exten"),
            age_seconds=seconds_of(item.get("Duration")),
            terms=_account(item.get("AccountCode"))[1],
            handed_on=item.get("Context") == CONTEXT_BROUGHT,
        )
        for item in items
        if item.event.lower() == "coreshowchannel" and (caller := caller_of(item))
    )


def _number(text: str) -> str:
    """What a trunk showed as the caller's number; empty for a name, nothing, or Asterisk's word for nothing."""
    return text if _SHOWN.match(text) else ""


def seconds_of(text: str) -> float:
    """Seconds of ``HH:MM:SS``; 0.0 for anything else."""
    parts = _DURATION.match(text)
    return float(int(parts[1]) * 3600 + int(parts[2]) * 60 + int(parts[3])) if parts else 0.0
