"""What became of a call: from the facts the machine kept to one `CallResult`, and what it says of the trunk.

The table was measured on Asterisk 22 with SIPp answering each SIP code; OriginateResponse's own Reason is 0 for all of
them and is not used. A silent trunk and a telephone nobody took look the same (Q.850 19) but for one thing: whether it
ever rang.
"""

from __future__ import annotations

from enum import StrEnum

from cti_api.model.calls import AmdVerdict, CallResult
from dialer.calls.machine import Call

UNREACHABLE_WITHIN_SECONDS = 3.0
"""A 480 faster than this, without ringing, is the network saying "switched off", not a silent trunk."""

RESULT_OF_SIP: dict[int, CallResult] = {
    486: CallResult.BUSY,
    600: CallResult.BUSY,
    404: CallResult.INVALID_NUMBER,
    410: CallResult.INVALID_NUMBER,
    484: CallResult.INVALID_NUMBER,
    604: CallResult.INVALID_NUMBER,
    603: CallResult.REJECTED,
    607: CallResult.REJECTED,
    415: CallResult.CODEC,
    488: CallResult.CODEC,
    606: CallResult.CODEC,
    402: CallResult.CONGESTION,
    429: CallResult.CONGESTION,
    500: CallResult.CONGESTION,
    502: CallResult.CONGESTION,
    503: CallResult.CONGESTION,
    504: CallResult.CONGESTION,
}
"""RFC 3261 section 21 and RFC 8197 (607) final responses whose meaning does not depend on anything else."""

RESULT_OF_CAUSE: dict[int, CallResult] = {
    1: CallResult.INVALID_NUMBER,
    17: CallResult.BUSY,
    21: CallResult.REJECTED,
    22: CallResult.INVALID_NUMBER,
    27: CallResult.CONGESTION,
    28: CallResult.INVALID_NUMBER,
    34: CallResult.CONGESTION,
    38: CallResult.CONGESTION,
    42: CallResult.CONGESTION,
    58: CallResult.CODEC,
    127: CallResult.CONGESTION,
}
"""Q.850 causes, for calls whose SIP code is not known."""

NO_CAUSE = 0
"""``AST_CAUSE_NOTDEFINED`` in ``include/asterisk/causes.h``."""

TIMEOUT_SIP = frozenset({408, 480, 487})
TIMEOUT_CAUSES = frozenset({0, 16, 18, 19, 20})
"""Nobody took it in time, or we stopped ringing: whether it rang tells them apart (0: Asterisk does not know)."""

RETRYABLE_GUARDS = frozenset({"channels", "hourly"})
"""Caps of the dialplan's guard that pass by themselves; any other refusal is about the number."""


def result_of(call: Call) -> CallResult:
    """The result of a call that is over. Facts that prove more come first: a talk outweighs any cause but one."""
    if was_cut(call):
        return CallResult.INTERRUPTED
    if call.connected_at is not None:
        return CallResult.CONNECTED
    if call.verdict is AmdVerdict.MACHINE and call.live_at is None:
        return CallResult.MACHINE
    if call.hold_expired:
        return CallResult.ABANDONED
    if call.answered_at is not None:
        return CallResult.CALLER_HUNG_UP
    if call.forbidden:
        return CallResult.NEVER_DIALED if call.forbidden in RETRYABLE_GUARDS else CallResult.FAILED
    if call.canceled:
        return CallResult.CANCELED_BY_DIALER
    if call.refused_at is not None and call.cause is None and call.dialed is None:
        return CallResult.NEVER_DIALED
    return _unanswered(call)


def was_cut(call: Call) -> bool:
    """Asterisk itself ended the call, because it stopped: then alone the channel ends without a cause and without the
    trunk's last word (seen on 22.10; whoever else ends a call, there is a cause)."""
    return call.cause == NO_CAUSE and call.dialed is None


def _unanswered(call: Call) -> CallResult:
    sip = call.dialed.sip_code if call.dialed else None
    cause = call.dialed.cause if call.dialed else call.cause
    if sip == 403:
        # Before any ring it is the trunk that forbids us; after it, the callee's side.
        return CallResult.REJECTED if call.rang else CallResult.TRUNK_FAILED
    if sip in RESULT_OF_SIP:
        return RESULT_OF_SIP[sip]
    if sip in TIMEOUT_SIP or (sip is None and (cause is None or cause in TIMEOUT_CAUSES)):
        if call.rang:
            return CallResult.NO_ANSWER
        if sip == 480 and call.ended_at is not None:
            waited = (call.ended_at - call.placed_at).total_seconds()
            if waited < UNREACHABLE_WITHIN_SECONDS:
                return CallResult.UNAVAILABLE
        return CallResult.TRUNK_FAILED
    if sip is None and cause in RESULT_OF_CAUSE:
        return RESULT_OF_CAUSE[cause]
    return CallResult.FAILED


class TrunkSign(StrEnum):
    """What a call's end says about the trunk it used."""

    WORKS = "works"
    """The far end, or its network, answered for itself."""
    SILENT = "silent"
    """Never a word: the INVITE was not answered."""
    CONGESTED = "congested"
    """The trunk had no room or refused us."""
    UNKNOWN = "unknown"
    """Says nothing (never dialled, canceled, interrupted)."""


def sign_of(call: Call, result: CallResult) -> TrunkSign:
    """What the call says about its trunk."""
    if call.rang or result in {CallResult.BUSY, CallResult.INVALID_NUMBER, CallResult.REJECTED, CallResult.UNAVAILABLE}:
        return TrunkSign.WORKS
    if result is CallResult.CONGESTION:
        return TrunkSign.CONGESTED
    if result is CallResult.TRUNK_FAILED:
        return TrunkSign.CONGESTED if call.dialed and call.dialed.sip_code == 403 else TrunkSign.SILENT
    return TrunkSign.UNKNOWN
