"""Dispositions in all their versions, and which requests for them were done already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from cti_api.model.ids import AgentId, AttemptId
from cti_api.model.once import Once
from cti_api.store.columns import Instant
from cti_api.store.database import Database
from cti_api.store.once_tables import disposition_keys
from cti_api.store.schema import dispositions

KEPT: Final = timedelta(days=7)
"""How long a key is known: whoever was away over a long weekend still learns what became of their request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One version of what became of a call. None ever changes; a correction is the next."""

    attempt_id: AttemptId
    version: int
    code: str
    fields: dict[str, str]
    agent_id: AgentId | None
    source: str
    """``agent``, or who else said so: ``person:sara``, ``key:crm``."""
    at: datetime


_OURS: Final = (
    disposition_keys.c.asked_by == sa.bindparam("asked_by", type_=sa.String),
    disposition_keys.c.idempotency_key == sa.bindparam("idempotency_key", type_=sa.String),
)
_DONE: Final = (
    sa.select(disposition_keys.c.digest, dispositions)
    .join_from(
        disposition_keys,
        dispositions,
        sa.and_(
            dispositions.c.attempt_id == disposition_keys.c.attempt_id,
            dispositions.c.version == disposition_keys.c.version,
        ),
    )
    .where(*_OURS)
)
_THERE: Final = sa.select(disposition_keys.c.version).where(*_OURS)
_KEEP: Final = sa.insert(disposition_keys)
_FORGET: Final = sa.delete(disposition_keys).where(disposition_keys.c.at < sa.bindparam("before", type_=Instant()))
_SAY: Final = sa.insert(dispositions)
_VERSIONS: Final = (
    sa.select(dispositions).where(dispositions.c.attempt_id == sa.bindparam("attempt")).order_by(dispositions.c.version)
)


class Dispositions:
    """What was said of calls. It is written with the call's own (`Attempts.dispose`, `Attempts.close`)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def done(self, once: Once) -> tuple[str, Said] | None:
        """The digest of what was asked with this key, and what was kept of it; None: nothing yet, or too long ago."""
        row = await self._database.read(lambda tx: tx.execute(_DONE, _named(once)).one_or_none())
        return None if row is None else (row.digest, _said(row))

    async def versions(self, attempt_id: AttemptId) -> list[Said]:
        """The first one first; the last one holds."""
        rows = await self._database.read(lambda tx: tx.execute(_VERSIONS, {"attempt": attempt_id}).all())
        return [_said(row) for row in rows]


def say(
    tx: sa.Connection,
    attempt_id: AttemptId,
    row: sa.Row[Any],
    code: str,
    fields: dict[str, str],
    at: datetime,
    agent_id: AgentId | None,
    source: str,
    once: Once | None,
) -> int:
    """The version that now holds: a new one, or the present one where it says the same. `row`: the attempt with its
    present one. `once` is remembered with it."""
    version = int(row.disposition_version)
    if (row.code, row.fields) != (code, fields):
        version += 1
        said = {"code": code, "fields": fields, "source": source if once is None else once.source}
        tx.execute(_SAY, {"attempt_id": attempt_id, "version": version, "agent_id": agent_id, "at": at, **said})
    if once is not None:
        _keep(tx, once, attempt_id, version, at)
    return version


def _keep(tx: sa.Connection, once: Once, attempt_id: AttemptId, version: int, at: datetime) -> None:
    """Keys of long ago go."""
    tx.execute(_FORGET, {"before": at - KEPT})
    if tx.execute(_THERE, _named(once)).one_or_none() is None:
        kept = {"digest": once.digest, "attempt_id": attempt_id, "version": version, "at": at}
        tx.execute(_KEEP, _named(once) | kept)


def _named(once: Once) -> dict[str, Any]:
    return {"asked_by": once.by, "idempotency_key": once.key}


def _said(row: sa.Row[Any]) -> Said:
    return Said(
        attempt_id=AttemptId(row.attempt_id),
        version=row.version,
        code=row.code,
        fields=row.fields,
        agent_id=AgentId(row.agent_id) if row.agent_id else None,
        source=row.source,
        at=row.at,
    )
