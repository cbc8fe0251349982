"""That something happened: waited for by whoever shows how things stand."""

from __future__ import annotations

from typing import Protocol


class News(Protocol):
    """Comes once; whoever wants to hear of the next thing asks for another before they look."""

    async def wait(self) -> object: ...
