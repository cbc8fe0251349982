"""Rows of a list become contacts and leads of a campaign, a few hundred in one transaction.

A row that names a phone, or the source system's key of a person, already in the campaign is a duplicate: the first one
wins, and it is told which row it was. A row that this very list put in before, in an import that was cut off, is none:
it is counted as in, so that the list imported again ends as if nothing had happened.

A person already known from another list is kept once: the same phone, and the same name or the same key of the source
system. (A phone alone is not a person: families share one.) Who they are is then what the newer list says; its other
columns are the lead's, so that no list changes what an agent reads out in another campaign.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import NotFound
from cti_api.model.events import Event, EventKind
from cti_api.model.ids import CampaignId, new_event_id
from cti_api.model.leads import LeadState, NewLead
from cti_api.store import consents, outbox
from cti_api.store.bulk import insert_many
from cti_api.store.hopper import EXPIRED
from cti_api.store.lists import name_of
from cti_api.store.number_key import NumberKey
from cti_api.store.people import folded, next_allowed, numbers_of
from cti_api.store.schema import campaigns, contacts, leads, lists, phones
from cti_api.store.storable import storable
from cti_api.store.suppression import DO_NOT_CALL, suppressed_among

BATCH: Final = 500
"""Rows per transaction: the writer is held for some hundredths of a second."""


@dataclass(frozen=True, slots=True)
class Known:
    """Who stands in a row's way: a lead of the same person that the campaign has already."""

    lead_id: int
    list_name: str
    """The list it came from; empty for one that somebody entered."""
    line: int
    """Its line there; 0 for one that somebody entered."""
    by_key: bool
    """It has the same key of the source system; else one of its phones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadsAdded:
    """What became of a list."""

    added: int
    resumed: int = 0
    """Rows that this list put in before: they are in, and not once more."""
    twice_in_list: tuple[int, ...] = ()
    """Places in the list (from 0) of rows one of whose phones stands in an earlier row."""
    already_there: tuple[int, ...] = ()
    """Places of rows whose person was in the campaign before."""
    known: dict[int, Known] = field(default_factory=dict)
    """By those places, who it was."""
    erased: tuple[int, ...] = ()
    """Places of rows that name a number of somebody who was erased: nothing of them is kept."""

    @property
    def duplicates(self) -> int:
        return len(self.twice_in_list) + len(self.already_there)


def together(parts: Iterable[LeadsAdded]) -> LeadsAdded:
    """Several batches as one."""
    done = list(parts)
    return LeadsAdded(
        added=sum(part.added for part in done),
        resumed=sum(part.resumed for part in done),
        twice_in_list=tuple(place for part in done for place in part.twice_in_list),
        already_there=tuple(place for part in done for place in part.already_there),
        known={place: known for part in done for place, known in part.known.items()},
        erased=tuple(place for part in done for place in part.erased),
    )


_LOCK_CAMPAIGN: Final = sa.select(campaigns.c.id).where(campaigns.c.id == sa.bindparam("campaign")).with_for_update()
_IN_CAMPAIGN: Final = (
    # EXISTS, not a join: the numbers are few and the campaign's leads are many, and SQLite would begin with those.
    sa.select(phones.c.e164, phones.c.contact_id).where(
        phones.c.e164.in_(sa.bindparam("numbers", expanding=True)),
        sa.exists().where(leads.c.contact_id == phones.c.contact_id, leads.c.campaign_id == sa.bindparam("campaign")),
    )
)
_KEYS_IN_CAMPAIGN: Final = sa.select(contacts.c.external_key, contacts.c.id).where(
    contacts.c.external_key.in_(sa.bindparam("keys", expanding=True)),
    sa.text("contacts.external_key != ''"),
    sa.exists().where(leads.c.contact_id == contacts.c.id, leads.c.campaign_id == sa.bindparam("campaign")),
)
_WHERE_FROM: Final = (
    sa.select(leads.c.contact_id, leads.c.id, leads.c.list_id, leads.c.line, lists.c.name)
    .join_from(leads, lists, isouter=True)
    .where(
        leads.c.contact_id.in_(sa.bindparam("contacts", expanding=True)),
        leads.c.campaign_id == sa.bindparam("campaign"),
    )
)
_OWNERS: Final = (
    sa.select(phones.c.e164, contacts)
    .join_from(phones, contacts)
    .where(phones.c.e164.in_(sa.bindparam("numbers", expanding=True)))
    .order_by(contacts.c.id)
)
_THEIR_IDS: Final = sa.insert(contacts).returning(contacts.c.id, sort_by_parameter_order=True)
_LAST_CONTACT: Final = sa.select(sa.func.coalesce(sa.func.max(contacts.c.id), 0))
_RENEW_CONTACT: Final = (
    sa.update(contacts)
    .where(contacts.c.id == sa.bindparam("contact"))
    .values(
        name=sa.bindparam("new_name"),
        folded_name=sa.bindparam("new_folded_name"),
        external_key=sa.bindparam("new_key"),
    )
)


def add(
    tx: sa.Connection,
    campaign_id: CampaignId,
    rows: Sequence[NewLead],
    seen: set[str],
    first: int,
    at: datetime,
    key: NumberKey,
    list_id: int | None = None,
) -> LeadsAdded:
    """Put one batch into a campaign. `seen`: the numbers of the list so far, added to; `first`: the batch's place."""
    hold_campaign(tx, campaign_id)
    rows = [storable(row) for row in rows]
    gone = key.erased_among(tx, [phone.e164 for row in rows for phone in row.phones])
    erased = {
        place for place, row in enumerate(rows if gone else (), start=first) if any(p.e164 in gone for p in row.phones)
    }
    there = _there(tx, campaign_id, rows)
    fresh: list[NewLead] = []
    twice: list[int] = []
    known: dict[int, Known] = {}
    resumed = 0
    for place, row in enumerate(rows, start=first):
        if place in erased:
            continue
        own = [phone.e164 for phone in row.phones]
        if not seen.isdisjoint(own):
            twice.append(place)
            continue
        before = _before(there, row, own)
        if not before:
            fresh.append(row)
            seen.update(own)
        elif list_id is not None and any((each.list_id, each.line) == (list_id, row.line) for each in before):
            resumed += 1
            seen.update(own)
        else:
            known[place] = before[0].known
    if fresh:
        _insert(tx, campaign_id, fresh, at, list_id)
    # Also of people who are there already: a later list is how a consent that was missing is brought in.
    consents.add(tx, [row for place, row in enumerate(rows, start=first) if place not in erased], list_id)
    count = LeadsAdded(
        added=len(fresh),
        resumed=resumed,
        twice_in_list=tuple(twice),
        already_there=tuple(known),
        known=known,
        erased=tuple(sorted(erased)),
    )
    if fresh or known or twice:
        outbox.append(tx, [_imported(campaign_id, count, at, name_of(tx, list_id))])
    return count


def hold_campaign(tx: sa.Connection, campaign_id: CampaignId) -> None:
    """Nobody else brings people in, or erases one, until this transaction is over. Raises `NotFound`."""
    if tx.execute(_LOCK_CAMPAIGN, {"campaign": campaign_id}).first() is None:
        raise NotFound(f"There is no campaign {campaign_id}.")


@dataclass(frozen=True, slots=True)
class _Before:
    known: Known
    list_id: int | None
    line: int | None


@dataclass(frozen=True, slots=True)
class _There:
    """Leads of the campaign by phone and by key, of those that a batch names."""

    by_number: dict[str, list[_Before]]
    by_key: dict[str, list[_Before]]


_NOBODY: Final = _There({}, {})


def _there(tx: sa.Connection, campaign_id: CampaignId, rows: Sequence[NewLead]) -> _There:
    numbers = [phone.e164 for row in rows for phone in row.phones]
    keys = [row.external_key for row in rows if row.external_key]
    of_numbers = tx.execute(_IN_CAMPAIGN, {"campaign": campaign_id, "numbers": numbers}).all()
    of_keys = tx.execute(_KEYS_IN_CAMPAIGN, {"campaign": campaign_id, "keys": keys}).all() if keys else []
    if not of_numbers and not of_keys:
        return _NOBODY
    people = list({row[1] for row in (*of_numbers, *of_keys)})
    found = {row.contact_id: row for row in tx.execute(_WHERE_FROM, {"campaign": campaign_id, "contacts": people})}
    there = _There(defaultdict(list), defaultdict(list))
    for e164, person in of_numbers:
        there.by_number[e164].append(_seen_before(found[person], by_key=False))
    for key, person in of_keys:
        there.by_key[key].append(_seen_before(found[person], by_key=True))
    return there


def _seen_before(lead: Any, *, by_key: bool) -> _Before:
    return _Before(Known(lead.id, lead.name or "", lead.line or 0, by_key), lead.list_id, lead.line)


def _before(there: _There, row: NewLead, own: Sequence[str]) -> list[_Before]:
    if there is _NOBODY:
        return []
    found = [before for e164 in own for before in there.by_number.get(e164, ())]
    return found + there.by_key.get(row.external_key, []) if row.external_key else found


def _insert(
    tx: sa.Connection, campaign_id: CampaignId, rows: Sequence[NewLead], at: datetime, list_id: int | None
) -> None:
    suppressed = suppressed_among(tx, {phone.e164 for row in rows for phone in row.phones})
    people, phones_of = _people(tx, rows, at)
    new_leads = []
    for place, row in enumerate(rows):
        contact_id = people[place]
        own = phones_of[contact_id]
        # The list's own first phone is tried first, also where the contact has older ones.
        wanted = own.index(row.phones[0].e164)
        index = next_allowed([e164 in suppressed for e164 in own], wanted) if suppressed else wanted
        state, reason = _state(row, index, at)
        new_leads.append(
            {
                "contact_id": contact_id,
                "state": state.value,
                "reason": reason,
                "priority": row.priority,
                "phone_index": index or 0,
                "not_before": row.valid_from,
                "fields": row.fields,
                "timezone": row.timezone,
                "department": row.department or None,
                "valid_from": row.valid_from,
                "valid_until": row.valid_until,
                "line": row.line or None,
            }
        )
    insert_many(
        tx,
        leads,
        new_leads,
        campaign_id=campaign_id,
        list_id=list_id,
        state_since=at,
        created_at=at,
        attempts_made=0,
        counts={},
    )


def person(tx: sa.Connection, row: NewLead, at: datetime) -> int:
    """The contact of this row's person, known or made now, with its phones; no lead. The caller holds a lock that an
    erasure waits for, and has looked whether one of the numbers was erased."""
    return _people(tx, [storable(row)], at)[0][0]


def _people(tx: sa.Connection, rows: Sequence[NewLead], at: datetime) -> tuple[dict[int, int], dict[int, list[str]]]:
    """The contact of each row by its place, and the phones of each contact; both as they are from now on."""
    people = _known(tx, rows, {phone.e164 for row in rows for phone in row.phones})
    phones_of = numbers_of(tx, people.values())
    strangers = [place for place in range(len(rows)) if place not in people]
    if strangers:
        people |= _strangers(tx, {place: rows[place] for place in strangers}, at)
    new_phones = []
    for place, row in enumerate(rows):
        own = phones_of.setdefault(people[place], [])
        for phone in row.phones:
            if phone.e164 not in own:
                new_phones.append({"contact_id": people[place], "position": len(own), "e164": phone.e164})
                own.append(phone.e164)
    insert_many(tx, phones, new_phones)
    return people, phones_of


def _strangers(tx: sa.Connection, rows: dict[int, NewLead], at: datetime) -> dict[int, int]:
    """Make a contact for each of these rows, which are given and returned by their place."""
    people = [
        {"external_key": row.external_key, "name": row.name, "folded_name": folded(row.name)} for row in rows.values()
    ]
    if tx.dialect.name != "sqlite":
        ids: Iterable[int] = tx.execute(_THEIR_IDS, [{**person, "created_at": at} for person in people]).scalars()
    else:
        # SQLite gives ids back in no order that is promised, so SQLAlchemy would insert one by one. Whoever writes is
        # alone here, so the next ids are known before.
        last = tx.execute(_LAST_CONTACT).scalar_one()
        ids = range(last + 1, last + 1 + len(people))
        insert_many(
            tx, contacts, [{"id": each, **person} for each, person in zip(ids, people, strict=True)], created_at=at
        )
    return dict(zip(rows, ids, strict=True))


def _state(row: NewLead, phone: int | None, at: datetime) -> tuple[LeadState, str]:
    if phone is None:
        return LeadState.SUPPRESSED, DO_NOT_CALL
    if row.valid_until is not None and row.valid_until <= at:
        return LeadState.CLOSED, EXPIRED
    return LeadState.NEW, ""


def _known(tx: sa.Connection, rows: Sequence[NewLead], numbers: set[str]) -> dict[int, int]:
    """Contact ids of rows whose person is already in the store, by the row's place; their contacts are renewed."""
    owners: dict[str, list[sa.Row[Any]]] = defaultdict(list)
    for owner in tx.execute(_OWNERS, {"numbers": list(numbers)}):
        owners[owner.e164].append(owner)
    people: dict[int, int] = {}
    taken: set[int] = set()
    for place, row in enumerate(rows if owners else ()):
        candidates = [owner for phone in row.phones for owner in owners.get(phone.e164, ())]
        same = next((owner for owner in candidates if owner.id not in taken and _same_person(owner, row)), None)
        if same is None:
            continue
        people[place] = same.id
        taken.add(same.id)
        name = row.name or same.name
        tx.execute(
            _RENEW_CONTACT,
            {
                "contact": same.id,
                "new_name": name,
                "new_folded_name": folded(name),
                "new_key": row.external_key or same.external_key,
            },
        )
    return people


def _same_person(owner: sa.Row[Any], row: NewLead) -> bool:
    if row.external_key and owner.external_key:
        return bool(row.external_key == owner.external_key)
    return bool(folded(row.name) == owner.folded_name)


def _imported(campaign_id: CampaignId, count: LeadsAdded, at: datetime, list_name: str) -> Event:
    return Event(
        event_id=new_event_id(),
        kind=EventKind.CAMPAIGN_IMPORTED,
        occurred_at=at,
        campaign_id=campaign_id,
        payload={"added": count.added, "duplicates": count.duplicates, "list": list_name},
    )
