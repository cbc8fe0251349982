"""The outcome table, as measured on Asterisk 22."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cti_api.model.calls import AmdVerdict, CallResult
from cti_api.model.ids import AttemptId
from dialer.calls.machine import Call
from dialer.calls.outcome import TrunkSign, result_of, sign_of
from dialer.telephony import CallDialed

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
ID = AttemptId("0123456789abcdef0123456789abcdef")


def ended(seconds: float = 1.0, *, cause: int | None = None, sip: int | None = None, **facts) -> Call:
    dialed = CallDialed(ID, cause or 0, sip) if sip is not None else None
    call = Call(attempt_id=ID, placed_at=NOW, ended_at=NOW + timedelta(seconds=seconds), cause=cause, dialed=dialed)
    return replace(call, **facts)


@pytest.mark.parametrize(
    ("sip", "cause", "expected", "sign"),
    [
        (486, 17, CallResult.BUSY, TrunkSign.WORKS),
        (600, 17, CallResult.BUSY, TrunkSign.WORKS),
        (404, 1, CallResult.INVALID_NUMBER, TrunkSign.UNKNOWN_NUMBER),
        (410, 22, CallResult.INVALID_NUMBER, TrunkSign.UNKNOWN_NUMBER),
        (484, 28, CallResult.INVALID_NUMBER, TrunkSign.UNKNOWN_NUMBER),
        (604, 1, CallResult.INVALID_NUMBER, TrunkSign.UNKNOWN_NUMBER),
        (603, 21, CallResult.REJECTED, TrunkSign.WORKS),
        (607, 21, CallResult.REJECTED, TrunkSign.WORKS),
        (403, 21, CallResult.TRUNK_FAILED, TrunkSign.REFUSED),
        (401, 21, CallResult.TRUNK_FAILED, TrunkSign.LOCKED_OUT),
        (407, 21, CallResult.TRUNK_FAILED, TrunkSign.LOCKED_OUT),
        (400, 127, CallResult.TRUNK_FAILED, TrunkSign.REFUSED),
        (420, 127, CallResult.TRUNK_FAILED, TrunkSign.REFUSED),
        (501, 79, CallResult.TRUNK_FAILED, TrunkSign.REFUSED),
        (513, 127, CallResult.TRUNK_FAILED, TrunkSign.REFUSED),
        (608, 127, CallResult.TRUNK_FAILED, TrunkSign.REFUSED),
        (488, 58, CallResult.CODEC, TrunkSign.REFUSED),
        (415, 58, CallResult.CODEC, TrunkSign.REFUSED),
        (500, 38, CallResult.CONGESTION, TrunkSign.CONGESTED),
        (502, 27, CallResult.CONGESTION, TrunkSign.CONGESTED),
        (503, 34, CallResult.CONGESTION, TrunkSign.CONGESTED),
        (402, 127, CallResult.CONGESTION, TrunkSign.CONGESTED),
        (429, 127, CallResult.CONGESTION, TrunkSign.CONGESTED),
        (480, 19, CallResult.UNAVAILABLE, TrunkSign.WORKS),
        (487, 127, CallResult.UNAVAILABLE, TrunkSign.WORKS),
        (408, 18, CallResult.UNAVAILABLE, TrunkSign.WORKS),
    ],
)
def test_each_sip_code_without_ringing(sip, cause, expected, sign):
    call = ended(cause=cause, sip=sip)
    assert result_of(call) is expected
    assert sign_of(call, expected) is sign


@pytest.mark.parametrize("facts", [{}, {"rang": True}, {"answered_at": NOW, "live_at": NOW}, {"connected_at": NOW}])
def test_an_end_without_cause_and_without_the_trunks_word_is_asterisks_own(facts):
    call = ended(cause=0, **facts)
    assert result_of(call) is CallResult.INTERRUPTED
    assert sign_of(call, CallResult.INTERRUPTED) is not TrunkSign.SILENT


def test_ringing_out_is_no_answer_and_silence_is_the_trunk():
    assert result_of(ended(28, cause=19, rang=True)) is CallResult.NO_ANSWER
    assert result_of(ended(28, cause=19)) is CallResult.TRUNK_FAILED


@pytest.mark.parametrize("sip", [480, 487, 408])
@pytest.mark.parametrize("seconds", [0.2, 4.0, 10.0, 33.0])
def test_a_network_that_looked_for_the_telephone_before_it_says_so_is_no_silent_trunk(sip, seconds):
    call = ended(seconds, cause=19, sip=sip)
    assert result_of(call) is CallResult.UNAVAILABLE
    assert sign_of(call, CallResult.UNAVAILABLE) is TrunkSign.WORKS


@pytest.mark.parametrize("seconds", [5.0, 28.0, 32.1])
def test_an_invite_that_died_unanswered_is_silence(seconds):
    """Also where Asterisk gave it up itself (SIP timer B): measured, there is no status then either."""
    call = ended(seconds, cause=18, dialed=CallDialed(ID, 18, None))
    assert result_of(call) is CallResult.TRUNK_FAILED
    assert sign_of(call, CallResult.TRUNK_FAILED) is TrunkSign.SILENT


def test_a_redirection_is_a_refusal_by_the_trunk():
    call = ended(cause=23, dialed=CallDialed(ID, 23, None))
    assert result_of(call) is CallResult.TRUNK_FAILED
    assert sign_of(call, CallResult.TRUNK_FAILED) is TrunkSign.REFUSED


@pytest.mark.parametrize("sip", [400, 401, 501, 513])
def test_a_status_that_nobody_knows_is_not_the_trunks_after_ringing(sip):
    call = ended(cause=127, sip=sip, rang=True)
    assert result_of(call) is CallResult.FAILED
    assert sign_of(call, CallResult.FAILED) is TrunkSign.WORKS


def test_forbidden_after_ringing_is_the_callee():
    assert result_of(ended(cause=21, sip=403, rang=True)) is CallResult.REJECTED


def test_a_talk_outweighs_every_cause():
    assert result_of(ended(cause=44, connected_at=NOW, hold_expired=True)) is CallResult.CONNECTED


def test_hanging_up_within_the_hold_limit_is_not_abandoned():
    live = ended(cause=16, rang=True, answered_at=NOW, live_at=NOW)
    assert result_of(live) is CallResult.CALLER_HUNG_UP
    assert result_of(replace(live, hold_expired=True)) is CallResult.ABANDONED


def test_a_machine_is_a_machine_unless_it_was_passed_on():
    machine = ended(cause=16, rang=True, answered_at=NOW, verdict=AmdVerdict.MACHINE)
    assert result_of(machine) is CallResult.MACHINE
    assert result_of(replace(machine, live_at=NOW, connected_at=NOW)) is CallResult.CONNECTED


@pytest.mark.parametrize("why", ["channels", "hourly", "number", "trunk"])
def test_what_the_guard_refused_was_never_dialled(why):
    call = ended(cause=21, forbidden=why)
    assert result_of(call) is CallResult.NEVER_DIALED
    assert sign_of(call, CallResult.NEVER_DIALED) is TrunkSign.UNKNOWN


def test_an_unknown_cause_is_failed_with_its_facts():
    assert result_of(ended(cause=97)) is CallResult.FAILED
