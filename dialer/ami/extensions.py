"""Names of channels and extensions as the dialplan has them, made of ids that were looked at.

Asterisk would read a channel name such as ``/.*/`` as a pattern over all channels: nothing of another form than ours
reaches it. The beginnings of extensions have no n, x or z, which in the dialplan's patterns stand for digits.
"""

from __future__ import annotations

import re
from typing import Final

from cti_api.errors import InputError
from cti_api.live_ports import Supervision
from cti_api.model.ids import CALLER_ID, CHANNEL_ID, SLUG, InboundId, caller_channel
from dialer.live import GoBack, HandOn, KeepPerson, Spied

SUPERVISED: Final = {Supervision.LISTEN: "hearleg", Supervision.WHISPER: "whisperto", Supervision.BARGE: "bargeto"}
"""How a supervisor's extensions begin; the id of a channel follows."""

TRANSFERRED: Final = re.compile(r"[a-z0-9-]{1,40}\Z")
"""What the closed list of the settings may call something."""


def channel_id(text: str) -> str:
    """Raises `InputError` for what is not the id of a channel of ours."""
    if not CHANNEL_ID.match(text):
        raise InputError(f"{text!r} is not the id of a channel of ours")
    return text


def caller_id(text: str) -> str:
    """Raises `InputError` for what is not the id of a caller."""
    if not CALLER_ID.match(text):
        raise InputError(f"{text!r} is not the id of a caller")
    return text


def channel_of(caller: InboundId) -> str:
    """The channel of a caller, whichever of their stays it is."""
    return caller_channel(InboundId(caller_id(caller)))


def slug(text: str) -> str:
    """Raises `InputError` for what is no name of a campaign, agent or trunk."""
    if not SLUG.match(text):
        raise InputError(f"{text!r} is not a name of a campaign, agent or trunk")
    return text


def listed(name: str) -> str:
    """Raises `InputError` for what cannot be on the closed list."""
    if not TRANSFERRED.match(name):
        raise InputError(f"{name!r} is not a telephone or number of the closed list")
    return name


def answered(caller: InboundId, *, record: bool) -> str:
    """The extension by which a leg is joined with that caller."""
    return f"{'r' if record else ''}{caller_id(caller)}"


def spied(talk: Spied) -> str:
    """Who joins in hangs on the person, the others on the agent's leg: a channel that is only bridged with the one that
    ChanSpy hangs on, and is spoken to by it, is not told to be gone before ChanSpy is (tried on 22.10)."""
    if talk.mode is not Supervision.BARGE:
        return f"{SUPERVISED[talk.mode]}{channel_id(talk.agent_leg)}"
    is_caller = CALLER_ID.match(talk.person)
    return f"{SUPERVISED[talk.mode]}{channel_of(InboundId(talk.person)) if is_caller else channel_id(talk.person)}"


def handed_on(request: HandOn) -> str:
    """The extension by which a leg is rid of its person. No dash in it but the name's: patterns pass over them."""
    if request.queue is not None:
        return f"queuedto{slug(request.queue)}"
    if request.to:
        return f"broughtto{listed(request.to)}"
    if request.colleague is not None:
        return f"passesto{channel_id(request.colleague)}"
    return "passed"


def consulting(request: KeepPerson | GoBack) -> str:
    """The extension by which a leg leaves its person for a colleague, or comes back."""
    if isinstance(request, KeepPerson):
        return "consult"
    return "free" if request.gone else "back"
