"""Whether somebody sits at a console: by the streams that their page keeps open.

A page that is open follows its agent's stream and says that it is a console. When the last stream of an agent is gone
it may be a reload, or a wire that was out for a moment, so for `GRACE_SECONDS` nothing follows. After that nobody sits
there: the agent takes no more calls until they come back and say so. Who never had a console open, because a telephone
on the desk is all they have, is not looked at.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from cti_api.model.agents import AgentState, AgentStatus
from cti_api.model.ids import AgentId

GRACE_SECONDS: Final = 10.0
"""Ours: a page is back in two seconds after a reload, and nobody may be joined with a closed tab for long."""

CONSOLE: Final = "consola"
"""Reason of the pause of an agent whose console was closed."""

OF_THE_TELEPHONE: Final = "technical"
"""Reason of the pause of an agent without a telephone, which ends by itself when it is back."""

_IN_A_CALL: Final = frozenset({AgentState.RESERVED, AgentState.BUSY, AgentState.WRAP_UP})


class Presence:
    """Who has a console open. `now` is seconds on a clock that does not jump."""

    def __init__(self, grace_seconds: float = GRACE_SECONDS) -> None:
        self._grace_seconds = grace_seconds
        self._open: Counter[AgentId] = Counter()
        self._gone_at: dict[AgentId, float] = {}

    def opened(self, agent_id: AgentId) -> None:
        """One more stream; an agent may have several pages open."""
        self._open[agent_id] += 1
        self._gone_at.pop(agent_id, None)

    def closed(self, agent_id: AgentId, now: float) -> None:
        """One stream less."""
        self._open[agent_id] -= 1
        if self._open[agent_id] <= 0:
            del self._open[agent_id]
            self._gone_at[agent_id] = now

    def is_open(self, agent_id: AgentId) -> bool:
        return agent_id in self._open

    def left(self, now: float) -> list[AgentId]:
        """Who has been without a console for too long; each is told once."""
        found = [agent_id for agent_id, at in self._gone_at.items() if now - at >= self._grace_seconds]
        for agent_id in found:
            del self._gone_at[agent_id]
        return found


def is_to_be_paused(status: AgentStatus) -> bool:
    """Whether an agent whose console is gone would be given calls, now or after the present one."""
    if status.state is AgentState.NOT_READY:
        return status.reason == OF_THE_TELEPHONE
    if status.state in _IN_A_CALL:
        return status.pending is None
    return status.state is AgentState.READY


def may_go_on(status: AgentStatus) -> bool:
    """Whether the pause that waits for the end of a call was only for a console that is there again."""
    waits = status.pending is AgentState.NOT_READY and status.pending_reason == CONSOLE
    return waits and status.state in (AgentState.RESERVED, AgentState.BUSY)
