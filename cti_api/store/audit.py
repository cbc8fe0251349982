"""The audit: deeds as a chain, of which nothing is ever changed or deleted."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import sqlalchemy as sa

from cti_api.access.chain import Checked, Deed, Head, Link, closed, follow, linked
from cti_api.store.access_tables import audit, audit_head
from cti_api.store.database import Database
from cti_api.store.paging import Mark, page

PAGE: Final = 1000
"""Rows looked at in one go: a hundredth of a second in a thread."""

_HEAD: Final = sa.select(audit_head.c.seq, audit_head.c.digest)
_LOCKED_HEAD: Final = _HEAD.with_for_update()
_ADD: Final = sa.insert(audit)
_MOVE_HEAD: Final = sa.update(audit_head).values(seq=sa.bindparam("new_seq"), digest=sa.bindparam("new_digest"))
_AFTER: Final = (
    sa.select(audit)
    .where(audit.c.seq > sa.bindparam("after"))
    .order_by(audit.c.seq)
    .limit(sa.bindparam("most", type_=sa.Integer))
)


class Audit:
    """What was done, and by whom."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, deed: Deed) -> None:
        """Write one down, where what was done is no write of the store."""
        await self._database.write(append, deed)

    async def after(self, seq: int, most: int) -> list[Link]:
        """The rows behind `seq`, in order."""
        return await self._database.read(_page, seq, most)

    async def newest(self, most: int, before: Mark | None = None) -> list[Link]:
        """The last rows, the newest first. `before`: the number of the last one of a page."""
        asked = page(sa.select(audit), (audit.c.seq,), before, most, newest_first=True)
        return [_link(row) for row in await self._database.read(lambda tx: tx.execute(asked).all())]

    async def check(self, remembered: Head | None = None) -> Checked:
        """Look through all of it. `remembered`: a head that was kept elsewhere, which has to be among the rows.

        What is added meanwhile is seen, too: the head is read with the last page.
        """
        found = Checked(head=Head())
        while True:
            links, head = await self._database.read(_page_and_head, found.head.seq)
            page = await asyncio.to_thread(follow, found.head, links)
            if remembered is not None and not page.fault and found.head.seq < remembered.seq <= page.head.seq:
                link = next(each for each in links if each.seq == remembered.seq)
                if link.digest != remembered.digest:
                    return Checked(head=found.head, fault=f"row {remembered.seq} is not the one that was remembered")
            found = page
            if found.fault or len(links) < PAGE:
                break
        found = closed(found, head)
        if remembered is not None and not found.fault and found.head.seq < remembered.seq:
            return Checked(head=found.head, fault=f"row {remembered.seq}, which was remembered, is missing")
        return found


def append(tx: sa.Connection, deed: Deed) -> None:
    """The last thing that a transaction does: whoever else adds waits for the head from here to the commit."""
    seq, digest = tx.execute(_LOCKED_HEAD).one()
    link = linked(Head(seq=seq, digest=digest), deed)
    tx.execute(
        _ADD,
        {
            "seq": link.seq,
            "at": deed.at,
            "who": deed.who,
            "address": deed.address,
            "what": deed.what,
            "target": deed.target,
            "said": deed.said,
            "digest": link.digest,
        },
    )
    tx.execute(_MOVE_HEAD, {"new_seq": link.seq, "new_digest": link.digest})


def _page(tx: sa.Connection, after: int, most: int) -> list[Link]:
    return [_link(row) for row in tx.execute(_AFTER, {"after": after, "most": most})]


def _page_and_head(tx: sa.Connection, after: int) -> tuple[list[Link], Head]:
    seq, digest = tx.execute(_HEAD).one()
    return _page(tx, after, PAGE), Head(seq=seq, digest=digest)


def _link(row: Any) -> Link:
    deed = Deed(at=row.at, who=row.who, address=row.address, what=row.what, target=row.target, said=row.said)
    return Link(seq=row.seq, deed=deed, digest=row.digest)
