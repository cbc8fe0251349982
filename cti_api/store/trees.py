"""Trees that answer callers, as they were published.

A version is written once and never changed. Which one new calls meet is the newest row of the publications; going back
to an earlier version is one row more, so that what held when stays on record.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import NotFound
from cti_api.store.database import Database
from cti_api.store.tree_tables import tree_publications, tree_versions


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeVersion:
    """One version of a tree, and when it was last put in force."""

    tree: str
    version: int
    title: str
    at: datetime
    by: str
    in_force: bool
    """New calls meet it."""


_NEWEST: Final = (
    sa.select(sa.func.max(tree_publications.c.id).label("id")).group_by(tree_publications.c.tree).subquery("newest")
)
_IN_FORCE: Final = (
    sa.select(tree_publications)
    .where(tree_publications.c.tree == sa.bindparam("tree"))
    .order_by(tree_publications.c.id.desc())
    .limit(1)
)
_ALL: Final = (
    sa.select(
        tree_versions.c.tree,
        tree_versions.c.version,
        tree_versions.c.title,
        tree_publications.c.at,
        tree_publications.c.by,
    )
    .join_from(_NEWEST, tree_publications, tree_publications.c.id == _NEWEST.c.id)
    .join(
        tree_versions,
        sa.and_(
            tree_versions.c.tree == tree_publications.c.tree, tree_versions.c.version == tree_publications.c.version
        ),
    )
    .order_by(tree_versions.c.tree)
)
_PUBLICATIONS: Final = (
    sa.select(
        tree_publications.c.id,
        tree_versions.c.tree,
        tree_versions.c.version,
        tree_versions.c.title,
        tree_publications.c.at,
        tree_publications.c.by,
    )
    .join_from(
        tree_publications,
        tree_versions,
        sa.and_(
            tree_versions.c.tree == tree_publications.c.tree, tree_versions.c.version == tree_publications.c.version
        ),
    )
    .where(tree_publications.c.tree == sa.bindparam("tree"))
    .order_by(tree_publications.c.id.desc())
)
_VERSION: Final[sa.Select[Any]] = sa.select(tree_versions).where(
    tree_versions.c.tree == sa.bindparam("tree"), tree_versions.c.version == sa.bindparam("version")
)
_LAST: Final = sa.select(sa.func.max(tree_versions.c.version)).where(tree_versions.c.tree == sa.bindparam("tree"))
_NEW_VERSION: Final = sa.insert(tree_versions)
_PUBLISH: Final = sa.insert(tree_publications)


class Trees:
    """Published trees."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def publish(self, tree: str, title: str, text: str, by: str, now: datetime) -> TreeVersion:
        """Put a text in force as the tree's next version; the text that is in force already stays what it is.

        Raises `Conflict` where somebody else published the same tree at the same moment.
        """
        return await self._database.write(_publish, tree, title, text, by, now)

    async def put_in_force(self, tree: str, version: int, by: str, now: datetime) -> TreeVersion:
        """Let new calls meet that version, mostly an earlier one. Raises `NotFound`."""
        return await self._database.write(_put_in_force, tree, version, by, now)

    async def in_force(self) -> list[TreeVersion]:
        """What new calls meet, by the tree's name."""
        rows = await self._database.read(lambda tx: tx.execute(_ALL).all())
        return [_version(row, in_force=True) for row in rows]

    async def publications(self, tree: str) -> list[TreeVersion]:
        """Each time a version was put in force, the newest first. Raises `NotFound`."""
        rows = await self._database.read(lambda tx: tx.execute(_PUBLICATIONS, {"tree": tree}).all())
        if not rows:
            raise NotFound(f"There is no tree {tree}: `vocero ivr versions` lists those there are.")
        return [_version(row, in_force=place == 0) for place, row in enumerate(rows)]

    async def text(self, tree: str, version: int) -> str:
        """What a version says. Raises `NotFound`."""
        return str((await self._database.read(_known, tree, version)).text)


def _publish(tx: sa.Connection, tree: str, title: str, text: str, by: str, now: datetime) -> TreeVersion:
    digest = sha256(text.encode()).hexdigest()
    holds = tx.execute(_IN_FORCE, {"tree": tree}).one_or_none()
    if holds is not None and _known(tx, tree, holds.version).digest == digest:
        return TreeVersion(tree=tree, version=holds.version, title=title, at=holds.at, by=holds.by, in_force=True)
    version = (tx.execute(_LAST, {"tree": tree}).scalar_one() or 0) + 1
    tx.execute(_NEW_VERSION, {"tree": tree, "version": version, "title": title, "digest": digest, "text": text})
    return _put_in_force(tx, tree, version, by, now)


def _put_in_force(tx: sa.Connection, tree: str, version: int, by: str, now: datetime) -> TreeVersion:
    title = _known(tx, tree, version).title
    tx.execute(_PUBLISH, {"tree": tree, "version": version, "by": by, "at": now})
    return TreeVersion(tree=tree, version=version, title=title, at=now, by=by, in_force=True)


def _known(tx: sa.Connection, tree: str, version: int) -> Any:
    row = tx.execute(_VERSION, {"tree": tree, "version": version}).one_or_none()
    if row is None:
        raise NotFound(f"There is no version {version} of the tree {tree}: `vocero ivr versions {tree}` lists them.")
    return row


def _version(row: Any, *, in_force: bool) -> TreeVersion:
    return TreeVersion(tree=row.tree, version=row.version, title=row.title, at=row.at, by=row.by, in_force=in_force)
