"""Identifiers: opaque, made by us, safe to hand to Asterisk."""

from __future__ import annotations

import re
import secrets
import uuid
from datetime import datetime
from typing import NewType

AttemptId = NewType("AttemptId", str)
"""One dialled call: 32 lower-case hex digits, used unchanged as Asterisk's ``ChannelId``."""

LegId = NewType("LegId", str)
"""One call leg to an agent's softphone; same form as an `AttemptId`."""

ContactId = NewType("ContactId", int)
LeadId = NewType("LeadId", int)
CampaignId = NewType("CampaignId", str)
"""A campaign's name from its file: a slug such as ``mantenimiento-noviembre``."""

AgentId = NewType("AgentId", str)
"""An agent's name from the command line: a slug such as ``ana``; also the SIP account's name."""

TrunkId = NewType("TrunkId", str)
"""A trunk's name: a slug, equal to its PJSIP endpoint's name."""

QueueId = NewType("QueueId", str)
"""A queue's name from its file: a slug such as ``soporte``."""

InboundId = NewType("InboundId", str)
"""One caller's stay in the queues: Asterisk's own id of their channel, ``1764119999.42``, so that whoever sees the
channel knows the call by it. Sent into a queue again by the IVR, it says which time it is: ``1764119999.42.2``."""

SLUG = re.compile(r"[a-z][a-z0-9-]{0,39}\Z")
"""What a campaign, agent or trunk may be called: safe in a file name, a URL, a topic, a dialplan variable."""

TRIAL = "0" * 8
"""How the id of a call begins that `vocero doctor` places: no dialer takes it for one of its own that went astray."""

CHANNEL_ID = re.compile(r"[0-9a-f]{32}\Z")
"""What a channel id of ours looks like (a UUID without dashes; Asterisk drops dashes in extensions)."""

CALLER_ID = re.compile(r"(1[0-9]{9}\.[0-9]{1,10})(?:\.([1-9][0-9]{0,2}))?\Z")
"""What an `InboundId` looks like: seconds since 1970 and a counter (``systemname`` is not set), and perhaps a stay."""


def caller_channel(caller_id: InboundId) -> str:
    """The id of that caller's channel."""
    return ".".join(caller_id.split(".")[:2])


def caller_stay(channel_id: str, stay: int) -> InboundId:
    """The id of a channel's first, second, … stay in the queues."""
    return InboundId(channel_id if stay < 2 else f"{channel_id}.{stay}")


def new_attempt_id(at: datetime) -> AttemptId:
    """A fresh attempt id; never made twice (74 random bits in a millisecond). A UUID of version 7 without dashes
    (RFC 9562, 5.7): it begins with the time, so that what millions of calls are found by grows at its end; an id of
    chance would touch another page of it for each call."""
    milliseconds, chance = int(at.timestamp() * 1000), secrets.randbits(74)
    return AttemptId(f"{milliseconds << 80 | 7 << 76 | (chance >> 62) << 64 | 2 << 62 | (chance & (1 << 62) - 1):032x}")


def new_trial_id() -> AttemptId:
    """An id for a call that belongs to no campaign and to no store."""
    return AttemptId(TRIAL + uuid.uuid4().hex[len(TRIAL) :])


def new_leg_id() -> LegId:
    """A fresh id for a leg to an agent."""
    return LegId(uuid.uuid4().hex)


def new_event_id() -> str:
    """A fresh id for an event of the outbox."""
    return uuid.uuid4().hex
