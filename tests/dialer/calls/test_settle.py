"""Settlement: each of the cases in its docstring."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cti_api.model.calls import Attempt, AttemptState, CallResult, DialDecision
from cti_api.model.ids import AgentId, AttemptId, CampaignId, LeadId, TrunkId
from cti_api.model.phone import PhoneNumber
from dialer.calls.journal import FAR_HALF, SAID_BY_FAR_HALF, read_traces
from dialer.calls.machine import cancel, step
from dialer.calls.settle import GRACE, Adopt, CloseAs, LookAgain, call_of
from dialer.calls.settle import settle as settle_with
from dialer.live import CallReached
from dialer.telephony import (
    CallAnswered,
    CallDialed,
    CallHoldExpired,
    CallJoined,
    CallLive,
    CallOptedOut,
    CallOrphaned,
    CallRinging,
)
from dialer.truth import ChannelSeen, Truth

T0 = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
ID = AttemptId("0123456789abcdef0123456789abcdef")


def an_attempt(state: AttemptState = AttemptState.ORIGINATING, **facts) -> Attempt:
    return Attempt(
        id=ID,
        campaign_id=CampaignId("c"),
        lead_id=LeadId(1),
        number=PhoneNumber("+573001234567"),
        trunk=TrunkId("t"),
        state=state,
        decision=DialDecision(allowed=True, rule="all", reason="", at=T0),
        created_at=T0,
        **facts,
    )


def the_truth(*channels: ChannelSeen, started: datetime = T0 - timedelta(hours=1)) -> Truth:
    return Truth(asterisk_started_at=started, channels=channels, reachable_agents=frozenset())


def a_channel(channel_id: str = ID, **facts) -> ChannelSeen:
    defaults = {
        "name": "Local/x",
        "up": True,
        "ringing": False,
        "bridge_id": "",
        "exten": "live",
        "agent_id": None,
        "age_seconds": 3.0,
    }
    return ChannelSeen(channel_id=channel_id, **{**defaults, **facts})


def journal(*rows: tuple[str, float, str]) -> dict:
    """Rows as Asterisk writes them: what dialled speaks of itself as the far half."""
    lines = []
    for event, after, extra in rows:
        channel_id = ID + (FAR_HALF if event in SAID_BY_FAR_HALF else "")
        lines.append(f'"{event}","{T0.timestamp() + after}","{channel_id}","{ID}","Local/x","{extra}"')
    return read_traces(lines)


def settle(attempts, truth, traces, now, watched=None, missed=T0, whole=True):
    """As a sweep does that has found every channel missing since `missed`."""
    return settle_with(attempts, truth, traces, now, {a.id: missed for a in attempts}, watched or {}, whole=whole)


def one(verdicts):
    (verdict,) = verdicts
    return verdict


HANGUP = '{""hangupcause"":%d,""hangupsource"":""""}'


def test_a_living_call_is_adopted_with_its_agent():
    truth = the_truth(a_channel(bridge_id="b1"), a_channel("f" * 32, bridge_id="b1", agent_id=AgentId("ana"), exten=ID))
    verdict = one(settle([an_attempt()], truth, {}, T0 + timedelta(seconds=9)))
    assert isinstance(verdict, Adopt)
    assert verdict.agent_id == "ana"
    assert verdict.events == (CallJoined(ID),)


def test_a_living_person_without_agent_is_waiting():
    traces = journal(("CHAN_START", 0, ""), ("ANSWER", 5, ""), ("VOCERO_LIVE", 5, ""))
    verdict = one(settle([an_attempt()], the_truth(a_channel()), traces, T0 + timedelta(seconds=6)))
    assert isinstance(verdict, Adopt)
    assert verdict.events == (CallLive(ID),)


@pytest.mark.parametrize(
    ("channel", "events"),
    [
        ({"up": False, "ringing": True}, (CallRinging(ID),)),
        ({"up": False}, ()),
        ({"exten": "amd"}, (CallAnswered(ID),)),
        ({"exten": "led"}, (CallLive(ID),)),
        ({"exten": "led", "led": True}, (CallJoined(ID),)),
        ({"exten": "cut-short", "led": True}, (CallJoined(ID),)),
        ({"exten": "abandoned"}, (CallHoldExpired(ID),)),
        ({"exten": "opted-out"}, (CallOptedOut(ID),)),
        ({"exten": "orphaned"}, (CallOrphaned(ID), CallLive(ID))),
        ({"exten": "passed"}, (CallOrphaned(ID), CallLive(ID))),
        ({"exten": "unreached"}, (CallOrphaned(ID), CallLive(ID))),
        ({"exten": "s", "bridge_id": "b1", "handed_on": True}, (CallReached(ID),)),
        ({"exten": "heldfor0123"}, (CallOrphaned(ID), CallLive(ID))),
    ],
)
def test_where_a_channel_stands_says_what_happened_to_it(channel, events):
    verdict = one(settle([an_attempt()], the_truth(a_channel(**channel)), {}, T0 + timedelta(seconds=6)))
    assert verdict.events == events


def test_whom_an_agent_left_to_speak_with_a_colleague_is_still_theirs():
    leg = a_channel(channel_id="ab" * 16, exten="speaksto0123", bridge_id="b1", agent_id=AgentId("ana"))
    truth = the_truth(a_channel(exten=f"heldfor{leg.channel_id}"), leg)
    verdict = one(settle([an_attempt()], truth, {}, T0 + timedelta(seconds=6)))
    assert (verdict.events, verdict.agent_id) == ((CallJoined(ID),), "ana")


def test_an_answer_that_newer_events_overtook_moves_nothing_back():
    joined, _ = step(call_of(an_attempt()), CallJoined(ID), T0)
    verdict = one(settle([an_attempt()], the_truth(a_channel()), {}, T0 + timedelta(seconds=6)))
    for event in verdict.events:
        joined, effects = step(joined, event, T0)
        assert effects == ()
    assert joined.state is AttemptState.CONNECTED


def test_the_journal_tells_how_it_ended():
    traces = journal(("CHAN_START", 0, ""), ("HANGUP", 2, HANGUP % 17))
    verdict = one(settle([an_attempt()], the_truth(), traces, T0 + timedelta(seconds=9)))
    assert isinstance(verdict, CloseAs)
    assert verdict.result is CallResult.BUSY


def test_a_no_by_key_that_nobody_watched_is_in_the_journal():
    rows = [("VOCERO_LIVE", 5, ""), ("VOCERO_ABANDONED", 7, ""), ("VOCERO_OPT_OUT", 9, ""), ("HANGUP", 11, HANGUP % 16)]
    traces = journal(("CHAN_START", 0, ""), ("ANSWER", 5, ""), *rows)
    verdict = one(settle([an_attempt()], the_truth(), traces, T0 + timedelta(seconds=90)))
    assert (verdict.result, verdict.call.opted_out) == (CallResult.ABANDONED, True)
    living = one(settle([an_attempt()], the_truth(a_channel(exten="s")), traces, T0 + timedelta(seconds=10)))
    assert living.call.opted_out


def test_a_talk_in_the_journal_is_a_talk():
    traces = journal(("CHAN_START", 0, ""), ("ANSWER", 5, ""), ("BRIDGE_ENTER", 6, ""), ("HANGUP", 60, HANGUP % 16))
    verdict = one(settle([an_attempt()], the_truth(), traces, T0 + timedelta(seconds=90)))
    assert verdict.result is CallResult.CONNECTED
    assert verdict.call.ended_at == T0 + timedelta(seconds=60)


def test_a_talk_in_the_journal_is_as_long_as_they_were_joined():
    rows = [("BRIDGE_ENTER", 6, ""), ("BRIDGE_EXIT", 26, ""), ("BRIDGE_ENTER", 40, ""), ("HANGUP", 50, HANGUP % 16)]
    traces = journal(("CHAN_START", 0, ""), ("ANSWER", 5, ""), *rows)
    verdict = one(settle([an_attempt()], the_truth(), traces, T0 + timedelta(seconds=90)))
    assert verdict.call.talk_seconds(T0) == 30.0


def test_whom_the_ivr_led_was_reached_until_the_end_and_whom_it_did_not_was_abandoned():
    began = [("CHAN_START", 0, ""), ("ANSWER", 5, ""), ("VOCERO_LIVE", 5, "")]
    led = journal(*began, ("VOCERO_LED", 6, ""), ("VOCERO_FALLBACK", 30, ""), ("HANGUP", 36, HANGUP % 16))
    unmet = journal(*began, ("VOCERO_ABANDONED", 7, ""), ("HANGUP", 17, HANGUP % 16))
    reached, left = (
        one(settle([an_attempt()], the_truth(), each, T0 + timedelta(seconds=90))) for each in (led, unmet)
    )
    assert (reached.result, reached.call.talk_seconds(T0)) == (CallResult.CONNECTED, 30.0)
    assert left.result is CallResult.ABANDONED


def test_a_talk_after_which_a_survey_is_asked_or_a_queue_follows_ended_when_the_agent_ended_it():
    began = [("CHAN_START", 0, ""), ("ANSWER", 5, ""), ("VOCERO_LIVE", 5, ""), ("BRIDGE_ENTER", 6, "")]
    surveyed, handed_on = (
        [*began, ("BRIDGE_EXIT", 36, ""), (what, 36, "")] for what in ("VOCERO_SURVEYED", "VOCERO_HANDED")
    )
    for rows in (surveyed, [*surveyed, ("HANGUP", 99, HANGUP % 0)], handed_on):
        traces = journal(*rows)
        verdict = one(settle([an_attempt()], the_truth(), traces, T0 + timedelta(seconds=120)))
        assert (verdict.result, verdict.call.talk_seconds(T0)) == (CallResult.CONNECTED, 30.0)
        assert verdict.call.ended_at == T0 + timedelta(seconds=36)


def test_an_adopted_talk_goes_on_from_what_the_journal_knows():
    rows = [("BRIDGE_ENTER", 6, ""), ("BRIDGE_EXIT", 26, ""), ("BRIDGE_ENTER", 40, "")]
    traces = journal(("CHAN_START", 0, ""), ("ANSWER", 5, ""), *rows)
    truth = the_truth(a_channel(bridge_id="b2", exten=""))
    verdict = one(settle([an_attempt()], truth, traces, T0 + timedelta(seconds=45)))
    call, _ = step(verdict.call, verdict.events[0], T0 + timedelta(seconds=45))
    assert call.talk_seconds(T0 + timedelta(seconds=50)) == 30.0


def test_a_talk_in_the_journal_has_the_agent_who_was_in_its_last_bridge():
    leg, bridge = "f" * 32, '{""bridge_id"":""%s"",""bridge_technology"":""simple_bridge""}'
    rows = [
        ("CHAN_START", ID, "Local/573001234567@vocero-out-0001;1", ""),
        ("BRIDGE_ENTER", ID, "Local/573001234567@vocero-out-0001;1", bridge % "b1"),
        ("BRIDGE_ENTER", leg, "PJSIP/ana-00000001", bridge % "b1"),
        ("BRIDGE_ENTER", "1763823600.12", "PJSIP/operador-a-00000002", bridge % "b2"),
        ("BRIDGE_ENTER", "e" * 32, "PJSIP/luis-peña-00000003", bridge % "b2"),
        ("BRIDGE_ENTER", "d" * 32, "PJSIP/luis-00000003", bridge % "b2"),
        ("BRIDGE_ENTER", ID, "Local/573001234567@vocero-out-0001;1", bridge % "b2"),
        ("HANGUP", ID, "Local/573001234567@vocero-out-0001;1", HANGUP % 16),
    ]
    traces = read_traces(f'"{e}","{T0.timestamp()}","{i}","{ID}","{name}","{extra}"' for e, i, name, extra in rows)
    verdict = one(settle([an_attempt()], the_truth(), traces, T0 + timedelta(seconds=90)))
    assert (verdict.result, verdict.call.agent_id) == (CallResult.CONNECTED, "luis")


@pytest.mark.parametrize("why", ["channels", "number"])
def test_a_refusal_by_the_guard_is_in_the_journal_too(why):
    guard = f'{{""extra"":""why={why}""}}'
    traces = journal(("CHAN_START", 0, ""), ("VOCERO_GUARD", 0, guard), ("HANGUP", 0, HANGUP % 21))
    assert (
        one(settle([an_attempt()], the_truth(), traces, T0 + timedelta(seconds=90))).result is CallResult.NEVER_DIALED
    )


def test_what_is_known_of_a_watched_call_counts_with_what_the_journal_says():
    traces = journal(("CHAN_START", 0, ""), ("HANGUP", 9, HANGUP % 16))
    watched = {ID: cancel(call_of(an_attempt(AttemptState.RINGING)))}
    verdict = one(settle([an_attempt()], the_truth(), traces, T0 + timedelta(seconds=20), watched))
    assert verdict.result is CallResult.CANCELED_BY_DIALER


def test_the_grace_begins_when_asterisk_was_asked_not_when_the_intent_was_written():
    asked = replace(call_of(an_attempt()), placed_at=T0 + timedelta(seconds=4))
    verdict = one(settle([an_attempt()], the_truth(), {}, T0 + timedelta(seconds=5), {ID: asked}))
    assert verdict == LookAgain(an_attempt(), T0 + timedelta(seconds=6))


def test_an_unanswered_end_of_unknown_ringing_is_lost():
    traces = journal(("CHAN_START", 0, ""), ("HANGUP", 28, HANGUP % 19))
    assert one(settle([an_attempt()], the_truth(), traces, T0 + timedelta(seconds=90))).result is CallResult.LOST


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("cause=19 sip=180", CallResult.NO_ANSWER),
        ("cause=19 sip=", CallResult.NO_ANSWER),
        ("cause=18 sip=", CallResult.TRUNK_FAILED),
        ("cause=17 sip=486", CallResult.BUSY),
        ("cause=34 sip=503", CallResult.CONGESTION),
    ],
)
def test_the_dialplans_own_row_tells_silence_from_ringing_out(said, expected):
    dialed = f'{{""extra"":""{said}""}}'
    rows = [("CHAN_START", 0, ""), ("VOCERO_DIALED", 28, dialed), ("HANGUP", 28, HANGUP % 19)]
    verdict = one(settle([an_attempt()], the_truth(), journal(*rows), T0 + timedelta(seconds=90)))
    assert verdict.result is expected


def test_a_start_without_end_after_a_restart_of_asterisk_is_interrupted():
    traces = journal(("CHAN_START", 0, ""), ("ANSWER", 5, ""))
    truth = the_truth(started=T0 + timedelta(seconds=30))
    assert one(settle([an_attempt()], truth, traces, T0 + timedelta(seconds=40))).result is CallResult.INTERRUPTED


def test_a_restart_within_the_second_of_the_call_counts_as_one():
    """Asterisk tells the second of its start only."""
    traces = journal(("CHAN_START", 0.5, ""))
    attempt = replace(an_attempt(), created_at=T0 + timedelta(seconds=0.5))
    verdict = one(settle([attempt], the_truth(started=T0), traces, T0 + timedelta(seconds=3)))
    assert verdict.result is CallResult.INTERRUPTED


def test_a_channel_that_asterisk_ended_in_its_own_shutdown_is_interrupted():
    traces = journal(("CHAN_START", 0, ""), ("HANGUP", 5, HANGUP % 0))
    truth = the_truth(started=T0 + timedelta(seconds=30))
    assert one(settle([an_attempt()], truth, traces, T0 + timedelta(seconds=40))).result is CallResult.INTERRUPTED


def test_nothing_anywhere_waits_for_the_grace_then_was_never_dialed():
    early = one(settle([an_attempt()], the_truth(), {}, T0 + timedelta(seconds=1)))
    assert isinstance(early, LookAgain)
    late = one(settle([an_attempt()], the_truth(), {}, early.at))
    assert late.result is CallResult.NEVER_DIALED


ENDLESS = [("CHAN_START", 0, ""), ("ANSWER", 5, ""), ("BRIDGE_ENTER", 6, "")]


@pytest.mark.parametrize("rows", [ENDLESS, []])
def test_the_grace_of_a_call_that_is_missed_for_the_first_time_begins_now_however_old_it_is(rows):
    now = T0 + timedelta(seconds=90)
    (verdict,) = settle_with([an_attempt()], the_truth(), journal(*rows), now, {})
    assert verdict == LookAgain(an_attempt(), now + GRACE)


def test_a_row_that_comes_late_is_waited_for_and_then_the_end_is_lost():
    missed = T0 + timedelta(seconds=90)
    early = one(settle([an_attempt()], the_truth(), journal(*ENDLESS), missed + timedelta(seconds=1), missed=missed))
    assert early == LookAgain(an_attempt(), missed + GRACE)
    rows = [*ENDLESS, ("HANGUP", 90, HANGUP % 16)]
    assert one(settle([an_attempt()], the_truth(), journal(*rows), early.at, missed=missed)).result is (
        CallResult.CONNECTED
    )
    assert (
        one(settle([an_attempt()], the_truth(), journal(*ENDLESS), early.at, missed=missed)).result is CallResult.LOST
    )


@pytest.mark.parametrize(
    "known", [{"rang": True}, {"dialed": CallDialed(ID, 17, 486)}, {"answered_at": T0 + timedelta(seconds=1)}]
)
def test_a_call_that_the_journal_does_not_know_and_we_do_is_never_called_never_dialed(known):
    watched = {ID: replace(call_of(an_attempt()), **known)}
    verdict = one(settle([an_attempt()], the_truth(), {}, T0 + timedelta(seconds=9), watched))
    assert verdict.result is CallResult.INTERRUPTED


def test_an_attempt_known_to_have_rung_is_never_called_never_dialed():
    attempt = an_attempt(AttemptState.RINGING, ringing_at=T0 + timedelta(seconds=1))
    assert one(settle([attempt], the_truth(), {}, T0 + timedelta(seconds=9))).result is CallResult.INTERRUPTED


def test_without_a_journal_nothing_is_provable():
    verdict = one(settle([an_attempt()], the_truth(), {}, T0 + timedelta(seconds=9), whole=False))
    assert verdict.result is CallResult.INTERRUPTED


def test_what_a_journal_that_begins_late_says_of_a_call_holds():
    traces = journal(("CHAN_START", 0, ""), ("HANGUP", 2, HANGUP % 17))
    verdict = one(settle([an_attempt()], the_truth(), traces, T0 + timedelta(seconds=9), whole=False))
    assert verdict.result is CallResult.BUSY


def test_an_attempt_known_to_be_answered_is_never_called_never_dialed():
    attempt = an_attempt(AttemptState.ANSWERED, answered_at=T0 + timedelta(seconds=1))
    assert one(settle([attempt], the_truth(), {}, T0 + timedelta(seconds=9))).result is CallResult.INTERRUPTED


def test_attempts_in_wrap_up_are_left_alone():
    assert settle([an_attempt(AttemptState.WRAP_UP)], the_truth(), {}, T0) == []


def test_torn_and_foreign_lines_of_the_journal_are_passed_over():
    lines = ["", "garbage", '"CHAN_START","x","a"', '"CHAN_START","not-a-time","a","a","c",""', '"HANGUP","1.0","b"']
    assert read_traces(lines) == {}


def test_the_journal_tells_a_callers_stays_in_the_queues_apart() -> None:
    """Talked in a transfer, then in a queue; back in the IVR; a second queue without an agent; then they hung up."""
    caller, at = "1764000000.42", T0.timestamp()
    rows = [
        ("CHAN_START", {}),
        ("BRIDGE_ENTER", {"bridge_id": "transfer"}),
        ("VOCERO_QUEUED", {"extra": "queue=soporte:0120:01:1"}),
        ("BRIDGE_ENTER", {"bridge_id": "talk"}),
        ("VOCERO_RETURNED", {"extra": "why=done"}),
        ("BRIDGE_ENTER", {"bridge_id": "transfer"}),
        ("VOCERO_QUEUED", {"extra": "queue=ventas:00:00:2"}),
        ("HANGUP", {"hangupcause": 16}),
    ]
    lines = [
        ",".join(f'"{field}"' for field in (kind, at + n, caller, caller, "PJSIP/claro-0", json_in_csv(extra)))
        for n, (kind, extra) in enumerate(rows)
    ]
    traces = read_traces(lines)
    first, second = traces[caller], traces[f"{caller}.2"]
    assert (first.started_at, first.joined_at, first.ended_at) == (after(2), after(3), after(4))
    assert (first.bridge_id, first.returned) == ("talk", True)
    assert (second.started_at, second.joined_at, second.ended_at) == (after(6), None, after(7))
    assert not second.returned


def after(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def json_in_csv(extra: dict[str, object]) -> str:
    return json.dumps(extra).replace('"', '""') if extra else ""
