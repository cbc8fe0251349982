"""One database, whichever engine: a function runs in a transaction, reading or writing.

Everything the store does is a plain function of a `sqlalchemy.Connection`: it runs whole in one transaction, and
calls other such functions to do more in the same one. `Database.write` and `Database.read` run it. How they do is
each engine's own matter (`cti_api.store.sqlite`, `cti_api.store.postgres`); what they promise is the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar

import sqlalchemy as sa

P = ParamSpec("P")
T = TypeVar("T")
Work = Callable[Concatenate[sa.Connection, P], T]
"""A function that is given an open transaction first, then its own arguments."""

BUSY_SECONDS: Final = 5.0
"""How long a write waits for another program's lock before it fails (failure catalogue F24)."""

STALL_SECONDS: Final = 1.0
"""A write that takes longer than this counts as a store that cannot be written (F25: originates stop within 1 s)."""

_APPENDED: Final = "vocero.appended"


class ExclusiveLock(Protocol):
    """A lock that its holder's death frees at once, whatever way it dies."""

    async def take(self) -> bool:
        """True: it is ours now. False: someone living holds it."""
        ...

    @property
    def lost(self) -> bool:
        """It was ours and is known not to be any more; False again once it is taken or freed."""
        ...

    async def held(self) -> bool:
        """Whether it is still ours; asks whoever keeps it."""
        ...

    async def free(self) -> None: ...


class Database(Protocol):
    """Transactions on one store. Every method raises the errors of `cti_api.store.failures`."""

    lone_writer: bool
    """Whether a transaction that writes lets all others wait that would."""

    news: asyncio.Event
    """Set whenever a committed transaction appended to the outbox; cleared by whoever waits for it (the relay)."""

    @property
    def writable(self) -> bool:
        """False from a write that failed or hangs until one succeeds."""
        ...

    async def read(self, work: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` on one consistent snapshot; it cannot write."""
        ...

    async def write(self, work: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` in one transaction, on disk when this returns.

        An exception of `work` undoes all of it. A caller that is cancelled does not know whether it happened; it
        happened whole or not at all.
        """
        ...

    async def write_lightly(
        self, work: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As `write`, without waiting for the disk: the death of the process loses nothing, a power cut the last ones.

        For what is asked anew after a power cut anyway: which leads are reserved, how far a living call has come.
        """
        ...

    async def rebuild(self, work: Callable[[sa.Connection], T]) -> T:
        """As `write`, for an upgrade of the tables: they may be made anew, and it may take its time.

        Raises `SettingsError` where rows would be left that belong to nothing; nothing is changed then.
        """
        ...

    async def scrub(self) -> bool:
        """Leave nothing of what was deleted in the files of the database; False where somebody's reading stands in
        the way: it is asked again later. What PostgreSQL keeps is its server's affair (docs/privacy.md)."""
        ...

    def exclusive_lock(self) -> ExclusiveLock:
        """The store's lock for the one living dialer; not taken yet."""
        ...

    async def close(self) -> None: ...


def note_append(tx: sa.Connection) -> None:
    """Remember that this transaction appended to the outbox."""
    tx.info[_APPENDED] = True


def run_noting_appends(tx: sa.Connection, work: Callable[..., T], args: Any, kwargs: Any) -> tuple[T, bool]:
    """What `work` gives, and whether it appended to the outbox."""
    tx.info.pop(_APPENDED, None)  # a transaction before this one may have been rolled back
    result = work(tx, *args, **kwargs)
    return result, bool(tx.info.pop(_APPENDED, False))
