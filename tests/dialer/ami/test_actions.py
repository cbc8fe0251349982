"""What we ask of Asterisk."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_api.errors import InputError
from cti_api.live_ports import Supervision
from cti_api.model.ids import AgentId, AttemptId, InboundId, LegId, QueueId, TrunkId
from cti_api.model.phone import PhoneNumber
from cti_api.model.queues import CallBackOffer
from dialer.ami import actions
from dialer.ami.actions import to_action
from dialer.ami.wire import encode
from dialer.live import (
    CallColleague,
    EndTalk,
    FetchColleague,
    GoBack,
    HandOn,
    KeepPerson,
    SpeakWith,
    Spied,
    Supervise,
    SuperviseAs,
)
from dialer.telephony import CallAgent, DismissCaller, HangUp, JoinCall, JoinCaller, PlaceCall, Request, TellCaller

ATTEMPT = AttemptId("0123456789abcdef0123456789abcdef")
LEG = LegId("fedcba9876543210fedcba9876543210")
OTHER = LegId("00000000000000000000000000000001")

CALL = PlaceCall(
    attempt_id=ATTEMPT,
    number=PhoneNumber("+573001234567"),
    trunk=TrunkId("claro"),
    caller_id=PhoneNumber("+576015550100"),
    ring_seconds=27.2,
    campaign="mantenimiento",
    hold_seconds=2.0,
    amd=False,
    machine_action="hang_up",
    record=True,
)
AGENT = CallAgent(leg_id=LEG, agent_id=AgentId("ana"), nailed_up=True, attempt_id=None, ring_seconds=20.0)


def test_a_call_is_placed_through_the_guarded_half_with_our_ids_and_nothing_of_the_person() -> None:
    action = to_action(CALL)
    assert action.lines(action.action_id) == (
        ("Action", "Originate"),
        ("ActionID", ATTEMPT),
        ("Channel", "Local/573001234567@vocero-out/n"),
        ("Context", "vocero-customer"),
        ("Exten", "live"),
        ("Priority", "1"),
        ("Timeout", "33000"),
        ("Async", "true"),
        ("Codecs", "alaw,ulaw"),
        ("ChannelId", ATTEMPT),
        ("OtherChannelId", f"{ATTEMPT}-out"),
        ("Variable", f"__VOCERO_ATTEMPT={ATTEMPT}"),
        ("Variable", "__VOCERO_TRUNK=claro"),
        ("Variable", "__VOCERO_CALLER_ID=576015550100"),
        ("Variable", "__VOCERO_RING=28"),
        ("Variable", "__VOCERO_CAMPAIGN=mantenimiento"),
        ("Variable", "__VOCERO_HOLD=2.000"),
        ("Variable", "__VOCERO_MACHINE=hang_up"),
        ("Variable", "__VOCERO_RECORD=1"),
    )


def test_with_amd_the_call_goes_to_the_screening_extension() -> None:
    assert ("Exten", "amd") in to_action(replace(CALL, amd=True)).headers


def test_without_agents_the_dialplan_is_told_that_whoever_answers_meets_the_ivr() -> None:
    more = set(to_action(replace(CALL, led=True)).headers) - set(to_action(CALL).headers)
    assert more == {("Variable", "__VOCERO_MEETS=ivr")}


def test_where_a_survey_follows_the_talk_the_dialplan_is_told_and_the_agents_side_ends_it() -> None:
    more = set(to_action(replace(CALL, survey_after=True)).headers) - set(to_action(CALL).headers)
    assert more == {("Variable", "__VOCERO_AFTER=survey")}
    headers = dict(to_action(EndTalk(leg_id=LEG, called=True)).headers)
    assert (headers["Channel"], headers["Context"], headers["Exten"]) == (LEG, "vocero-agent", "over")


def test_a_nailed_up_agent_waits() -> None:
    action = to_action(AGENT)
    assert action.action_id == LEG
    assert action.headers == (
        ("Channel", "PJSIP/ana"),
        ("Context", "vocero-agent"),
        ("Exten", "wait"),
        ("Priority", "1"),
        ("Timeout", "20000"),
        ("Async", "true"),
        ("ChannelId", LEG),
        ("CallerID", "Vocero"),
        ("Variable", "__VOCERO_NAILED=1"),
    )


def test_a_softphone_shows_the_campaigns_slug_and_nothing_that_people_wrote() -> None:
    rung = replace(AGENT, nailed_up=False, attempt_id=ATTEMPT, campaign="mantenimiento")
    assert ("CallerID", "mantenimiento") in to_action(rung).headers
    for text in ("Mantenimiento, noviembre", 'x" <911666>', "573001234567"):
        with pytest.raises(InputError):
            to_action(replace(rung, campaign=text))


def test_an_agent_rung_for_one_call_goes_straight_to_it() -> None:
    headers = to_action(replace(AGENT, nailed_up=False, attempt_id=ATTEMPT)).headers
    assert ("Exten", ATTEMPT) in headers
    assert ("Variable", "__VOCERO_NAILED=0") in headers


def test_a_join_sends_the_leg_to_the_extension_of_the_attempt() -> None:
    action = to_action(JoinCall(leg_id=LEG, attempt_id=ATTEMPT))
    assert action.name == "Redirect"
    assert action.headers == (
        ("Channel", LEG),
        ("Context", "vocero-agent"),
        ("Exten", ATTEMPT),
        ("Priority", "1"),
    )


CALLER = InboundId("1764000000.42")


@pytest.mark.parametrize(
    ("asked", "channel", "context", "exten"),
    [
        (JoinCaller(leg_id=LEG, caller_id=CALLER), LEG, "vocero-answer", CALLER),
        (TellCaller(caller_id=CALLER, position=3, minutes=5), CALLER, "vocero-queue", "tell03050"),
        (TellCaller(caller_id=CALLER, position=None, minutes=None), CALLER, "vocero-queue", "tell00000"),
        (
            TellCaller(caller_id=CALLER, position=10, minutes=None, offer=CallBackOffer.KEEPS_THE_PLACE),
            CALLER,
            "vocero-queue",
            "tell10001",
        ),
        (DismissCaller(caller_id=CALLER), CALLER, "vocero-queue", "sorry"),
        (DismissCaller(caller_id=InboundId(f"{CALLER}.2"), nobody=True), CALLER, "vocero-queue", "nobody"),
        (JoinCaller(leg_id=LEG, caller_id=InboundId(f"{CALLER}.2")), LEG, "vocero-answer", f"{CALLER}.2"),
        (JoinCaller(leg_id=LEG, caller_id=CALLER, record=True), LEG, "vocero-answer", f"r{CALLER}"),
        (EndTalk(leg_id=LEG), LEG, "vocero-answer", "over"),
        (HandOn(leg_id=LEG, called=False), LEG, "vocero-answer", "passed"),
        (HandOn(leg_id=LEG, called=False, to="2134"), LEG, "vocero-answer", "broughtto2134"),
        (HandOn(leg_id=LEG, called=True), LEG, "vocero-agent", "passed"),
        (HandOn(leg_id=LEG, called=True, to="linea-2"), LEG, "vocero-agent", "broughttolinea-2"),
        (HandOn(leg_id=LEG, called=True, queue=QueueId("soporte")), LEG, "vocero-agent", "queuedtosoporte"),
        (HandOn(leg_id=LEG, called=True, colleague=OTHER), LEG, "vocero-agent", f"passesto{OTHER}"),
        (HandOn(leg_id=LEG, called=False, colleague=OTHER), LEG, "vocero-answer", f"passesto{OTHER}"),
        (KeepPerson(leg_id=LEG, called=True), LEG, "vocero-agent", "consult"),
        (KeepPerson(leg_id=LEG, called=False), LEG, "vocero-answer", "consult"),
        (FetchColleague(leg_id=OTHER), OTHER, "vocero-consult", "waits"),
        (SpeakWith(leg_id=LEG, colleague=OTHER), LEG, "vocero-consult", f"speaksto{OTHER}"),
        (GoBack(leg_id=LEG, called=True), LEG, "vocero-agent", "back"),
        (GoBack(leg_id=LEG, called=False, gone=True), LEG, "vocero-answer", "free"),
    ],
)
def test_what_is_done_with_a_caller_is_a_redirect(asked: Request, channel: str, context: str, exten: str) -> None:
    action = to_action(asked)
    where = (("Channel", channel), ("Context", context), ("Exten", exten), ("Priority", "1"))
    assert (action.name, action.headers, action.repeatable) == ("Redirect", where, False)


def test_a_rung_agent_is_called_to_a_caller() -> None:
    action = to_action(replace(AGENT, attempt_id=None, caller_id=CALLER, campaign="soporte"))
    assert {("Context", "vocero-answer"), ("Exten", CALLER), ("CallerID", "soporte")} <= set(action.headers)


@pytest.mark.parametrize("text", ["", "1764000000", "/.*/", "1764000000.42,1", "1764000000.\n42", ATTEMPT])
def test_only_the_id_of_a_caller_s_channel_is_sent_for_one(text: str) -> None:
    for asked in (DismissCaller(caller_id=InboundId(text)), JoinCaller(leg_id=LEG, caller_id=InboundId(text))):
        with pytest.raises(InputError):
            to_action(asked)


@pytest.mark.parametrize("number", [-1, 0, 100])
def test_only_one_to_ninety_nine_is_told(number: int) -> None:
    with pytest.raises(InputError):
        to_action(TellCaller(caller_id=CALLER, position=number, minutes=None))


def test_a_hangup_names_the_channel_by_its_id_and_carries_the_cause() -> None:
    action = to_action(HangUp(channel_id=ATTEMPT, cause=21))
    assert (action.name, action.headers) == ("Hangup", (("Channel", ATTEMPT), ("Cause", "21")))


@pytest.mark.parametrize(
    "request_",
    [CALL, AGENT, JoinCall(leg_id=LEG, attempt_id=ATTEMPT), HangUp(channel_id=ATTEMPT)],
    ids=lambda request: type(request).__name__,
)
def test_nothing_that_touches_a_call_may_be_repeated(request_: PlaceCall | CallAgent | JoinCall | HangUp) -> None:
    assert not to_action(request_).repeatable


@pytest.mark.parametrize(
    "ask",
    [
        actions.ping,
        actions.logoff,
        actions.list_commands,
        actions.core_settings,
        actions.core_status,
        actions.core_show_channels,
        actions.registered_contacts,
        lambda: actions.dial_contacts(AgentId("ana-maria")),
    ],
)
def test_questions_may_be_repeated_and_leave_their_id_to_the_session(ask: Callable[[], actions.Action]) -> None:
    action = ask()
    assert action.repeatable
    assert action.action_id == ""
    assert encode(action.lines("1"))


def test_neither_the_secret_nor_a_number_is_in_what_an_action_shows_of_itself() -> None:
    assert "s3cret" not in repr(actions.login("vocero", "s3cret"))
    assert "3001234567" not in repr(to_action(CALL))


HOSTILE = ["", "/.*/", "ALL", "x\r\nAction: Logoff", ATTEMPT + ",x", ATTEMPT.upper(), "${SHELL(x)}", "ana&PJSIP/eva"]


@pytest.mark.parametrize("text", HOSTILE)
def test_an_id_or_name_not_of_our_form_is_refused(text: str) -> None:
    for request in (
        replace(CALL, attempt_id=AttemptId(text)),
        replace(CALL, trunk=TrunkId(text)),
        replace(CALL, campaign=text),
        replace(AGENT, leg_id=LegId(text)),
        replace(AGENT, agent_id=AgentId(text)),
        replace(AGENT, attempt_id=AttemptId(text)),
        JoinCall(leg_id=LegId(text), attempt_id=ATTEMPT),
        JoinCall(leg_id=LEG, attempt_id=AttemptId(text)),
        HangUp(channel_id=text),
    ):
        with pytest.raises(InputError):
            to_action(request)


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf")])
def test_a_ring_limit_that_is_no_length_of_time_is_refused(seconds: float) -> None:
    for request in (replace(CALL, ring_seconds=seconds), replace(AGENT, ring_seconds=seconds)):
        with pytest.raises(InputError, match="ring_seconds"):
            to_action(request)


@pytest.mark.parametrize("seconds", [-0.1, float("nan"), float("inf")])
def test_a_hold_limit_that_is_no_length_of_time_is_refused(seconds: float) -> None:
    with pytest.raises(InputError, match="hold_seconds"):
        to_action(replace(CALL, hold_seconds=seconds))


@given(machine=st.text(max_size=30), campaign=st.text(max_size=30), hold=st.floats(), ring=st.floats())
def test_whatever_the_settings_say_a_call_goes_out_as_one_action_of_nineteen_lines_or_not_at_all(
    machine: str, campaign: str, hold: float, ring: float
) -> None:
    call = replace(CALL, machine_action=machine, campaign=campaign, hold_seconds=hold, ring_seconds=ring)
    try:
        sent = encode(to_action(call).lines(ATTEMPT))
    except InputError:
        return
    assert sent.count(b"\n") == 19 + 1
    assert sent.count(b",") == 1  # of the codecs
    assert sent.count(b"$") == 0


@pytest.mark.parametrize("to", ["../x", "2134,1", "LINEA", "x" * 41, "a b"])
def test_nobody_is_handed_on_to_what_is_no_name_of_the_closed_list(to: str) -> None:
    with pytest.raises(InputError):
        to_action(HandOn(leg_id=LEG, called=True, to=to))
    with pytest.raises(InputError):
        to_action(CallColleague(leg_id=LEG, to=to, ring_seconds=20))


def test_a_colleague_outside_is_called_by_the_closed_list_and_waits_for_the_agent() -> None:
    action = to_action(CallColleague(leg_id=LEG, to="linea-2", ring_seconds=20))
    headers = dict(action.headers)
    assert (action.name, action.action_id, action.repeatable) == ("Originate", LEG, False)
    assert headers["Channel"] == "Local/colleaguelinea-2@vocero-colleague/n"
    assert (headers["Context"], headers["Exten"], headers["ChannelId"]) == ("vocero-consult", "waits", LEG)


def test_a_colleague_who_is_rung_waits_for_the_agent() -> None:
    call = CallAgent(leg_id=LEG, agent_id=AgentId("eva"), nailed_up=False, attempt_id=None, ring_seconds=10)
    headers = dict(to_action(replace(call, is_asked=True)).headers)
    assert (headers["Channel"], headers["Context"], headers["Exten"]) == ("PJSIP/eva", "vocero-consult", "waits")


@pytest.mark.parametrize(
    ("mode", "person", "exten"),
    [
        (Supervision.LISTEN, ATTEMPT, f"hearleg{LEG}"),
        (Supervision.WHISPER, ATTEMPT, f"whisperto{LEG}"),
        (Supervision.BARGE, ATTEMPT, f"bargeto{ATTEMPT}"),
        (Supervision.BARGE, InboundId(f"{CALLER}.2"), f"bargeto{CALLER}"),
    ],
)
def test_a_supervisor_hangs_on_the_agents_leg_and_where_they_join_in_on_the_person(
    mode: Supervision, person: AttemptId | InboundId, exten: str
) -> None:
    talk = Spied(mode=mode, agent_leg=LEG, person=person)
    rung = to_action(Supervise(leg_id=LEG, telephone=AgentId("sara"), talk=talk, ring_seconds=20))
    headers = {("Channel", "PJSIP/sara"), ("Context", "vocero-supervise"), ("Exten", exten), ("CallerID", "Vocero")}
    assert headers <= set(rung.headers)
    assert (rung.name, rung.action_id) == ("Originate", LEG)
    changed = to_action(SuperviseAs(leg_id=LEG, talk=talk))
    assert (changed.name, ("Exten", exten) in changed.headers) == ("Redirect", True)
