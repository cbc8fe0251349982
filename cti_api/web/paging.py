"""Pages of long lists, one way for all: ``?limit=…&after=…``, and where the next one is in ``Link`` (RFC 8288).

Where a page begins is told as an opaque word, which names the row before it: nothing is told twice or left out while
rows are added.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import urlencode

from fastapi import Query, Request, Response
from pydantic import StringConstraints

from cti_api.errors import Fault, InputError
from cti_api.store.paging import Mark

T = TypeVar("T")

LINK: Final = "Link"

After = Annotated[
    Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,400}$")] | None,
    Query(description="Where the page begins: from the `Link` of the page before."),
]
"""None: at the beginning."""


def mark_of(after: str | None, kinds: Sequence[type]) -> Mark | None:
    """Where the page begins. Raises `InputError` for a word that is not one of this list's."""
    if after is None:
        return None
    try:
        told = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        if not isinstance(told, list) or len(told) != len(kinds):
            raise ValueError
        return [_value(each, kind) for each, kind in zip(told, kinds, strict=True)]
    except (ValueError, binascii.Error, UnicodeDecodeError, RecursionError):
        fault = Fault("after", "is no place in this list: take it from the Link of the page before")
        raise InputError("The page cannot be found.", [fault]) from None


def with_next(
    request: Request, response: Response, found: Sequence[T], limit: int, mark: Callable[[T], Mark]
) -> Sequence[T]:
    """`found`, after which the answer says where the next page is, if there may be one. `found` may have one row more
    than the page, by which that is known."""
    if len(found) > limit:
        found = found[:limit]
        say_next(request, response, mark(found[-1]))
    return found


def say_next(request: Request, response: Response, mark: Mark) -> None:
    """Have the answer say that there may be a page behind this place."""
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != "after"]
    query = urlencode([*asked, ("after", word_of(mark))])
    response.headers[LINK] = f'<{request.url.path}?{query}>; rel="next"'


def word_of(mark: Mark) -> str:
    """A place as `After` names it."""
    told = [value.isoformat() if isinstance(value, datetime) else value for value in mark]
    return base64.urlsafe_b64encode(json.dumps(told, separators=(",", ":")).encode()).rstrip(b"=").decode("ascii")


def _value(told: Any, kind: type) -> Any:
    if kind is datetime:
        instant = datetime.fromisoformat(told) if isinstance(told, str) else None
        if instant is None or instant.tzinfo is None:
            raise ValueError
        return instant
    if type(told) is not kind or (isinstance(told, int) and not 0 <= told < 2**63):
        raise ValueError
    return told
