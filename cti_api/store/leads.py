"""Leads: put in from a list, taken for dialling, given back, found again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import InputError, NotFound
from cti_api.model.events import Event
from cti_api.model.ids import AgentId, CampaignId, LeadId
from cti_api.model.leads import Lead, LeadMove, NewLead
from cti_api.model.phone import PhoneNumber
from cti_api.numbers.regions import CALLING_CODES
from cti_api.store import hopper, intake, moves
from cti_api.store.database import Database
from cti_api.store.intake import LeadsAdded
from cti_api.store.number_key import NumberKey
from cti_api.store.people import LEAD, folded, read_leads
from cti_api.store.schema import contacts, leads, phones

LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Before every callback there is."""

MOST_ID_DIGITS: Final = 9
"""Longer runs of digits are looked for in numbers only."""

WHOLE_NUMBER_DIGITS: Final = 8
"""So many may be somebody's whole number, as Bolivia's are; fewer are a part of one."""

_MOST: Final[sa.BindParameter[int]] = sa.bindparam("most")
_BY_ID: Final = LEAD.where(leads.c.id == sa.bindparam("lead"))
_IN_CAMPAIGN: Final = sa.or_(
    sa.bindparam("campaign", type_=sa.String) == "", leads.c.campaign_id == sa.bindparam("campaign", type_=sa.String)
)
_LIKE: Final = sa.bindparam("pattern", type_=sa.String)
_BY_NUMBER: Final = (
    LEAD.where(leads.c.contact_id.in_(sa.select(phones.c.contact_id).where(phones.c.e164.like(_LIKE))), _IN_CAMPAIGN)
    .order_by(leads.c.id)
    .limit(_MOST)
)
_BY_WHOLE_NUMBER: Final = (
    LEAD.where(
        leads.c.contact_id.in_(
            sa.select(phones.c.contact_id).where(phones.c.e164.in_(sa.bindparam("numbers", expanding=True)))
        ),
        _IN_CAMPAIGN,
    )
    .order_by(leads.c.id)
    .limit(_MOST)
)
_BY_NAME: Final = (
    # The names are read once; joined, each lead would look its own up.
    LEAD.where(
        leads.c.contact_id.in_(sa.select(contacts.c.id).where(contacts.c.folded_name.like(_LIKE, escape="\\"))),
        _IN_CAMPAIGN,
    )
    .order_by(leads.c.id)
    .limit(_MOST)
)
_BY_EXACT_NUMBER: Final = (
    LEAD.where(
        leads.c.contact_id.in_(sa.select(phones.c.contact_id).where(phones.c.e164 == sa.bindparam("number"))),
        leads.c.campaign_id == sa.bindparam("campaign"),
    )
    .order_by(leads.c.id)
    .limit(1)
)


class Leads:
    """Every lead of every campaign."""

    def __init__(self, database: Database, key: NumberKey) -> None:
        self._database = database
        self._key = key

    async def add(
        self, campaign_id: CampaignId, rows: Sequence[NewLead], at: datetime, list_id: int | None = None
    ) -> LeadsAdded:
        """Put a list into a campaign, `intake.BATCH` rows in one transaction each, each told in the outbox.

        `list_id`: which one (`cti_api.store.lists`). A failure keeps the batches before it; adding the same list again
        then goes on with the rest. Each batch is there when this returns, and survives a power cut from
        `Lists.finish` on: until then the list is brought again anyway. A lead all of whose phones are on the
        do-not-call list goes in as ``suppressed``, one whose validity is over as ``closed``; one of a person who was
        erased does not go in. Raises `NotFound` for an
        unknown campaign, `InputError` for a row without a phone.
        """
        if any(not row.phones for row in rows):
            raise InputError("A row has no phone.")
        write = self._database.write if list_id is None else self._database.write_lightly
        seen: set[str] = set()
        done: list[LeadsAdded] = []
        for first in range(0, len(rows), intake.BATCH):
            batch = rows[first : first + intake.BATCH]
            done.append(await write(intake.add, campaign_id, batch, seen, first, at, self._key, list_id))
        return intake.together(done)

    async def reserve(
        self,
        campaign_id: CampaignId,
        most: int,
        now: datetime,
        lease_until: datetime,
        for_agents: Collection[AgentId] = (),
        anyones_until: datetime = LONG_AGO,
    ) -> list[Lead]:
        """Take up to `most` leads that may be dialled now, moved to ``reserved`` until `lease_until`.

        Order: callbacks due (longest overdue first), higher priority, fewest attempts, oldest. Left out: leads whose
        next number is on the do-not-call list or in a call, and personal callbacks of agents not in `for_agents`
        that came due after `anyones_until`.
        No two calls ever return the same lead. While nobody is due, nothing is asked of the writer: looking through all
        who wait takes a tenth of a second in a million.
        """
        due = await self.next_due(campaign_id, now)
        if due is None or due > now:
            return []
        return await self._database.write_lightly(
            hopper.reserve, campaign_id, most, now, lease_until, for_agents, anyones_until
        )

    async def release(self, ids: Sequence[LeadId], now: datetime) -> int:
        """Give reserved leads back to the state they came from; returns how many of them still were reserved."""
        return await self._database.write_lightly(hopper.release, ids, now)

    async def extend(self, lead_id: LeadId, lease_until: datetime) -> bool:
        """Keep a reserved lead until `lease_until`. False: it came back meanwhile, and is not ours any more."""
        return await self._database.write_lightly(hopper.extend, lead_id, lease_until)

    async def release_expired(self, now: datetime) -> int:
        """Give back every lead whose lease has ended; returns how many."""
        return await self._database.write_lightly(hopper.release_expired, now)

    async def release_all(self, now: datetime) -> int:
        """Give back every reserved lead. For a dialer that starts: whoever reserved them is gone (it has the lease)."""
        return await self._database.write_lightly(hopper.release_all, now)

    async def move(self, lead_id: LeadId, move: LeadMove, at: datetime, *events: Event) -> LeadMove:
        """Move a lead without an attempt: a gate's refusal, a person's decision. Returns what was done.

        Raises `NotFound`, and `Conflict` for a lead that is being dialled or is in a final state.
        """
        return await self._database.write(moves.move, lead_id, move, at, events)

    async def next_due(self, campaign_id: CampaignId, now: datetime) -> datetime | None:
        """When the next lead may be taken, or is to be closed because its validity is over: `now` when one is already;
        None when only final ones or calls are left.

        Numbers in a call are not looked at.
        """
        return await self._database.read(hopper.next_due, campaign_id, now)

    async def any_open(self, campaign_id: CampaignId) -> bool:
        """Whether any lead of the campaign may still be called, or is in a call: is in no final state."""
        return await self._database.read(hopper.any_open, campaign_id)

    async def all_final(self, campaign_id: CampaignId) -> bool:
        """Whether the campaign has leads, and none of them may be called again or is in a call."""
        return await self._database.read(hopper.all_final, campaign_id)

    async def get(self, lead_id: LeadId) -> Lead:
        """Raises `NotFound`."""
        found = await self._database.read(read_leads, _BY_ID, {"lead": lead_id})
        if not found:
            raise NotFound(f"There is no lead {lead_id}.")
        return found[0]

    async def with_number(self, campaign_id: CampaignId, number: PhoneNumber) -> Lead | None:
        """The campaign's lead that has this phone; None where there is none."""
        asked = {"campaign": campaign_id, "number": number.e164}
        found = await self._database.read(read_leads, _BY_EXACT_NUMBER, asked)
        return found[0] if found else None

    async def find(self, words: str, campaign_id: CampaignId | None = None, most: int = 20) -> list[Lead]:
        """Leads by what a person types: a lead's id, part of a number, or part of a name, whatever case and accents."""
        return await self._database.read(_find, words.strip(), campaign_id or "", most)


def _find(tx: sa.Connection, words: str, campaign_id: str, most: int) -> list[Lead]:
    if not words:
        return []
    asked: dict[str, Any] = {"campaign": campaign_id, "most": most}
    digits = words.lstrip("+").replace(" ", "").replace("-", "")
    if not digits.isdecimal():
        return read_leads(tx, _BY_NAME, {**asked, "pattern": f"%{_literal(folded(words))}%"})
    found = read_leads(tx, _BY_ID, {"lead": int(digits)}) if len(digits) <= MOST_ID_DIGITS else []
    found += _with_digits(tx, asked, digits)
    once = {lead.id: lead for lead in found if campaign_id in ("", lead.campaign_id)}
    return list(once.values())[:most]


def _with_digits(tx: sa.Connection, asked: dict[str, Any], digits: str) -> list[Lead]:
    """A whole number, with its country or without, is found by the index; only where there is none, every number is
    read for these digits in it."""
    if len(digits) >= WHOLE_NUMBER_DIGITS:
        numbers = [f"+{digits}", *(f"+{code}{digits}" for code in CALLING_CODES)]
        if found := read_leads(tx, _BY_WHOLE_NUMBER, {**asked, "numbers": numbers}):
            return found
    return read_leads(tx, _BY_NUMBER, {**asked, "pattern": f"%{digits}%"})


def _literal(words: str) -> str:
    """Words in which LIKE's own signs mean themselves."""
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
