"""Events in their order, each once, whatever brings them: by their numbers, and by asking for what is missing.

A delivery may repeat an event, and a broker may lose some. Who keeps the number of the last event they dealt with needs
no more than this to have them all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

Event = dict[str, Any]


class Api:
    """Vocero's API, by its Unix socket (on the same machine) or by URL and key."""

    def __init__(self, socket: str = "", url: str = "", key: str = "") -> None:
        self.http = httpx.Client(
            base_url=f"{url or 'http://vocero'}/api/v1",
            transport=httpx.HTTPTransport(uds=socket) if socket else None,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=30,
        )

    def since(self, seq: int) -> Iterator[Event]:
        """Every event after number `seq`, page by page, until there is nothing new."""
        while page := self.http.get("/events", params={"since": seq}).raise_for_status().json():
            yield from page
            seq = page[-1]["seq"]


class InOrder:
    """Deals with each event once: `deal` is called for it, then its number is written to `place`."""

    def __init__(self, place: Path, since: Callable[[int], Iterator[Event]], deal: Callable[[Event], None]) -> None:
        self._place = place
        self._since = since
        self._deal = deal
        self.last = int(place.read_text()) if place.exists() else 0

    def heard(self, event: Event) -> None:
        """An event came, perhaps once more, perhaps too early."""
        if event["seq"] > self.last + 1:
            self.catch_up(event["seq"] - 1)
        self._take(event)

    def catch_up(self, until: int | None = None) -> None:
        """Deal with everything that is missing, up to number `until`; without one, up to now."""
        if until is None or until > self.last:
            for event in self._since(self.last):
                self._take(event)
                if event["seq"] == until:
                    break

    def _take(self, event: Event) -> None:
        if event["seq"] <= self.last:
            return
        self._deal(event)
        self.last = event["seq"]
        fresh = self._place.with_suffix(".new")
        fresh.write_text(str(self.last))
        fresh.replace(self._place)  # whenever it is ended: the old number or the new one, never half of it


def show(event: Event) -> None:
    """What your own program does with an event."""
    print(json.dumps(event, ensure_ascii=False), flush=True)  # noqa: T201
