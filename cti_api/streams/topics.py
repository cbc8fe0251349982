"""MQTT topics: the one place where they are spelt.

    <prefix>/<site>/events/<area>/<what>/<about>   every event, once, in order; not retained
    <prefix>/<site>/state/<area>/<name>            the newest event of a state, retained: agents, campaigns, trunks
    <prefix>/<site>/head                           retained: the number of the newest event that was published
    <prefix>/<site>/status                         retained: whether Vocero is connected (its last will says no)

`about` is the campaign, agent, queue, trunk, tree or survey that the event is of, ``-`` where it is of none.
"""

from __future__ import annotations

import re
from typing import Final

from cti_api.model.events import Event, EventKind

STATES: Final = {
    EventKind.AGENT_STATE: "agent",
    EventKind.CAMPAIGN_STATE: "campaign",
    EventKind.TRUNK_STATE: "trunk",
}
NOBODY: Final = "-"
LONGEST: Final = 64
_SAFE: Final = re.compile(r"[A-Za-z0-9_.-]+\Z")
_NAMED: Final = ("survey", "queue", "trunk", "tree")


class Topics:
    """Of one site."""

    def __init__(self, prefix: str, site: str) -> None:
        self._root = f"{prefix}/{site}"

    @property
    def all_events(self) -> str:
        return f"{self._root}/events/#"

    @property
    def head(self) -> str:
        return f"{self._root}/head"

    @property
    def status(self) -> str:
        return f"{self._root}/status"

    def of(self, event: Event) -> str:
        """Where the event is published."""
        area, what = event.kind.value.split(".", 1)
        return f"{self._root}/events/{area}/{what}/{about(event)}"

    def state_of(self, event: Event) -> str | None:
        """Where it is kept as a state, if it is one."""
        area = STATES.get(event.kind)
        return None if area is None else f"{self._root}/state/{area}/{about(event)}"


def about(event: Event) -> str:
    """The part of the topic that says whose event it is."""
    if event.kind is EventKind.AGENT_STATE:
        return _part(event.agent_id)
    if event.campaign_id is not None:
        return _part(event.campaign_id)
    named = (event.payload.get(name) for name in _NAMED)
    return _part(next((name for name in named if name), event.agent_id))


def _part(name: object) -> str:
    """A name as a part of a topic: one that could mean something else there is left out."""
    written = str(name or "")
    return written if _SAFE.match(written) and len(written) <= LONGEST else NOBODY
