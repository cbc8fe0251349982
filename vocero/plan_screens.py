"""A plan of attempts as a person looks at it: days across, hours down, what the law closes shaded, calls marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from cti_api.law.calendar import DayKind
from cti_api.law.facts import Facts
from cti_api.law.rules import Pack
from cti_api.law.seen import day_of, hours_allow
from cti_api.law.terms import Channel
from cti_api.model.campaigns import CampaignSpec
from cti_api.model.leads import FINAL_LEAD_STATES
from cti_api.numbers.kinds import kind_of
from cti_api.numbers.regions import region_of
from dialer.leads.day_plan import part_at
from dialer.leads.hours import is_open
from dialer.leads.plan import Call, Hindrance, Plan

COLUMN: Final = 8
LABEL: Final = 15
QUIET_DAYS: Final = 3
"""So many days without a call in a row are drawn as one column."""

BY_LAW, BY_CAMPAIGN, OPEN = "▒", "·", " "
STYLES: Final = {BY_LAW: "bright_black", BY_CAMPAIGN: "bright_black", OPEN: "on grey23"}
MARKS: Final = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
AGAIN: Final = "↻"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A plan, and all that is drawn behind it."""

    spec: CampaignSpec
    packs: Sequence[Pack]
    plan: Plan
    start: datetime

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.spec.hours.timezone)

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def facts(self) -> Facts:
        """A contact of the campaign, of which only the hours are asked."""
        calls = self.plan.calls
        region = region_of(calls[0].number) if calls else self.spec.region
        return Facts(
            region=region, purpose=self.spec.purpose, channel=Channel.VOICE, ring_seconds=self.spec.ring_seconds
        )


def timeline(sheet: Sheet, width: int) -> RenderableType:
    """The calendar of the plan, in as many blocks as `width` needs."""
    columns = list(_columns(sheet))
    each = max((width - LABEL) // (COLUMN + 1), 1)
    blocks: list[RenderableType] = []
    for first in range(0, len(columns), each):
        blocks += [_block(sheet, columns[first : first + each]), Text()]
    return Group(*blocks, _legend())


def story(sheet: Sheet) -> RenderableType:
    """Every call and every hindrance, with its reason, and how it ends."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("", "when", "call", "then"):
        table.add_column(column, overflow="fold", no_wrap=column == "when")
    for step in sheet.plan.steps:
        if isinstance(step, Hindrance):
            until = "" if step.until is None else f" until {_told(sheet, step.until)}"
            words = f"[yellow]waits{until}[/]: {escape(step.reason)} [dim]({escape(step.rule)})[/]"
            table.add_row("[yellow]⏸[/]", f"[yellow]{_told(sheet, step.at)}[/]", "", words)
            continue
        kind = kind_of(step.number)
        called = f"{step.day_part or 'no part'}, {kind.value if kind else 'other number'}"
        brings = step.outcome.key.replace("_", " ")
        sign = f"[bold green]{mark(sheet.plan, step)}[/]"
        table.add_row(
            sign, _told(sheet, step.at), f"{escape(called)}: [bold]{escape(brings)}[/]", escape(_then(sheet, step))
        )
    return Group(table, _end(sheet))


def mark(plan: Plan, call: Call) -> str:
    """Its attempt's number, or the sign of one that is the same attempt still."""
    first = next(each for each in plan.calls if each.attempt == call.attempt)
    if first is not call:
        return AGAIN
    return MARKS[call.attempt - 1] if call.attempt <= len(MARKS) else f"{call.attempt}."


def plan_row(sheet: Sheet) -> dict[str, Any]:
    """The plan as data; instants in UTC."""
    plan = sheet.plan
    return {
        "campaign_id": sheet.spec.id,
        "region": sheet.spec.region,
        "timezone": sheet.spec.hours.timezone,
        "steps": [_call_row(step) if isinstance(step, Call) else _hindrance_row(step) for step in plan.steps],
        "attempts": len({call.attempt for call in plan.calls}),
        "state": plan.state.value,
        "reason": plan.reason,
        "ended_at": _utc(plan.ended_at),
        "follow_ups": list(plan.follow_ups),
    }


def _call_row(call: Call) -> dict[str, Any]:
    kind = kind_of(call.number)
    return {
        "kind": "call",
        "at": _utc(call.at),
        "day_part": call.day_part,
        "attempt": call.attempt,
        "number_kind": kind.value if kind else None,
        "number": call.number.e164,
        "brings": call.outcome.key,
        "then": call.move.reason,
        "uses_attempt": call.move.counts_as_attempt,
        "not_before": None if call.move.not_before is None else _utc(call.move.not_before),
    }


def _hindrance_row(step: Hindrance) -> dict[str, Any]:
    return {
        "kind": "hindrance",
        "at": _utc(step.at),
        "until": None if step.until is None else _utc(step.until),
        "rule": step.rule,
        "reason": step.reason,
        "source": step.source,
    }


# ------------------------------------------------------------------ the calendar


@dataclass(frozen=True, slots=True)
class _Column:
    days: tuple[date, ...]
    """One, or those that are left out."""


def _columns(sheet: Sheet) -> Iterator[_Column]:
    busy = {sheet.local(step.at).date() for step in sheet.plan.steps}
    first, last = min(busy | {sheet.local(sheet.start).date()}), max(busy, default=sheet.local(sheet.start).date())
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    for is_quiet, together in groupby(days, key=lambda day: day not in busy):
        run = tuple(together)
        if is_quiet and len(run) > QUIET_DAYS:
            yield _Column(run)
        else:
            yield from (_Column((day,)) for day in run)


def _block(sheet: Sheet, columns: Sequence[_Column]) -> RenderableType:
    names, dates = Text(" " * LABEL), Text(" " * LABEL)
    for column in columns:
        day = column.days[0]
        if len(column.days) > 1:
            names.append(f"{f'{len(column.days)} days':^{COLUMN}} ", "dim")
            dates.append(f"{'…':^{COLUMN}} ", "dim")
            continue
        special = day_of(sheet.facts(), sheet.packs, day).kind is not DayKind.WORKING
        style = "bold yellow" if special else "bold"
        names.append(f"{day:%a}{' ✶' if special else ''}".center(COLUMN) + " ", style)
        dates.append(f"{day.day} {day:%b}".center(COLUMN) + " ", style)
    lines: list[RenderableType] = [names, dates]
    hours = _hours(sheet)
    part_before = ""
    for hour in hours:
        part = part_at(sheet.spec, datetime.combine(columns[0].days[0], time(hour), sheet.zone))
        label = part.name if part is not None and part.name != part_before else ""
        part_before = part.name if part is not None else ""
        line = Text.assemble((f"{label[:9]:<9}", "cyan"), (f"{hour:02}:00 ", "dim"))
        for column in columns:
            _cell(line, sheet, column, hour)
            line.append(" ")
        lines.append(line)
    lines += [Text(f"✶ {day}", "yellow") for day in _special_days(sheet, columns)]
    return Group(*lines)


def _cell(line: Text, sheet: Sheet, column: _Column, hour: int) -> None:
    day = column.days[0]
    if len(column.days) > 1:
        line.append(f"{'⋮':^{COLUMN}}", "dim")
        return
    ground = _ground(sheet, day, hour)
    calls = [call for call in sheet.plan.calls if _is_in(sheet.local(call.at), day, hour)]
    if not calls:
        line.append(ground * COLUMN, STYLES[ground])
        return
    told = " ".join(f"{mark(sheet.plan, call)}{sheet.local(call.at):%H:%M}" for call in calls)
    if len(told) > COLUMN:
        told = "".join(mark(sheet.plan, call) for call in calls)
    line.append(told[:COLUMN].center(COLUMN), "bold white on dark_green")


def _is_in(local: datetime, day: date, hour: int) -> bool:
    return local.date() == day and local.hour == hour


def _ground(sheet: Sheet, day: date, hour: int) -> str:
    """What most calls of that hour would meet: asked at each quarter."""
    facts, found = sheet.facts(), []
    for minute in (0, 15, 30, 45):
        at = datetime.combine(day, time(hour, minute), sheet.zone).astimezone(UTC)
        if not hours_allow(facts, sheet.packs, at):
            found.append(BY_LAW)
        else:
            found.append(OPEN if is_open(sheet.spec.hours, at) else BY_CAMPAIGN)
    return max((OPEN, BY_CAMPAIGN, BY_LAW), key=found.count)


def _hours(sheet: Sheet) -> range:
    """From an hour before the campaign opens to an hour after it closes, and every call."""
    windows = sheet.spec.hours.days
    called = [sheet.local(call.at).hour for call in sheet.plan.calls]
    first = min([window.start.hour for window in windows] + called)
    last = max([24 if window.end == time(0) else window.end.hour for window in windows] + called)
    return range(max(first - 1, 0), min(last + 1, 24))


def _special_days(sheet: Sheet, columns: Sequence[_Column]) -> Iterator[str]:
    for column in columns:
        for day in column.days:
            found = day_of(sheet.facts(), sheet.packs, day)
            if found.kind is not DayKind.WORKING:
                yield f"{day:%a} {day.day} {day:%b}: {found.kind.value} {escape(found.name)}".rstrip()


def _legend() -> Text:
    return Text.assemble(
        ("      ", STYLES[OPEN]), " open   ",
        (BY_CAMPAIGN * 4, STYLES[BY_CAMPAIGN]), " campaign closed   ",
        (BY_LAW * 4, STYLES[BY_LAW]), " law forbids   ",
        (f" {MARKS[0]} ", "bold white on dark_green"), " attempt   ",
        (f" {AGAIN} ", "bold white on dark_green"), " same attempt again",
    )  # fmt: skip


# ------------------------------------------------------------------ the words

_DONE: Final = {
    "completed": "done",
    "closed": "closed",
    "suppressed": "never called again",
}
_NEXT: Final = {
    "retry": "the same number",
    "next_phone": "the next number",
    "drop_phone": "this number is dropped; the next one",
    "again": "the same number again, no attempt used",
    "callback": "called back as agreed",
    "given_back": "the same number: nobody was rung, no attempt used",
}


def _then(sheet: Sheet, call: Call) -> str:
    what, _, _ = call.move.reason.partition(":")
    if what == "exhausted":
        return "no attempt is left"
    if what in _DONE:
        return _DONE[what]
    words = _NEXT.get(what, what)
    if what == "drop_phone" and not call.move.counts_as_attempt:
        words += ", no attempt used"
    if call.move.not_before is None:
        return words
    return f"{words}, {_told(sheet, call.move.not_before)}{_because(sheet, call)}"


def _because(sheet: Sheet, call: Call) -> str:
    """What of the plan put it there."""
    policy = sheet.spec.retry
    at = call.move.not_before
    if at is None or not call.move.counts_as_attempt or call.move.reason.startswith("callback"):
        return ""
    why = []
    days = (sheet.local(at).date() - sheet.local(call.at).date()).days
    if policy.days_apart:
        why.append(f"{policy.days_apart} days apart")
        if days > policy.days_apart:
            why.append("closed until then")
    part = part_at(sheet.spec, at)
    if policy.per_day_part is not None and part is not None:
        why.append(f"{part.name}'s turn")
    return f" ({', '.join(why)})" if why else ""


def _end(sheet: Sheet) -> Text:
    plan = sheet.plan
    calls = plan.calls
    if not calls:
        return Text("Never called.", "bold red")
    days = (sheet.local(calls[-1].at).date() - sheet.local(calls[0].at).date()).days + 1
    attempts = len({call.attempt for call in calls})
    tally = (
        f"{_many(attempts, 'attempt')}, {_many(len(calls), 'call')}, {_many(days, 'day')} from the first to the last"
    )
    if plan.state not in FINAL_LEAD_STATES:
        return Text(f"No end in sight: the lead is {plan.state.value} ({plan.reason}). {tally}.", "bold red")
    line = Text.assemble((f"{plan.state.value.capitalize()} on {_told(sheet, plan.ended_at)}", "bold"), f": {tally}.")
    for follow_up in plan.follow_ups:
        line.append(f"\n→ {follow_up}", "bold cyan")
    return line


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _told(sheet: Sheet, at: datetime) -> str:
    local = sheet.local(at)
    return f"{local:%a} {local.day:2} {local:%b %H:%M}"


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
