"""How what lists write in several ways is told, kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa

from cti_api.kpi.facts import Fact, value
from cti_api.kpi.measures import Split
from cti_api.kpi.spelling import SPELLED, SpelledKey, Spellings, folded
from cti_api.model.events import Event
from cti_api.store.kpi_tables import kpi_spellings

_KNOWN: Final = sa.select(kpi_spellings).where(
    kpi_spellings.c.split == sa.bindparam("split"), kpi_spellings.c.folded.in_(sa.bindparam("names", expanding=True))
)


def spellings_of(tx: sa.Connection, events: Iterable[Event], facts: Iterable[Fact]) -> Spellings:
    """Those of the names that these events tell, and that the facts have which are known of before."""
    known: dict[SpelledKey, str] = {}
    for split in sorted(SPELLED):
        said = (event.payload.get(split.value) for event in events)
        names = {value(name) for name in said if isinstance(name, str)} | {fact.splits.get(split, "") for fact in facts}
        known |= _known(tx, split, {folded(name) for name in names if name})
    return Spellings(known)


def put_spellings(tx: sa.Connection, spellings: Spellings) -> None:
    """Keep the new ones."""
    new = [{"split": split, "folded": key, "name": name} for (split, key), name in spellings.new.items()]
    if new:
        tx.execute(sa.insert(kpi_spellings), new)


def as_told(tx: sa.Connection, split: Split, name: str) -> str:
    """The name as figures tell it, however it is written."""
    if split not in SPELLED:
        return name
    return next(iter(_known(tx, split, {folded(value(name))}).values()), name)


def _known(tx: sa.Connection, split: Split, names: Iterable[str]) -> dict[SpelledKey, str]:
    rows = tx.execute(_KNOWN, {"split": split.value, "names": sorted(names)})
    return {(split, row.folded): row.name for row in rows}
