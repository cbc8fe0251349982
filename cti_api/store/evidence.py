"""Everything that is on record of a person, table by table, as `cti_api.store.held` says where it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from cti_api.store.database import Database
from cti_api.store.held import HELD, Held
from cti_api.store.left import Row
from cti_api.store.number_key import NumberKey
from cti_api.store.person import Person, find_person, in_parts

_IN_TIME: Final = ("created_at", "occurred_at", "arrived_at", "at")
"""A table's rows are told in the order of the first of these that it has, else in that of its key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnRecord:
    """A person, and every row that is theirs."""

    person: Person
    rows: tuple[tuple[Held, tuple[Row, ...]], ...]


class Evidence:
    """What is on record of a person."""

    def __init__(self, database: Database, key: NumberKey) -> None:
        self._database = database
        self._key = key

    async def of(self, words: str, numbers: Sequence[str], *, everybody: bool = False) -> OnRecord:
        """Raises as `cti_api.store.person.find_person`."""
        return await self._database.read(_of, words, numbers, self._key, everybody)


def _of(tx: sa.Connection, words: str, numbers: Sequence[str], key: NumberKey, everybody: bool) -> OnRecord:
    person = find_person(tx, words, numbers, key, everybody=everybody)
    return OnRecord(person=person, rows=tuple((held, tuple(rows_of(tx, held, person))) for held in HELD))


def rows_of(tx: sa.Connection, held: Held, person: Person, *, alone: bool = False) -> list[Row]:
    """A person's rows of one table; `alone`: without those by a number that other people share."""
    key = tuple(column.name for column in held.table.primary_key.columns)
    found: dict[tuple[Any, ...], Row] = {}
    for by, _ in held.by:
        statement = statement_of(held, by)
        for part in in_parts(person.keys(by, alone=alone)):
            for each in tx.execute(statement, {"ids": list(part)}).mappings():
                row = dict(each)
                if held.naming is None or any(_names(row[held.naming.name], number) for number in person.numbers):
                    found[tuple(row[name] for name in key)] = row
    order = next((name for name in _IN_TIME if name in held.table.c), None)
    by_time = [order] if order else []
    return sorted(found.values(), key=lambda row: tuple(row[name] for name in (*by_time, *key)))


def statement_of(held: Held, by: str) -> sa.Select[Any]:
    """How rows of the table are read by one of the things they are found by."""
    column = next(column for each, column in held.by if each == by)
    statement = sa.select(held.table).where(column.in_(sa.bindparam("ids", expanding=True)))
    return statement if held.within is None else statement.where(held.within)


def _names(content: Any, number: str) -> bool:
    if isinstance(content, dict):
        return any(_names(each, number) for each in content.values())
    return isinstance(content, str) and number in content
