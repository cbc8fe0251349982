"""Agents: their accounts, the campaigns they work for, and every state they were in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import Conflict, NotFound
from cti_api.model.agents import Agent, AgentConnect, AgentPhone, AgentState, AgentStatus
from cti_api.model.events import Event
from cti_api.model.ids import AgentId, CampaignId
from cti_api.store import outbox
from cti_api.store.database import Database
from cti_api.store.schema import agent_campaigns, agent_states, agents, campaigns

_ALL: Final = sa.select(agents).order_by(agents.c.id)
_ONE: Final = sa.select(agents).where(agents.c.id == sa.bindparam("agent"))
_MEMBERSHIPS: Final = sa.select(agent_campaigns).order_by(agent_campaigns.c.agent_id, agent_campaigns.c.campaign_id)
_CAMPAIGNS: Final = sa.select(campaigns.c.id).where(campaigns.c.id.in_(sa.bindparam("names", expanding=True)))
_LOG: Final = sa.insert(agent_states)
_STATES: Final = (
    sa.select(agent_states)
    .where(agent_states.c.agent_id == sa.bindparam("agent"), agent_states.c.since >= sa.bindparam("since"))
    .order_by(agent_states.c.since, agent_states.c.id)
)
_HISTORY: Final = agent_states.alias()
_LATEST: Final = (
    sa.select(_HISTORY.c.id)
    .where(_HISTORY.c.agent_id == agents.c.id)
    .order_by(_HISTORY.c.since.desc(), _HISTORY.c.id.desc())
    .limit(1)
    .correlate(agents)
    .scalar_subquery()
)
_PRESENT: Final = sa.select(agent_states).join(agents, agent_states.c.id == _LATEST)


class Agents:
    """Every agent of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, agent: Agent, at: datetime) -> None:
        """A new account. Raises `Conflict` where the name is taken, `NotFound` for a campaign that does not exist."""
        await self._database.write(_add, agent, at)

    async def refuse(self, agent: Agent) -> None:
        """Raise what `add` would, and change nothing."""
        await self._database.read(_refuse, agent)

    async def change(self, agent: Agent) -> None:
        """Another name, other campaigns, another way to be called, another telephone. Raises `NotFound`."""
        await self._database.write(_change, agent)

    async def get(self, agent_id: AgentId) -> Agent:
        """Raises `NotFound`."""
        found = await self._database.read(_read, _ONE, {"agent": agent_id})
        if not found:
            raise NotFound(f"There is no agent {agent_id}.")
        return found[0]

    async def all(self) -> list[Agent]:
        """Every account, by name of account."""
        return await self._database.read(_read, _ALL, {})

    async def log_state(self, status: AgentStatus, *events: Event) -> None:
        """Write down that an agent's state, or the state they asked for, has changed."""
        await self._database.write(_log_state, status, events)

    async def states(self, agent_id: AgentId, since: datetime) -> list[AgentStatus]:
        """Every state the agent came into at or after `since`, in order."""
        rows = await self._database.read(lambda tx: tx.execute(_STATES, {"agent": agent_id, "since": since}).all())
        return [_status(row) for row in rows]

    async def present(self) -> dict[AgentId, AgentStatus]:
        """Every agent's state as it was last written; those who never had one are left out."""
        rows = await self._database.read(lambda tx: tx.execute(_PRESENT).all())
        return {AgentId(row.agent_id): _status(row) for row in rows}


def _refuse(tx: sa.Connection, agent: Agent) -> None:
    if _read(tx, _ONE, {"agent": agent.id}):
        raise Conflict("There is already an agent of this name.")
    _refuse_unknown(tx, agent)


def _refuse_unknown(tx: sa.Connection, agent: Agent) -> None:
    asked = {"names": list(agent.campaigns)}
    missing = set(agent.campaigns) - set(tx.execute(_CAMPAIGNS, asked).scalars()) if agent.campaigns else set()
    if missing:
        raise NotFound(f"There is no campaign {', '.join(sorted(missing))}: see `vocero campaign list`.")


def _add(tx: sa.Connection, agent: Agent, at: datetime) -> None:
    tx.execute(sa.insert(agents).values(id=agent.id, created_at=at, **_account(agent)))
    _join(tx, agent)


def _change(tx: sa.Connection, agent: Agent) -> None:
    changed = sa.update(agents).where(agents.c.id == agent.id).values(**_account(agent))
    if not tx.execute(changed).rowcount:
        raise NotFound(f"There is no agent {agent.id}.")
    tx.execute(sa.delete(agent_campaigns).where(agent_campaigns.c.agent_id == agent.id))
    _join(tx, agent)


def _account(agent: Agent) -> dict[str, str]:
    """What may be another later."""
    return {"name": agent.name, "connect": agent.connect, "phone": agent.phone}


def _join(tx: sa.Connection, agent: Agent) -> None:
    _refuse_unknown(tx, agent)
    members = [{"agent_id": agent.id, "campaign_id": campaign} for campaign in sorted(set(agent.campaigns))]
    if members:
        tx.execute(sa.insert(agent_campaigns), members)


def _read(tx: sa.Connection, statement: sa.Select[Any], parameters: dict[str, Any]) -> list[Agent]:
    works_for: dict[str, list[CampaignId]] = defaultdict(list)
    for agent_id, campaign_id in tx.execute(_MEMBERSHIPS):
        works_for[agent_id].append(CampaignId(campaign_id))
    return [
        Agent(
            id=AgentId(row.id),
            name=row.name,
            campaigns=tuple(works_for[row.id]),
            connect=AgentConnect(row.connect),
            phone=AgentPhone(row.phone),
        )
        for row in tx.execute(statement, parameters)
    ]


def _log_state(tx: sa.Connection, status: AgentStatus, events: Sequence[Event]) -> None:
    tx.execute(
        _LOG,
        {
            "agent_id": status.agent_id,
            "state": status.state,
            "since": status.since,
            "reason": status.reason,
            "pending": status.pending,
            "pending_reason": status.pending_reason,
            "source": status.source,
        },
    )
    outbox.append(tx, events)


def _status(row: sa.Row[Any]) -> AgentStatus:
    return AgentStatus(
        agent_id=AgentId(row.agent_id),
        state=AgentState(row.state),
        since=row.since,
        reason=row.reason,
        pending=AgentState(row.pending) if row.pending else None,
        pending_reason=row.pending_reason,
        source=row.source,
    )
