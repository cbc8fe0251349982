"""What became of a call: from the facts the machine kept to one `CallResult`, and what it says of the trunk.

The table was measured on Asterisk 22 with SIPp answering each SIP code; OriginateResponse's own Reason is 0 for all of
them and is not used. Our dialplan gives a SIP status only where one came from the trunk: a call that ran out of time
has none, but Q.850 19 where it rang and 18 where the trunk never said a word, also when Asterisk itself gave the INVITE
up (asterisk/README.md). So a 480 or a 408 is always the network speaking, however late: a mobile network looks for a
telephone that is switched off for five to ten seconds before it says so.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from cti_api.model.calls import AmdVerdict, CallResult
from dialer.calls.machine import Call

SILENT_LINE_SECONDS: Final = 32.0
"""A call to a trunk that never answered may still be alive there this long: SIP timer B, 64 × 500 ms (RFC 3261,
17.1.1.2); it cannot even be cancelled before a first answer (9.1)."""

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

UNAVAILABLE_SIP: Final = frozenset({408, 480, 487})
"""The network looked for the telephone and did not find it; after ringing, that nobody took it."""

LOCKED_OUT_SIP: Final = frozenset({401, 407})
"""The trunk does not take our password (RFC 3261, 22.2); Asterisk has sent the one it has before it says so."""

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

FORBIDDEN_SIP: Final = 403

MOVED: Final = 23
"""Q.850 "redirected to new destination": the trunk named another number, to which nothing is dialled."""

NO_CAUSE = 0
"""``AST_CAUSE_NOTDEFINED`` in ``include/asterisk/causes.h``."""

TIMEOUT_CAUSES = frozenset({0, 16, 18, 19, 20})
"""Nobody took it in time, or we stopped ringing: whether it rang tells them apart (0: Asterisk does not know)."""

PASSING_GUARDS: Final = frozenset({"channels", "hourly"})
"""Caps of the dialplan's guard that pass by themselves; any other refusal is a fault of the settings."""


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
        return CallResult.NEVER_DIALED
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
    if sip is None:
        if cause is None or cause in TIMEOUT_CAUSES:
            return CallResult.NO_ANSWER if call.rang else CallResult.TRUNK_FAILED
        if cause in RESULT_OF_CAUSE:
            return RESULT_OF_CAUSE[cause]
        return CallResult.TRUNK_FAILED if cause == MOVED and not call.rang else CallResult.FAILED
    if sip in UNAVAILABLE_SIP:
        return CallResult.NO_ANSWER if call.rang else CallResult.UNAVAILABLE
    if sip == FORBIDDEN_SIP:
        # Before any ring it is the trunk that forbids us; after it, the callee's side.
        return CallResult.REJECTED if call.rang else CallResult.TRUNK_FAILED
    # A status that says nothing of the person: what we sent, or who we are, is not to the trunk's liking.
    return RESULT_OF_SIP.get(sip, CallResult.FAILED if call.rang else CallResult.TRUNK_FAILED)


class TrunkSign(StrEnum):
    """What a call's end says about the trunk it used."""

    WORKS = "works"
    """The far end, or its network, answered for itself."""
    UNKNOWN_NUMBER = "unknown_number"
    """The network does not know the number. A sign of life, but not of a trunk that understands what we dial."""
    SILENT = "silent"
    """Never a word: the INVITE was not answered."""
    LOCKED_OUT = "locked_out"
    """The trunk does not take our password: it will say the same to every call."""
    CONGESTED = "congested"
    """The trunk had no room."""
    REFUSED = "refused"
    """The trunk did not want this call, for a reason that says nothing of the person."""
    UNKNOWN = "unknown"
    """Says nothing (never dialled, canceled, interrupted)."""


def sign_of(call: Call, result: CallResult) -> TrunkSign:
    """What the call says about its trunk."""
    if call.rang or result in {CallResult.BUSY, CallResult.REJECTED, CallResult.UNAVAILABLE}:
        return TrunkSign.WORKS
    match result:
        case CallResult.INVALID_NUMBER:
            return TrunkSign.UNKNOWN_NUMBER
        case CallResult.CONGESTION:
            return TrunkSign.CONGESTED
        case CallResult.CODEC:
            return TrunkSign.REFUSED
        case CallResult.TRUNK_FAILED:
            return _failing_sign(call)
        case _:
            return TrunkSign.UNKNOWN


def _failing_sign(call: Call) -> TrunkSign:
    sip = call.dialed.sip_code if call.dialed else None
    if sip in LOCKED_OUT_SIP:
        return TrunkSign.LOCKED_OUT
    moved = call.dialed is not None and call.dialed.cause == MOVED
    return TrunkSign.REFUSED if moved or sip is not None else TrunkSign.SILENT
