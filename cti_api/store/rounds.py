"""Leads that come back: in place for another round, or as leads of another campaign, a few hundred in a transaction.

Whatever breaks off in the middle is begun again with the same call: who came back is done with no more, and who is in
the other campaign already is skipped. Attempts stay as they are; how the round before ended is kept beside them, so
that an attempt's round is known by when it was made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import Conflict, NotFound
from cti_api.model.appointments import STANDING, AppointmentState
from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignState
from cti_api.model.events import Event, EventKind
from cti_api.model.ids import CampaignId, LeadId, new_event_id
from cti_api.model.leads import LeadState
from cti_api.model.phone import PhoneNumber
from cti_api.recycling import Choice, EndedLead, FreshLead, Stays, fresh, is_chosen
from cti_api.store import outbox
from cti_api.store.appointment_tables import appointments
from cti_api.store.bulk import insert_many
from cti_api.store.columns import Instant, Json
from cti_api.store.database import Database
from cti_api.store.people import numbers_of, suppressed_phones
from cti_api.store.round_tables import lead_rounds
from cti_api.store.schema import attempts, campaigns, dispositions, leads, phones

BATCH: Final = 500
"""Leads per transaction."""

COMES_OR_CAME: Final = STANDING | {AppointmentState.KEPT}
"""Appointments of people who are called no more."""

ALREADY_THERE: Final = "already_there"
"""Why a lead is not copied: its person is in the other campaign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedRound:
    """A round of a lead that is over."""

    round: int
    state: LeadState
    reason: str
    attempts_made: int
    ended_at: datetime
    recycled_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecycledBatch:
    """What became of some leads of a campaign, in the order of their ids."""

    last: LeadId | None
    """Of the leads looked at; None: there are no more."""
    seen: int
    recycled: int
    stayed: dict[str, int] = field(default_factory=dict)
    """Chosen and not come back, by `Stays` or `ALREADY_THERE`."""


_LAST_CALL: Final = (
    sa.select(attempts.c.id)
    .where(attempts.c.lead_id == leads.c.id)
    .order_by(attempts.c.created_at.desc(), attempts.c.id.desc())
    .limit(1)
    .correlate(leads)
    .scalar_subquery()
)
_BOOKED: Final = sa.exists().where(
    appointments.c.lead_id == leads.c.id, appointments.c.state.in_([state.value for state in COMES_OR_CAME])
)
_ENDED: Final = (
    sa.select(leads, attempts.c.result, attempts.c.closed_at, dispositions.c.code, _BOOKED.label("booked"))
    .join_from(leads, attempts, attempts.c.id == _LAST_CALL, isouter=True)
    .join(
        dispositions,
        sa.and_(dispositions.c.attempt_id == attempts.c.id, dispositions.c.version == attempts.c.disposition_version),
        isouter=True,
    )
    .where(
        # An expression, so that the leads are gone through by their ids: in the index of their states every batch would
        # sort all that are left.
        leads.c.campaign_id.concat("") == sa.bindparam("campaign"),
        leads.c.state.in_(sa.bindparam("states", expanding=True)),
        leads.c.id > sa.bindparam("after"),
    )
    .order_by(leads.c.id)
    .limit(BATCH)
)
_ENDED_FOR_UPDATE: Final = _ENDED.with_for_update(of=leads)
_CAMPAIGN: Final = sa.select(campaigns.c.state).where(campaigns.c.id == sa.bindparam("campaign")).with_for_update()
_REOPEN: Final = (
    sa.update(campaigns)
    .where(campaigns.c.id == sa.bindparam("campaign"))
    .values(state=CampaignState.READY, state_since=sa.bindparam("at", type_=Instant()))
)
_ROUNDS: Final = (
    sa.select(lead_rounds.c.lead_id, sa.func.max(lead_rounds.c.round))
    .where(lead_rounds.c.lead_id.in_(sa.bindparam("ids", expanding=True)))
    .group_by(lead_rounds.c.lead_id)
)
_AGAIN: Final = (
    sa.update(leads)
    .where(leads.c.id == sa.bindparam("lead"))
    .values(
        {
            leads.c.state: LeadState.READY.value,
            leads.c.state_since: sa.bindparam("at", type_=Instant()),
            leads.c.reason: sa.bindparam("new_reason"),
            leads.c.attempts_made: 0,
            leads.c.phone_index: sa.bindparam("new_phone_index"),
            leads.c.counts: sa.bindparam("new_counts", type_=Json),
            leads.c.not_before: sa.bindparam("new_not_before", type_=Instant()),
            leads.c.callback_agent: None,
            leads.c.promised_at: None,
            leads.c.former_state: None,
            leads.c.lease_until: None,
        }
    )
)
_THERE: Final = sa.select(leads.c.contact_id).where(
    leads.c.campaign_id == sa.bindparam("campaign"), leads.c.contact_id.in_(sa.bindparam("contacts", expanding=True))
)
_THERE_BY_NUMBER: Final = sa.select(phones.c.e164).where(
    phones.c.e164.in_(sa.bindparam("numbers", expanding=True)),
    sa.exists().where(leads.c.contact_id == phones.c.contact_id, leads.c.campaign_id == sa.bindparam("campaign")),
)
_OF_LEAD: Final = (
    sa.select(lead_rounds).where(lead_rounds.c.lead_id == sa.bindparam("lead")).order_by(lead_rounds.c.round)
)


class Rounds:
    """Leads that come back."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def recycle(
        self,
        campaign_id: CampaignId,
        choice: Choice,
        after: LeadId,
        at: datetime,
        *,
        into: CampaignId | None = None,
        dry_run: bool = False,
    ) -> RecycledBatch:
        """Bring back, of the next `BATCH` leads behind `after` that are done with, those of `choice`.

        In place they are ``ready`` with nothing counted; or, `into` another campaign, they stay as they are and are
        copied to it as ``new``. A completed campaign becomes ``ready`` with its first lead, and the outbox is told of
        each batch. `dry_run` counts and changes nothing. Raises `NotFound`, `Conflict` for a cancelled campaign.
        """
        if dry_run:
            return await self._database.read(_looked_at, campaign_id, choice, after, at, into)
        return await self._database.write(_recycle, campaign_id, choice, after, at, into)

    async def of_lead(self, lead_id: LeadId) -> list[EndedRound]:
        """Its rounds that are over, the first one first; none for most."""
        rows = await self._database.read(lambda tx: tx.execute(_OF_LEAD, {"lead": lead_id}).all())
        return [
            EndedRound(
                round=row.round,
                state=LeadState(row.state),
                reason=row.reason,
                attempts_made=row.attempts_made,
                ended_at=row.ended_at,
                recycled_at=row.recycled_at,
            )
            for row in rows
        ]


@dataclass(frozen=True, slots=True)
class _Found:
    """One batch, looked at: rows that come back and how, and why others stay."""

    rows: Sequence[sa.Row[Any]]
    back: list[tuple[sa.Row[Any], FreshLead]]
    stayed: Counter[str]

    @property
    def batch(self) -> RecycledBatch:
        last = LeadId(self.rows[-1].id) if len(self.rows) == BATCH else None
        return RecycledBatch(last=last, seen=len(self.rows), recycled=len(self.back), stayed=dict(self.stayed))


def _looked_at(
    tx: sa.Connection, campaign_id: CampaignId, choice: Choice, after: LeadId, at: datetime, into: CampaignId | None
) -> RecycledBatch:
    return _look(tx, campaign_id, choice, after, at, into, lock=False).batch


def _look(
    tx: sa.Connection,
    campaign_id: CampaignId,
    choice: Choice,
    after: LeadId,
    at: datetime,
    into: CampaignId | None,
    *,
    lock: bool,
) -> _Found:
    asked = {"campaign": campaign_id, "states": sorted(choice.states), "after": after}
    rows = tx.execute(_ENDED_FOR_UPDATE if lock else _ENDED, asked).all()
    contacts = {row.contact_id for row in rows}
    numbers, flags = numbers_of(tx, contacts), suppressed_phones(tx, contacts)
    back: list[tuple[sa.Row[Any], FreshLead]] = []
    stayed: Counter[str] = Counter()
    for row in rows:
        ended = _ended(row, numbers[row.contact_id], flags[row.contact_id])
        if not is_chosen(choice, ended):
            continue
        found = fresh(choice, ended, at)
        if isinstance(found, Stays):
            stayed[found.value] += 1
        else:
            back.append((row, found))
    if into is not None:
        there = _there(tx, into, {row.contact_id: numbers[row.contact_id] for row, _ in back})
        stayed[ALREADY_THERE] += sum(row.contact_id in there for row, _ in back)
        back = [(row, found) for row, found in back if row.contact_id not in there]
    return _Found(rows, back, +stayed)


def _recycle(
    tx: sa.Connection, campaign_id: CampaignId, choice: Choice, after: LeadId, at: datetime, into: CampaignId | None
) -> RecycledBatch:
    target = into or campaign_id
    state = tx.execute(_CAMPAIGN, {"campaign": target}).scalar()
    if state is None:
        raise NotFound(f"There is no campaign {target}.")
    if state == CampaignState.CANCELLED:
        raise Conflict(f"The campaign {target} is cancelled: nobody comes back into it.")
    found = _look(tx, campaign_id, choice, after, at, into, lock=True)
    if found.back:
        gap = timedelta(seconds=choice.min_gap_seconds)
        waits = {row.id: row.closed_at + gap for row, _ in found.back if row.closed_at and row.closed_at + gap > at}
        if into is None:
            begin_round(tx, found.back, waits, at)
        else:
            _copy(tx, into, found.back, waits, at)
        told = [_event(EventKind.CAMPAIGN_RECYCLED, campaign_id, at, leads=len(found.back), into=into)]
        if state == CampaignState.COMPLETED:
            tx.execute(_REOPEN, {"campaign": target, "at": at})
            told.append(_event(EventKind.CAMPAIGN_STATE, target, at, state=CampaignState.READY.value))
        outbox.append(tx, told)
    return found.batch


def begin_round(
    tx: sa.Connection, back: Sequence[tuple[sa.Row[Any], FreshLead]], waits: dict[int, datetime], at: datetime
) -> None:
    """Leads that are done with come back; `waits`: those that are not called before then."""
    before: dict[int, int] = dict(tx.execute(_ROUNDS, {"ids": [row.id for row, _ in back]}).all())
    over = [
        {
            "lead_id": row.id,
            "round": before.get(row.id, 0) + 1,
            "state": row.state,
            "reason": row.reason,
            "attempts_made": row.attempts_made,
            "counts": row.counts,
            "ended_at": row.state_since,
        }
        for row, _ in back
    ]
    insert_many(tx, lead_rounds, over, recycled_at=at)
    tx.execute(
        _AGAIN,
        [
            {
                "lead": row.id,
                "at": at,
                "new_reason": f"recycled:{before.get(row.id, 0) + 2}",
                "new_phone_index": found.phone_index,
                "new_counts": found.counts,
                "new_not_before": waits.get(row.id),
            }
            for row, found in back
        ],
    )


def _copy(
    tx: sa.Connection,
    into: CampaignId,
    back: Sequence[tuple[sa.Row[Any], FreshLead]],
    waits: dict[int, datetime],
    at: datetime,
) -> None:
    rows = [
        {
            "contact_id": row.contact_id,
            "reason": f"recycled:{row.campaign_id}",
            "priority": row.priority,
            "phone_index": found.phone_index,
            "not_before": waits.get(row.id, row.valid_from),
            "counts": found.counts,
            "fields": row.fields,
            "timezone": row.timezone,
            "department": row.department,
            "valid_from": row.valid_from,
            "valid_until": row.valid_until,
        }
        for row, found in back
    ]
    insert_many(
        tx, leads, rows, campaign_id=into, state=LeadState.NEW.value, state_since=at, created_at=at, attempts_made=0
    )


def _there(tx: sa.Connection, into: CampaignId, numbers: dict[int, list[str]]) -> set[int]:
    """Those of these contacts who are in that campaign, they themselves or by one of their numbers."""
    there = set(tx.execute(_THERE, {"campaign": into, "contacts": list(numbers)}).scalars())
    every = sorted({each for own in numbers.values() for each in own})
    known = set(tx.execute(_THERE_BY_NUMBER, {"campaign": into, "numbers": every}).scalars())
    return there | {contact for contact, own in numbers.items() if not known.isdisjoint(own)}


def _ended(row: sa.Row[Any], numbers: Sequence[str], suppressed: Sequence[bool]) -> EndedLead:
    return EndedLead(
        state=LeadState(row.state),
        reason=row.reason,
        result=CallResult(row.result) if row.result else None,
        disposition=row.code or "",
        counts=row.counts,
        phone_index=row.phone_index,
        phones=[PhoneNumber(each) for each in numbers],
        suppressed=suppressed,
        valid_until=row.valid_until,
        booked=row.booked,
    )


def _event(kind: EventKind, campaign_id: CampaignId, at: datetime, **payload: Any) -> Event:
    return Event(event_id=new_event_id(), kind=kind, occurred_at=at, campaign_id=campaign_id, payload=payload)
