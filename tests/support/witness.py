"""Witnesses that owe our store nothing: what the customers' telephones wrote down, and what Asterisk's journal says."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import Any

from cti_api.model.ids import CHANNEL_ID
from vocero.lab.customers import Step

THE_END = {"canceled", "failed", "hung_up", "left"}
"""Steps after which a telephone is on the hook again."""


@dataclass(frozen=True, slots=True)
class Away:
    """Asterisk was not there; instants in seconds since 1970."""

    went: float
    """It was alive then, and was told to go."""
    back: float
    """It was gone, and was started again."""

    def ends(self, began: float, ended: float) -> float:
        """When a call was over that Asterisk itself, or a telephone, saw end then, or never."""
        return min(ended, max(self.went, began)) if began < self.back else ended


@dataclass(slots=True)
class PhoneCall:
    """One call as a customer's telephone saw it; instants in seconds since 1970."""

    number: str
    """E.164."""
    began: float
    ended: float = inf
    answered: bool = False
    how: str = ""
    """The last step."""


def phone_calls(steps: Iterable[Step], away: Sequence[Away] = ()) -> list[PhoneCall]:
    """Every call, in the order of their INVITEs; a repeated INVITE is no new call.

    `away`: when Asterisk died. A telephone does not notice, its call ended then all the same.
    """
    calls: dict[str, PhoneCall] = {}
    for step in steps:
        call = calls.setdefault(step.call_id, PhoneCall(step.number.e164, step.at))
        call.answered |= step.what == "answered"
        if step.what in THE_END and call.ended == inf:
            call.ended, call.how = step.at, step.what
    for call in calls.values():
        for each in away:
            call.ended = each.ends(call.began, call.ended)
    return list(calls.values())


@dataclass(slots=True)
class JournalCall:
    """One customer's channel in Asterisk's journal; instants in seconds since 1970."""

    began: float = inf
    started: int = 0
    """How often a channel of this id was begun."""
    invites: int = 0
    """Legs to the trunk."""
    joined: bool = False
    ended: float = inf
    cause: int | None = None
    rows: list[str] = field(default_factory=list)


def journal_calls(journal: Path, away: Sequence[Away] = ()) -> dict[str, JournalCall]:
    """By attempt id: everything the journal says, read without the product's own reader.

    `away`: when Asterisk died, and its channels with it, without a row.
    """
    calls: defaultdict[str, JournalCall] = defaultdict(JournalCall)
    if not journal.exists():  # it is made with the first row
        return calls
    with journal.open(encoding="utf-8", errors="replace", newline="") as file:
        for row in csv.reader(file):
            if len(row) != 6:
                continue
            event, at, channel_id, linked_id, channel, extra = row
            if event == "CHAN_START" and channel.startswith("PJSIP/") and CHANNEL_ID.match(linked_id):
                if not CHANNEL_ID.match(channel_id):  # an agent's leg has an id of ours
                    calls[linked_id].invites += 1
                continue
            if not (CHANNEL_ID.match(channel_id) and channel.startswith("Local/")):
                continue
            call = calls[channel_id]
            call.rows.append(event)
            call.began = min(call.began, float(at))
            call.started += event == "CHAN_START"
            call.joined |= event == "BRIDGE_ENTER"
            if event == "HANGUP":
                call.ended, call.cause = float(at), json.loads(extra).get("hangupcause")
    for call in calls.values():
        for each in away:
            call.ended = each.ends(call.began, call.ended)
    return dict(calls)


def dialed_twice(
    attempts: Sequence[dict[str, Any]], phones: Sequence[PhoneCall], journal: dict[str, JournalCall], min_gap: float
) -> list[str]:
    """Every sign that a person was called more often, or earlier, than our records say; empty when there is none.

    `attempts` as the API exports them; `min_gap` in seconds, the campaign's own between two calls of one number.
    """
    faults = []
    known = Counter(attempt["attempt_id"] for attempt in attempts)
    faults += [f"{attempt_id}: begun in Asterisk, unknown to the store" for attempt_id in journal.keys() - known.keys()]
    for attempt_id, call in journal.items():
        if call.started > 1 or call.invites > 1:
            faults.append(f"{attempt_id}: {call.started} channels, {call.invites} calls to the trunk")
    for attempt in attempts:
        if attempt["result"] == "never_dialed" and journal.get(attempt["attempt_id"], JournalCall()).invites:
            faults.append(f"{attempt['attempt_id']}: never dialled, we say, and it was")
    rang = Counter(call.number for call in phones)
    dialed = Counter(a["number"] for a in attempts if journal.get(a["attempt_id"], JournalCall()).invites)
    for number in sorted(rang.keys() | dialed.keys()):
        if rang[number] != dialed[number]:
            faults.append(f"{number}: its telephone counted {rang[number]} calls, we dialled {dialed[number]}")
    by_number = defaultdict(list)
    for call in phones:
        by_number[call.number].append(call)
    for number, calls in by_number.items():
        for first, second in pairwise(sorted(calls, key=lambda call: call.began)):
            if second.began < first.ended:
                faults.append(f"{number}: called at {second.began} in a call of {first.began} to {first.ended}")
            elif second.began - first.ended < min_gap:
                faults.append(f"{number}: called again {second.began - first.ended:.2f} s after its last call")
    return faults


def left_behind(attempts: Sequence[dict[str, Any]], journal: dict[str, JournalCall], seconds: float) -> list[str]:
    """Channels that were up more than `seconds` after our records closed their attempt."""
    faults = []
    for attempt in attempts:
        call = journal.get(attempt["attempt_id"])
        if call is None or attempt["closed_at"] is None:
            continue
        outlived = call.ended - datetime.fromisoformat(attempt["closed_at"]).timestamp()
        if outlived > seconds:
            faults.append(f"{attempt['attempt_id']}: its channel outlived it by {outlived:.1f} s")
    return faults
