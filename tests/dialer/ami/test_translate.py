"""AMI messages → what happened."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_api.model.calls import AmdVerdict
from cti_api.model.ids import AgentId, AttemptId, InboundId, LegId, QueueId, new_trial_id
from cti_api.model.queues import Terms
from dialer.ami.callers import callers_seen
from dialer.ami.translate import (
    EVENTS_USED,
    USER_EVENTS_USED,
    Translator,
    asterisk_started_at,
    channels_seen,
    is_reachable,
    missing_actions,
    registered_agents,
)
from dialer.ami.wire import Message
from dialer.live import (
    CallBrought,
    CallerBrought,
    CallerPassed,
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
    CallerCallBack,
    CallerJoined,
    CallerLeft,
    CallerQueued,
    CallerReturned,
    CallerSorry,
    CallerWaitsAgain,
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
from dialer.truth import CallerSeen, ChannelSeen

ATTEMPT = AttemptId("0123456789abcdef0123456789abcdef")
LEG = LegId("fedcba9876543210fedcba9876543210")
NEAR = "Local/573001234567@vocero-out-00000001;1"
FAR = "Local/573001234567@vocero-out-00000001;2"
PHONE = "PJSIP/ana-00000007"
COLLEAGUE = "Local/colleagueambulancia@vocero-colleague-00000003;1"


def message(event: str, **headers: str) -> Message:
    return Message((("Event", event), ("Privilege", "call,all"), *headers.items()))


CALLER = InboundId("1764000000.42")
CALLER_CHANNEL = "PJSIP/operador-a-00000009"


def of_caller(event: str, **headers: str) -> Message:
    return message(event, Channel=CALLER_CHANNEL, Uniqueid=CALLER, Context="vocero-queue", **headers)


def user_event(name: str, **headers: str) -> Message:
    return message("UserEvent", Channel=FAR, Uniqueid=f"{ATTEMPT}-out", UserEvent=name, Attempt=ATTEMPT, **headers)


CASES: dict[str, tuple[Message, TelephonyEvent | None]] = {
    "a caller waits": (
        of_caller("UserEvent", UserEvent="VoceroQueued", Caller=CALLER, Queue="soporte", CallerIDNum="3001234567"),
        CallerQueued(CALLER, QueueId("soporte"), "3001234567"),
    ),
    "a caller whom the IVR sends into a queue for the second time": (
        of_caller(
            "UserEvent",
            UserEvent="VoceroQueued",
            Caller=f"{CALLER}.2",
            Queue="soporte:0120:01:2",
            Call=ATTEMPT,
            CallerIDNum="3001234567",
        ),
        CallerQueued(
            InboundId(f"{CALLER}.2"),
            QueueId("soporte"),
            "3001234567",
            Terms(most_wait_seconds=120.0, offers_call_back=True),
            ATTEMPT,
        ),
    ),
    "their end there": (of_caller("Hangup", AccountCode="soporte:0120:01:2"), CallerLeft(InboundId(f"{CALLER}.2"))),
    "the IVR has them again": (
        of_caller("UserEvent", UserEvent="VoceroReturned", Caller=f"{CALLER}.2", Why="waited"),
        CallerReturned(InboundId(f"{CALLER}.2")),
    ),
    "a caller whose number is withheld, in a queue that cannot be": (
        of_caller("UserEvent", UserEvent="VoceroQueued", Caller=CALLER, Queue="../x", CallerIDNum="<unknown>"),
        CallerQueued(CALLER, QueueId(""), ""),
    ),
    "a caller's id that is no channel's": (
        of_caller("UserEvent", UserEvent="VoceroQueued", Caller="/.*/", Queue="soporte"),
        None,
    ),
    "whom we called, who was handed on into a queue": (
        message(
            "UserEvent",
            Channel="Local/s@vocero-through-00000003;2",
            Uniqueid=CALLER,
            Context="vocero-queue",
            UserEvent="VoceroQueued",
            Caller=CALLER,
            Queue="soporte",
            CallerIDNum="573001234567",
            Was=ATTEMPT,
        ),
        CallerQueued(CALLER, QueueId("soporte"), "573001234567", was=ATTEMPT),
    ),
    "their agent hands them on to another": (user_event("VoceroPassed"), CallPassed(ATTEMPT)),
    "… to a telephone of the closed list": (user_event("VoceroBrought"), CallBrought(ATTEMPT)),
    "… into a queue": (user_event("VoceroHanded"), CallHanded(ATTEMPT)),
    "… or speaks with a colleague first": (user_event("VoceroKept"), PersonKept(ATTEMPT)),
    "a caller's agent speaks with a colleague first": (
        of_caller("UserEvent", UserEvent="VoceroKept", Caller=CALLER),
        PersonKept(CALLER),
    ),
    "agent and colleague hear each other": (
        message("BridgeEnter", Channel=PHONE, Uniqueid=LEG, Context="vocero-consult"),
        ColleagueJoined(LEG),
    ),
    "a colleague outside takes the call": (
        message("Newstate", Channel=COLLEAGUE, Uniqueid=LEG, ChannelState="6"),
        LegAnswered(LEG),
    ),
    "the colleague outside hangs up": (
        message("Hangup", Channel=COLLEAGUE, Uniqueid=LEG, Cause="16"),
        LegEnded(LEG, 16),
    ),
    "the colleague outside was never reached": (
        message("OriginateResponse", ActionID=LEG, Response="Failure", Context="vocero-consult", Reason="3"),
        LegEnded(LEG, 19),
    ),
    "a caller's agent hands them on to another": (
        of_caller("UserEvent", UserEvent="VoceroPassed", Caller=CALLER),
        CallerPassed(CALLER),
    ),
    "… a caller's to a telephone of the closed list": (
        of_caller("UserEvent", UserEvent="VoceroBrought", Caller=CALLER),
        CallerBrought(CALLER),
    ),
    "that telephone has them": (
        message("BridgeEnter", Channel=NEAR, Uniqueid=ATTEMPT, Context="vocero-brought"),
        CallReached(ATTEMPT),
    ),
    "that telephone has the caller": (
        message("BridgeEnter", Channel=CALLER_CHANNEL, Uniqueid=CALLER, Context="vocero-brought"),
        CallerReached(CALLER),
    ),
    "the caller hangs up there": (
        message("Hangup", Channel=CALLER_CHANNEL, Uniqueid=CALLER, Context="vocero-brought", Cause="16"),
        CallerLeft(CALLER),
    ),
    "a caller is joined": (of_caller("BridgeEnter"), CallerJoined(CALLER)),
    "a caller's agent died": (
        of_caller("UserEvent", UserEvent="VoceroWaitsAgain", Caller=CALLER),
        CallerWaitsAgain(CALLER),
    ),
    "a caller wants to be called back": (
        of_caller("UserEvent", UserEvent="VoceroCallBack", Caller=CALLER),
        CallerCallBack(CALLER),
    ),
    "a caller hears the apology": (of_caller("UserEvent", UserEvent="VoceroSorry", Caller=CALLER), CallerSorry(CALLER)),
    "a caller is gone": (of_caller("Hangup", Cause="16"), CallerLeft(CALLER)),
    "a trunk's own channel is gone": (
        message("Hangup", Channel=CALLER_CHANNEL, Uniqueid=CALLER, Context="vocero-in", Cause="16"),
        None,
    ),
    "a supervisor's telephone does not take the call": (
        message("OriginateResponse", Response="Failure", ActionID=LEG, Context="vocero-supervise", Reason="5"),
        LegEnded(LEG, 17),
    ),
    "a softphone holds": (message("Hold", Channel=PHONE, Uniqueid=LEG, MusicClass=""), LegHeld(LEG)),
    "a softphone holds no more": (message("Unhold", Channel=PHONE, Uniqueid=LEG), LegRetrieved(LEG)),
    "the person's own telephone holds": (message("Hold", Channel=NEAR, Uniqueid=ATTEMPT), None),
    "it rings": (
        message("DialState", DestChannel=NEAR, DestUniqueid=ATTEMPT, DialStatus="RINGING"),
        CallRinging(ATTEMPT),
    ),
    "early media is a living trunk too": (
        message("DialState", DestChannel=NEAR, DestUniqueid=ATTEMPT, DialStatus="PROGRESS"),
        CallRinging(ATTEMPT),
    ),
    "100 Trying says nothing of the far end": (
        message("DialState", DestChannel=NEAR, DestUniqueid=ATTEMPT, DialStatus="PROCEEDING"),
        None,
    ),
    "the trunk's own channel rings": (
        message("DialState", Channel=FAR, Uniqueid=f"{ATTEMPT}-out", DestChannel="PJSIP/claro-1", DestUniqueid="1.5"),
        None,
    ),
    "the IVR leads the person": (user_event("VoceroLed"), CallJoined(ATTEMPT)),
    "the talk is over and a survey follows": (user_event("VoceroSurveyed"), CallEnded(ATTEMPT, 16)),
    "an agent's softphone rings": (
        message("DialState", DestChannel=PHONE, DestUniqueid=LEG, DialStatus="RINGING"),
        None,
    ),
    "answered": (message("Newstate", Channel=NEAR, ChannelState="6", Uniqueid=ATTEMPT), CallAnswered(ATTEMPT)),
    "the far half is not the call": (
        message("Newstate", Channel=FAR, ChannelState="6", Uniqueid=f"{ATTEMPT}-out"),
        None,
    ),
    "a state short of up": (message("Newstate", Channel=NEAR, ChannelState="5", Uniqueid=ATTEMPT), None),
    "the agent's softphone has its channel": (
        message("Newstate", Channel=PHONE, ChannelState="5", Uniqueid=LEG),
        LegRinging(LEG),
    ),
    "somebody else's telephone": (
        message("Newstate", Channel="PJSIP/gate-00000001", ChannelState="5", Uniqueid="1795319758.4"),
        None,
    ),
    "the agent took our call": (
        message("Newstate", Channel=PHONE, ChannelState="6", Uniqueid=LEG),
        LegAnswered(LEG),
    ),
    "somebody else's call": (
        message("Newstate", Channel="PJSIP/gate-00000001", ChannelState="6", Uniqueid="1795319758.4"),
        None,
    ),
    "a person may need an agent": (user_event("VoceroLive"), CallLive(ATTEMPT)),
    "a machine": (
        user_event("VoceroAmd", Verdict="machine", Cause="LONGGREETING-2030-2000"),
        CallScreened(ATTEMPT, AmdVerdict.MACHINE),
    ),
    "a verdict nobody knows": (
        user_event("VoceroAmd", Verdict="alien", Cause=""),
        CallScreened(ATTEMPT, AmdVerdict.UNKNOWN),
    ),
    "they want no more calls": (user_event("VoceroOptOut"), CallOptedOut(ATTEMPT)),
    "nobody came in time": (user_event("VoceroAbandoned"), CallHoldExpired(ATTEMPT)),
    "the agent's leg died": (user_event("VoceroOrphaned"), CallOrphaned(ATTEMPT)),
    "the trunk's last word": (user_event("VoceroDialed", Cause="17", Sip="486"), CallDialed(ATTEMPT, 17, 486)),
    "the trunk said nothing": (user_event("VoceroDialed", Cause="", Sip=""), CallDialed(ATTEMPT, 0, None)),
    "the dialplan's guard": (user_event("VoceroGuard", Why="channels"), CallForbidden(ATTEMPT, "channels")),
    "a user event of somebody else": (user_event("Door"), None),
    "a user event without an attempt": (message("UserEvent", UserEvent="VoceroLive", Attempt=""), None),
    "the two hear each other": (message("BridgeEnter", Channel=NEAR, Uniqueid=ATTEMPT), CallJoined(ATTEMPT)),
    "the agent's side of it": (message("BridgeEnter", Channel=PHONE, Uniqueid=LEG), None),
    "not placed": (
        message(
            "OriginateResponse",
            ActionID=ATTEMPT,
            Response="Failure",
            Context="vocero-customer",
            Reason="0",
            Uniqueid=ATTEMPT,
        ),
        CallRefused(ATTEMPT),
    ),
    "placed": (
        message("OriginateResponse", ActionID=ATTEMPT, Response="Success", Context="vocero-customer"),
        None,
    ),
    "the softphone is not registered": (
        message("OriginateResponse", ActionID=LEG, Response="Failure", Context="vocero-agent", Reason="0"),
        LegEnded(LEG, 0),
    ),
    "the agent did not answer": (
        message("OriginateResponse", ActionID=LEG, Response="Failure", Context="vocero-agent", Reason="3"),
        LegEnded(LEG, 19),
    ),
    "somebody else's originate": (
        message("OriginateResponse", ActionID="7", Response="Failure", Context="vocero-customer"),
        None,
    ),
    "our id in another context": (
        message("OriginateResponse", ActionID=LEG, Response="Failure", Context="default"),
        None,
    ),
    "the customer's channel is gone": (
        message("Hangup", Channel=NEAR, Uniqueid=ATTEMPT, Cause="17"),
        CallEnded(ATTEMPT, 17),
    ),
    "gone without a cause": (message("Hangup", Channel=NEAR, Uniqueid=ATTEMPT), CallEnded(ATTEMPT, 0)),
    "the agent's leg is gone": (message("Hangup", Channel=PHONE, Uniqueid=LEG, Cause="16"), LegEnded(LEG, 16)),
    "the far half is gone": (message("Hangup", Channel=FAR, Uniqueid=f"{ATTEMPT}-out", Cause="16"), None),
    "a key from the person": (
        message("DTMFEnd", Channel=NEAR, Uniqueid=ATTEMPT, Digit="9", Direction="Received"),
        KeyPressed(ATTEMPT, "9"),
    ),
    "the same key as the agent hears it": (
        message("DTMFEnd", Channel=PHONE, Uniqueid=LEG, Digit="9", Direction="Sent"),
        None,
    ),
    "a softphone registered": (
        message("ContactStatus", URI="sip:x@127.0.0.1:5", ContactStatus="NonQualified", AOR="ana-maria"),
        PhoneReachable(AgentId("ana-maria"), True),
    ),
    "it answers OPTIONS": (
        message("ContactStatus", URI="sip:x@127.0.0.1:5", ContactStatus="Reachable", AOR="ana"),
        PhoneReachable(AgentId("ana"), True),
    ),
    "it answers no more": (
        message("ContactStatus", URI="sip:x@127.0.0.1:5", ContactStatus="Unreachable", AOR="ana"),
        PhoneReachable(AgentId("ana"), False),
    ),
    "a registration is gone": (
        message("ContactStatus", URI="sip:x@127.0.0.1:5", ContactStatus="Removed", AOR="ana"),
        PhoneReachable(AgentId("ana"), False),
    ),
    "an address of which nothing is known yet": (
        message("ContactStatus", URI="sip:x@127.0.0.1:5", ContactStatus="Unknown", AOR="ana"),
        None,
    ),
    "an account that no agent can have": (
        message("ContactStatus", URI="sip:x@127.0.0.1:5", ContactStatus="Reachable", AOR="Sales Team"),
        None,
    ),
    "Asterisk stops": (message("Shutdown"), LinkDoubtful("Asterisk says that it is stopping")),
    "an event we do not use": (message("VarSet", Channel=NEAR, Uniqueid=ATTEMPT), None),
    "an answer": (Message((("Response", "Success"), ("ActionID", ATTEMPT))), None),
    "an empty message": (Message(()), None),
}


@pytest.mark.parametrize("case", CASES)
def test_a_message_says(case: str) -> None:
    said, meant = CASES[case]
    assert Translator().translate(said) == meant


def test_every_event_that_is_let_through_has_a_case() -> None:
    shown = {said.event for said, _ in CASES.values()}
    assert shown >= EVENTS_USED - {"FullyBooted"}
    assert {said.get("UserEvent") for said, _ in CASES.values()} >= USER_EVENTS_USED


known = st.sampled_from(
    [
        *EVENTS_USED,
        *USER_EVENTS_USED,
        "Event",
        "Channel",
        "ChannelState",
        "Uniqueid",
        "DestUniqueid",
        "DestChannel",
        "DialStatus",
        "UserEvent",
        "Attempt",
        "Cause",
        "Sip",
        "Verdict",
        "Direction",
        "Digit",
        "AOR",
        "URI",
        "ContactStatus",
        "Response",
        "Context",
        "Reason",
        "ActionID",
        "Key",
        "Removed",
        "Reachable",
        "ana",
        "Duration",
        "Uptime",
        "CoreStartupDate",
        "CoreStartupTime",
        ATTEMPT,
        NEAR,
        PHONE,
        "Failure",
        "vocero-agent",
        "vocero-customer",
        "RINGING",
        "6",
        "Received",
        "9999-99-99",
        "0001-01-01",
        "25:00:00",
        "٣",
        "-1",
        "9" * 5000,
    ]
)
words = known | st.text(max_size=20)
messages = st.builds(
    lambda event, rest: Message((("Event", event), *rest)), words, st.lists(st.tuples(words, words), max_size=8)
)


@given(messages)
def test_no_message_whatever_it_holds_makes_it_raise(said: Message) -> None:
    translator = Translator()
    translator.translate(said)
    translator.translate(said)
    channels_seen([said])
    registered_agents([said])
    missing_actions(said)
    asterisk_started_at(said, said, datetime(2026, 11, 22, tzinfo=UTC))


def channel(uniqueid: str, name: str, **headers: str) -> Message:
    return message("CoreShowChannel", Uniqueid=uniqueid, Channel=name, **headers)


def test_only_our_channels_are_seen_with_what_the_engine_asks_about_them() -> None:
    items = [
        channel("1795319829.113", "PJSIP/claro-00000008", ChannelState="6"),
        channel(f"{ATTEMPT}-out", FAR, ChannelState="6"),
        channel(new_trial_id(), NEAR, ChannelState="6"),
        channel(ATTEMPT, NEAR, ChannelState="5", Exten="live", BridgeId="", Duration="01:02:03"),
        channel(LEG, "PJSIP/ana-maria-0000000a", ChannelState="6", Exten=ATTEMPT, BridgeId="b-1", Duration="x"),
    ]
    assert channels_seen(items) == (
        ChannelSeen(
            channel_id=ATTEMPT,
            name=NEAR,
            up=False,
            ringing=True,
            bridge_id="",
            exten="live",
            agent_id=None,
            age_seconds=3723.0,
        ),
        ChannelSeen(
            channel_id=LEG,
            name="PJSIP/ana-maria-0000000a",
            up=True,
            ringing=False,
            bridge_id="b-1",
            exten=ATTEMPT,
            agent_id=AgentId("ana-maria"),
            age_seconds=0.0,
        ),
    )


def contact_status(status: str, address: str) -> Message:
    return message("ContactStatus", URI=address, ContactStatus=status, AOR="ana")


def test_a_softphone_that_comes_back_from_another_port_stays_reachable() -> None:
    """The order in which Asterisk 22.10 tells it: the new address, then the end of the old one."""
    translator = Translator()
    told = [("NonQualified", "old"), ("NonQualified", "new"), ("Removed", "old"), ("Unreachable", "old")]
    said = [translator.translate(contact_status(status, address)) for status, address in told]
    here = PhoneReachable(AgentId("ana"), True)
    assert said == [here, here, None, None]
    assert translator.translate(contact_status("Removed", "new")) == PhoneReachable(AgentId("ana"), False)


def test_the_accounts_with_an_address_are_read_from_asterisks_database() -> None:
    keys = (
        "/registrar/contact/eva;@4c8c0c27b9a197cce2ce577ce8b8a060",
        "/registrar/contact/ana-maria;@73926d01271004e9c7fd9c1aa166d72f",
        "/registrar/contact/ana-maria;@0000",
        "/registrar/contact/Sales Team;@0000",
        "/registrar/contact/",
        "/vocero/claro",
    )
    items = [message("DBGetTreeResponse", Key=key, Val="{}") for key in keys]
    assert registered_agents(items) == ("ana-maria", "eva")


def test_a_softphone_is_reachable_while_asterisk_has_an_address_to_call() -> None:
    assert is_reachable(Message((("Response", "Success"), ("Value", "PJSIP/ana/sip:ana@127.0.0.1:12100"))))
    assert not is_reachable(Message((("Response", "Success"), ("Value", ""))))


NOW = datetime(2026, 11, 22, 12, 0, 0, 400_000, tzinfo=UTC)


@pytest.mark.parametrize("zone_minutes", [0, -300, 330, 345, 840, -720])
@pytest.mark.parametrize("skew_seconds", [0, 400, -400])
@pytest.mark.parametrize("uptime", [0, 24, 400_000])
def test_the_start_is_exact_in_any_time_zone_and_with_a_clock_that_is_minutes_off(
    zone_minutes: int, skew_seconds: int, uptime: int
) -> None:
    start = NOW.replace(microsecond=0) - timedelta(seconds=uptime)
    local = start + timedelta(minutes=zone_minutes)
    status = Message((("CoreStartupDate", f"{local:%Y-%m-%d}"), ("CoreStartupTime", f"{local:%H:%M:%S}")))
    booted = message("FullyBooted", Uptime=str(uptime))
    assert asterisk_started_at(status, booted, NOW + timedelta(seconds=skew_seconds)) == start


@pytest.mark.parametrize("date", ["", "2026-13-01", "yesterday"])
def test_without_a_start_time_the_uptime_decides(date: str) -> None:
    status = Message((("CoreStartupDate", date), ("CoreStartupTime", "03:55:08")))
    assert asterisk_started_at(status, message("FullyBooted", Uptime="60"), NOW) == NOW - timedelta(seconds=60)


def test_the_rights_that_a_manager_user_lacks_are_named() -> None:
    allowed = ("CoreSettings", "CoreShowChannels", "CoreStatus", "Getvar", "Hangup", "Originate", "Ping")
    assert missing_actions(Message(tuple((name, "…") for name in allowed))) == ("DBGetTree", "Redirect", "ShowDialPlan")


def test_callers_are_seen_by_the_context_they_are_in_with_the_queue_they_wait_in() -> None:
    there = {"CallerIDNum": "3001234567", "AccountCode": "soporte", "Exten": "wait", "Duration": "00:01:05"}
    others = message("CoreShowChannel", Channel=CALLER_CHANNEL, Uniqueid="1764000001.43", Context="vocero-in")
    assert callers_seen([of_caller("CoreShowChannel", BridgeId="", **there), others]) == (
        CallerSeen(
            caller_id=CALLER,
            queue=QueueId("soporte"),
            number="3001234567",
            bridge_id="",
            exten="wait",
            age_seconds=65.0,
        ),
    )


@pytest.mark.parametrize(
    ("account", "terms", "stay"),
    [
        ("soporte:00:00:1", Terms(), ""),
        ("soporte:090:01:3", Terms(most_wait_seconds=90.0, offers_call_back=True), ".3"),
        ("soporte", None, ""),
    ],
)
def test_callers_are_seen_with_the_terms_on_which_the_ivr_sent_them(
    account: str, terms: Terms | None, stay: str
) -> None:
    (seen,) = callers_seen([of_caller("CoreShowChannel", AccountCode=account)])
    assert (seen.caller_id, seen.queue, seen.terms) == (CALLER + stay, "soporte", terms)


@pytest.mark.parametrize("account", ["soporte:1", "soporte:x:01:1", "soporte:0120:01:2;x", ":" * 80])
def test_an_account_code_that_the_dialplan_did_not_write_names_no_queue(account: str) -> None:
    (seen,) = callers_seen([of_caller("CoreShowChannel", AccountCode=account)])
    assert (seen.caller_id, seen.queue, seen.terms) == (CALLER, "", None)
