"""From what happened, and from what is so now, to figures. An onlooker: nothing in the product waits for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from cti_api.metrics.families import Families
from cti_api.model.agents import AgentState
from cti_api.model.calls import LIVE_ANSWERS, CallResult
from cti_api.model.events import Event, EventKind
from cti_api.model.front_desk import LedEnding
from cti_api.model.messages import MessageCounts
from cti_api.model.queues import InboundOutcome
from cti_api.ports import AgentView, CampaignStatus, PacingStatus, QueueView, StreamStanding, SystemStatus

NOTHING_PACED = PacingStatus(latest=None, placed=0, cancelled=0, reasons={})

TRUNK_STATES = ("closed", "open", "probing")


class Observer:
    """Sets the figures of `Families`; the only place that does."""

    def __init__(self, families: Families) -> None:
        self._figures = families
        self._seen = 0
        self._duplicates = 0
        self._loop_stalls = 0
        self._engine_store_errors = 0
        self._sent: dict[str, int] = {}
        self._paced: dict[str, PacingStatus] = {}
        """How each campaign's pacer stood when it was looked at last."""
        for state in AgentState:
            families.agents.labels(state.value).set(0)

    def happened(self, event: Event) -> None:
        """Count one event of the outbox.

        Events come in order of `seq`; one that was counted already is passed over, so that a reader that starts again
        counts nothing twice. Read are, of ``attempt.closed``: ``result``, ``disposition``, ``effective``,
        ``talk_seconds``; of ``call.connected``: ``answer_to_agent_seconds``, where it is known; of ``caller.closed``:
        ``queue``, ``outcome``; of ``caller.joined``: ``queue``, and ``waited_seconds`` with the first agent; of
        ``ivr.ended``: ``tree``, ``ending``, ``seconds``; of ``report.sent`` and ``report.failed``: ``report``,
        ``report_kind``, ``state``.
        """
        if event.seq is not None:
            if event.seq <= self._seen:
                return
            self._seen = event.seq
        figures, campaign, payload = self._figures, event.campaign_id or "", event.payload
        match event.kind:
            case EventKind.ATTEMPT_CLOSED:
                result = CallResult(payload["result"])
                figures.attempts.labels(campaign, result.value).inc()
                if result in LIVE_ANSWERS:
                    figures.live_answers.labels(campaign).inc()
                if payload.get("effective"):
                    figures.effective_calls.labels(campaign).inc()
                if disposition := payload.get("disposition"):
                    figures.dispositions.labels(campaign, disposition).inc()
                figures.talk.labels(campaign).inc(payload.get("talk_seconds", 0.0))
            case EventKind.CALL_CONNECTED if "answer_to_agent_seconds" in payload:
                figures.answer_to_agent.labels(campaign).observe(payload["answer_to_agent_seconds"])
            case EventKind.CALLER_CLOSED if "outcome" in payload:
                figures.queue_callers.labels(payload["queue"], InboundOutcome(payload["outcome"]).value).inc()
            case EventKind.CALLER_JOINED if "waited_seconds" in payload:
                figures.queue_wait.labels(payload["queue"]).observe(payload["waited_seconds"])
            case EventKind.IVR_ENDED if "ending" in payload:
                figures.ivr_calls.labels(payload["tree"], LedEnding(payload["ending"]).value).inc()
                figures.ivr_seconds.labels(payload["tree"]).observe(payload["seconds"])
            case EventKind.REPORT_SENT | EventKind.REPORT_FAILED if "state" in payload:
                figures.reports.labels(payload["report"] or payload["report_kind"], payload["state"]).inc()
            case _:
                pass

    def stands(self, system: SystemStatus, campaigns: Iterable[CampaignStatus], agents: Iterable[AgentView]) -> None:
        """Set every gauge from what is so now; series of campaigns and trunks that are gone go too."""
        self._system(system)
        self._campaigns(campaigns)
        self._agents(agents)

    def queues_stand(self, queues: Iterable[QueueView]) -> None:
        """Set who waits now."""
        figures = self._figures
        figures.queue_waiting.clear()
        figures.queue_longest.clear()
        for view in queues:
            name = view.spec.id
            for outcome in InboundOutcome:
                figures.queue_callers.labels(name, outcome.value)
            waits = [caller.waited_seconds for caller in view.callers if caller.state != "talking"]
            figures.queue_waiting.labels(name).set(len(waits))
            figures.queue_longest.labels(name).set(max(waits, default=0.0))

    def messages_stand(self, counts: MessageCounts, now: datetime) -> None:
        """Set what is known of messages."""
        figures = self._figures
        figures.messages.clear()
        for (via, state), number in counts.by_state.items():
            figures.messages.labels(via.value, state.value).set(number)
        figures.message_overdue.clear()
        for via, due in counts.oldest_due.items():
            figures.message_overdue.labels(via.value).set(max((now - due).total_seconds(), 0.0))

    def streams_stand(self, streams: Iterable[StreamStanding], clients: int) -> None:
        """Set how far behind each reader outside is, and what of it waits or is dead."""
        figures = self._figures
        figures.deliveries.clear()
        for stream in streams:
            name = stream.name
            figures.stream_lag.labels(name).set(stream.lag)
            figures.stream_connected.labels(name).set(stream.connected)
            figures.stream_sent.labels(name).inc(stream.sent - self._sent.get(name, 0))
            self._sent[name] = stream.sent
            if stream.waiting is not None and stream.dead is not None:
                figures.deliveries.labels(name, "waiting").set(stream.waiting)
                figures.deliveries.labels(name, "dead").set(stream.dead)
        figures.stream_clients.set(clients)

    def looked_up(self, name: str, outcome: str, seconds: float) -> None:
        """Another system was asked, or was not for its own good (`ivr.look_ups`)."""
        self._figures.look_ups.labels(name, outcome).inc()
        self._figures.look_up_seconds.labels(name).observe(seconds)

    def store_error(self) -> None:
        """The store refused somebody else than the engine, whose own count `SystemStatus` has."""
        self._figures.store_errors.inc()

    def _system(self, system: SystemStatus) -> None:
        figures = self._figures
        figures.ami_up.set(system.link_up)
        figures.reconciled.set(system.reconciled)
        figures.store_writable.set(system.store_writable)
        figures.event_loop_lag.set(system.worst_loop_lag_seconds)
        figures.event_loop_stalls.inc(system.loop_stalls - self._loop_stalls)
        self._loop_stalls = system.loop_stalls
        figures.memory_used.set(system.memory_used_bytes)
        figures.memory_limit.set(system.memory_limit_bytes)
        figures.started.set(system.started_at.timestamp())
        figures.originate_duplicates.inc(system.originate_duplicates - self._duplicates)
        figures.store_errors.inc(system.store_errors - self._engine_store_errors)
        self._duplicates, self._engine_store_errors = system.originate_duplicates, system.store_errors
        figures.trunk_state.clear()
        for trunk, present in system.trunks.items():
            for state in TRUNK_STATES:
                figures.trunk_state.labels(trunk, state).set(state == present)
        figures.trunk_alarm.clear()
        for trunk, alarm in system.trunk_alarms.items():
            figures.trunk_alarm.labels(trunk, alarm).set(1)
        figures.trunk_channels.clear()
        for trunk, channels in system.channels_by_trunk.items():
            figures.trunk_channels.labels(trunk).set(channels)

    def _campaigns(self, campaigns: Iterable[CampaignStatus]) -> None:
        figures = self._figures
        for gauge in (
            figures.calls_in_flight,
            figures.leads,
            figures.hopper_depth,
            figures.abandonment,
            figures.abandonment_limit,
            figures.abandonment_budget,
            figures.campaign_alarm,
            figures.expected_free_agents,
            figures.expected_answers,
            figures.budget_left,
        ):
            gauge.clear()
        for status in campaigns:
            name = status.campaign_id
            for result in CallResult:
                # From 0 on: of a counter that begins at 1, Prometheus never sees the first increase.
                figures.attempts.labels(name, result.value)
            figures.calls_in_flight.labels(name).set(status.calls_in_flight)
            figures.hopper_depth.labels(name).set(status.hopper_depth)
            figures.abandonment.labels(name).set(status.abandoned / max(status.live_answers, 1))
            figures.abandonment_limit.labels(name).set(status.abandonment_limit)
            figures.abandonment_budget.labels(name).set(
                status.abandonment_limit * status.live_answers - status.abandoned
            )
            for state, count in status.leads_by_state.items():
                figures.leads.labels(name, state).set(count)
            if status.alarm:
                figures.campaign_alarm.labels(name, status.alarm).set(1)
            if status.pacing is not None:
                self._pacing(name, status.pacing)

    def _pacing(self, name: str, pacing: PacingStatus) -> None:
        figures = self._figures
        before = self._paced.get(name, NOTHING_PACED)
        fewer = (pacing.reasons.get(reason, 0) < times for reason, times in before.reasons.items())
        if pacing.placed < before.placed or pacing.cancelled < before.cancelled or any(fewer):
            before = NOTHING_PACED  # taken up anew
        self._paced[name] = pacing
        figures.pacing_placed.labels(name).inc(pacing.placed - before.placed)
        figures.pacing_cancelled.labels(name).inc(pacing.cancelled - before.cancelled)
        for reason, times in pacing.reasons.items():
            figures.pacing_decisions.labels(name, reason).inc(times - before.reasons.get(reason, 0))
        if (latest := pacing.latest) is not None:
            figures.expected_free_agents.labels(name).set(latest.expected_free_agents)
            figures.expected_answers.labels(name).set(latest.expected_answers)
            if latest.budget_left is not None:
                figures.budget_left.labels(name).set(latest.budget_left)

    def _agents(self, agents: Iterable[AgentView]) -> None:
        states: Counter[AgentState] = Counter()
        unreachable = 0
        for view in agents:
            states[view.status.state] += 1
            unreachable += view.status.state is not AgentState.LOGGED_OFF and not view.phone_reachable
        for state in AgentState:
            self._figures.agents.labels(state.value).set(states[state])
        self._figures.phones_unreachable.set(unreachable)
