"""Agent states: one table, and what each move means.

Theory of operation
-------------------
An agent's state is moved by what Asterisk says of the softphone and by what the agent asks for. A request that cannot
be granted in a call (pause, log off) is kept as the *pending* state and granted after wrap-up. A call reserves the
agent first (`RESERVED`), and only Asterisk's word that the two hear each other makes them `BUSY`. A lost softphone ends
a talk or the readiness for one: the agent is `NOT_READY` for the reason `technical`, or what they had asked for, and
nobody waits for them; who pauses or wraps up does not need it and stays as they are. `FIND_PHONE` is the way back.

A process that starts takes every agent up as the store last had them (`cti_api.model.agents.taken_up`): a restart
signs nobody out and ends no pause.

What is not in the table is refused: `move` returns None and nothing has changed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import Enum

from cti_api.model.agents import AgentState, AgentStatus


class Move(Enum):
    """Everything that can move an agent."""

    LOG_IN = "log_in"
    LOG_OUT = "log_out"
    PAUSE = "pause"
    MAKE_READY = "make_ready"
    """The agent ends a pause or the wrap-up; while something is asked for after the call, takes that back instead."""
    RESERVE = "reserve"
    RELEASE = "release"
    """The call the agent was reserved for did not come about."""
    CONNECT = "connect"
    END_CALL = "end_call"
    FINISH = "finish"
    """Wrap-up is over: a disposition was given, none is to be, or its limit passed."""
    LOSE_PHONE = "lose_phone"
    FIND_PHONE = "find_phone"
    """The softphone that was lost is there again."""
    ADOPT = "adopt"
    """Asterisk says that the agent is in a talk, whatever was believed of them."""


S = AgentState

TABLE: dict[tuple[AgentState, Move], AgentState] = {
    (S.LOGGED_OFF, Move.LOG_IN): S.READY,
    (S.NOT_READY, Move.MAKE_READY): S.READY,
    (S.NOT_READY, Move.PAUSE): S.NOT_READY,
    (S.NOT_READY, Move.LOG_OUT): S.LOGGED_OFF,
    (S.NOT_READY, Move.FIND_PHONE): S.READY,
    (S.READY, Move.PAUSE): S.NOT_READY,
    (S.READY, Move.LOG_OUT): S.LOGGED_OFF,
    (S.READY, Move.RESERVE): S.RESERVED,
    (S.READY, Move.LOSE_PHONE): S.NOT_READY,
    (S.RESERVED, Move.RELEASE): S.READY,
    (S.RESERVED, Move.CONNECT): S.BUSY,
    (S.RESERVED, Move.LOSE_PHONE): S.NOT_READY,
    (S.BUSY, Move.END_CALL): S.WRAP_UP,
    (S.BUSY, Move.LOSE_PHONE): S.NOT_READY,
    (S.WRAP_UP, Move.FINISH): S.READY,
    (S.WRAP_UP, Move.MAKE_READY): S.READY,
    (S.LOGGED_OFF, Move.ADOPT): S.BUSY,
    (S.NOT_READY, Move.ADOPT): S.BUSY,
    (S.READY, Move.ADOPT): S.BUSY,
    (S.RESERVED, Move.ADOPT): S.BUSY,
    (S.WRAP_UP, Move.ADOPT): S.BUSY,
}

PENDING: dict[tuple[AgentState, Move], AgentState] = {
    (state, move): target
    for state in (S.RESERVED, S.BUSY, S.WRAP_UP)
    for move, target in ((Move.PAUSE, S.NOT_READY), (Move.LOG_OUT, S.LOGGED_OFF))
}
"""Requests that wait until the agent has finished with the present call."""

GRANTS_PENDING = frozenset({Move.RELEASE, Move.FINISH, Move.LOSE_PHONE, Move.FIND_PHONE})
"""Moves after which a pending state is taken instead of the table's."""


def move(status: AgentStatus, what: Move, now: datetime, *, source: str, reason: str = "") -> AgentStatus | None:
    """The status after `what`, or None when the present state does not allow it.

    `source` is who moved it (agent, supervisor, system, timeout); `reason` is kept for `NOT_READY`.
    """
    pending = PENDING.get((status.state, what))
    if pending is not None:
        return replace(status, pending=pending, pending_reason=reason, source=source)
    if what is Move.MAKE_READY and status.pending is not None:
        return replace(status, pending=None, pending_reason="", source=source)
    target = TABLE.get((status.state, what))
    if target is None:
        return None
    if what in GRANTS_PENDING and status.pending is not None:
        target, reason = status.pending, status.pending_reason
    keeps_pending = target in (S.RESERVED, S.BUSY, S.WRAP_UP)
    return AgentStatus(
        agent_id=status.agent_id,
        state=target,
        since=now,
        reason=reason if target is S.NOT_READY else "",
        pending=status.pending if keeps_pending else None,
        pending_reason=status.pending_reason if keeps_pending else "",
        source=source,
    )
