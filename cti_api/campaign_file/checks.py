"""What must be true of a campaign as a whole: references that meet, windows that do not overlap, names used once.

Each check looks at the finished `CampaignSpec` and gives a `Finding` for each thing that is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import time
from difflib import get_close_matches
from itertools import pairwise
from typing import Final

from cti_api.campaign_file.abandonment import check_abandonment
from cti_api.campaign_file.agentless import check_agentless
from cti_api.campaign_file.findings import Finding
from cti_api.campaign_file.follow_ups import check_follow_ups
from cti_api.model.appointments import ReminderBy
from cti_api.model.calls import CallResult
from cti_api.model.campaigns import (
    LAST_CALL_SECONDS,
    CampaignSpec,
    Disposition,
    FieldKind,
    PacingMode,
    RetryAction,
    RetryRule,
)

MORE_COLUMNS: Final = (
    "surname", "timezone", "valid_from", "valid_until", "consent_channel", "consent_purpose", "consent_date",
    "consent_evidence", "consent_own_initiative", "department",
)  # fmt: skip
"""Of a list: entries of ``columns`` that most lists have no use for."""

DEFAULT: Final = "default"
"""The rule that answers for everything without a rule of its own."""

CALLS_AGAIN: Final = frozenset({RetryAction.RETRY, RetryAction.NEXT_PHONE})
WAITS: Final = CALLS_AGAIN | {RetryAction.DROP_PHONE}


def check(spec: CampaignSpec) -> Iterator[Finding]:
    """Everything wrong with the campaign as a whole."""
    for one in CHECKS:
        yield from one(spec)


def _pacing(spec: CampaignSpec) -> Iterator[Finding]:
    if spec.calls_per_agent != 1.0 and spec.mode is not PacingMode.POWER:
        yield Finding("calls_per_agent", "is only for `mode: power`", ("mode",))
    if spec.ring_seconds < spec.min_ring_seconds:
        yield Finding("ring", f"must not be shorter than min_ring, {spec.min_ring_seconds:g} s", ("min_ring",))


def _hours(spec: CampaignSpec) -> Iterator[Finding]:
    if not spec.hours.days:
        yield Finding("hours.days", "must name at least one day")
    for first, second in pairwise(spec.hours.days):
        if first.weekday == second.weekday and second.start < _end(first.end):
            yield Finding("hours.days", f"two windows of one day overlap, at {second.start:%H:%M}")
    for day in spec.hours.days:
        # A window up to midnight may go on at 00:00 of the next day.
        if day.end != time(0) and _seconds(day.start, day.end) <= spec.ring_seconds + LAST_CALL_SECONDS:
            shortest = spec.ring_seconds + LAST_CALL_SECONDS
            message = f"the window from {day.start:%H:%M} is too short for a call, which takes {shortest:g} s"
            yield Finding("hours.days", message, ("ring",))


def _day_parts(spec: CampaignSpec) -> Iterator[Finding]:
    parts = sorted(spec.retry.day_parts, key=lambda part: part.start)
    for first, second in pairwise(parts):
        if second.start < _end(first.end):
            path = f"retry.day_parts.{second.name}"
            yield Finding(path, f"overlaps with {first.name}", (f"retry.day_parts.{first.name}",))
    for part in parts:
        if not any(part.start < _end(day.end) and day.start < _end(part.end) for day in spec.hours.days):
            message = "lies outside of the campaign's hours on every day"
            yield Finding(f"retry.day_parts.{part.name}", message, ("hours",))


def _rules(spec: CampaignSpec) -> Iterator[Finding]:
    dispositions = {disposition.code for disposition in spec.dispositions}
    known = [*(result.value for result in CallResult), *sorted(dispositions), DEFAULT]
    for name, rule in spec.retry.rules.items():
        path = f"retry.rules.{name}"
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"; did you mean `{near[0]}`?" if near else ""
            message = f"is neither a call result nor a disposition of this campaign{hint}"
            yield Finding(path, message, ("dispositions",))
        yield from _rule(spec, path, rule)
        if rule.action is RetryAction.CALLBACK:
            yield from _callback(path, spec.disposition(name))
    if DEFAULT not in spec.retry.rules:
        yield Finding("retry.rules.default", "is missing: it answers for every result without a rule of its own")
        return
    if spec.retry.rules[DEFAULT].action in {RetryAction.CALLBACK, RetryAction.DROP_PHONE, RetryAction.SUPPRESS}:
        yield Finding("retry.rules.default.action", "must be retry, next_phone, complete or close")
    if spec.retry.rules[DEFAULT].action in CALLS_AGAIN:
        # Whoever has talked with an agent is not called again because somebody forgot a rule.
        for name in sorted((dispositions | {CallResult.CONNECTED.value}) - spec.retry.rules.keys()):
            message = "is missing: `default` would call a person again who was reached"
            yield Finding(f"retry.rules.{name}", message, ("dispositions",))


def _rule(spec: CampaignSpec, path: str, rule: RetryRule) -> Iterator[Finding]:
    if rule.next_day_part and not spec.retry.day_parts:
        yield Finding(f"{path}.next_day_part", "needs `retry.day_parts`", ("retry.day_parts",))
    if rule.next_day_part and rule.action not in WAITS:
        message = f"has no meaning with `action: {rule.action}`"
        yield Finding(f"{path}.next_day_part", message, (f"{path}.action",))
    if rule.personal and rule.action is not RetryAction.CALLBACK:
        yield Finding(f"{path}.personal", "is only for `action: callback`", (f"{path}.action",))
    if rule.factor > 1.0 and rule.after_seconds == 0.0:
        yield Finding(f"{path}.factor", "multiplies `after`, which is 0 s", (f"{path}.after",))


def _callback(path: str, disposition: Disposition | None) -> Iterator[Finding]:
    if disposition is None:
        message = "`callback` is only for a disposition: an agent enters the time"
        yield Finding(f"{path}.action", message, ("dispositions",))
    elif not any(field.kind is FieldKind.DATETIME and field.required for field in disposition.fields):
        message = f"`callback` needs a required field of `kind: datetime` in {disposition.code}"
        yield Finding(f"{path}.action", message, ("dispositions",))


def _dispositions(spec: CampaignSpec) -> Iterator[Finding]:
    codes: dict[str, int] = {}
    keys: dict[str, str] = {}
    for index, disposition in enumerate(spec.dispositions):
        path = f"dispositions[{index}]"
        if disposition.code in codes:
            yield Finding(f"{path}.code", f"is the code of dispositions[{codes[disposition.code]}] already")
        elif disposition.code == DEFAULT or disposition.code in {result.value for result in CallResult}:
            yield Finding(f"{path}.code", "is the name of a call result or rule: choose another")
        codes.setdefault(disposition.code, index)
        if disposition.key and disposition.key in keys:
            yield Finding(f"{path}.key", f"is the key of {keys[disposition.key]} already")
        elif disposition.key and any(field.required for field in disposition.fields):
            message = "a disposition with required fields cannot be chosen on the keypad"
            yield Finding(f"{path}.key", message, (f"{path}.fields",))
        keys.setdefault(disposition.key, disposition.code)
        yield from _fields(path, disposition)


def _fields(path: str, disposition: Disposition) -> Iterator[Finding]:
    names: set[str] = set()
    for index, field in enumerate(disposition.fields):
        inner = f"{path}.fields[{index}]"
        if field.name in names:
            yield Finding(f"{inner}.name", "is the name of a field before it")
        names.add(field.name)
        if field.kind is FieldKind.CHOICE and not field.choices:
            yield Finding(f"{inner}.choices", "is missing: a choice needs what to choose from")
        if field.kind is not FieldKind.CHOICE and field.choices:
            yield Finding(f"{inner}.choices", "is only for `kind: choice`", (f"{inner}.kind",))


def _columns(spec: CampaignSpec) -> Iterator[Finding]:
    used: dict[str, str] = {}
    columns = spec.columns
    wanted = [("name", columns.name), ("priority", columns.priority), ("external_key", columns.external_key)]
    wanted += [(entry, getattr(columns, entry)) for entry in MORE_COLUMNS]
    wanted += [(f"phones[{index}]", phone) for index, phone in enumerate(columns.phones)]
    for entry, column in wanted:
        if column and column in used:
            yield Finding(f"columns.{entry}", f"is the column of {used[column]} already")
        used.setdefault(column, entry)


def _appointments(spec: CampaignSpec) -> Iterator[Finding]:
    policy = spec.appointments
    if policy is None:
        return
    booked = spec.disposition(policy.on)
    if booked is None:
        near = get_close_matches(policy.on, [each.code for each in spec.dispositions], n=1)
        hint = f"; did you mean `{near[0]}`?" if near else ""
        yield Finding("appointments.on", f"is no disposition of this campaign{hint}", ("dispositions",))
        return
    if not any((f.name, f.kind, f.required) == (policy.at, FieldKind.DATETIME, True) for f in booked.fields):
        message = f"must be a required field of `kind: datetime` in {booked.code}"
        yield Finding("appointments.at", message, ("dispositions", "appointments.on"))
    rule = spec.retry.rules.get(booked.code, spec.retry.rules.get(DEFAULT))
    if rule is not None and rule.action not in {RetryAction.COMPLETE, RetryAction.CLOSE}:
        message = f"must be complete or close: {booked.code} books an appointment, and nobody is called after that"
        yield Finding(f"retry.rules.{booked.code}.action", message, ("appointments.on", "retry.rules"))
    reminder = policy.reminder
    if reminder is not None and reminder.by is ReminderBy.CALL and reminder.campaign in (None, spec.id):
        message = "must name another campaign, of `purpose: service`: it calls with `by: call`"
        yield Finding("appointments.reminder.campaign", message, ("appointments.reminder.by",))
    if reminder is not None and reminder.by is not ReminderBy.CALL and reminder.campaign is not None:
        yield Finding("appointments.reminder.campaign", "is only for `by: call`", ("appointments.reminder.by",))


def _end(end: time) -> time:
    """An `end` for comparing: midnight at the end of the day is later than every time of it."""
    return end if end != time(0) else time.max


def _seconds(start: time, end: time) -> float:
    return (end.hour - start.hour) * 3600.0 + (end.minute - start.minute) * 60.0 + (end.second - start.second)


CHECKS: Final[tuple[Callable[[CampaignSpec], Iterator[Finding]], ...]] = (
    _pacing,
    check_agentless,
    check_abandonment,
    _hours,
    _day_parts,
    _rules,
    _dispositions,
    _columns,
    _appointments,
    check_follow_ups,
)
