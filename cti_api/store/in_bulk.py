"""Many rows with one statement, handed to the driver as it takes them: by SQLAlchemy's own way each row's parameters
are named, looked up and ordered anew, which costs more than the row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

Processor = Callable[[Any], Any]


class InBulk:
    """A statement with `names` as its parameters, in this order, each once in it."""

    def __init__(self, statement: sa.ClauseElement, names: Sequence[str]) -> None:
        self._statement, self._names = statement, tuple(names)
        self._for = lru_cache(2)(self._compiled)

    def execute(self, tx: sa.Connection, rows: Iterable[Sequence[Any]]) -> None:
        """Of no rows: nothing."""
        words, processors = self._for(tx.dialect)
        ready = [tuple(row) for row in rows] if not processors else [_processed(row, processors) for row in rows]
        if ready:
            tx.exec_driver_sql(words, ready)

    def _compiled(self, dialect: sa.Dialect) -> tuple[str, tuple[tuple[int, Processor], ...]]:
        compiled = self._statement.compile(dialect=dialect)
        assert isinstance(compiled, sa.sql.compiler.SQLCompiler)
        assert tuple(compiled.positiontup or ()) == self._names, "parameters stand in another order"
        kinds = (compiled.binds[name].type.dialect_impl(dialect) for name in self._names)
        processors = ((place, kind.bind_processor(dialect)) for place, kind in enumerate(kinds))
        return compiled.string, tuple((place, each) for place, each in processors if each is not None)


def _processed(row: Sequence[Any], processors: tuple[tuple[int, Processor], ...]) -> tuple[Any, ...]:
    values = list(row)
    for place, processor in processors:
        values[place] = processor(values[place])
    return tuple(values)
