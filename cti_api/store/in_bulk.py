"""Many rows with one statement, handed to the driver as it takes them.

By SQLAlchemy's own way each row's parameters are named, looked up and ordered anew, which costs more than the row. And
PostgreSQL runs a statement of many rows far sooner than one of each row, many times: it is given a list of each column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa

Processor = Callable[[Any], Any]

ROWS: Final = "{rows}"
"""Where the rows stand in what PostgreSQL is told: a table, whose columns are in their order."""


class InBulk:
    """`each`: a statement about one row, a question mark for each of `columns`; `all_of_them`: the same about `ROWS`,
    of which PostgreSQL takes no two for the same row of its table."""

    def __init__(self, columns: Sequence[sa.Column[Any]], each: str, all_of_them: str) -> None:
        self._columns, self._each, self._all = columns, each, all_of_them
        self._processors = lru_cache(2)(self._processors_for)

    def execute(self, tx: sa.Connection, rows: Iterable[Sequence[Any]]) -> None:
        """Of no rows: nothing."""
        values: list[Sequence[Any]] = list(zip(*rows, strict=True))
        if not values:
            return
        for place, processor in self._processors(tx.dialect):
            values[place] = list(map(processor, values[place]))
        if tx.dialect.name == "postgresql":
            lists = tuple(map(_as_list, self._columns, values))
            tx.exec_driver_sql(self._all.replace(ROWS, self._as_table(tx.dialect)), lists)
        else:
            tx.exec_driver_sql(self._each, list(zip(*values, strict=True)))

    def _processors_for(self, dialect: sa.Dialect) -> list[tuple[int, Processor]]:
        found = (
            (place, each.type.dialect_impl(dialect).bind_processor(dialect)) for place, each in enumerate(self._columns)
        )
        return [(place, processor) for place, processor in found if processor is not None]

    def _as_table(self, dialect: sa.Dialect) -> str:
        lists = (f"${place}::{_type(each, dialect)}" for place, each in enumerate(self._columns, start=1))
        return f"unnest({', '.join(lists)})"


def _type(column: sa.Column[Any], dialect: sa.Dialect) -> str:
    """A text is of any length: one that the column does not take is refused, and would be cut off by a cast."""
    if isinstance(column.type, sa.String):
        return "TEXT[]"
    of = column.type.compile(dialect)
    return f"TEXT::{of}[]" if _is_number(column) else f"{of}[]"


def _as_list(column: sa.Column[Any], values: Sequence[Any]) -> Sequence[Any] | str:
    """Numbers are written out: the driver takes longer to look at each than the server to read it."""
    return f"{{{','.join(map(str, values))}}}" if _is_number(column) else values


def _is_number(column: sa.Column[Any]) -> bool:
    return isinstance(column.type, sa.BigInteger) and not column.nullable


def insert(table: sa.Table, key: Sequence[str], names: Sequence[str], change: str = "") -> InBulk:
    """Rows of these columns; of one whose `key` is there already, the other columns become what `change` says of each
    `{0}`, or nothing does."""
    changes = ", ".join(change.format(name) for name in names if name not in key) if change else ""
    into = f"INSERT INTO {table.name} ({', '.join(names)})"
    found = f"ON CONFLICT ({', '.join(key)}) DO {f'UPDATE SET {changes}' if changes else 'NOTHING'}"
    marks = ", ".join("?" for _ in names)
    return InBulk(
        [table.c[name] for name in names],
        f"{into} VALUES ({marks}) {found}",
        f"{into} SELECT * FROM {ROWS} {found}",  # noqa: S608 - names of ours
    )


def delete(table: sa.Table, key: Sequence[str], only: str) -> InBulk:
    """The rows with these keys, of which `only` is so."""
    each = " AND ".join(f"{name} = ?" for name in key)
    all_of_them = " AND ".join(f"{table.name}.{name} = gone.{name}" for name in key)
    return InBulk(
        [table.c[name] for name in key],
        f"DELETE FROM {table.name} WHERE {each} AND {only}",  # noqa: S608 - names of ours
        f"DELETE FROM {table.name} USING {ROWS} AS gone ({', '.join(key)}) WHERE {all_of_them} AND {only}",  # noqa: S608 - as above
    )
