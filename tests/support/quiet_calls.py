"""Calls in flight without telephones: `CallsPort` for tests of the API and the command line."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from cti_api.errors import Conflict, NotFound
from cti_api.live_ports import LiveCall, LiveState, Supervised, Supervision, TransferTo
from cti_api.model.ids import AgentId, AttemptId


class QuietCalls:
    """Whoever is asked for is handed on, listened to or hung up at once."""

    def __init__(self) -> None:
        self.there: dict[str, LiveCall] = {}
        self.targets: list[TransferTo] = []
        self.handed_on: list[tuple[str, str]] = []
        """Agent or call, and where to."""
        self.consulted: list[tuple[str, str]] = []
        """Agent, and whom they consult."""

    def talk(self, call_id: AttemptId | str, since: datetime, agent: str = "ana", **facts: Any) -> LiveCall:
        """An agent talks with somebody."""
        standard: dict[str, Any] = {"state": LiveState.CONNECTED, "number": "+573001234567", "agent_id": AgentId(agent)}
        call = LiveCall(id=call_id, since=since, **(standard | facts))
        self.there[call_id] = call
        return call

    def calls(self) -> tuple[LiveCall, ...]:
        return tuple(sorted(self.there.values(), key=lambda call: (call.since, call.id)))

    def transfers(self) -> tuple[TransferTo, ...]:
        return tuple(self.targets)

    async def transfer(self, agent_id: AgentId, to: str) -> None:
        call = next((call for call in self.there.values() if call.agent_id == agent_id), None)
        if call is None:
            raise Conflict(f"Agent {agent_id} is in no talk: there is nobody to hand on.")
        await self.transfer_call(call.id, to)

    async def transfer_call(self, call_id: str, to: str) -> None:
        self._of(call_id)
        target = next((each for each in self.targets if each.to == to), None)
        if target is None:
            raise NotFound(f"Nobody is transferred to {to}.")
        if not target.available:
            raise Conflict(target.why_not)
        self.handed_on.append((call_id, to))
        del self.there[call_id]

    async def consult(self, agent_id: AgentId, to: str) -> None:
        if not any(each.to == to and each.available for each in self.targets):
            raise Conflict(f"{to} takes nobody now.")
        self.consulted.append((agent_id, to))

    async def complete(self, agent_id: AgentId) -> None:
        await self.transfer(agent_id, self._consulted_by(agent_id))

    async def go_back(self, agent_id: AgentId) -> None:
        self._consulted_by(agent_id)

    def _consulted_by(self, agent_id: AgentId) -> str:
        """Whom they consult; no more."""
        found = next((to for who, to in self.consulted if who == agent_id), None)
        if found is None:
            raise Conflict(f"Agent {agent_id} consults nobody.", rule="no_consultation")
        self.consulted.remove((agent_id, found))
        return found

    async def end(self, call_id: str) -> None:
        del self.there[self._of(call_id).id]

    async def supervise(self, call_id: str, mode: Supervision, *, by: str, telephone: str) -> None:
        call = self._of(call_id)
        if call.state is not LiveState.CONNECTED:
            raise Conflict(f"The call {call_id} is {call.state.value}: there is nothing to listen to.")
        others = tuple(each for each in call.supervised if each.by != by)
        joined = Supervised(by=by, mode=mode, telephone=telephone, since=call.since)
        self.there[call_id] = replace(call, supervised=(*others, joined))

    async def leave(self, call_id: str, *, by: str) -> None:
        call = self._of(call_id)
        left = tuple(each for each in call.supervised if each.by != by)
        if left == call.supervised:
            raise Conflict(f"You take no part in the call {call_id}.")
        self.there[call_id] = replace(call, supervised=left)

    def _of(self, call_id: str) -> LiveCall:
        try:
            return self.there[call_id]
        except KeyError:
            raise NotFound(f"There is no call {call_id} in flight.") from None
