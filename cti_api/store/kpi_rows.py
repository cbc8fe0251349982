"""The facts behind a figure, newest first."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Final

import sqlalchemy as sa

from cti_api.kpi.behind import Behind
from cti_api.kpi.facts import Fact, FactKind, Scope
from cti_api.store.database import Database
from cti_api.store.kpi_ingest import fact_of
from cti_api.store.kpi_spelling import as_told
from cti_api.store.kpi_tables import kpi_facts
from cti_api.store.paging import Mark, page

_ORDER: Final = (kpi_facts.c.day, kpi_facts.c.at, kpi_facts.c.kind, kpi_facts.c.id)
"""The day first: by it facts are found, and in it their instants are sorted."""
AT_ONCE: Final = 500
MOST_LOOKED_AT: Final = 5_000
"""Facts for one page: what is rare is looked for over several."""


MARK: Final = (datetime, str, str)
"""What a place in the list is made of: a fact's instant, kind and id."""


class KpiRows:
    """Facts to look at; which count for what is in their documents, which are read and not searched."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, wanted: Behind, zone: tzinfo, after: Mark | None, most: int) -> tuple[list[Fact], Mark | None]:
        """At most `most` of them from behind `after` on, and where the next page begins; None: there are no more. A
        page may have fewer, or none, and another after it. `zone`: the company's."""
        found: list[Fact] = []
        wanted = await self._database.read(_as_told, wanted)
        for _ in range(MOST_LOOKED_AT // AT_ONCE):
            rows = await self._database.read(_read, wanted, zone, after)
            for fact, after in rows:
                if wanted.has(fact, zone):
                    found.append(fact)
                    if len(found) == most:
                        return found, after
            if len(rows) < AT_ONCE:
                return found, None
        return found, after


def _as_told(tx: sa.Connection, wanted: Behind) -> Behind:
    return replace(wanted, where={split: as_told(tx, split, name) for split, name in wanted.where.items()})


def _read(tx: sa.Connection, wanted: Behind, zone: tzinfo, after: Mark | None) -> list[tuple[Fact, Mark]]:
    facts = kpi_facts.c
    last = wanted.last if after is None else min(wanted.last, after[0].astimezone(zone).date())
    asked = sa.select(kpi_facts).where(
        facts.day.between(wanted.first, last),
        # an expression, so that days are gone through from the last one on, and not every call that there ever was
        facts.kind.concat("").in_([kind.value for kind in wanted.kinds]),
    )
    if wanted.scope is not None:
        whose = sa.and_(facts.scope == wanted.scope.value, facts.scope_id == wanted.of)
        # an answer is its survey's; which queue it came through is in its document
        of_answers = wanted.scope is Scope.QUEUE and FactKind.SITTING in wanted.kinds
        asked = asked.where(sa.or_(whose, facts.kind == FactKind.SITTING.value) if of_answers else whose)
    place = None if after is None else [after[0].astimezone(zone).date(), *after]
    rows = tx.execute(page(asked, _ORDER, place, AT_ONCE, newest_first=True))
    return [(fact_of(row), [row.at, row.kind, row.id]) for row in rows]
