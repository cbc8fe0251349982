"""Long lists, page by page: each page begins behind the last row of the one before, whatever is added meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

Mark = Sequence[Any]
"""Where a page begins: the values of a row in the columns of the list's order; the row itself is not in it."""


def page(
    wanted: sa.Select[Any],
    order: Sequence[sa.Column[Any]],
    after: Mark | None,
    most: int,
    *,
    newest_first: bool = False,
) -> sa.Select[Any]:
    """`wanted` in this order, which no two rows share a place in, from behind `after` on."""
    if after is not None:
        place = sa.tuple_(*(sa.literal(value, column.type) for value, column in zip(after, order, strict=True)))
        here = sa.tuple_(*order)
        wanted = wanted.where(here < place if newest_first else here > place)
    return wanted.order_by(*(column.desc() if newest_first else column for column in order)).limit(most)
