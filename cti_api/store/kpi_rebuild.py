"""Everything counted anew, while calls go on: the order for it, the emptying piece by piece, and how far it has come.

Both are places of readers in the outbox, so that a process that is killed in the middle goes on where it was: `_ORDER`
is there until the tables are empty, `_GOAL` is the last event that there was then. Until it is counted no figure is
told, since it would be of a part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from cti_api.store.kpi_ingest import READER
from cti_api.store.kpi_tables import COUNTED
from cti_api.store.outbox import read_head
from cti_api.store.schema import outbox_readers

_ORDER: Final = "kpi rebuild"
_GOAL: Final = "kpi goal"
_PLACES: Final = sa.select(outbox_readers.c.name, outbox_readers.c.seq).where(
    outbox_readers.c.name.in_([READER, _ORDER, _GOAL])
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far counting has come."""

    emptying: bool
    """What was counted is being forgotten."""
    counted: int
    """The last event that is counted."""
    goal: int
    """The one up to which has to be counted before figures are whole."""

    @property
    def is_whole(self) -> bool:
        """Figures may be told."""
        return not self.emptying and self.counted >= self.goal


def standing(tx: sa.Connection) -> Standing:
    """How far it has come."""
    places = _places(tx)
    return Standing(emptying=_ORDER in places, counted=places.get(READER, 0), goal=places.get(_GOAL, 0))


def begin(tx: sa.Connection) -> None:
    """Whoever begins to count where nothing is counted yet counts all that there is before anything is told."""
    if READER not in _places(tx):
        _set(tx, _GOAL, read_head(tx))


def order(tx: sa.Connection) -> None:
    """Have everything counted anew. One order at a time: while it is carried out another is the same."""
    if _ORDER not in _places(tx):
        tx.execute(sa.insert(outbox_readers), {"name": _ORDER, "seq": 0})
        _set(tx, _GOAL, read_head(tx))


def is_ordered(tx: sa.Connection) -> bool:
    """Whether there is something to be forgotten first."""
    return _ORDER in _places(tx)


def empty(tx: sa.Connection, most: int) -> None:
    """Forget at most `most` rows; once there are none, have counting begin with the first event."""
    for table in COUNTED:
        key = sa.tuple_(*table.primary_key.columns)
        piece = sa.select(*table.primary_key.columns).limit(most)
        if tx.execute(sa.delete(table).where(key.in_(piece))).rowcount:
            return
    _set(tx, _GOAL, read_head(tx))
    tx.execute(sa.delete(outbox_readers).where(outbox_readers.c.name.in_([READER, _ORDER])))


def _places(tx: sa.Connection) -> dict[str, int]:
    return {row.name: row.seq for row in tx.execute(_PLACES)}


def _set(tx: sa.Connection, name: str, seq: int) -> None:
    tx.execute(sa.delete(outbox_readers).where(outbox_readers.c.name == name))
    tx.execute(sa.insert(outbox_readers), {"name": name, "seq": seq})
