"""The law in force: what holds, since when and by whom, what was asked for, and every version that ever held.

A change is judged outside (`cti_api.law.compare`), against packs whose digests come with it; where others are in force
by the time it is written, it is refused, so that nothing comes in on the strength of a comparison with something else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import Conflict, NotFound
from cti_api.law.written import WrittenPack, digest_of, written
from cti_api.model.events import Event, EventKind
from cti_api.model.ids import new_event_id
from cti_api.store import outbox
from cti_api.store.columns import Instant
from cti_api.store.database import Database
from cti_api.store.law_tables import law_changes, law_files, law_periods, law_texts

_WORD: Final = re.compile(r"[^\W_]+")


class ChangeState(StrEnum):
    PENDING = "pending"
    """It loosens: a second person has to approve it."""
    APPLIED = "applied"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever asks for a change."""

    name: str
    """As they call themselves."""
    user: str = ""
    """The Unix user on the other side of the control socket; empty: not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A change as it was judged."""

    packs: tuple[WrittenPack, ...]
    removed: tuple[str, ...]
    judged_against: Mapping[str, str]
    """Name → digest of the packs in force then."""
    loosens: bool
    told: tuple[str, ...]
    """The differences, in Spanish."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LawChange:
    """A change that was asked for, and what became of it."""

    id: int
    state: ChangeState
    loosens: bool
    packs: tuple[str, ...]
    """``co 2026-12-01``"""
    removed: tuple[str, ...]
    told: tuple[str, ...]
    by: Person
    at: datetime
    second: Person
    """Who approved or withdrew it; nobody for what needed nobody."""
    decided_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LawPeriod:
    """A version of a pack, and when it held."""

    name: str
    version: str
    digest: str
    text: str
    since: datetime
    until: datetime | None
    """None: it is in force."""
    by: str
    second: str
    """Empty: none was needed."""


@dataclass(frozen=True, slots=True)
class Enacted:
    """A change, and what is in force with it."""

    change: LawChange
    in_force: tuple[LawPeriod, ...]


_PERIODS: Final = (
    sa.select(law_periods, law_texts.c.digest, law_texts.c.text, law_changes.c.by, law_changes.c.second)
    .join_from(law_periods, law_changes)
    .join(law_texts, sa.and_(law_texts.c.name == law_periods.c.name, law_texts.c.version == law_periods.c.version))
    .order_by(law_periods.c.name, law_periods.c.since, law_periods.c.id)
)
_IN_FORCE: Final = _PERIODS.where(law_periods.c.until.is_(None))
_OF_PACK: Final = _PERIODS.where(law_periods.c.name == sa.bindparam("pack"))
_TEXT: Final = sa.select(law_texts.c.text, law_texts.c.digest).where(
    law_texts.c.name == sa.bindparam("pack"), law_texts.c.version == sa.bindparam("wanted")
)
_CHANGES: Final = sa.select(law_changes).order_by(law_changes.c.id)
_CHANGE: Final = _CHANGES.where(law_changes.c.id == sa.bindparam("change"))
_FOR_UPDATE: Final = _CHANGE.with_for_update()
# One change at a time, also on PostgreSQL, where two that were judged against the same packs may come together.
_LOCK: Final = sa.select(law_changes.c.id).order_by(law_changes.c.id).limit(1).with_for_update()
_NEW_CHANGE: Final = sa.insert(law_changes).returning(law_changes.c.id)
_DECIDE: Final = (
    sa.update(law_changes)
    .where(law_changes.c.id == sa.bindparam("change"))
    .values(
        state=sa.bindparam("new_state"),
        second=sa.bindparam("new_second"),
        second_user=sa.bindparam("new_user"),
        decided_at=sa.bindparam("when", type_=Instant()),
    )
)
_END: Final = (
    sa.update(law_periods)
    .where(law_periods.c.name == sa.bindparam("pack"), law_periods.c.until.is_(None))
    .values(until=sa.bindparam("when", type_=Instant()))
)


class Policies:
    """The packs in force, and the way from one to the next."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def in_force(self) -> list[LawPeriod]:
        """What holds now, by the packs' names; nothing in a store that has never dialled."""
        return await self._database.read(_periods, _IN_FORCE, {})

    async def history(self, name: str) -> list[LawPeriod]:
        """Every time a version of the pack was in force, the first one first. Raises `NotFound`."""
        found = await self._database.read(_periods, _OF_PACK, {"pack": name})
        if not found:
            raise NotFound(f"No pack called {name} was ever in force.")
        return found

    async def changes(self, *, pending: bool) -> list[LawChange]:
        """What was asked for, the newest last; `pending`: only what waits for a second person."""
        rows = await self._database.read(lambda tx: tx.execute(_CHANGES).all())
        return [change for row in rows if (change := _change(row)).state is ChangeState.PENDING or not pending]

    async def propose(self, proposal: Proposal, by: Person, at: datetime) -> Enacted:
        """Apply a change that loosens nothing; keep one that does for a second person.

        Raises `Conflict` where the packs in force are not those it was judged against, or where a version has another
        text already.
        """
        return await self._database.write(_propose, proposal, by, at)

    async def approve(self, change_id: int, second: Person, at: datetime) -> Enacted:
        """Apply what waits for a second person. Raises `NotFound`; `Conflict` for the same person, for what is decided
        already, and as `propose`."""
        return await self._database.write(_approve, change_id, second, at)

    async def withdraw(self, change_id: int, by: Person, at: datetime) -> LawChange:
        """Let go of what waits. Raises `NotFound`, `Conflict`."""
        return await self._database.write(_withdraw, change_id, by, at)

    async def recorded(self) -> dict[tuple[str, str], str]:
        """Name and version → digest of every text that was ever in force."""
        texts = sa.select(law_texts.c.name, law_texts.c.version, law_texts.c.digest)
        rows = await self._database.read(lambda tx: tx.execute(texts).all())
        return {(row.name, row.version): row.digest for row in rows}

    async def files(self) -> dict[str, str]:
        """Name → digest of the packs' files as they were last taken note of."""
        return await self._database.read(_files)

    async def note_files(self, digests: Mapping[str, str]) -> None:
        """Take note of these files: they are no news any more."""
        await self._database.write(_note_files, digests)


def packs_of(periods: Sequence[LawPeriod]) -> tuple[WrittenPack, ...]:
    """The packs of these periods. Raises `InputError` for a text that this version cannot read."""
    return written(period.text for period in periods)


def _periods(tx: sa.Connection, statement: sa.Select[Any], asked: dict[str, Any]) -> list[LawPeriod]:
    return [
        LawPeriod(
            name=row.name,
            version=row.version,
            digest=row.digest,
            text=row.text,
            since=row.since,
            until=row.until,
            by=row.by,
            second=row.second,
        )
        for row in tx.execute(statement, asked)
    ]


def _propose(tx: sa.Connection, proposal: Proposal, by: Person, at: datetime) -> Enacted:
    tx.execute(_LOCK)
    _refuse_overtaken(tx, proposal.judged_against)
    for each in proposal.packs:
        _refuse_other_text(tx, each.name, each.version, each.digest)
    change_id = tx.execute(
        _NEW_CHANGE,
        {
            "state": ChangeState.PENDING,
            "loosens": proposal.loosens,
            "packs": [{"name": each.name, "version": each.version, "text": each.text} for each in proposal.packs],
            "removed": list(proposal.removed),
            "judged_against": dict(proposal.judged_against),
            "told": list(proposal.told),
            "by": by.name,
            "by_user": by.user,
            "at": at,
            "second": "",
            "second_user": "",
        },
    ).scalar_one()
    if proposal.loosens:
        _tell(tx, EventKind.LAW_PROPOSED, _get(tx, change_id), at)
    else:
        _apply(tx, change_id, Person(""), at)
    return _enacted(tx, change_id)


def _approve(tx: sa.Connection, change_id: int, second: Person, at: datetime) -> Enacted:
    change = _pending(tx, change_id)
    if same_person(change.by.name, second.name):
        raise Conflict(f"The change {change_id} is {change.by.name}'s own: another person has to approve it.")
    tx.execute(_LOCK)
    _apply(tx, change_id, second, at)
    return _enacted(tx, change_id)


def _enacted(tx: sa.Connection, change_id: int) -> Enacted:
    return Enacted(_get(tx, change_id), tuple(_periods(tx, _IN_FORCE, {})))


def _withdraw(tx: sa.Connection, change_id: int, by: Person, at: datetime) -> LawChange:
    _pending(tx, change_id)
    _decide(tx, change_id, ChangeState.WITHDRAWN, by, at)
    change = _get(tx, change_id)
    _tell(tx, EventKind.LAW_WITHDRAWN, change, at)
    return change


def _apply(tx: sa.Connection, change_id: int, second: Person, at: datetime) -> None:
    row = tx.execute(_CHANGE, {"change": change_id}).one()
    _refuse_overtaken(tx, row.judged_against)
    for name in (*row.removed, *(each["name"] for each in row.packs)):
        tx.execute(_END, {"pack": name, "when": at})
    for each in row.packs:
        digest = digest_of(each["text"])
        if not _refuse_other_text(tx, each["name"], each["version"], digest):
            tx.execute(sa.insert(law_texts), {**each, "digest": digest})
        period = {"name": each["name"], "version": each["version"], "change_id": change_id, "since": at}
        tx.execute(sa.insert(law_periods), period)
    _decide(tx, change_id, ChangeState.APPLIED, second, at)
    _tell(tx, EventKind.LAW_CHANGED, _get(tx, change_id), at)


def _refuse_overtaken(tx: sa.Connection, judged_against: Mapping[str, str]) -> None:
    present = {period.name: period.digest for period in _periods(tx, _IN_FORCE, {})}
    if present != dict(judged_against):
        raise Conflict("The law in force is not the one this was compared with any more: look at the difference anew.")


def _refuse_other_text(tx: sa.Connection, name: str, version: str, digest: str) -> bool:
    """Whether this version is known already, with this text."""
    known = tx.execute(_TEXT, {"pack": name, "wanted": version}).one_or_none()
    if known is not None and known.digest != digest:
        raise Conflict(
            f"{name} {version} is in the record with another text, and decisions name it: give the file's `version` "
            "a day that it never had."
        )
    return known is not None


def _pending(tx: sa.Connection, change_id: int) -> LawChange:
    row = tx.execute(_FOR_UPDATE, {"change": change_id}).one_or_none()
    if row is None:
        raise NotFound(f"There is no change {change_id} of the law.")
    change = _change(row)
    if change.state is not ChangeState.PENDING:
        raise Conflict(f"The change {change_id} is {change.state} already.")
    return change


def _decide(tx: sa.Connection, change_id: int, state: ChangeState, person: Person, at: datetime) -> None:
    tx.execute(
        _DECIDE,
        {"change": change_id, "new_state": state, "new_second": person.name, "new_user": person.user, "when": at},
    )


def _get(tx: sa.Connection, change_id: int) -> LawChange:
    return _change(tx.execute(_CHANGE, {"change": change_id}).one())


def _change(row: sa.Row[Any]) -> LawChange:
    return LawChange(
        id=row.id,
        state=ChangeState(row.state),
        loosens=row.loosens,
        packs=tuple(f"{each['name']} {each['version']}" for each in row.packs),
        removed=tuple(row.removed),
        told=tuple(row.told),
        by=Person(row.by, row.by_user),
        at=row.at,
        second=Person(row.second, row.second_user),
        decided_at=row.decided_at,
    )


def _tell(tx: sa.Connection, kind: EventKind, change: LawChange, at: datetime) -> None:
    payload = {
        "change": change.id,
        "packs": list(change.packs),
        "removed": list(change.removed),
        "loosens": change.loosens,
        "by": change.by.name,
        "second": change.second.name,
    }
    outbox.append(tx, [Event(event_id=new_event_id(), kind=kind, occurred_at=at, payload=payload)])


def _files(tx: sa.Connection) -> dict[str, str]:
    return {row.name: row.digest for row in tx.execute(sa.select(law_files))}


def _note_files(tx: sa.Connection, digests: Mapping[str, str]) -> None:
    known = _files(tx)
    for name, digest in digests.items():
        if name not in known:
            tx.execute(sa.insert(law_files), {"name": name, "digest": digest})
        elif known[name] != digest:
            tx.execute(sa.update(law_files).where(law_files.c.name == name).values(digest=digest))


def same_person(one: str, other: str) -> bool:
    """Whether two names are one person's, as far as names tell: case, accents, signs, spaces and the order of the words
    make nobody another."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> list[str]:
    plain = "".join(
        sign
        for sign in unicodedata.normalize("NFKD", name).casefold()
        if not unicodedata.combining(sign) and unicodedata.category(sign) != "Cf"  # joiners, which nobody sees
    )
    return sorted(_WORD.findall(plain))
