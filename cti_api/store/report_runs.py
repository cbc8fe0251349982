"""Reports on their way, as transactions: written down before they go, and what became of them after."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import Conflict, NotFound
from cti_api.model.campaigns import CampaignState
from cti_api.model.events import Event, EventKind
from cti_api.model.ids import CampaignId, new_event_id
from cti_api.reports.periods import Period, PeriodKind
from cti_api.reports.run import OVER, Occasion, Run, RunId, RunState, RunStep, after
from cti_api.store import outbox
from cti_api.store.columns import Instant
from cti_api.store.database import Database
from cti_api.store.paging import Mark, page
from cti_api.store.report_tables import IS_ON_ITS_WAY, WAITS, report_names, report_runs
from cti_api.store.schema import campaigns

MOST_INTERRUPTED: Final = 20
"""Vocero ended, or the store went away, so often while it made this one: it may be the reason, and is made no more."""
INTERRUPTED: Final = "Vocero ended while it was being sent: the mail server may have it."
TOO_OFTEN: Final = f"Vocero ended, or its store went away, {MOST_INTERRUPTED} times while it was being made."

ENDED: Final = (CampaignState.COMPLETED, CampaignState.CANCELLED)
TOLD: Final = {
    RunState.SENT: EventKind.REPORT_SENT,
    RunState.IN_DOUBT: EventKind.REPORT_FAILED,
    RunState.FAILED: EventKind.REPORT_FAILED,
}
"""States whose beginning other systems are told of."""

_C: Final = report_runs.c
_RUN: Final = sa.select(report_runs)
_DUE: Final = (
    _RUN.where(sa.text(WAITS), _C.next_at <= sa.bindparam("now", type_=Instant()))
    .order_by(_C.due_at, _C.created_at, _C.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_UNDER_WAY: Final = (
    _RUN.where(sa.text(IS_ON_ITS_WAY), _C.state.in_([RunState.BUILDING, RunState.SENDING]))
    .order_by(_C.due_at)
    .with_for_update()
)
_OLDEST: Final = (
    sa.select(_C.report, _C.kind, sa.func.min(_C.due_at, type_=Instant()).label("due_at"))
    .where(sa.text(IS_ON_ITS_WAY))
    .group_by(_C.report, _C.kind)
)
_COUNTS: Final = sa.select(_C.report, _C.kind, _C.state, sa.func.count().label("runs")).group_by(
    _C.report, _C.kind, _C.state
)
_BY_ID: Final = _RUN.where(_C.id == sa.bindparam("run"))
_HOLD: Final = _BY_ID.with_for_update()
_PLANNED: Final = sa.select(_C.id).where(
    _C.report == sa.bindparam("report"), _C.of == sa.bindparam("of"), _C.occasion == sa.bindparam("occasion")
)
_INSERT: Final = sa.insert(report_runs)
_NAMES: Final = sa.select(report_names.c.report, report_names.c.since)
_ENDED: Final = (
    sa.select(campaigns.c.id, campaigns.c.state_since)
    .where(campaigns.c.state.in_(ENDED), campaigns.c.state_since > sa.bindparam("since", type_=Instant()))
    .order_by(campaigns.c.state_since)
)
_FORGET: Final = sa.delete(report_runs).where(
    _C.state.in_(sorted(OVER)), _C.state_since < sa.bindparam("before", type_=Instant())
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToPlan:
    """An occasion and who reads it."""

    occasion: Occasion
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCounts:
    by_state: dict[tuple[str, str], int]
    """By report and state."""
    oldest_due: dict[str, datetime]
    """When the oldest of each report was due that is still on its way."""


class ReportRuns:
    """What was sent, is being sent, and is to be."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def names(self, reports: Collection[str], now: datetime) -> Mapping[str, datetime]:
        """Since when each of these is in the settings; those that are new, since `now`. All others are forgotten."""
        return await self._database.write(_names, frozenset(reports), now)

    async def ended_campaigns(self, since: datetime) -> list[tuple[CampaignId, datetime]]:
        """Those that were completed or cancelled after `since`, and when, in that order."""
        rows = await self._database.read(lambda tx: tx.execute(_ENDED, {"since": since}).all())
        return [(CampaignId(campaign), at) for campaign, at in rows]

    async def plan(self, wanted: Sequence[ToPlan], next_at: datetime, now: datetime, asked_by: str = "") -> list[RunId]:
        """Write down what is to be sent at `next_at`; what was planned before, is not again. Returns the new ones."""
        fresh = await self._database.read(_not_planned, wanted)
        return await self._database.write(_plan, fresh, next_at, now, asked_by) if fresh else []

    async def due(self, now: datetime, most: int) -> list[Run]:
        """Those to be made and sent now, the longest due first."""
        return [_run(row) for row in await self._database.read(lambda tx: _all(tx, _DUE, now=now, most=most))]

    async def step(
        self, run_id: RunId, step: RunStep, now: datetime, reason: str = "", **facts: Any
    ) -> RunState | None:
        """Move one, on the disk when this returns; None: the step leads nowhere from where it is. Raises `NotFound`.

        `facts`: columns to be set with it.
        """
        return await self._database.write(_step, run_id, step, now, reason, facts)

    async def counts(self) -> RunCounts:
        """How many there are in which state, and which wait longest; what somebody asked for stands under its kind."""
        return await self._database.read(_counts)

    async def close(self, run_id: RunId, by: str, now: datetime) -> Run:
        """A person saw to it. Raises `NotFound`, and `Conflict` where there is nothing to see to."""
        return await self._database.write(_close, run_id, by, now)

    async def interrupt(self, now: datetime) -> list[Run]:
        """What was under way when the last process ended, or when the store went away: what may have gone is in doubt,
        all else is planned again. Returns them as they are now."""
        return await self._database.write(_interrupt, now)

    async def again(self, run_id: RunId, by: str, now: datetime) -> Run:
        """Send one once more because a person says so; of this one nothing is open any more.

        Raises `NotFound`, and `Conflict` while it is not over.
        """
        return await self._database.write(_again, run_id, by, now)

    async def get(self, run_id: RunId) -> Run:
        """Raises `NotFound`."""
        return await self._database.read(_get, run_id)

    async def list(
        self,
        *,
        states: Collection[RunState] = (),
        report: str | None = None,
        before: Mark | None = None,
        most: int = 200,
    ) -> list[Run]:
        """The newest first; without `states`, of every state. `before`: instant and id of the last one of a page."""
        wanted = page(_RUN, (_C.created_at, _C.id), before, most, newest_first=True)
        if states:
            wanted = wanted.where(_C.state.in_(sorted(states)))
        if report is not None:
            wanted = wanted.where(_C.report == report)
        return [_run(row) for row in await self._database.read(lambda tx: tx.execute(wanted).all())]

    async def forget(self, before: datetime) -> int:
        """Delete what was over before then; returns how many."""
        return await self._database.write(lambda tx: tx.execute(_FORGET, {"before": before}).rowcount)


def _all(tx: sa.Connection, statement: sa.Select[Any], **values: Any) -> Sequence[sa.Row[Any]]:
    return tx.execute(statement, values).all()


def _names(tx: sa.Connection, reports: frozenset[str], now: datetime) -> dict[str, datetime]:
    known: dict[str, datetime] = {row.report: row.since for row in tx.execute(_NAMES)}
    if gone := known.keys() - reports:
        tx.execute(sa.delete(report_names).where(report_names.c.report.in_(sorted(gone))))
    if new := reports - known.keys():
        tx.execute(sa.insert(report_names), [{"report": report, "since": now} for report in sorted(new)])
    return {report: known.get(report, now) for report in reports}


def _not_planned(tx: sa.Connection, wanted: Iterable[ToPlan]) -> list[ToPlan]:
    return [each for each in wanted if not _is_planned(tx, each.occasion)]


def _is_planned(tx: sa.Connection, occasion: Occasion) -> bool:
    """Whoever reads it: a reader who is named later gets what is due from then on."""
    asked = {"report": occasion.report, "of": occasion.of, "occasion": occasion.key}
    return tx.execute(_PLANNED, asked).first() is not None


def _plan(tx: sa.Connection, wanted: Sequence[ToPlan], next_at: datetime, now: datetime, asked_by: str) -> list[RunId]:
    made = [
        Run(
            id=_new_id(),
            occasion=each.occasion,
            recipient=recipient,
            asked_by=asked_by,
            state_since=now,
            next_at=next_at,
            created_at=now,
        )
        for each in _not_planned(tx, wanted)
        for recipient in each.to
    ]
    if made:
        tx.execute(_INSERT, [_row(run) for run in made])
    return [run.id for run in made]


def _step(
    tx: sa.Connection, run_id: RunId, step: RunStep, now: datetime, reason: str, facts: dict[str, Any]
) -> RunState | None:
    return _write(tx, _get(tx, run_id, _HOLD), step, now, reason, facts)


def _write(
    tx: sa.Connection, run: Run, step: RunStep, now: datetime, reason: str, facts: Mapping[str, Any]
) -> RunState | None:
    state = after(run.state, step)
    if state is None:
        return None
    wanted = {"state": state, "state_since": now, "reason": reason, **facts}
    tx.execute(sa.update(report_runs).where(_C.id == run.id).values(wanted))
    if state in TOLD:
        of = run.occasion
        payload = {"run_id": run.id, "report": of.report, "report_kind": of.kind, "of": of.of, "state": state.value}
        told = Event(event_id=new_event_id(), kind=TOLD[state], occurred_at=now, payload=payload)
        outbox.append(tx, [told])
    return state


def _interrupt(tx: sa.Connection, now: datetime) -> list[Run]:
    found = [_run(row) for row in tx.execute(_UNDER_WAY)]
    for run in found:
        if run.state is RunState.SENDING:
            _write(tx, run, RunStep.NO_ANSWER, now, INTERRUPTED, {})
        elif run.interrupted + 1 >= MOST_INTERRUPTED:
            _write(tx, run, RunStep.REFUSED, now, TOO_OFTEN, {"interrupted": run.interrupted + 1})
        else:
            _write(tx, run, RunStep.NOT_TAKEN, now, run.reason, {"interrupted": run.interrupted + 1, "next_at": now})
    return [_get(tx, run.id) for run in found]


def _again(tx: sa.Connection, run_id: RunId, by: str, now: datetime) -> Run:
    run = _get(tx, run_id, _HOLD)
    of = run.occasion
    same = sa.select(_C.state, _C.again).where(
        _C.report == of.report, _C.of == of.of, _C.occasion == of.key, _C.recipient == run.recipient
    )
    rows = tx.execute(same).all()
    if any(RunState(state) not in OVER for state, _ in rows):
        raise Conflict(f"The report {run_id} is still on its way to {run.recipient}: see `vocero report runs`.")
    _write(tx, run, RunStep.CLOSE, now, f"Sent again by {by}: {run.reason}", {})
    fresh = Run(
        id=_new_id(),
        occasion=of,
        recipient=run.recipient,
        again=max(number for _, number in rows) + 1,
        asked_by=by,
        state_since=now,
        next_at=now,
        created_at=now,
    )
    tx.execute(_INSERT, _row(fresh))
    return fresh


def _close(tx: sa.Connection, run_id: RunId, by: str, now: datetime) -> Run:
    run = _get(tx, run_id, _HOLD)
    if _write(tx, run, RunStep.CLOSE, now, f"Closed by {by}: {run.reason}", {}) is None:
        raise Conflict(f"The report {run_id} is {run.state}: there is nothing to close.")
    return _get(tx, run_id)


def _get(tx: sa.Connection, run_id: str, statement: sa.Select[Any] = _BY_ID) -> Run:
    row = tx.execute(statement, {"run": run_id}).one_or_none()
    if row is None:
        raise NotFound(f"No report {run_id} was sent or is to be: see `vocero report runs`.")
    return _run(row)


def _counts(tx: sa.Connection) -> RunCounts:
    by_state: Counter[tuple[str, str]] = Counter()
    for row in tx.execute(_COUNTS):
        by_state[row.report or row.kind, row.state] += row.runs
    oldest: dict[str, datetime] = {}
    for row in tx.execute(_OLDEST):
        name = row.report or row.kind
        oldest[name] = min(row.due_at, oldest.get(name, row.due_at))
    return RunCounts(by_state=dict(by_state), oldest_due=oldest)


def _new_id() -> RunId:
    return RunId(uuid.uuid4().hex)


def _run(row: sa.Row[Any]) -> Run:
    period = Period(kind=PeriodKind(row.period_kind), first=row.first_day, last=row.last_day)
    return Run(
        id=RunId(row.id),
        occasion=Occasion(
            report=row.report, kind=row.kind, of=row.of, period=period, due_at=row.due_at, key=row.occasion
        ),
        recipient=row.recipient,
        again=row.again,
        asked_by=row.asked_by,
        state=RunState(row.state),
        state_since=row.state_since,
        next_at=row.next_at,
        tries=row.tries,
        interrupted=row.interrupted,
        reason=row.reason,
        message_id=row.message_id,
        created_at=row.created_at,
    )


def _row(run: Run) -> dict[str, Any]:
    of = run.occasion
    return {
        "id": run.id,
        "report": of.report,
        "kind": of.kind,
        "of": of.of,
        "occasion": of.key,
        "recipient": run.recipient,
        "again": run.again,
        "period_kind": of.period.kind,
        "first_day": of.period.first,
        "last_day": of.period.last,
        "due_at": of.due_at,
        "asked_by": run.asked_by,
        "state": run.state,
        "state_since": run.state_since,
        "next_at": run.next_at,
        "tries": run.tries,
        "interrupted": run.interrupted,
        "reason": run.reason,
        "message_id": run.message_id,
        "created_at": run.created_at,
    }
