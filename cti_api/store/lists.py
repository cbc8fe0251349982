"""Lists and where they come from: what makes an import that was cut off the same import when it is begun again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from cti_api.errors import NotFound
from cti_api.model.campaigns import ColumnMap
from cti_api.model.ids import CampaignId
from cti_api.store.database import Database
from cti_api.store.schema import campaigns, lists, sources

_LIST: Final = sa.select(lists).where(
    lists.c.campaign_id == sa.bindparam("campaign"), lists.c.digest == sa.bindparam("wanted")
)
_CAMPAIGN: Final = sa.select(campaigns.c.id).where(campaigns.c.id == sa.bindparam("campaign")).with_for_update()
_NEW_LIST: Final = sa.insert(lists).returning(lists.c.id)
_FINISH: Final = (
    sa.update(lists)
    .where(lists.c.id == sa.bindparam("list"), lists.c.finished_at.is_(None))
    .values(finished_at=sa.bindparam("at", type_=lists.c.finished_at.type))
)
_NAME: Final = sa.select(lists.c.name).where(lists.c.id == sa.bindparam("list"))
_SOURCES: Final = sa.select(sources).order_by(sources.c.name)
_SOURCE: Final = sa.select(sources).where(sources.c.name == sa.bindparam("source"))
_RENEW_SOURCE: Final = (
    sa.update(sources)
    .where(sources.c.name == sa.bindparam("source"))
    .values(
        columns=sa.bindparam("new_columns", type_=sources.c.columns.type),
        updated_at=sa.bindparam("at", type_=sources.c.updated_at.type),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where lists come from (``spiga``), and which of their columns is what."""

    name: str
    columns: ColumnMap
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class BegunList:
    """A list on its way into a campaign."""

    id: int
    finished_at: datetime | None
    """When all of it was in, for one that is brought again."""


class Lists:
    """Every list that was ever brought into a campaign, and every source."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, campaign_id: CampaignId, digest: str, name: str, at: datetime) -> BegunList:
        """The list of this digest (at most 64 characters) in this campaign, new or known.

        Raises `NotFound` for an unknown campaign.
        """
        return await self._database.write(_begin, campaign_id, digest, name, at)

    async def finish(self, list_id: int, at: datetime) -> None:
        """All of the list is in; with this returning, it is on disk."""
        await self._database.write(lambda tx: tx.execute(_FINISH, {"list": list_id, "at": at}))

    async def sources(self) -> list[Source]:
        """By name."""
        rows = await self._database.read(lambda tx: tx.execute(_SOURCES).all())
        return [_source(row) for row in rows]

    async def source(self, name: str) -> Source | None:
        row = await self._database.read(lambda tx: tx.execute(_SOURCE, {"source": name}).one_or_none())
        return _source(row) if row is not None else None

    async def save_source(self, name: str, columns: ColumnMap, at: datetime) -> None:
        """Remember what the columns of a source are."""
        await self._database.write(_save_source, name, columns, at)


def name_of(tx: sa.Connection, list_id: int | None) -> str:
    """As figures name it; empty for what came from no list."""
    return "" if list_id is None else shown(list_id, tx.scalar(_NAME, {"list": list_id}))


def shown(list_id: int | None, name: str | None) -> str:
    """A list without a name is called by its number."""
    return name or ("" if list_id is None else f"#{list_id}")


def _begin(tx: sa.Connection, campaign_id: CampaignId, digest: str, name: str, at: datetime) -> BegunList:
    # Locked: the same list twice at once is one list.
    if tx.execute(_CAMPAIGN, {"campaign": campaign_id}).first() is None:
        raise NotFound(f"There is no campaign {campaign_id}.")
    known = tx.execute(_LIST, {"campaign": campaign_id, "wanted": digest}).one_or_none()
    if known is not None:
        return BegunList(known.id, known.finished_at)
    row = {"campaign_id": campaign_id, "digest": digest, "name": name, "created_at": at}
    return BegunList(tx.execute(_NEW_LIST, row).scalar_one(), None)


def _save_source(tx: sa.Connection, name: str, columns: ColumnMap, at: datetime) -> None:
    told = asdict(columns)
    if not tx.execute(_RENEW_SOURCE, {"source": name, "new_columns": told, "at": at}).rowcount:
        tx.execute(sa.insert(sources), {"name": name, "columns": told, "updated_at": at})


def _source(row: sa.Row[tuple[str, dict[str, object], datetime]]) -> Source:
    told = dict(row.columns)
    return Source(
        name=row.name,
        columns=ColumnMap(**{**told, "phones": tuple(told["phones"])}),
        updated_at=row.updated_at,
    )
