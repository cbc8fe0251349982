"""The do-not-call list: a number on it is dialled by no campaign, no lead is left waiting for it, and whoever has it
gets no message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from cti_api.model.events import Event, EventKind
from cti_api.model.follow_ups import Via
from cti_api.model.ids import new_event_id
from cti_api.model.leads import DIALABLE_LEAD_STATES, LeadState
from cti_api.model.messages import MessageState
from cti_api.model.phone import PhoneNumber
from cti_api.store import outbox
from cti_api.store.database import Database
from cti_api.store.message_tables import TO_BE_SENT, messages
from cti_api.store.number_key import NumberKey, opt_out_again
from cti_api.store.people import next_allowed, suppressed_phones
from cti_api.store.schema import leads, phones, suppressed_numbers

BATCH: Final = 500
"""Numbers per transaction."""

DO_NOT_CALL: Final = "do_not_call"
"""Reason of a lead all of whose phones are suppressed."""

SAID_NO: Final = "The person asked not to be contacted."
"""Reason of a message that is not sent to somebody on the list."""

_TURN_BACK: Final = (
    sa.update(messages)
    .where(
        messages.c.contact_id.in_(
            sa.select(phones.c.contact_id).where(phones.c.e164.in_(sa.bindparam("numbers", expanding=True)))
        ),
        sa.text(TO_BE_SENT),
        messages.c.via != Via.WEBHOOK,
    )
    .values(
        state=MessageState.SUPPRESSED, state_since=sa.bindparam("at", type_=messages.c.state_since.type), reason=SAID_NO
    )
)
_KNOWN: Final = sa.select(suppressed_numbers.c.e164).where(
    suppressed_numbers.c.e164.in_(sa.bindparam("numbers", expanding=True))
)
_OWNED: Final = phones.alias()
_OF_THE_SAME: Final = (
    sa.select(phones.c.e164)
    .join_from(_OWNED, phones, phones.c.contact_id == _OWNED.c.contact_id)
    .where(_OWNED.c.e164.in_(sa.bindparam("numbers", expanding=True)))
)
_ABOUT_TO_BE_DIALLED: Final = (
    sa.select(leads.c.id, leads.c.campaign_id, leads.c.contact_id, leads.c.phone_index)
    .join_from(
        phones, leads, sa.and_(leads.c.contact_id == phones.c.contact_id, leads.c.phone_index == phones.c.position)
    )
    .where(
        phones.c.e164.in_(sa.bindparam("numbers", expanding=True)),
        leads.c.state.in_(sorted({*DIALABLE_LEAD_STATES, LeadState.RESERVED})),
    )
    .order_by(leads.c.id)
    .with_for_update(of=leads)
)
_NEXT_PHONE: Final = (
    sa.update(leads).where(leads.c.id == sa.bindparam("lead")).values(phone_index=sa.bindparam("phone"))
)
_SUPPRESS_LEAD: Final = (
    sa.update(leads)
    .where(leads.c.id == sa.bindparam("lead"))
    .values(
        state=LeadState.SUPPRESSED,
        state_since=sa.bindparam("at", type_=leads.c.state_since.type),
        reason=DO_NOT_CALL,
        former_state=None,
        lease_until=None,
        not_before=None,
    )
)


class Suppression:
    """Numbers nobody may call again."""

    def __init__(self, database: Database, key: NumberKey) -> None:
        self._database = database
        self._key = key

    async def add(self, numbers: Iterable[PhoneNumber], source: str, at: datetime, *, persons: bool = False) -> int:
        """Put numbers on the list; returns how many were new. `persons`: with all other numbers of whoever has them.

        A lead that would dial one of them next goes on to the contact's next phone, or becomes ``suppressed`` where
        there is none; so does a lead already reserved. Each new number and each lead so moved is told in the outbox.
        Of a number that was erased only its hash is kept, with the day: it is not written down again, unless somebody
        else has it too, who is still called. (It is where the key of the hashes is missing: who says no is heard all
        the same.)
        A long list goes in `BATCH` by `BATCH`; after a failure, adding it again completes it.
        """
        wanted = list(numbers)
        new = 0
        for first in range(0, len(wanted), BATCH):
            new += await self._database.write(_add, wanted[first : first + BATCH], source, at, persons, self._key)
        return new

    async def contains(self, number: PhoneNumber) -> bool:
        found = await self._database.read(lambda tx: tx.execute(_KNOWN, {"numbers": [number.e164]}).first())
        return found is not None

    async def count(self) -> int:
        return await self._database.read(
            lambda tx: tx.execute(sa.select(sa.func.count()).select_from(suppressed_numbers)).scalar_one()
        )


def _add(
    tx: sa.Connection, numbers: Sequence[PhoneNumber], source: str, at: datetime, persons: bool, key: NumberKey
) -> int:
    if persons:
        others = tx.execute(_OF_THE_SAME, {"numbers": [number.e164 for number in numbers]}).scalars()
        numbers = [*numbers, *map(PhoneNumber, others)]
    return says_no(tx, numbers, source, at, key)


def says_no(tx: sa.Connection, numbers: Sequence[PhoneNumber], source: str, at: datetime, key: NumberKey) -> int:
    """`Suppression.add`, within a transaction; of numbers that were erased their hash alone."""
    erased = key.nobodys_among(tx, [number.e164 for number in numbers])
    opt_out_again(tx, [row.digest for row in erased.values()], at)
    return suppress(tx, [number for number in numbers if number.e164 not in erased], source, at)


def suppress(tx: sa.Connection, numbers: Sequence[PhoneNumber], source: str, at: datetime) -> int:
    """`says_no`, of people who are known to be in the store."""
    wanted = {number.e164 for number in numbers}
    new = sorted(wanted - suppressed_among(tx, wanted))
    if not new:
        return 0
    tx.execute(sa.insert(suppressed_numbers), [{"e164": e164, "source": source, "at": at} for e164 in new])
    told = [
        Event(
            event_id=new_event_id(),
            kind=EventKind.NUMBER_SUPPRESSED,
            occurred_at=at,
            payload={"number": e164, "source": source},
        )
        for e164 in new
    ]
    outbox.append(tx, told + _turn_away(tx, new, at))
    # Whoever is sending one holds its row: this waits, and that message went out before.
    tx.execute(_TURN_BACK, {"numbers": new, "at": at})
    return len(new)


def suppressed_among(tx: sa.Connection, numbers: Iterable[str]) -> set[str]:
    """Those of these E.164 numbers that are on the list."""
    return set(tx.execute(_KNOWN, {"numbers": list(numbers)}).scalars())


def _turn_away(tx: sa.Connection, numbers: Sequence[str], at: datetime) -> list[Event]:
    """Lead every lead away from these numbers, now on the list; returns what there is to tell."""
    rows = tx.execute(_ABOUT_TO_BE_DIALLED, {"numbers": list(numbers)}).all()
    if not rows:
        return []
    flags = suppressed_phones(tx, {row.contact_id for row in rows})
    told = []
    for row in rows:
        phone = next_allowed(flags[row.contact_id], row.phone_index)
        if phone is not None:
            tx.execute(_NEXT_PHONE, {"lead": row.id, "phone": phone})
            continue
        tx.execute(_SUPPRESS_LEAD, {"lead": row.id, "at": at})
        told.append(lead_moved(row.campaign_id, row.id, LeadState.SUPPRESSED, DO_NOT_CALL, at))
    return told


def lead_moved(campaign_id: str, lead_id: int, state: LeadState, reason: str, at: datetime) -> Event:
    """The event of a lead that the store itself moved."""
    return Event(
        event_id=new_event_id(),
        kind=EventKind.LEAD_MOVED,
        occurred_at=at,
        campaign_id=campaign_id,
        lead_id=lead_id,
        payload={"lead_state": state.value, "lead_reason": reason},
    )
