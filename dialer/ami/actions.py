"""What we ask of Asterisk, as AMI actions.

The contexts, extensions and variables named here are the dialplan's (``asterisk/extensions.conf``; a house test holds
the two together). Values that came from people never travel: a call carries its attempt id, its digits and settings of
the campaign, nothing else.

Every action says whether it may be repeated. Nothing in this package ever repeats one by itself; `dialer.ami.link`
refuses to send one that may not be repeated a second time under the same id.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from cti_api.errors import InputError
from cti_api.model.ids import CALLER_ID, AgentId, InboundId, caller_channel
from dialer.ami.extensions import (
    answered,
    channel_id,
    channel_of,
    consulting,
    handed_on,
    listed,
    slug,
    spied,
)
from dialer.live import (
    CallColleague,
    EndTalk,
    FetchColleague,
    GoBack,
    HandOn,
    KeepPerson,
    SpeakWith,
    Supervise,
    SuperviseAs,
)
from dialer.telephony import (
    CallAgent,
    DismissCaller,
    HangUp,
    JoinCall,
    JoinCaller,
    PlaceCall,
    Request,
    TellCaller,
    WelcomeLead,
)

CONTEXT_OUT = "vocero-out"
"""Where a customer's number is dialled, behind the dialplan's own guard."""
CONTEXT_CUSTOMER = "vocero-customer"
"""Where the customer's channel goes when it is answered."""
CONTEXT_AGENT = "vocero-agent"
"""Where an agent's leg waits and joins."""
CONTEXT_QUEUE = "vocero-queue"
"""Where callers wait."""
CONTEXT_ANSWER = "vocero-answer"
"""Where an agent's leg is joined with a caller."""
CONTEXT_BROUGHT = "vocero-brought"
"""Where a person is whom an agent has handed on to a telephone or number of the closed list."""

CONTEXT_CONSULT = "vocero-consult"
"""Where an agent's leg is joined with the leg of a colleague whom they ask something, which waits there."""
COLLEAGUE_WAITS = "waits"
"""The extension in which it does."""
CONTEXT_COLLEAGUE = "vocero-colleague"
"""Where a telephone or number of the closed list is dialled for that, on the far half of a Local channel."""

CONTEXT_SUPERVISE = "vocero-supervise"
"""Where a supervisor's leg takes part in a talk."""

ORIGINATE_MARGIN_SECONDS = 5
"""Asterisk's own limit of an Originate stands this much behind the dialplan's ring limit, so that it is the dialplan
that ends an unanswered call and says how. Ours."""

TELEPHONE_CODECS = "alaw,ulaw"
"""For the Local channel: without them it is made for 16-bit samples, and every packet is transcoded twice (measured,
``asterisk/README.md``)."""

PRODUCT = "Vocero"
"""What a softphone shows that is called for the shift."""

NEEDED_ACTIONS = frozenset(
    {
        "CoreSettings",
        "CoreShowChannels",
        "CoreStatus",
        "DBGetTree",
        "Getvar",
        "Hangup",
        "Originate",
        "Redirect",
        "ShowDialPlan",
    }
)
"""What an AMI user must be allowed: by ``originate``, by ``call`` (Hangup, Redirect), by ``reporting`` (the rest)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One AMI action, ready to be sent."""

    name: str
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Without Action and ActionID. Kept out of `repr`: a Login has the secret here, an Originate the number."""
    repeatable: bool
    """Sending it a second time changes nothing."""
    action_id: str = ""
    """Ours where the id means something (an attempt, a leg); empty: the session gives one."""

    def lines(self, action_id: str) -> tuple[tuple[str, str], ...]:
        """Every header, as it goes to `dialer.ami.wire.encode`."""
        return (("Action", self.name), ("ActionID", action_id), *self.headers)


def login(username: str, secret: str) -> Action:
    """Open the session, with the events that the user's rights and filters let through."""
    return Action(name="Login", headers=(("Username", username), ("Secret", secret)), repeatable=True)


def logoff() -> Action:
    """Close the session in good order."""
    return Action(name="Logoff", repeatable=True)


def ping() -> Action:
    """Ask for a sign of life."""
    return Action(name="Ping", repeatable=True)


def list_commands() -> Action:
    """Ask which actions this user may use."""
    return Action(name="ListCommands", repeatable=True)


def core_settings() -> Action:
    """Ask for Asterisk's version."""
    return Action(name="CoreSettings", repeatable=True)


def core_status() -> Action:
    """Ask when this Asterisk was started."""
    return Action(name="CoreStatus", repeatable=True)


def core_show_channels() -> Action:
    """List every channel. Answered by a list."""
    return Action(name="CoreShowChannels", repeatable=True)


def registered_contacts() -> Action:
    """List the addresses that softphones have registered. Answered by a list.

    Asked of Asterisk's database: PJSIPShowContacts wants the right ``system``, and DeviceStateList does not have an
    account that was made while Asterisk ran (tried on 22.10).
    """
    return Action(name="DBGetTree", headers=(("Family", "registrar"),), repeatable=True)


def dial_contacts(agent_id: AgentId) -> Action:
    """Ask for the addresses at which a softphone can be called now: none where it does not answer OPTIONS any more."""
    return Action(name="Getvar", headers=(("Variable", f"PJSIP_DIAL_CONTACTS({slug(agent_id)})"),), repeatable=True)


def to_action(request: Request) -> Action:
    """The AMI action that does what is asked.

    Raises `InputError` for an id that is not of our form: Asterisk would read a channel name such as ``/.*/`` as a
    pattern over all channels.
    """
    match request:
        case PlaceCall():
            return _place_call(request)
        case CallAgent():
            return _call_agent(request)
        case JoinCall():
            return _join_call(request)
        case JoinCaller():
            exten = answered(request.caller_id, record=request.record)
            return _redirect(channel_id(request.leg_id), CONTEXT_ANSWER, exten)
        case TellCaller():
            told = f"tell{_two_digits(request.position)}{_two_digits(request.minutes)}{request.offer:d}"
            return _redirect(channel_of(request.caller_id), CONTEXT_QUEUE, told)
        case DismissCaller():
            why = "nobody" if request.nobody else "sorry"
            return _redirect(channel_of(request.caller_id), CONTEXT_QUEUE, why)
        case WelcomeLead():
            return _redirect(channel_of(request.caller_id), CONTEXT_QUEUE, "lead")
        case EndTalk():
            context = CONTEXT_AGENT if request.called else CONTEXT_ANSWER
            return _redirect(channel_id(request.leg_id), context, "over")
        case HandOn():
            context = CONTEXT_AGENT if request.called else CONTEXT_ANSWER
            return _redirect(channel_id(request.leg_id), context, handed_on(request))
        case KeepPerson() | GoBack():
            context = CONTEXT_AGENT if request.called else CONTEXT_ANSWER
            return _redirect(channel_id(request.leg_id), context, consulting(request))
        case FetchColleague():
            return _redirect(channel_id(request.leg_id), CONTEXT_CONSULT, COLLEAGUE_WAITS)
        case SpeakWith():
            speaks = f"speaksto{channel_id(request.colleague)}"
            return _redirect(channel_id(request.leg_id), CONTEXT_CONSULT, speaks)
        case CallColleague():
            return _call_colleague(request)
        case Supervise():
            return _supervise(request)
        case SuperviseAs():
            return _redirect(channel_id(request.leg_id), CONTEXT_SUPERVISE, spied(request.talk))
        case HangUp():
            return _hang_up(request)


def _place_call(call: PlaceCall) -> Action:
    """The near half of a Local channel is the customer's channel; the far half passes the guard and dials."""
    attempt = channel_id(call.attempt_id)
    ring = _whole_seconds(call.ring_seconds, "ring_seconds")
    return Action(
        name="Originate",
        action_id=attempt,
        repeatable=False,
        headers=(
            ("Channel", f"Local/{call.number.digits}@{CONTEXT_OUT}/n"),
            ("Context", CONTEXT_CUSTOMER),
            ("Exten", "amd" if call.amd else "live"),
            ("Priority", "1"),
            ("Timeout", str((ring + ORIGINATE_MARGIN_SECONDS) * 1000)),
            ("Async", "true"),
            ("Codecs", TELEPHONE_CODECS),
            ("ChannelId", attempt),
            ("OtherChannelId", f"{attempt}-out"),
            _inherited("VOCERO_ATTEMPT", attempt),
            _inherited("VOCERO_TRUNK", slug(call.trunk)),
            _inherited("VOCERO_CALLER_ID", call.caller_id.digits),
            _inherited("VOCERO_RING", str(ring)),
            _inherited("VOCERO_CAMPAIGN", slug(call.campaign)),
            _inherited("VOCERO_HOLD", _decimal_seconds(call.hold_seconds, "hold_seconds")),
            _inherited("VOCERO_MACHINE", call.machine_action),
            _inherited("VOCERO_RECORD", "1" if call.record else "0"),
            *((_inherited("VOCERO_MEETS", "ivr"),) if call.led else ()),
            *((_inherited("VOCERO_AFTER", "survey"),) if call.survey_after else ()),
        ),
    )


def _call_agent(call: CallAgent) -> Action:
    """Its caller is a name without a number: a number would be the person's, which is the console's to show, and after
    the join the trunk would be told of it (``send_pai``)."""
    leg = channel_id(call.leg_id)
    exten = "wait" if call.attempt_id is None else channel_id(call.attempt_id)
    context = CONTEXT_AGENT
    if call.caller_id is not None:
        context, exten = CONTEXT_ANSWER, answered(call.caller_id, record=call.record)
    if call.is_asked:
        context, exten = CONTEXT_CONSULT, COLLEAGUE_WAITS
    return Action(
        name="Originate",
        action_id=leg,
        repeatable=False,
        headers=(
            ("Channel", f"PJSIP/{slug(call.agent_id)}"),
            ("Context", context),
            ("Exten", exten),
            ("Priority", "1"),
            ("Timeout", str(_whole_seconds(call.ring_seconds, "ring_seconds") * 1000)),
            ("Async", "true"),
            ("ChannelId", leg),
            ("CallerID", slug(call.campaign) if call.campaign else PRODUCT),
            _inherited("VOCERO_NAILED", "1" if call.nailed_up else "0"),
        ),
    )


def _call_colleague(call: CallColleague) -> Action:
    """The near half of a Local channel is the colleague's; the far half reaches what the closed list has, through the
    same guard as every call."""
    leg = channel_id(call.leg_id)
    ring = _whole_seconds(call.ring_seconds, "ring_seconds")
    return Action(
        name="Originate",
        action_id=leg,
        repeatable=False,
        headers=(
            ("Channel", f"Local/colleague{listed(call.to)}@{CONTEXT_COLLEAGUE}/n"),
            ("Context", CONTEXT_CONSULT),
            ("Exten", COLLEAGUE_WAITS),
            ("Priority", "1"),
            ("Timeout", str((ring + ORIGINATE_MARGIN_SECONDS) * 1000)),
            ("Async", "true"),
            ("Codecs", TELEPHONE_CODECS),
            ("ChannelId", leg),
            ("OtherChannelId", f"{leg}-out"),
            ("CallerID", PRODUCT),
        ),
    )


def _supervise(supervise: Supervise) -> Action:
    leg = channel_id(supervise.leg_id)
    return Action(
        name="Originate",
        action_id=leg,
        repeatable=False,
        headers=(
            ("Channel", f"PJSIP/{slug(supervise.telephone)}"),
            ("Context", CONTEXT_SUPERVISE),
            ("Exten", spied(supervise.talk)),
            ("Priority", "1"),
            ("Timeout", str(_whole_seconds(supervise.ring_seconds, "ring_seconds") * 1000)),
            ("Async", "true"),
            ("ChannelId", leg),
            ("CallerID", PRODUCT),
        ),
    )


def _join_call(join: JoinCall) -> Action:
    """A Redirect of the leg: the dialplan beeps and bridges. (AMI's Bridge hangs the leg up afterwards: tried.)"""
    return _redirect(channel_id(join.leg_id), CONTEXT_AGENT, channel_id(join.attempt_id))


def _redirect(channel: str, context: str, exten: str) -> Action:
    return Action(
        name="Redirect",
        repeatable=False,
        headers=(("Channel", channel), ("Context", context), ("Exten", exten), ("Priority", "1")),
    )


def _hang_up(hang_up: HangUp) -> Action:
    """Not repeatable, though harmless: the first answer says whether the channel was there."""
    channel = hang_up.channel_id
    channel = caller_channel(InboundId(channel)) if CALLER_ID.match(channel) else channel_id(channel)
    return Action(name="Hangup", repeatable=False, headers=(("Channel", channel), ("Cause", str(hang_up.cause))))


def _inherited(name: str, value: str) -> tuple[str, str]:
    """A variable that the channels dialled from this one have too (two underscores)."""
    return ("Variable", f"__{name}={value}")


def _two_digits(number: int | None) -> str:
    """What is not said is 00."""
    if number is not None and not 0 < number < 100:
        raise InputError(f"{number} cannot be told to a caller: only 1 to 99 can")
    return f"{number or 0:02d}"


def _whole_seconds(seconds: float, what: str) -> int:
    """Rounded up: a limit is never cut short."""
    if not (math.isfinite(seconds) and seconds > 0):
        raise InputError(f"{what} is {seconds}: it must be a positive length of time")
    return math.ceil(seconds)


def _decimal_seconds(seconds: float, what: str) -> str:
    if not (math.isfinite(seconds) and seconds >= 0):
        raise InputError(f"{what} is {seconds}: it cannot be negative")
    return f"{seconds:.3f}"
