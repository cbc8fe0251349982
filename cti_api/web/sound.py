"""Recordings, whole or from where somebody wants to hear on (RFC 9110, 14): a player seeks by asking for ranges."""

from __future__ import annotations

import asyncio
import os
import re
from collections import OrderedDict
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import Header
from fastapi.responses import FileResponse
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from cti_api.errors import NotFound
from cti_api.web.media import WAV

ONE_LISTENING_SECONDS: Final = 600.0
"""So long after it was written down that somebody listens, further ranges of the same recording belong to that."""
MOST_KNOWN: Final = 10_000
_RANGE: Final = re.compile(r"bytes=(\d{1,15})-(\d{0,15})|bytes=-(\d{1,15})")
"""One range; several at once no player needs, and what cannot be read is passed over, as 14.2 allows: both get all."""

DESCRIBED: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The sound, whole", "content": {WAV: {}}},
    206: {"description": "The range that was asked for", "content": {WAV: {}}},
}


Range = Annotated[str | None, Header(alias="Range", description="`bytes=0-1023`")]


class Listening:
    """Who listens to what, so that a player's ranges of one listening are written down once."""

    def __init__(self) -> None:
        self._since: OrderedDict[tuple[str, str], float] = OrderedDict()

    def goes_on(self, who: str, what: str, *, is_part: bool, now: float) -> bool:
        """Whether this belongs to a listening that was written down; if not, it begins one. `now` in seconds on a clock
        that does not jump; `is_part`: a range is asked for, not the whole."""
        since = self._since.get((who, what))
        if is_part and since is not None and now - since < ONE_LISTENING_SECONDS:
            return True
        self._since[who, what] = now
        self._since.move_to_end((who, what))
        if len(self._since) > MOST_KNOWN:
            self._since.popitem(last=False)
        return False


class Sound(FileResponse):
    """One range of a file at most."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wanted = Headers(scope=scope).getlist("range")
        if wanted and (len(wanted) > 1 or _RANGE.fullmatch(wanted[0].strip()) is None):
            scope = {**scope, "headers": [each for each in scope["headers"] if each[0] != b"range"]}
        await super().__call__(scope, receive, send)


async def sound(recordings: Path, name: str, told: str | None, of: str) -> Sound:
    """The recording of that name. `told`: the ``Range`` that is asked for. `of`: what it is one of, for the refusal.

    Raises `NotFound`; 416 for a range that begins behind the end.
    """
    path = recordings / Path(name).name
    try:
        found = await asyncio.to_thread(os.stat, path) if name else None
    except OSError:
        found = None
    if found is None:
        raise NotFound(f"There is no recording of {of}.")
    asked = _RANGE.fullmatch(told.strip()) if told is not None else None
    if asked is not None and _is_behind(asked, found.st_size):
        headers = {"Content-Range": f"bytes */{found.st_size}"}
        words = f"The recording has {found.st_size} bytes: nothing of it is in that range."
        raise HTTPException(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, words, headers)
    return Sound(path, media_type=WAV, stat_result=found)


def _is_behind(asked: re.Match[str], size: int) -> bool:
    first, last, of_the_end = asked.groups()
    if of_the_end is not None:
        return int(of_the_end) == 0 or size == 0
    return int(first) >= size or (last != "" and int(last) < int(first))
