"""From what happened, and from what is so now, to figures. An onlooker: nothing in the product waits for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from cti_api.agent_settings import OF_THE_SYSTEM
from cti_api.kpi.answer import Answer
from cti_api.live_ports import LiveCall, LiveState
from cti_api.metrics.families import Families
from cti_api.metrics.indicators import Reading
from cti_api.metrics.labelled import OTHER
from cti_api.model.agents import AgentState
from cti_api.model.calls import LIVE_ANSWERS, AmdVerdict, CallResult
from cti_api.model.events import Event, EventKind
from cti_api.model.front_desk import LedEnding
from cti_api.model.messages import MessageCounts
from cti_api.model.queues import InboundOutcome
from cti_api.model.surveys import Figure, Outcome
from cti_api.ports import AgentView, CampaignStatus, PacingStatus, QueueView, StreamStanding, SystemStatus

NOTHING_PACED = PacingStatus(latest=None, placed=0, cancelled=0, reasons={})

TRUNK_STATES = ("closed", "open", "probing")

DROPPED = frozenset({LedEnding.HUNG_UP, LedEnding.CUT})
"""Endings of calls that did not come to where the tree leads."""


class Observer:
    """Sets the figures of `Families`; the only place that does."""

    def __init__(self, families: Families, pause_reasons: Iterable[str] = ()) -> None:
        """`pause_reasons`: those of the settings; any other that somebody wrote is not shown."""
        self._figures = families
        self._reasons = frozenset(pause_reasons) | OF_THE_SYSTEM
        self._seen = 0
        self._duplicates = 0
        self._loop_stalls = 0
        self._engine_store_errors = 0
        self._sent: dict[str, int] = {}
        self._paced: dict[tuple[str, ...], PacingStatus] = {}
        """How each campaign's pacer stood when it was looked at last."""

    # ---------------------------------------------------------------- what happened

    def happened(self, event: Event) -> None:
        """Count one event of the outbox.

        Events come in order of `seq`; one that was counted already is passed over, so that a reader that starts again
        counts nothing twice. One that nothing can be made of - an earlier version wrote it - is counted as that.
        """
        if event.seq is not None:
            if event.seq <= self._seen:
                return
            self._seen = event.seq
        try:
            self._count(event)
        except (KeyError, ValueError, TypeError):
            self._figures.events_unread.inc()

    def _count(self, event: Event) -> None:
        figures, campaign, told = self._figures, event.campaign_id or "", event.payload
        match event.kind:
            case EventKind.ATTEMPT_CLOSED:
                self._attempt_closed(event)
            case EventKind.CALL_CLEARED if "trunk" in told:
                cause = told.get("cause")
                figures.trunk_calls.labels(told["trunk"], CallResult(told["result"]).value).inc()
                figures.trunk_causes.labels(told["trunk"], "none" if cause is None else str(cause)).inc()
            case EventKind.CALL_CONNECTED if "answer_to_agent_seconds" in told:
                figures.answer_to_agent.labels(campaign).observe(told["answer_to_agent_seconds"])
            case EventKind.CALL_AMD_VERDICT:
                figures.amd_verdicts.labels(campaign, AmdVerdict(told["verdict"]).value).inc()
            case EventKind.CALLER_CLOSED if told["outcome"]:
                figures.queue_callers.labels(told["queue"], InboundOutcome(told["outcome"]).value).inc()
                figures.queue_in_time.labels(told["queue"]).inc(bool(told.get("in_time")))
                figures.queue_talk.labels(told["queue"]).inc(told.get("talk_seconds", 0.0))
            case EventKind.CALLER_JOINED if "waited_seconds" in told:
                figures.queue_wait.labels(told["queue"]).observe(told["waited_seconds"])
            case EventKind.IVR_ENDED:
                ending = LedEnding(told["ending"])
                figures.ivr_calls.labels(told["tree"], ending.value).inc()
                figures.ivr_seconds.labels(told["tree"]).observe(told["seconds"])
                if ending in DROPPED:
                    figures.ivr_drop_offs.labels(told["tree"], told["node"]).inc()
            case EventKind.SURVEY_ENDED:
                self._survey_ended(told)
            case _:
                pass

    def _attempt_closed(self, event: Event) -> None:
        figures, campaign, told = self._figures, event.campaign_id or "", event.payload
        result = CallResult(told["result"])
        figures.attempts.labels(campaign, result.value).inc()
        if result in LIVE_ANSWERS:
            figures.live_answers.labels(campaign).inc()
        if told.get("effective"):
            figures.effective_calls.labels(campaign).inc()
        if disposition := told.get("disposition"):
            figures.dispositions.labels(campaign, disposition).inc()
        figures.talk.labels(campaign).inc(told.get("talk_seconds", 0.0))
        figures.hold.labels(campaign).inc(told.get("held_seconds", 0.0))
        if result is CallResult.CONNECTED and "wrap_up_seconds" in told:
            figures.wrap_up.labels(campaign).observe(told["wrap_up_seconds"])

    def _survey_ended(self, told: Mapping[str, Any]) -> None:
        """Whoever is called again goes on in the same conversation, which ends once more: with what it had before."""
        figures, survey, outcome = self._figures, told["survey"], Outcome(told["outcome"])
        if told.get("outcome_before") != outcome:
            figures.survey_sittings.labels(survey, outcome.value).inc()
        for score in told.get("scores", ()):
            if score.get("new", True):
                figures.survey_scores.labels(survey, Figure(score["figure"]).value).observe(score["value"])

    def looked_up(self, name: str, outcome: str, seconds: float) -> None:
        """Another system was asked, or was not for its own good (`ivr.look_ups`)."""
        self._figures.look_ups.labels(name, outcome).inc()
        self._figures.look_up_seconds.labels(name).observe(seconds)

    def store_error(self) -> None:
        """The store refused somebody else than the engine, whose own count `SystemStatus` has."""
        self._figures.store_errors.inc()

    # ---------------------------------------------------------------- what is so now

    def system_stands(self, system: SystemStatus) -> None:
        """Set the health of the whole."""
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
        states = system.trunks.items()
        figures.trunk_state.put({(name, state): state == now for name, now in states for state in TRUNK_STATES})
        figures.trunk_alarm.put(dict.fromkeys(system.trunk_alarms.items(), 1))
        figures.trunk_channels.put({(name,): channels for name, channels in system.channels_by_trunk.items()})

    def agents_stand(self, agents: Iterable[AgentView]) -> None:
        """Set how many are in which state, and for which of the settings' reasons they pause."""
        states: Counter[AgentState] = Counter()
        reasons: Counter[tuple[str, ...]] = Counter()
        unreachable = 0
        for view in agents:
            state, reason = view.status.state, view.status.reason
            states[state] += 1
            unreachable += state is not AgentState.LOGGED_OFF and not view.phone_reachable
            if state is AgentState.NOT_READY:
                reasons[reason if reason in self._reasons else OTHER,] += 1
        self._figures.agents.put({(state.value,): states[state] for state in AgentState})
        self._figures.agents_not_ready.put(reasons)
        self._figures.phones_unreachable.set(unreachable)

    def calls_stand(self, calls: Iterable[LiveCall]) -> None:
        """Set where calls are."""
        states = Counter(call.state for call in calls)
        self._figures.live_calls.put({(state.value,): states[state] for state in LiveState})

    def queues_stand(self, queues: Iterable[QueueView]) -> None:
        """Set who waits now, and who could answer."""
        figures, views = self._figures, {(str(view.spec.id),): view for view in queues}
        waits = {
            queue: [caller.waited_seconds for caller in view.callers if caller.state != "talking"]
            for queue, view in views.items()
        }
        for (queue,) in views:  # from 0 on, as those of a campaign
            for outcome in InboundOutcome:
                figures.queue_callers.labels(queue, outcome.value)
            figures.queue_in_time.labels(queue)
            figures.queue_wait.labels(queue)
        figures.queue_waiting.put({queue: len(waited) for queue, waited in waits.items()})
        figures.queue_longest.put({queue: max(waited, default=0.0) for queue, waited in waits.items()})
        figures.queue_at_work.put({queue: view.agents_at_work for queue, view in views.items()})
        figures.queue_ready.put({queue: view.agents_ready for queue, view in views.items()})
        figures.queue_answer_within.put({queue: view.spec.answer_within_seconds for queue, view in views.items()})
        figures.queue_goal.put({queue: view.spec.service_level for queue, view in views.items()})

    def campaigns_stand(self, campaigns: Sequence[CampaignStatus]) -> None:
        """Set everything of the campaigns at work; of the others there is nothing any more."""
        figures, status = self._figures, {(str(each.campaign_id),): each for each in campaigns}
        for (name,) in status:
            # From 0 on: of a counter that begins at 1, Prometheus never sees the first increase.
            for result in CallResult:
                figures.attempts.labels(name, result.value)
            figures.live_answers.labels(name)
            figures.effective_calls.labels(name)
            figures.answer_to_agent.labels(name)
        figures.campaign_state.put({(*name, each.state.value): 1 for name, each in status.items()})
        figures.campaign_open.put({name: each.is_open for name, each in status.items()})
        figures.campaign_agents_ready.put({name: each.agents_ready for name, each in status.items()})
        figures.calls_in_flight.put({name: each.calls_in_flight for name, each in status.items()})
        figures.hopper_depth.put({name: each.hopper_depth for name, each in status.items()})
        figures.callbacks_missed.put({name: each.callbacks_missed for name, each in status.items()})
        figures.abandonment.put({name: each.abandoned / max(each.live_answers, 1) for name, each in status.items()})
        figures.abandonment_limit.put({name: each.abandonment_limit for name, each in status.items()})
        figures.abandonment_budget.put(
            {name: each.abandonment_limit * each.live_answers - each.abandoned for name, each in status.items()}
        )
        figures.leads.put(
            {(*name, state): count for name, each in status.items() for state, count in each.leads_by_state.items()}
        )
        figures.campaign_alarm.put({(*name, each.alarm): 1 for name, each in status.items() if each.alarm})
        self._pacers_stand({name: each.pacing for name, each in status.items() if each.pacing is not None})

    def _pacers_stand(self, pacers: dict[tuple[str, ...], PacingStatus]) -> None:
        figures = self._figures
        for name, pacing in pacers.items():
            before = self._paced.get(name, NOTHING_PACED)
            fewer = (pacing.reasons.get(reason, 0) < times for reason, times in before.reasons.items())
            if pacing.placed < before.placed or pacing.cancelled < before.cancelled or any(fewer):
                before = NOTHING_PACED  # taken up anew
            figures.pacing_placed.labels(*name).inc(pacing.placed - before.placed)
            figures.pacing_cancelled.labels(*name).inc(pacing.cancelled - before.cancelled)
            for reason, times in pacing.reasons.items():
                figures.pacing_decisions.labels(*name, reason).inc(times - before.reasons.get(reason, 0))
        self._paced.update(pacers)
        latest = {name: pacing.latest for name, pacing in pacers.items() if pacing.latest is not None}
        figures.expected_free_agents.put({name: each.expected_free_agents for name, each in latest.items()})
        figures.expected_answers.put({name: each.expected_answers for name, each in latest.items()})
        figures.budget_left.put(
            {name: each.budget_left for name, each in latest.items() if each.budget_left is not None}
        )

    def surveys_stand(self, surveys: Iterable[str]) -> None:
        """There are these: what becomes of their conversations is counted from 0 on."""
        for survey in surveys:
            for outcome in Outcome:
                self._figures.survey_sittings.labels(survey, outcome.value)

    def messages_stand(self, counts: MessageCounts, now: datetime) -> None:
        """Set what is known of messages."""
        figures = self._figures
        figures.messages.put({(via.value, state.value): number for (via, state), number in counts.by_state.items()})
        figures.message_overdue.put(
            {(via.value,): max((now - due).total_seconds(), 0.0) for via, due in counts.oldest_due.items()}
        )

    def streams_stand(self, streams: Sequence[StreamStanding], clients: int) -> None:
        """Set how far behind each reader outside is, and what of it waits or is dead."""
        figures = self._figures
        figures.stream_lag.put({(each.name,): each.lag for each in streams})
        figures.stream_connected.put({(each.name,): each.connected for each in streams})
        put_aside = {(each.name, "waiting"): each.waiting for each in streams}
        put_aside |= {(each.name, "dead"): each.dead for each in streams}
        figures.deliveries.put({key: number for key, number in put_aside.items() if number is not None})
        for each in streams:
            figures.stream_sent.labels(each.name).inc(each.sent - self._sent.get(each.name, 0))
            self._sent[each.name] = each.sent
        figures.stream_clients.set(clients)

    def outbox_stands(self, unnumbered: int, uncounted: int) -> None:
        """Set how many events wait for their number, and how many for being counted in the indicators."""
        self._figures.outbox_unnumbered.set(unnumbered)
        self._figures.indicators_behind.set(uncounted)

    def reports_stand(self, runs: Mapping[tuple[str, str], int], due: Mapping[str, datetime], now: datetime) -> None:
        """Set how many sendings of each report are in which state (`runs`), and how late the first of them is that is
        not over (`due`: when it was to go)."""
        figures = self._figures
        figures.report_runs.put({(report, state): number for (report, state), number in runs.items()})
        figures.report_overdue.put({(report,): max((now - at).total_seconds(), 0.0) for report, at in due.items()})

    def indicators_stand(self, answers: Iterable[Answer], readings: Iterable[Reading]) -> None:
        """Set every indicator's series anew. `answers`: of all together, for what each is to reach and what it lacks;
        `readings`: the series."""
        figures = self._figures
        lacking: dict[tuple[str, ...], float] = {}
        targets: dict[tuple[str, ...], float] = {}
        for answer in answers:
            name, target = answer.indicator.id, answer.target
            lacking[name,] = bool(answer.lacking)
            if target is not None:
                targets[name, "good"] = target.good
            if target is not None and target.low is not None:
                targets[name, "low"] = target.low
        figures.indicator_lacking.put(lacking)
        figures.indicator_target.put(targets)
        series: dict[str, dict[tuple[str, ...], float]] = {name: {} for name in figures.indicators}
        for each in readings:
            series[each.indicator][each.period.value, each.shown.value, each.name] = each.value
        for name, values in series.items():
            figures.indicators[name].put(values)
