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
from cti_api.model.ids import CHANNEL_ID, SLUG, AgentId, caller_stay

COLUMNS = ("eventtype", "eventtime", "uniqueid", "linkedid", "channel", "extra")
"""As mapped in asterisk/cel_custom.conf; a house test compares the two."""

FAR_HALF = "-out"
"""The far half of a customer's channel is called ``<attempt>-out``: it dials, and says what came of it."""

SAID_BY_FAR_HALF = frozenset({"VOCERO_DIALED", "VOCERO_GUARD"})

AGENT_HUNG_UP = 16
"""Q.850 "normal call clearing"."""

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
    forbidden: str = ""
    """Why the dialplan's guard refused, or empty."""
    hold_expired: bool = False
    """The abandonment message was begun."""
    wants_call_back_at: datetime | None = None
    """Of a caller: they gave up the line to be called."""
    apologized: bool = False
    """Of a caller: the apology was begun."""
    returned: bool = False
    """Of a caller: the IVR has them again; `ended_at` says since when."""
    opted_out: bool = False
    """The person pressed the key of a message by which one says no to further calls."""
    joined_at: datetime | None = None
    """First entered a bridge, or was led by the IVR."""
    in_bridge_at: datetime | None = None
    """Entered the bridge it was in last; None where it has left that one. Who is led by the IVR is until the end."""
    joined_seconds: float = 0.0
    """In bridges before that."""
    bridge_id: str = ""
    """The last bridge it was in."""
    agent_id: AgentId | None = None
    """Whose softphone was in that bridge."""
    ended_at: datetime | None = None
    """Of a call after which a survey is asked, or that was handed on into a queue: the end of the talk."""
    cause: int | None = None


def read_traces(lines: Iterable[str]) -> dict[str, Trace]:
    """Traces by channel id, those of callers by `InboundId`. Lines that are not rows of the journal (a torn last line)
    are passed over."""
    traces: dict[str, Trace] = {}
    stays: dict[str, str] = {}
    agents: dict[str, AgentId] = {}
    for row in csv.reader(line.replace("\0", "") for line in lines):
        if len(row) < len(COLUMNS):
            continue
        event, stamp, channel_id, name, extra = row[0], row[1], row[2], row[4], row[5]
        try:
            at = datetime.fromtimestamp(float(stamp), UTC)
        except (ValueError, OverflowError, OSError):
            continue
        if event in SAID_BY_FAR_HALF:
            channel_id = channel_id.removesuffix(FAR_HALF)
        if event == "VOCERO_QUEUED":
            stays[channel_id] = caller_stay(channel_id, _number(_words(extra).get("queue", "").rpartition(":")[2]) or 1)
            traces[stays[channel_id]] = Trace(started_at=at, answered_at=at)
            continue
        channel_id = stays.get(channel_id, channel_id)
        if event == "VOCERO_RETURNED" and (trace := traces.get(channel_id)) is not None:
            traces[channel_id] = replace(trace, returned=True, ended_at=at)
        elif channel_id in traces and traces[channel_id].returned:
            continue  # what the channel does until it is queued again is nothing of the queues'
        elif event == "CHAN_START":
            traces[channel_id] = Trace(started_at=at)
        elif (trace := traces.get(channel_id)) is not None:
            traces[channel_id] = _with(trace, event, at, extra)
        if event == "BRIDGE_ENTER" and (agent_id := _agent(channel_id, name)) is not None:
            agents[_bridge(extra)] = agent_id
    return {id_: replace(t, agent_id=agents[t.bridge_id]) if t.bridge_id in agents else t for id_, t in traces.items()}


def _with(trace: Trace, event: str, at: datetime, extra: str) -> Trace:
    match event:
        case "ANSWER":
            return replace(trace, answered_at=trace.answered_at or at)
        case "VOCERO_LIVE":
            return replace(trace, live_at=trace.live_at or at)
        case "VOCERO_LED":
            return replace(trace, joined_at=trace.joined_at or at, in_bridge_at=trace.in_bridge_at or at)
        case "VOCERO_SURVEYED" | "VOCERO_HANDED":
            return replace(trace, ended_at=at, cause=AGENT_HUNG_UP)
        case "HANGUP" if trace.ended_at is not None:
            return trace
        case "VOCERO_AMD":
            return replace(trace, verdict=VERDICTS.get(_words(extra).get("verdict", ""), AmdVerdict.UNKNOWN))
        case "VOCERO_DIALED":
            words = _words(extra)
            return replace(trace, dialed_cause=_number(words.get("cause")), dialed_sip=_number(words.get("sip")))
        case "VOCERO_GUARD":
            return replace(trace, forbidden=_words(extra).get("why", ""))
        case "VOCERO_ABANDONED":
            return replace(trace, hold_expired=True)
        case "VOCERO_OPT_OUT":
            return replace(trace, opted_out=True)
        case "VOCERO_CALL_BACK":
            return replace(trace, wants_call_back_at=at)
        case "VOCERO_SORRY":
            return replace(trace, apologized=True)
        case "VOCERO_ORPHANED":
            return replace(trace, hold_expired=False)
        case "BRIDGE_ENTER":
            entered = replace(trace, joined_at=trace.joined_at or at, bridge_id=_bridge(extra))
            return replace(entered, in_bridge_at=trace.in_bridge_at or at)
        case "BRIDGE_EXIT" if trace.in_bridge_at is not None:
            seconds = trace.joined_seconds + (at - trace.in_bridge_at).total_seconds()
            return replace(trace, in_bridge_at=None, joined_seconds=seconds)
        case "HANGUP":
            return replace(trace, ended_at=at, cause=_hangup_cause(extra))
        case _:
            return trace


def _agent(channel_id: str, name: str) -> AgentId | None:
    """The agent whose leg this is: an id of ours, and a name like ``PJSIP/ana-0000002a``."""
    technology, _, rest = name.partition("/")
    endpoint = rest.rpartition("-")[0]
    ours = technology == "PJSIP" and CHANNEL_ID.match(channel_id) and SLUG.match(endpoint)
    return AgentId(endpoint) if ours else None


def _bridge(extra: str) -> str:
    bridge_id = _detail(extra, "bridge_id")
    return bridge_id if isinstance(bridge_id, str) else ""


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
