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
        (404, 1, CallResult.INVALID_NUMBER, TrunkSign.WORKS),
        (410, 22, CallResult.INVALID_NUMBER, TrunkSign.WORKS),
        (484, 28, CallResult.INVALID_NUMBER, TrunkSign.WORKS),
        (604, 1, CallResult.INVALID_NUMBER, TrunkSign.WORKS),
        (603, 21, CallResult.REJECTED, TrunkSign.WORKS),
        (607, 21, CallResult.REJECTED, TrunkSign.WORKS),
        (403, 21, CallResult.TRUNK_FAILED, TrunkSign.CONGESTED),
        (488, 58, CallResult.CODEC, TrunkSign.UNKNOWN),
        (415, 58, CallResult.CODEC, TrunkSign.UNKNOWN),
        (500, 38, CallResult.CONGESTION, TrunkSign.CONGESTED),
        (502, 27, CallResult.CONGESTION, TrunkSign.CONGESTED),
        (503, 34, CallResult.CONGESTION, TrunkSign.CONGESTED),
        (402, 127, CallResult.CONGESTION, TrunkSign.CONGESTED),
        (429, 127, CallResult.CONGESTION, TrunkSign.CONGESTED),
        (480, 19, CallResult.UNAVAILABLE, TrunkSign.WORKS),
        (408, 18, CallResult.TRUNK_FAILED, TrunkSign.SILENT),
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
    assert result_of(ended(33, cause=18, sip=408)) is CallResult.TRUNK_FAILED


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


def test_the_guard_gives_back_what_passes_by_itself_and_fails_the_rest():
    assert result_of(ended(cause=21, forbidden="channels")) is CallResult.NEVER_DIALED
    assert result_of(ended(cause=21, forbidden="hourly")) is CallResult.NEVER_DIALED
    assert result_of(ended(cause=21, forbidden="prefix")) is CallResult.FAILED


def test_an_unknown_cause_is_failed_with_its_facts():
    assert result_of(ended(cause=97)) is CallResult.FAILED
