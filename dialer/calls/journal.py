"""Asterisk's own journal (CEL): what it says of a call that ended while nobody watched.

The journal is a CSV file that Asterisk writes by `cel_custom` (see asterisk/cel_custom.conf): a row is on disk 1–2 ms
after the event and survives a killed Asterisk, which the CDR does not. A `CHAN_START` row with an attempt's id proves
that the call was placed; a `HANGUP` row tells its cause.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from cti_api.model.calls import AmdVerdict

COLUMNS = ("eventtype", "eventtime", "uniqueid", "linkedid", "channel", "extra")
"""As mapped in asterisk/cel_custom.conf; a house test compares the two."""

VERDICTS = {verdict.value: verdict for verdict in AmdVerdict}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Everything the journal says of one channel."""

    started_at: datetime
    answered_at: datetime | None = None
    live_at: datetime | None = None
    verdict: AmdVerdict | None = None
    dialed_cause: int | None = None
    """Q.850 cause the trunk's leg ended with, in the dialplan's reading: 19 where it rang and nobody took it, 18 where
    the trunk never said a word."""
    dialed_sip: int | None = None
    hold_expired: bool = False
    """The abandonment message was begun."""
    joined_at: datetime | None = None
    """First entered a bridge."""
    ended_at: datetime | None = None
    cause: int | None = None


def read_traces(lines: Iterable[str]) -> dict[str, Trace]:
    """Traces by channel id. Lines that are not rows of the journal (a torn last line) are passed over."""
    traces: dict[str, Trace] = {}
    for row in csv.reader(line.replace("\0", "") for line in lines):
        if len(row) < len(COLUMNS):
            continue
        event, stamp, channel_id, extra = row[0], row[1], row[2], row[5]
        try:
            at = datetime.fromtimestamp(float(stamp), UTC)
        except (ValueError, OverflowError, OSError):
            continue
        if event == "CHAN_START":
            traces[channel_id] = Trace(started_at=at)
        elif (trace := traces.get(channel_id)) is not None:
            traces[channel_id] = _with(trace, event, at, extra)
    return traces


def _with(trace: Trace, event: str, at: datetime, extra: str) -> Trace:
    match event:
        case "ANSWER":
            return replace(trace, answered_at=trace.answered_at or at)
        case "VOCERO_LIVE":
            return replace(trace, live_at=trace.live_at or at)
        case "VOCERO_AMD":
            return replace(trace, verdict=VERDICTS.get(_words(extra).get("verdict", ""), AmdVerdict.UNKNOWN))
        case "VOCERO_DIALED":
            words = _words(extra)
            return replace(trace, dialed_cause=_number(words.get("cause")), dialed_sip=_number(words.get("sip")))
        case "VOCERO_ABANDONED":
            return replace(trace, hold_expired=True)
        case "BRIDGE_ENTER":
            return replace(trace, joined_at=trace.joined_at or at)
        case "HANGUP":
            return replace(trace, ended_at=at, cause=_hangup_cause(extra))
        case _:
            return trace


def _detail(extra: str, name: str) -> object:
    """One entry of the row's JSON; None where it is not there or the row is torn."""
    try:
        return json.loads(extra).get(name)
    except (ValueError, AttributeError):
        return None


def _hangup_cause(extra: str) -> int | None:
    cause = _detail(extra, "hangupcause")
    return cause if isinstance(cause, int) else None


def _words(extra: str) -> dict[str, str]:
    """The ``name=value`` words a dialplan event carries."""
    said = _detail(extra, "extra")
    return dict(word.split("=", 1) for word in str(said).split() if "=" in word) if said else {}


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None
