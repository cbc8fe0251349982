"""How often a campaign's calls ended in what way, of millions of calls as quickly as of a few.

What is closed never ends otherwise any more, so the calls of before are counted once, and remembered; a question then
counts those made since. A clock that is set back by more than `SETTLED` hides the calls of that time until a restart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from cti_api.model.calls import CallResult
from cti_api.model.ids import CampaignId
from cti_api.store.columns import Instant
from cti_api.store.schema import CALL_MAY_LIVE, NOT_CLOSED, attempts

REMEMBERED_FROM: Final = 20_000
"""Calls that are counted anew at each question, at most about: some 10 ms."""
SETTLED: Final = timedelta(hours=1)
"""Calls younger than the latest by less are left to the questions: one that was made before is written by then."""
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)

_OF: Final[sa.BindParameter[str]] = sa.bindparam("campaign")
_AFTER: Final = sa.bindparam("after", type_=Instant())
_RESULTS: Final = (
    sa.select(
        attempts.c.result, sa.func.count(), sa.func.count(attempts.c.closed_at), sa.func.max(attempts.c.created_at)
    )
    .where(attempts.c.campaign_id == _OF, attempts.c.created_at > _AFTER)
    .group_by(attempts.c.result)
)
_UNTIL: Final = _RESULTS.where(attempts.c.created_at <= sa.bindparam("until", type_=Instant()))
# an expression, so that the few living calls are looked through and not all that the campaign ever made
_OF_THIS: Final = attempts.c.campaign_id.concat("") == _OF
_IN_FLIGHT: Final = sa.select(sa.func.count()).select_from(attempts).where(sa.text(CALL_MAY_LIVE), _OF_THIS)
_OLDEST_OPEN: Final = (
    sa.select(sa.func.min(attempts.c.created_at)).select_from(attempts).where(sa.text(NOT_CLOSED), _OF_THIS)
)


@dataclass(frozen=True, slots=True)
class Counted:
    """Of the calls made up to an instant."""

    until: datetime = _BEGINNING
    made: int = 0
    over: dict[CallResult, int] = field(default_factory=dict)
    """By result, as soon as there is one."""
    closed: dict[CallResult, int] = field(default_factory=dict)
    """Of these, those that are closed."""


def in_flight(tx: sa.Connection, campaign_id: CampaignId) -> int:
    """Attempts that may have a channel."""
    found: int = tx.execute(_IN_FLIGHT, {"campaign": campaign_id}).scalar_one()
    return found


def count(
    tx: sa.Connection, campaign_id: CampaignId, before: Counted, remembered_from: int = REMEMBERED_FROM
) -> tuple[Counted, Counted]:
    """Everything, and what is to be remembered of it: `before`, or more than that."""
    told = {"campaign": campaign_id, "after": before.until}
    rows = tx.execute(_RESULTS, told).all()
    whole = _with(before, rows)
    if whole.made - before.made < remembered_from:
        return whole, before
    oldest = tx.execute(_OLDEST_OPEN, {"campaign": campaign_id}).scalar_one()
    until = whole.until - SETTLED
    if oldest is not None:
        until = min(until, oldest - timedelta(microseconds=1))
    if until <= before.until:
        return whole, before
    remembered = _with(before, tx.execute(_UNTIL, {**told, "until": until}).all())
    return whole, replace(remembered, until=until)


def _with(before: Counted, rows: Iterable[Any]) -> Counted:
    made, until, over, closed = before.made, before.until, dict(before.over), dict(before.closed)
    for result, number, ended, latest in rows:
        made, until = made + number, max(until, latest)
        if result:
            over[CallResult(result)] = over.get(CallResult(result), 0) + number
        if result and ended:
            closed[CallResult(result)] = closed.get(CallResult(result), 0) + ended
    return Counted(until, made, over, closed)
