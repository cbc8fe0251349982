"""Who is meant by what somebody types, and every id and number that leads to their rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

import sqlalchemy as sa

from cti_api.errors import Fault, InputError, NotFound
from cti_api.model.ids import CHANNEL_ID
from cti_api.store.front_desk_tables import ivr_calls
from cti_api.store.held import By
from cti_api.store.left import ERASED_NUMBER
from cti_api.store.number_key import NumberKey
from cti_api.store.people import numbers_of
from cti_api.store.queue_tables import inbound_calls
from cti_api.store.schema import attempts, consents, contacts, leads, phones, registry_copies, registry_entries
from cti_api.store.schema import suppressed_numbers as suppressed
from cti_api.store.survey_tables import survey_sittings

T = TypeVar("T")

AT_ONCE: Final = 500
"""Ids in one statement."""

MOST_ID_DIGITS: Final = 15
"""More digits are no id of ours."""

MOST_CHOICES: Final = 20


class Meant(StrEnum):
    """What a word was understood as; also what may be written before it, with a colon, to leave no doubt."""

    PHONE = "phone"
    CONTACT = "contact"
    LEAD = "lead"
    ATTEMPT = "attempt"
    KEY = "key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person, as everything that finds their rows."""

    meant: Meant
    contacts: tuple[int, ...]
    names: tuple[str, ...]
    numbers: tuple[str, ...]
    shared: frozenset[str]
    """Numbers that other people have too: what is kept by the number alone is theirs as well."""
    leads: tuple[int, ...]
    lists: tuple[int, ...]
    attempts: dict[str, str]
    """By their ids, the campaign."""
    sittings: tuple[str, ...]
    """Of surveys."""
    shared_sittings: frozenset[str]
    """Those of them that only a number leads to which other people have too."""
    copies: tuple[int, ...]
    """Of public lists in which a number is."""
    opt_outs: tuple[datetime, ...]
    erased_at: datetime | None
    """When a person with one of these numbers was erased, where one was."""

    def keys(self, by: By, *, alone: bool) -> Sequence[Any]:
        """What is looked for; `alone`: without the numbers that others share."""
        numbers = [number for number in self.numbers if not (alone and number in self.shared)]
        found: dict[By, Sequence[Any]] = {
            By.CONTACT: self.contacts,
            By.LEAD: self.leads,
            By.ATTEMPT: tuple(self.attempts),
            By.NUMBER: numbers,
            By.LIST: self.lists,
            By.SITTING: [each for each in self.sittings if not (alone and each in self.shared_sittings)],
            By.COPY: self.copies,
            By.OPT_OUT: self.opt_outs if numbers else (),
        }
        return found[by]


_IDS: Final[sa.BindParameter[Any]] = sa.bindparam("ids", expanding=True)
_OF_NUMBERS: Final = sa.select(phones.c.contact_id).where(phones.c.e164.in_(_IDS)).distinct()
_OF_KEY: Final = sa.select(contacts.c.id).where(
    contacts.c.external_key == sa.bindparam("key"), sa.text("contacts.external_key != ''")
)
_CONTACT: Final = sa.select(contacts.c.id).where(contacts.c.id == sa.bindparam("id"))
_OF_LEAD: Final = sa.select(leads.c.contact_id).where(leads.c.id == sa.bindparam("id"))
_OF_ATTEMPT: Final = sa.select(leads.c.contact_id).join_from(attempts, leads).where(attempts.c.id == sa.bindparam("id"))
_NAMES: Final = sa.select(contacts.c.id, contacts.c.name).where(contacts.c.id.in_(_IDS))
_LEADS: Final = sa.select(leads.c.id, leads.c.list_id).where(leads.c.contact_id.in_(_IDS)).order_by(leads.c.id)
_ATTEMPTS: Final = sa.select(attempts.c.id, attempts.c.campaign_id, attempts.c.e164).where(attempts.c.lead_id.in_(_IDS))
_OWNERS: Final = sa.select(phones.c.e164, phones.c.contact_id).where(phones.c.e164.in_(_IDS))
_OPT_OUTS: Final = sa.select(suppressed.c.at).where(suppressed.c.e164.in_(_IDS)).distinct()
_COPIES: Final = sa.select(registry_entries.c.copy_id).where(
    registry_entries.c.e164.in_(_IDS), registry_entries.c.copy_id.in_(sa.select(registry_copies.c.id))
)
_SITTINGS: Final = tuple(
    sa.select(survey_sittings.c.id).where(column.in_(_IDS))
    for column in (survey_sittings.c.contact_id, survey_sittings.c.lead_id, survey_sittings.c.attempt_id)
)
_SITTINGS_OF_NUMBERS: Final = sa.select(survey_sittings.c.id, survey_sittings.c.e164).where(
    survey_sittings.c.e164.in_(_IDS)
)
_BY_NUMBER_ALONE: Final = (
    sa.select(survey_sittings.c.e164).where(survey_sittings.c.e164.in_(_IDS)),
    sa.select(suppressed.c.e164).where(suppressed.c.e164.in_(_IDS)),
    sa.select(consents.c.e164).where(consents.c.e164.in_(_IDS)),
    sa.select(inbound_calls.c.e164).where(inbound_calls.c.e164.in_(_IDS)),
    sa.select(ivr_calls.c.e164).where(ivr_calls.c.e164.in_(_IDS)),
    sa.select(registry_entries.c.e164).where(
        registry_entries.c.e164.in_(_IDS), registry_entries.c.copy_id.in_(sa.select(registry_copies.c.id))
    ),
)


def find_person(tx: sa.Connection, words: str, numbers: Sequence[str], key: NumberKey, *, everybody: bool) -> Person:
    """The person that `words` mean; `numbers` are those they may mean in E.164. `everybody`: who share a number, or a
    key, are taken for one person.

    Raises `NotFound`, and `InputError` with the choices where several people may be meant.
    """
    meant = _meant(tx, words.strip(), numbers)
    if not meant:
        known = key.erased_if_known(tx, numbers)
        if not known and not any(_scalars(tx, each, numbers) for each in _BY_NUMBER_ALONE):
            raise NotFound(
                f"No hay nada de «{words}»: escriba un teléfono con su país (+573001234567), el id de un contacto, de "
                "un lead o de un intento, o la clave del sistema de origen."
            )
        return _person(tx, Meant.PHONE, (), numbers, key)
    whole = {people for _, people in meant}
    if len(whole) > 1 or (len(meant[0][1]) > 1 and not everybody):
        raise _doubt(tx, words, meant)
    return _person(tx, meant[0][0], sorted(meant[0][1]), (), key)


def _meant(tx: sa.Connection, words: str, numbers: Sequence[str]) -> list[tuple[Meant, frozenset[int]]]:
    """Each way in which the words mean somebody, with whom."""
    kind, colon, rest = words.partition(":")
    only = Meant(kind) if colon and kind in set(Meant) else None
    word = rest.strip() if only else words
    asked = {"id": int(word)} if word.isascii() and word.isdecimal() and len(word) <= MOST_ID_DIGITS else None
    ways: dict[Meant, Collection[int]] = {}
    if only in (None, Meant.ATTEMPT) and CHANNEL_ID.match(word):
        ways[Meant.ATTEMPT] = tx.execute(_OF_ATTEMPT, {"id": word}).scalars().all()
    if only in (None, Meant.PHONE) and numbers:
        ways[Meant.PHONE] = _scalars(tx, _OF_NUMBERS, numbers)
    if only in (None, Meant.CONTACT) and asked:
        ways[Meant.CONTACT] = tx.execute(_CONTACT, asked).scalars().all()
    if only in (None, Meant.LEAD) and asked:
        ways[Meant.LEAD] = tx.execute(_OF_LEAD, asked).scalars().all()
    if only in (None, Meant.KEY) and word:
        ways[Meant.KEY] = tx.execute(_OF_KEY, {"key": word}).scalars().all()
    return [(way, frozenset(people)) for way, people in ways.items() if people]


def _person(tx: sa.Connection, meant: Meant, people: Sequence[int], numbers: Sequence[str], key: NumberKey) -> Person:
    theirs = _rows(tx, _LEADS, people)
    tried = _rows(tx, _ATTEMPTS, [row.id for row in theirs])
    has = [number for own in numbers_of(tx, people).values() for number in own]
    all_numbers = tuple(dict.fromkeys([*numbers, *has, *(row.e164 for row in tried)]))
    all_numbers = tuple(number for number in all_numbers if number != ERASED_NUMBER)
    erased = key.erased_if_known(tx, all_numbers)
    shared = frozenset(row.e164 for row in _rows(tx, _OWNERS, all_numbers) if row.contact_id not in people)
    keys = (people, [row.id for row in theirs], [row.id for row in tried])
    sat = {each for statement, ids in zip(_SITTINGS, keys, strict=True) for each in _scalars(tx, statement, ids)}
    by_number = {row.id: row.e164 for row in _rows(tx, _SITTINGS_OF_NUMBERS, all_numbers)}
    return Person(
        meant=meant,
        contacts=tuple(people),
        names=tuple(dict.fromkeys(row.name for row in _rows(tx, _NAMES, people) if row.name)),
        numbers=all_numbers,
        shared=shared,
        leads=tuple(row.id for row in theirs),
        lists=tuple(sorted({row.list_id for row in theirs if row.list_id is not None})),
        attempts={row.id: row.campaign_id for row in tried},
        sittings=tuple(sorted(sat | by_number.keys())),
        shared_sittings=frozenset(each for each, number in by_number.items() if number in shared) - sat,
        copies=tuple(sorted(set(_scalars(tx, _COPIES, all_numbers)))),
        opt_outs=tuple(_scalars(tx, _OPT_OUTS, all_numbers)),
        erased_at=max((row.at for row in erased.values()), default=None),
    )


def _doubt(tx: sa.Connection, words: str, meant: Sequence[tuple[Meant, frozenset[int]]]) -> InputError:
    people = sorted({person for _, each in meant for person in each})
    names = {row.id: row.name for row in _rows(tx, _NAMES, people)}
    numbers = numbers_of(tx, people)
    ways = {person: [str(way) for way, each in meant if person in each] for person in people}
    return InputError(
        f"«{words}» puede ser más de una persona; escriba cuál (o --everybody si todas son la misma):",
        [
            Fault(f"contact:{person}", f"{names[person]} {', '.join(numbers[person])} ({', '.join(ways[person])})")
            for person in people[:MOST_CHOICES]
        ],
    )


def in_parts(things: Sequence[T]) -> Iterator[Sequence[T]]:
    """As many at once as a statement may name."""
    for first in range(0, len(things), AT_ONCE):
        yield things[first : first + AT_ONCE]


def _rows(tx: sa.Connection, statement: sa.Select[Any], ids: Sequence[Any]) -> list[sa.Row[Any]]:
    return [row for part in in_parts(ids) for row in tx.execute(statement, {"ids": list(part)})]


def _scalars(tx: sa.Connection, statement: sa.Select[Any], ids: Sequence[Any]) -> list[Any]:
    return [row[0] for row in _rows(tx, statement, ids)]
