"""Events that a webhook could not be told at the first try: tried again in their order, dead letters in the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import NotFound
from cti_api.store.columns import Instant
from cti_api.store.database import Database
from cti_api.store.paging import Mark, page
from cti_api.store.stream_tables import deliveries


class DeliveryState(StrEnum):
    WAITING = "waiting"
    """It is tried again, or comes after one that is."""
    DEAD = "dead"
    """It was tried as often as the settings want: a person decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    hook: str
    seq: int
    """The event's."""
    order_key: str
    state: DeliveryState
    tries: int
    due_at: datetime
    reason: str
    since: datetime
    """When it came to this state."""


_EARLIER: Final = deliveries.alias("earlier")
_OF: Final = deliveries.c.hook == sa.bindparam("of_hook")
_THIS: Final = (_OF, deliveries.c.seq == sa.bindparam("of_seq"))
_WAITING: Final = deliveries.c.state == DeliveryState.WAITING.value
_DEAD: Final = deliveries.c.state == DeliveryState.DEAD.value
_KEYS: Final = sa.select(deliveries.c.order_key).where(_OF, _WAITING).distinct()
_KNOWN: Final = sa.select(deliveries.c.seq).where(_OF, deliveries.c.seq > sa.bindparam("after"))
_DUE: Final = (
    sa.select(deliveries)
    .where(
        _OF,
        _WAITING,
        deliveries.c.due_at <= sa.bindparam("now", type_=Instant()),
        ~sa.exists().where(
            _EARLIER.c.hook == deliveries.c.hook,
            _EARLIER.c.order_key == deliveries.c.order_key,
            _EARLIER.c.seq < deliveries.c.seq,
            _EARLIER.c.state == DeliveryState.WAITING.value,
        ),
    )
    .order_by(deliveries.c.seq)
    .limit(sa.bindparam("most"))
)
_DEAD_ONES: Final = sa.select(deliveries).where(_DEAD)
_COUNT: Final = sa.select(deliveries.c.hook, deliveries.c.state, sa.func.count()).group_by(
    deliveries.c.hook, deliveries.c.state
)


class Deliveries:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting_keys(self, hook: str) -> set[str]:
        """What an event may be about that has to wait its turn."""
        return set(await self._database.read(lambda tx: tx.execute(_KEYS, {"of_hook": hook}).scalars().all()))

    async def known(self, hook: str, after: int) -> set[int]:
        """Numbers after `after` that are here already: whoever reads them a second time does nothing with them."""
        values = {"of_hook": hook, "after": after}
        return set(await self._database.read(lambda tx: tx.execute(_KNOWN, values).scalars().all()))

    async def park(self, delivery: Delivery) -> None:
        """Keep one that could not be delivered, or has to wait for another."""
        row = {name: getattr(delivery, name) for name in deliveries.c.keys()}  # noqa: SIM118 - columns, not a dict
        await self._database.write(lambda tx: tx.execute(sa.insert(deliveries), row))

    async def due(self, hook: str, now: datetime, most: int) -> list[Delivery]:
        """The first that waits of each thing it is about, where its time has come; the oldest first."""
        values = {"of_hook": hook, "now": now, "most": most}
        return [_delivery(row) for row in await self._database.read(lambda tx: tx.execute(_DUE, values).all())]

    async def delivered(self, hook: str, seq: int) -> None:
        """It arrived, or is not to be delivered any more."""
        this = {"of_hook": hook, "of_seq": seq}
        await self._database.write(lambda tx: tx.execute(sa.delete(deliveries).where(*_THIS), this))

    async def failed(self, delivery: Delivery) -> None:
        """It did not: `delivery` says how it stands now."""
        values = {name: getattr(delivery, name) for name in ("state", "tries", "due_at", "reason", "since")}
        this = {"of_hook": delivery.hook, "of_seq": delivery.seq}
        await self._database.write(lambda tx: tx.execute(sa.update(deliveries).where(*_THIS).values(values), this))

    async def dead(self, hook: str | None, most: int, after: Mark | None = None) -> list[Delivery]:
        """The dead letters, of one webhook or all. `after`: webhook and number of the last one of a page."""
        wanted = page(_DEAD_ONES, (deliveries.c.hook, deliveries.c.seq), after, most)
        if hook is not None:
            wanted = wanted.where(deliveries.c.hook == hook)
        return [_delivery(row) for row in await self._database.read(lambda tx: tx.execute(wanted).all())]

    async def retry(self, hook: str, seq: int | None, now: datetime) -> int:
        """Try a dead letter again from the beginning, or all of the webhook's; returns how many. Raises `NotFound`."""
        again = {"state": DeliveryState.WAITING.value, "tries": 0, "due_at": now, "since": now}
        return await self._decide(sa.update(deliveries).values(again), hook, seq)

    async def drop(self, hook: str, seq: int | None) -> int:
        """Give a dead letter up, or all of the webhook's; returns how many. Raises `NotFound`."""
        return await self._decide(sa.delete(deliveries), hook, seq)

    async def counts(self) -> Mapping[tuple[str, DeliveryState], int]:
        """How many of each webhook are in each state; those without any are left out."""
        rows = await self._database.read(lambda tx: tx.execute(_COUNT).all())
        return {(hook, DeliveryState(state)): count for hook, state, count in rows}

    async def _decide(self, statement: Any, hook: str, seq: int | None) -> int:
        chosen = statement.where(_DEAD, deliveries.c.hook == hook)
        if seq is not None:
            chosen = chosen.where(deliveries.c.seq == seq)
        count = await self._database.write(lambda tx: tx.execute(chosen).rowcount)
        if not count:
            which = "no dead letter" if seq is None else f"no dead letter {seq}"
            raise NotFound(f"The webhook {hook} has {which}.")
        return int(count)


def _delivery(row: sa.Row[Any]) -> Delivery:
    return Delivery(**(dict(row._mapping) | {"state": DeliveryState(row.state)}))
