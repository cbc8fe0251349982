"""What the window may ask of the queues; `dialer.engine.port.EnginePort` hands it on."""

from __future__ import annotations

from dataclasses import replace

from cti_api.errors import Conflict, LinkDown, NotFound
from cti_api.model.agents import AgentState
from cti_api.model.events import EventKind
from cti_api.model.ids import AgentId, InboundId, QueueId
from cti_api.model.phone import PhoneNumber
from cti_api.model.queues import InboundCall, QueueSpec
from cti_api.ports import CallerView, QueueView
from dialer.engine.callers import Caller, CallerState
from dialer.engine.engine import Engine
from dialer.engine.reception import AT_WORK
from dialer.queues.foresight import expected_wait_seconds, handling_seconds


class QueuePort:
    """Queues as they stand now, and their files."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._floor = engine.floor

    def queues(self) -> tuple[QueueView, ...]:
        """Every queue, by name."""
        return tuple(self._view(spec) for _, spec in sorted(self._floor.queues.items()))

    def _view(self, spec: QueueSpec) -> QueueView:
        floor, now = self._floor, self._floor.clock.now()
        serving = [s for s in floor.board if spec.rank_of(s.agent.id, s.agent.campaigns) is not None]
        here = [c for c in floor.callers if c.call.queue == spec.id and c.state is not CallerState.OVER]
        at_work, ready = (sum(seat.status.state in AT_WORK for seat in serving), sum(s.can_take_calls for s in serving))
        ahead = sum(caller.waits for caller in here)
        handling = handling_seconds(floor.handled.get(spec.id, ()))
        return QueueView(
            spec=spec,
            agents_at_work=at_work,
            agents_ready=ready,
            expected_wait_seconds=0.0 if ready > ahead else expected_wait_seconds(ahead + 1 - ready, at_work, handling),
            callers=tuple(
                CallerView(
                    caller_id=caller.id,
                    number=caller.call.number,
                    state=caller.state.value,
                    waited_seconds=caller.call.waited_seconds(now),
                    position=caller.call.position,
                    agent_id=caller.agent_id,
                    arrived_at=caller.call.arrived_at,
                )
                for caller in sorted(here, key=lambda c: (c.call.arrived_at, c.id))
            ),
        )

    async def put(self, spec: QueueSpec, text: str) -> bool:
        """Make a queue, or give it another file; callers who wait are served by it from now on. True: it is new.

        Raises `NotFound` for an agent, a campaign or another queue that does not exist.
        """
        floor = self._floor
        for one in spec.agents:
            floor.board.seat(one.agent_id)
        for campaign in (*spec.campaigns, *([spec.call_back_in] if spec.call_back_in else [])):
            await floor.store.campaigns.get(campaign)
        if spec.overflow_to is not None and spec.overflow_to not in floor.queues:
            raise NotFound(f"There is no queue {spec.overflow_to} to overflow to: make it first.")
        event = floor.event(EventKind.QUEUE_CHANGED, queue=spec.id, change="put")
        is_new = await floor.store.queues.put(spec.id, text, floor.clock.now(), event)
        floor.queues[spec.id] = spec
        self._engine.connecting.match()
        return is_new

    async def remove(self, queue_id: QueueId) -> None:
        """Take a queue away; who waits in it hears the apology. Raises `NotFound`."""
        floor = self._floor
        event = floor.event(EventKind.QUEUE_CHANGED, queue=queue_id, change="removed")
        await floor.store.queues.remove(queue_id, event)
        floor.queues.pop(queue_id, None)

    async def book_call_back(self, queue: QueueId, call_id: str, number: PhoneNumber) -> None:
        """Keep a place in a queue for somebody who does not wait in it: they are called when it is their turn. Told
        again with the same call, it is the same place.

        Raises `NotFound`, and `Conflict` for a queue that calls nobody back.
        """
        floor = self._floor
        spec, now = floor.queues.get(queue), floor.clock.now()
        if spec is None:
            raise NotFound(f"There is no queue {queue}.")
        if spec.call_back_in is None:
            raise Conflict(f"The queue {queue} calls nobody back.")
        if InboundId(call_id) in floor.callers:
            return
        call = InboundCall(
            id=InboundId(call_id), queue=queue, number=number.e164, arrived_at=now, queued_at=now, ended_at=now,
            call_back_at=now,
        )  # fmt: skip
        event = floor.event(EventKind.CALLER_QUEUED, queue=queue)
        await floor.store.queues.write(call, replace(event, call_id=call_id))
        floor.callers.add(Caller(call=call, tell_at=now, state=CallerState.KEPT))
        self._engine.connecting.match()

    def dispose(self, agent_id: AgentId, code: str, fields: dict[str, str]) -> dict[str, object] | None:
        """What the agent says became of the present caller; None: they are with none."""
        seat = self._floor.board.seat(agent_id)
        caller = self._floor.callers.get(seat.caller_id)
        if caller is None or seat.status.state not in (AgentState.BUSY, AgentState.WRAP_UP):
            return None
        closed = self._engine.callers.dispose(caller, code, fields)
        return {"caller_id": caller.id, "disposition": code, "closed": closed}

    async def dispose_of(
        self, agent_id: AgentId, caller_id: InboundId, code: str, fields: dict[str, str]
    ) -> dict[str, object]:
        """The same of a caller by name, so that it can be said until there is an answer, and of nobody else.

        Raises `LinkDown` for one of an earlier process who is not taken up yet, and `Conflict` for another agent's and
        for one who was closed with another word, or none.
        """
        floor = self._floor
        if caller_id in floor.callers:
            if floor.board.seat(agent_id).caller_id == caller_id and (told := self.dispose(agent_id, code, fields)):
                return told
            raise Conflict(f"The caller {caller_id} is not with {agent_id}.", rule="another_agent")
        call = await floor.store.queues.call(caller_id)
        if call.agent_id != agent_id:
            raise Conflict(f"The caller {caller_id} was not with {agent_id}.", rule="another_agent")
        if call.closed_at is None:
            raise LinkDown(f"Asterisk is still asked what became of the caller {caller_id}: send it again.")
        said = {name: value.strip() for name, value in fields.items()}
        if (call.disposition, call.disposition_fields or {}) != (code, said):
            raise Conflict(f"The call of {caller_id} is closed: nothing more is said of it.", rule="caller_closed")
        return {"caller_id": caller_id, "disposition": code, "closed": True}
