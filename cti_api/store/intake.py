"""Rows of a list become contacts and leads of a campaign, a few hundred in one transaction.

A row that names a phone already in the campaign is a duplicate: the first one wins, and it is told which row it was.
A person already known from another list is kept once: the same phone, and the same name or the same key of the source
system. (A phone alone is not a person: families share one.) Who they are is then what the newer list says; its other
columns are the lead's, so that no list changes what an agent reads out in another campaign.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import NotFound
from cti_api.model.events import Event, EventKind
from cti_api.model.ids import CampaignId, new_event_id
from cti_api.model.leads import LeadState, NewLead
from cti_api.store import outbox
from cti_api.store.people import folded, next_allowed, numbers_of
from cti_api.store.schema import campaigns, contacts, leads, phones
from cti_api.store.suppression import DO_NOT_CALL, suppressed_among

BATCH: Final = 500
"""Rows per transaction: the writer is held for about a tenth of a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadsAdded:
    """What became of a list."""

    added: int
    twice_in_list: tuple[int, ...] = ()
    """Places in the list (from 0) of rows one of whose phones stands in an earlier row."""
    already_there: tuple[int, ...] = ()
    """Places of rows one of whose phones was in the campaign before."""

    @property
    def duplicates(self) -> int:
        return len(self.twice_in_list) + len(self.already_there)


_LOCK_CAMPAIGN: Final = sa.select(campaigns.c.id).where(campaigns.c.id == sa.bindparam("campaign")).with_for_update()
_IN_CAMPAIGN: Final = (
    # EXISTS, not a join: the numbers are few and the campaign's leads are many, and SQLite would begin with those.
    sa.select(phones.c.e164).where(
        phones.c.e164.in_(sa.bindparam("numbers", expanding=True)),
        sa.exists().where(leads.c.contact_id == phones.c.contact_id, leads.c.campaign_id == sa.bindparam("campaign")),
    )
)
_OWNERS: Final = (
    sa.select(phones.c.e164, contacts)
    .join_from(phones, contacts)
    .where(phones.c.e164.in_(sa.bindparam("numbers", expanding=True)))
    .order_by(contacts.c.id)
)
_NEW_CONTACTS: Final = sa.insert(contacts).returning(contacts.c.id, sort_by_parameter_order=True)
_NEW_LEADS: Final = sa.insert(leads)
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
    tx: sa.Connection, campaign_id: CampaignId, rows: Sequence[NewLead], seen: set[str], first: int, at: datetime
) -> LeadsAdded:
    """Put one batch into a campaign. `seen`: the numbers of the list so far, added to; `first`: the batch's place."""
    if tx.execute(_LOCK_CAMPAIGN, {"campaign": campaign_id}).first() is None:
        raise NotFound(f"There is no campaign {campaign_id}.")
    rows = [_storable(row) for row in rows]
    numbers = {phone.e164 for row in rows for phone in row.phones}
    there = set(tx.execute(_IN_CAMPAIGN, {"campaign": campaign_id, "numbers": list(numbers)}).scalars())
    fresh: list[NewLead] = []
    twice: list[int] = []
    already: list[int] = []
    for place, row in enumerate(rows, start=first):
        own = {phone.e164 for phone in row.phones}
        if own & seen:
            twice.append(place)
        elif own & there:
            already.append(place)
        else:
            fresh.append(row)
            seen |= own
    if fresh:
        _insert(tx, campaign_id, fresh, at)
    count = LeadsAdded(added=len(fresh), twice_in_list=tuple(twice), already_there=tuple(already))
    outbox.append(tx, [_imported(campaign_id, count, at)])
    return count


def _insert(tx: sa.Connection, campaign_id: CampaignId, rows: Sequence[NewLead], at: datetime) -> None:
    numbers = {phone.e164 for row in rows for phone in row.phones}
    suppressed = suppressed_among(tx, numbers)
    people = _known(tx, rows, numbers)
    strangers = [place for place in range(len(rows)) if place not in people]
    if strangers:
        ids = tx.execute(
            _NEW_CONTACTS,
            [
                {
                    "external_key": rows[place].external_key,
                    "name": rows[place].name,
                    "folded_name": folded(rows[place].name),
                    "created_at": at,
                }
                for place in strangers
            ],
        ).scalars()
        people |= dict(zip(strangers, ids, strict=True))

    known_phones = numbers_of(tx, people.values())
    new_phones, new_leads = [], []
    for place, row in enumerate(rows):
        contact_id = people[place]
        own = known_phones[contact_id]
        for phone in row.phones:
            if phone.e164 not in own:
                new_phones.append({"contact_id": contact_id, "position": len(own), "e164": phone.e164})
                own.append(phone.e164)
        # The list's own first phone is tried first, also where the contact has older ones.
        index = next_allowed([e164 in suppressed for e164 in own], own.index(row.phones[0].e164))
        new_leads.append(
            {
                "campaign_id": campaign_id,
                "contact_id": contact_id,
                "state": LeadState.NEW if index is not None else LeadState.SUPPRESSED,
                "state_since": at,
                "reason": "" if index is not None else DO_NOT_CALL,
                "priority": row.priority,
                "attempts_made": 0,
                "phone_index": index or 0,
                "counts": {},
                "fields": row.fields,
                "created_at": at,
            }
        )
    if new_phones:
        tx.execute(sa.insert(phones), new_phones)
    tx.execute(_NEW_LEADS, new_leads)


def _known(tx: sa.Connection, rows: Sequence[NewLead], numbers: set[str]) -> dict[int, int]:
    """Contact ids of rows whose person is already in the store, by the row's place; their contacts are renewed."""
    owners: dict[str, list[sa.Row[Any]]] = defaultdict(list)
    for owner in tx.execute(_OWNERS, {"numbers": list(numbers)}):
        owners[owner.e164].append(owner)
    people: dict[int, int] = {}
    taken: set[int] = set()
    for place, row in enumerate(rows):
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


def _storable(row: NewLead) -> NewLead:
    """The row without what no database keeps (NUL, halves of surrogate pairs): replaced by U+FFFD, not dropped."""
    texts = (row.name, row.external_key, *row.fields, *row.fields.values())
    if all(_is_storable(text) for text in texts):
        return row
    return NewLead(
        name=_clean(row.name),
        phones=row.phones,
        fields={_clean(key): _clean(value) for key, value in row.fields.items()},
        priority=row.priority,
        external_key=_clean(row.external_key),
    )


def _is_storable(text: str) -> bool:
    return (text.isascii() and "\0" not in text) or _clean(text) == text


def _clean(text: str) -> str:
    return text.replace("\0", "\ufffd").encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def _imported(campaign_id: CampaignId, count: LeadsAdded, at: datetime) -> Event:
    return Event(
        event_id=new_event_id(),
        kind=EventKind.CAMPAIGN_IMPORTED,
        occurred_at=at,
        campaign_id=campaign_id,
        payload={"added": count.added, "duplicates": count.duplicates},
    )
