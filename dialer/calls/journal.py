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

COLUMNS = ("eventtype", "eventtime", "uniqueid", "linkedid", "channel", "extra")
"""As mapped in asterisk/cel_custom.conf; a house test compares the two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Everything the journal says of one channel."""

    started_at: datetime
    answered_at: datetime | None = None
    live_at: datetime | None = None
    machine: bool = False
    """AMD said machine."""
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
        case "VOCERO_MACHINE":
            return replace(trace, machine=True)
        case "VOCERO_ABANDONED":
            return replace(trace, hold_expired=True)
        case "BRIDGE_ENTER":
            return replace(trace, joined_at=trace.joined_at or at)
        case "HANGUP":
            return replace(trace, ended_at=at, cause=_hangup_cause(extra))
        case _:
            return trace


def _hangup_cause(extra: str) -> int | None:
    try:
        cause = json.loads(extra).get("hangupcause")
    except (ValueError, AttributeError):
        return None
    return cause if isinstance(cause, int) else None
