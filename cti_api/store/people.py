"""Leads and their contacts as rows: how they are read, and which of a person's phones may still be dialled."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

import sqlalchemy as sa

from cti_api.model.ids import AgentId, CampaignId, ContactId, LeadId
from cti_api.model.leads import Contact, Lead, LeadState
from cti_api.model.phone import PhoneNumber
from cti_api.store.schema import contacts, leads, phones, suppressed_numbers

LEAD: Final = sa.select(leads, contacts.c.name).join_from(leads, contacts)
"""A lead with its contact; `read_leads` and `to_lead` understand its rows."""

_PHONES: Final = (
    sa.select(phones.c.contact_id, phones.c.e164)
    .where(phones.c.contact_id.in_(sa.bindparam("contacts", expanding=True)))
    .order_by(phones.c.contact_id, phones.c.position)
)
_SUPPRESSED: Final = (
    sa.select(phones.c.contact_id, suppressed_numbers.c.e164.is_not(None))
    .join_from(phones, suppressed_numbers, phones.c.e164 == suppressed_numbers.c.e164, isouter=True)
    .where(phones.c.contact_id.in_(sa.bindparam("contacts", expanding=True)))
    .order_by(phones.c.contact_id, phones.c.position)
)


def read_leads(tx: sa.Connection, statement: sa.Select[Any], parameters: dict[str, Any]) -> list[Lead]:
    """Run a statement made from `LEAD`; its order is kept."""
    rows = tx.execute(statement, parameters).all()
    return to_leads(tx, rows)


def to_leads(tx: sa.Connection, rows: Sequence[sa.Row[Any]]) -> list[Lead]:
    """Leads of `LEAD`'s rows, with their phones."""
    numbers = numbers_of(tx, {row.contact_id for row in rows})
    return [to_lead(row, tuple(PhoneNumber(e164) for e164 in numbers[row.contact_id])) for row in rows]


def numbers_of(tx: sa.Connection, contact_ids: Iterable[int]) -> dict[int, list[str]]:
    """Each contact's phones as E.164, in the order in which they are tried; an empty list for a contact without."""
    numbers: dict[int, list[str]] = {contact_id: [] for contact_id in contact_ids}
    if numbers:
        for contact_id, e164 in tx.execute(_PHONES, {"contacts": list(numbers)}):
            numbers[contact_id].append(e164)
    return numbers


def to_lead(row: sa.Row[Any], numbers: tuple[PhoneNumber, ...]) -> Lead:
    return Lead(
        id=LeadId(row.id),
        campaign_id=CampaignId(row.campaign_id),
        contact=Contact(id=ContactId(row.contact_id), name=row.name, phones=numbers),
        state=LeadState(row.state),
        priority=row.priority,
        attempts_made=row.attempts_made,
        phone_index=row.phone_index,
        not_before=row.not_before,
        waiting_reason=row.reason,
        callback_agent=AgentId(row.callback_agent) if row.callback_agent else None,
        promised=LeadState.CALLBACK in (row.state, row.former_state),
        fields=row.fields,
        counts=row.counts,
        timezone=row.timezone,
        department=row.department or "",
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )


def suppressed_phones(tx: sa.Connection, contact_ids: Iterable[int]) -> dict[int, list[bool]]:
    """For each contact's phones, in their order: is it on the do-not-call list?"""
    flags: dict[int, list[bool]] = defaultdict(list)
    for contact_id, suppressed in tx.execute(_SUPPRESSED, {"contacts": list(contact_ids)}):
        flags[contact_id].append(bool(suppressed))
    return flags


def next_allowed(suppressed: Sequence[bool], index: int) -> int | None:
    """The first phone at or after `index`, going round, that is not suppressed; None when all are."""
    order = [(index + step) % len(suppressed) for step in range(len(suppressed))]
    return next((place for place in order if not suppressed[place]), None)


def folded(name: str) -> str:
    """A name without its case and accents, as it is looked for: ``jose munoz`` for ``José MUÑOZ``."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFKD", name).translate(_WITHOUT_ACCENTS).casefold()


class _Accents(dict[int, int | None]):
    """For `str.translate`: what combines with the sign before it goes, everything else stays. Learnt as it is met."""

    def __missing__(self, sign: int) -> int | None:
        self[sign] = found = None if unicodedata.combining(chr(sign)) else sign
        return found


_WITHOUT_ACCENTS: Final = _Accents()
