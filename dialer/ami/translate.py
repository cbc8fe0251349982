"""AMI messages → what happened, in our words. Event and header names of AMI are spelt here and nowhere else.

A channel is ours by its unique id (32 hex digits, `CHANNEL_ID`), and by its name a customer's (the near half of a
Local channel), an agent's leg (PJSIP), or that of a colleague outside whom an agent consults (a Local channel, of its
own context). A caller's has an id of Asterisk's own, and is ours by the context it is in.
Everything else on that Asterisk gives None: the far halves (``<id>-out``), the trunks' own channels, other people's
calls.

`Translator.translate` never raises: a message it cannot read is None, and the sweep of what is true makes up for it.

Choices among signals that say the same, each seen on Asterisk 22.10:

- Ringing is DialState of the customer's channel: RINGING, or PROGRESS where the carrier sends early media. Newstate
  has only the former, which is enough for a softphone.
- Answered is Newstate Up. OriginateResponse Success comes before or after it and adds nothing.
- A softphone's registration is ContactStatus. PeerStatus and DeviceStateChange say nothing of the first registration
  of an account that was made while Asterisk ran. ContactStatus speaks of one address: a softphone that comes back from
  another port gives *new address*, then *old address removed*; so the address heard of last is kept, and the end of an
  older one is no news.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from cti_api.errors import ActionRefused
from cti_api.model.calls import AmdVerdict
from cti_api.model.ids import CALLER_ID, CHANNEL_ID, SLUG, TRIAL, AgentId, AttemptId, InboundId, LegId
from dialer.ami.actions import (
    CONTEXT_AGENT,
    CONTEXT_ANSWER,
    CONTEXT_BROUGHT,
    CONTEXT_COLLEAGUE,
    CONTEXT_CONSULT,
    CONTEXT_CUSTOMER,
    CONTEXT_SUPERVISE,
    NEEDED_ACTIONS,
)
from dialer.ami.callers import READERS, caller_of, seconds_of
from dialer.ami.wire import Message
from dialer.live import (
    CallBrought,
    CallerReached,
    CallHanded,
    CallPassed,
    CallReached,
    ColleagueJoined,
    LegHeld,
    LegRetrieved,
    PersonKept,
)
from dialer.telephony import (
    CallAnswered,
    CallDialed,
    CallEnded,
    CallerJoined,
    CallerLeft,
    CallForbidden,
    CallHoldExpired,
    CallJoined,
    CallLive,
    CallOptedOut,
    CallOrphaned,
    CallRefused,
    CallRinging,
    CallScreened,
    KeyPressed,
    LegAnswered,
    LegEnded,
    LegRinging,
    LinkDoubtful,
    PhoneReachable,
    TelephonyEvent,
)
from dialer.truth import ChannelSeen

_RINGING_STATE = "5"
_UP_STATE = "6"
"""``AST_STATE_RINGING`` and ``AST_STATE_UP`` in ``include/asterisk/channelstate.h``."""

_CAUSES_BY_REASON = {"3": 19, "5": 17, "8": 34}
"""OriginateResponse's Reason is a control frame (``include/asterisk/frame.h``: 3 ringing, 5 busy, 8 congestion); here
as the Q.850 cause that says the same (no answer, busy, congestion)."""

_REACHABLE_BY_STATUS = {"NonQualified": True, "Reachable": True, "Unreachable": False, "Removed": False}
"""ContactStatus: just registered, answers OPTIONS, does not answer them, gone. ``Unknown`` is no news."""

_REGISTERED = re.compile(r"/registrar/contact/([^;/]+);")
"""Where ``res_pjsip_registrar`` keeps an address in Asterisk's database: the account's name, a semicolon, a hash."""

_WHOLE = re.compile(r"[0-9]{1,9}\Z")
_START = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\Z")


class Translator:
    """Reads the messages of one session, in their order."""

    def __init__(self) -> None:
        self._addresses: dict[AgentId, str] = {}

    def translate(self, message: Message) -> TelephonyEvent | None:
        """What a message says about our calls, our agents' legs or the link; None when it says nothing about them."""
        event = message.event.lower()
        if event == "contactstatus":
            return self._contact_status(message)
        read = _READERS.get(event)
        return read(message) if read else None

    def _contact_status(self, message: Message) -> TelephonyEvent | None:
        """Trunks have addresses too: a name that is no agent's is for the reader to leave alone."""
        name, address = message.get("AOR"), message.get("URI")
        reachable = _REACHABLE_BY_STATUS.get(message.get("ContactStatus"))
        if reachable is None or not SLUG.match(name):
            return None
        agent = AgentId(name)
        if reachable:
            self._addresses[agent] = address
        elif self._addresses.get(agent, address) != address:
            return None
        return PhoneReachable(agent, reachable)


# ------------------------------------------------------------------ events


def _dial_state(message: Message) -> TelephonyEvent | None:
    """Of an Originate, DialState has only the dialled channel, as Dest…."""
    attempt = _attempt(message.get("DestUniqueid"), message.get("DestChannel"))
    if attempt and message.get("DialStatus") in ("RINGING", "PROGRESS"):
        return CallRinging(attempt)
    return None


def _new_state(message: Message) -> TelephonyEvent | None:
    state, channel_id, name = message.get("ChannelState"), message.get("Uniqueid"), message.get("Channel")
    leg = _leg(channel_id, name)
    if state == _RINGING_STATE:
        return LegRinging(leg) if leg else None
    if state != _UP_STATE:
        return None
    if attempt := _attempt(channel_id, name):
        return CallAnswered(attempt)
    return LegAnswered(leg) if leg else None


def _originate_response(message: Message) -> TelephonyEvent | None:
    """A failure only. Of an agent's leg that had no channel yet (softphone not registered) it is the one sign."""
    if message.response != "Failure":
        return None
    ours = message.action_id
    if not CHANNEL_ID.match(ours):
        return None
    context = message.get("Context")
    if context == CONTEXT_CUSTOMER:
        return CallRefused(AttemptId(ours))
    if context in (CONTEXT_AGENT, CONTEXT_ANSWER, CONTEXT_SUPERVISE, CONTEXT_CONSULT):
        return LegEnded(LegId(ours), _CAUSES_BY_REASON.get(message.get("Reason"), 0))
    return None


def _bridge_enter(message: Message) -> TelephonyEvent | None:
    is_brought = message.get("Context") == CONTEXT_BROUGHT
    if attempt := _attempt(message.get("Uniqueid"), message.get("Channel")):
        return CallReached(attempt) if is_brought else CallJoined(attempt)
    if message.get("Context") == CONTEXT_CONSULT:
        leg = _leg(message.get("Uniqueid"), message.get("Channel"))
        return ColleagueJoined(leg) if leg else None
    if (caller := caller_of(message)) is None:
        return None
    return CallerReached(caller) if is_brought else CallerJoined(caller)


def _hangup(message: Message) -> TelephonyEvent | None:
    channel_id, name, cause = message.get("Uniqueid"), message.get("Channel"), _whole(message.get("Cause"))
    if attempt := _attempt(channel_id, name):
        return CallEnded(attempt, cause or 0)
    if leg := _leg(channel_id, name):
        return LegEnded(leg, cause or 0)
    caller = caller_of(message)
    return CallerLeft(caller) if caller else None


def _hold(message: Message) -> TelephonyEvent | None:
    leg = _leg(message.get("Uniqueid"), message.get("Channel"))
    return LegHeld(leg) if leg else None


def _unhold(message: Message) -> TelephonyEvent | None:
    leg = _leg(message.get("Uniqueid"), message.get("Channel"))
    return LegRetrieved(leg) if leg else None


def _dtmf_end(message: Message) -> TelephonyEvent | None:
    """``Received`` is from the telephone to us; the same digit comes again as ``Sent`` on the other leg."""
    channel_id, digit = message.get("Uniqueid"), message.get("Digit")
    if CHANNEL_ID.match(channel_id) and message.get("Direction") == "Received" and len(digit) == 1:
        return KeyPressed(channel_id, digit)
    return None


STOPPING = LinkDoubtful("Asterisk says that it is stopping")


def _shutdown(_message: Message) -> TelephonyEvent | None:
    return STOPPING


def is_stopping(refused: ActionRefused) -> bool:
    """Asterisk takes no action any more. It says so from the first moment on; its Shutdown event comes when the last
    channel is gone, a second later (``main/manager.c``)."""
    return "shutting down" in str(refused)


def _user_event(message: Message) -> TelephonyEvent | None:
    name, attempt, caller = message.get("UserEvent"), message.get("Attempt"), message.get("Caller")
    if (read := _USER_READERS.get(name)) and CHANNEL_ID.match(attempt):
        return read(AttemptId(attempt), message)
    if (read_caller := READERS.get(name)) and CALLER_ID.match(caller):
        return read_caller(InboundId(caller), message)
    return None


def _screened(attempt: AttemptId, message: Message) -> TelephonyEvent:
    words = message.get("Verdict")
    verdict = AmdVerdict(words) if words in set(AmdVerdict) else AmdVerdict.UNKNOWN
    return CallScreened(attempt, verdict)


def _dialed(attempt: AttemptId, message: Message) -> TelephonyEvent:
    return CallDialed(attempt, _whole(message.get("Cause")) or 0, _whole(message.get("Sip")))


_USER_READERS: dict[str, Callable[[AttemptId, Message], TelephonyEvent]] = {
    "VoceroLive": lambda attempt, _: CallLive(attempt),
    "VoceroLed": lambda attempt, _: CallJoined(attempt),
    # the person stays on the line and is the IVR's: for us the call ended as when the agent hangs up
    "VoceroSurveyed": lambda attempt, _: CallEnded(attempt, 16),
    "VoceroAmd": _screened,
    "VoceroAbandoned": lambda attempt, _: CallHoldExpired(attempt),
    "VoceroOptOut": lambda attempt, _: CallOptedOut(attempt),
    "VoceroOrphaned": lambda attempt, _: CallOrphaned(attempt),
    "VoceroPassed": lambda attempt, _: CallPassed(attempt),
    "VoceroBrought": lambda attempt, _: CallBrought(attempt),
    "VoceroHanded": lambda attempt, _: CallHanded(attempt),
    "VoceroKept": lambda attempt, _: PersonKept(attempt),
    "VoceroDialed": _dialed,
    "VoceroGuard": lambda attempt, message: CallForbidden(attempt, message.get("Why")),
}

_READERS: dict[str, Callable[[Message], TelephonyEvent | None]] = {
    "dialstate": _dial_state,
    "newstate": _new_state,
    "originateresponse": _originate_response,
    "bridgeenter": _bridge_enter,
    "hangup": _hangup,
    "hold": _hold,
    "unhold": _unhold,
    "dtmfend": _dtmf_end,
    "shutdown": _shutdown,
    "userevent": _user_event,
}

EVENTS_USED = frozenset(
    {
        "BridgeEnter",
        "ContactStatus",
        "DTMFEnd",
        "DialState",
        "FullyBooted",
        "Hangup",
        "Hold",
        "Newstate",
        "OriginateResponse",
        "Shutdown",
        "Unhold",
        "UserEvent",
    }
)
"""What the filter in ``asterisk/manager.conf`` must let through (items of lists are answers and pass every filter)."""

USER_EVENTS_USED = frozenset(_USER_READERS)
"""What the dialplan may send with UserEvent() of a person we called; each has a header ``Attempt``."""


# ------------------------------------------------------------------ answers


def channels_seen(items: Iterable[Message]) -> tuple[ChannelSeen, ...]:
    """Our channels among the items of CoreShowChannels. A test call of `vocero doctor` is not one of them, nor is who
    is asked by the IVR how the talk was that is over."""
    return tuple(
        ChannelSeen(
            channel_id=item.get("Uniqueid"),
            name=item.get("Channel"),
            up=item.get("ChannelState") == _UP_STATE,
            ringing=item.get("ChannelState") == _RINGING_STATE,
            bridge_id=item.get("BridgeId"),
            exten=item.get("Exten"),
            agent_id=_agent(item.get("Channel").rpartition("-")[0]),
            age_seconds=seconds_of(item.get("Duration")),
            led=item.get("AccountCode") == "led",
            handed_on=item.get("Context") == CONTEXT_BROUGHT and item.get("BridgeId") != "",
        )
        for item in items
        if item.event.lower() == "coreshowchannel"
        and CHANNEL_ID.match(item.get("Uniqueid"))
        and not item.get("Uniqueid").startswith(TRIAL)
        and item.get("AccountCode") != "after"
    )


def registered_agents(items: Iterable[Message]) -> tuple[AgentId, ...]:
    """The accounts with a registered address among the items of DBGetTree, each once, in alphabetical order."""
    names = {found[1] for item in items if (found := _REGISTERED.match(item.get("Key")))}
    return tuple(AgentId(name) for name in sorted(names) if SLUG.match(name))


def is_reachable(contacts: Message) -> bool:
    """From the answer to `actions.dial_contacts`: there is an address, and it answers as far as Asterisk knows."""
    return contacts.get("Value") != ""


def asterisk_version(settings: Message) -> str:
    """``22.10.1+dfsg``, from the answer to CoreSettings."""
    return settings.get("AsteriskVersion")


def is_fully_booted(message: Message) -> bool:
    """True for the event from which on an Asterisk takes calls; where that is long past it follows the login."""
    return message.event.lower() == "fullybooted"


def asterisk_started_at(status: Message, fully_booted: Message, now: datetime) -> datetime:
    """When this Asterisk process began (UTC), to the second, and the same however often one asks.

    CoreStatus has the second but in the *server's* local time, without saying which zone; FullyBooted has the uptime
    without the zone's trouble but counted from a `now` that moves. The uptime tells the zone: offsets are multiples of
    15 minutes (tz database, every zone of today), so a clock up to seven minutes away from ours does no harm. Where
    CoreStatus cannot be read the uptime alone decides.
    """
    roughly = now - timedelta(seconds=_whole(fully_booted.get("Uptime")) or 0)
    words = f"{status.get('CoreStartupDate')} {status.get('CoreStartupTime')}"
    if not _START.match(words):
        return roughly
    try:
        local = datetime.fromisoformat(words).replace(tzinfo=UTC)
    except ValueError:
        return roughly
    quarter = timedelta(minutes=15)
    return local - round((local - roughly) / quarter) * quarter


def is_list_end(message: Message) -> bool:
    """True for the event that closes a list."""
    return message.get("EventList").lower() == "complete"


def list_length(end: Message) -> int | None:
    """How many items the event that closes a list says there were; None when it does not say."""
    return _whole(end.get("ListItems"))


def missing_actions(commands: Message) -> tuple[str, ...]:
    """The actions we need that an answer to ListCommands does not have, in alphabetical order."""
    allowed = {name.lower() for name, _ in commands.headers}
    return tuple(sorted(name for name in NEEDED_ACTIONS if name.lower() not in allowed))


# ------------------------------------------------------------------ words


def _attempt(channel_id: str, name: str) -> AttemptId | None:
    is_persons = name.startswith("Local/") and not _is_colleagues(name)
    return AttemptId(channel_id) if CHANNEL_ID.match(channel_id) and is_persons else None


def _leg(channel_id: str, name: str) -> LegId | None:
    is_leg = name.startswith("PJSIP/") or _is_colleagues(name)
    return LegId(channel_id) if CHANNEL_ID.match(channel_id) and is_leg else None


def _is_colleagues(name: str) -> bool:
    """``Local/colleagueambulancia@vocero-colleague-00000007;1``."""
    return name.startswith("Local/") and f"@{CONTEXT_COLLEAGUE}-" in name


def _agent(endpoint: str) -> AgentId | None:
    """The agent behind ``PJSIP/ana``; None for another technology or a name that no agent can have."""
    technology, _, name = endpoint.partition("/")
    return AgentId(name) if technology == "PJSIP" and SLUG.match(name) else None


def _whole(text: str) -> int | None:
    return int(text) if _WHOLE.match(text) else None
