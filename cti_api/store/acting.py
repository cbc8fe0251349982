"""Who does what, at this moment: so that it is written down in the very transaction that does it.

The API says who acts when a request comes in. The first transaction that the request writes, whichever part of the
store it is, then ends with the row of the audit: both are there, or neither. What a request does without writing is
written down beside it (`cti_api.web.access`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import sqlalchemy as sa

from cti_api.access.chain import Deed
from cti_api.store.audit import append

T = TypeVar("T")


class Act:
    """One request: what it is about to do, until that is written down."""

    def __init__(self) -> None:
        self._due: Deed | None = None

    @property
    def due(self) -> Deed | None:
        """What is not written down yet."""
        return self._due

    def about_to(self, deed: Deed) -> None:
        """From now on this is what it does."""
        self._due = deed

    def done(self) -> None:
        """It is written down, or nothing was done."""
        self._due = None


_PRESENT: ContextVar[Act | None] = ContextVar("act", default=None)


@contextmanager
def acting() -> Iterator[Act]:
    """The time in which a request is answered. What it set going and runs on afterwards acts for nobody."""
    act = Act()
    token = _PRESENT.set(act)
    try:
        yield act
    finally:
        act.done()
        _PRESENT.reset(token)


@contextmanager
def audited(work: Callable[..., T]) -> Iterator[Callable[..., T]]:
    """`work` with the row of the audit at its end. Where it fails, the next one that the request writes has it."""
    act = _PRESENT.get()
    deed = act.due if act is not None else None
    if act is None or deed is None:
        yield work
        return

    def both(tx: sa.Connection, *args: Any, **kwargs: Any) -> T:
        result = work(tx, *args, **kwargs)
        append(tx, deed)
        return result

    act.done()
    try:
        yield both
    except BaseException:
        act.about_to(deed)
        raise
