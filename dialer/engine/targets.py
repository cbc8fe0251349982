"""Where somebody may be handed on to, and who may be asked first: queues, agents, the closed list of the settings."""

from __future__ import annotations

from cti_api.errors import Conflict, NotFound
from cti_api.live_ports import TransferKind, TransferTo
from cti_api.model.agents import AgentState
from cti_api.model.ids import QueueId
from cti_api.model.queues import QueueSpec
from dialer.agents.board import Seat
from dialer.engine.floor import Floor
from dialer.engine.reception import Reception


class Targets:
    """Every answer is of now."""

    def __init__(self, floor: Floor, reception: Reception) -> None:
        self._floor = floor
        self._reception = reception

    def all(self) -> tuple[TransferTo, ...]:
        """Queues, agents who are signed in, and the closed list."""
        floor = self._floor
        queues = [
            TransferTo(
                to=f"queue:{spec.id}",
                kind=TransferKind.QUEUE,
                title=spec.title,
                available=self._is_served(spec),
                why_not="" if self._is_served(spec) else "nobody",
            )
            for _, spec in sorted(floor.queues.items())
        ]
        agents = [
            _agent(seat, can_take=self._can_take(seat))
            for seat in sorted(floor.board, key=lambda seat: seat.agent.id)
            if seat.status.state is not AgentState.LOGGED_OFF
        ]
        return (*queues, *agents, *floor.transfers)

    def chosen(self, seat: Seat, to: str) -> TransferTo:
        """What this agent has chosen. Raises `NotFound` for what is none, `Conflict` where nobody takes anybody now."""
        found = self.all()
        target = next((each for each in found if each.to == to), None)
        if target is None:
            known = ", ".join(each.to for each in found) or "nothing"
            raise NotFound(f"Nobody is handed on to {to}; there is {known}."[:1000])
        if to == f"agent:{seat.agent.id}":
            raise Conflict(f"Agent {seat.agent.id} has them already.")
        if not target.available:
            raise Conflict(f"{to} takes nobody now ({target.why_not}).", rule="takes_nobody")
        return target

    def to_consult(self, seat: Seat, to: str) -> TransferTo:
        """The same, of one who speaks with the agent at once: of a queue its first agent who is free."""
        target = self.chosen(seat, to)
        if target.kind is not TransferKind.QUEUE:
            return target
        spec = self._floor.queues[QueueId(to.partition(":")[2])]
        ranked = [(spec.rank_of(each.agent.id, each.agent.campaigns), each) for each in self._floor.board]
        free = [(rank, each) for rank, each in ranked if rank is not None and each is not seat and self._can_take(each)]
        if not free:
            raise Conflict(f"Nobody who serves {to} is free now: put them through without asking.", rule="takes_nobody")
        _, first = min(free, key=lambda one: (one[0], one[1].status.since, one[1].agent.id))
        return _agent(first, can_take=True)

    def _is_served(self, spec: QueueSpec) -> bool:
        signed_in = (s.agent for s in self._floor.board if s.status.state is not AgentState.LOGGED_OFF)
        return any(spec.rank_of(agent.id, agent.campaigns) is not None for agent in signed_in)

    def _can_take(self, seat: Seat) -> bool:
        return seat.can_take_calls and seat.agent.id not in self._reception.about_to_call


def _agent(seat: Seat, *, can_take: bool) -> TransferTo:
    return TransferTo(
        to=f"agent:{seat.agent.id}",
        kind=TransferKind.AGENT,
        title=seat.agent.name,
        available=can_take,
        why_not="" if can_take else seat.status.state.value,
    )
