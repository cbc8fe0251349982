"""Every metric of the product: name, unit, help, labels and buckets, each spelt once, here.

Names follow Prometheus' own advice (prometheus.io/docs/practices/naming): the product's prefix, base units, ``_total``
for counters. Labels hold campaigns, queues, surveys, trunks, trees, look-ups, agents' states and call results only:
words of our own, few in number, never a telephone number, an id or a name of a person (`cti_api.metrics.labelled`).
docs/metrics.md is made of this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

from cti_api.kpi.indicators import INDICATORS
from cti_api.metrics.indicators import LABELS, PREFIX, metric_name
from cti_api.metrics.labelled import Labelled, Standing

ANSWER_TO_AGENT_BUCKETS: Final = (0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.0, 5.0)
"""Seconds. 0.1 is our own goal for the 95th percentile, 2.0 the hold limit (16 CFR 310.4(b)(4)(iii))."""

QUEUE_WAIT_BUCKETS: Final = (1.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 300.0, 600.0)
"""Seconds. 20 is where service desks measure by custom (80 % in 20 s); the steps around it are other promises made."""

LOOK_UP_BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0)
"""Seconds. From 1.5 on the caller hears that it takes a moment; 3 is the most that is waited."""

WRAP_UP_BUCKETS: Final = (2.0, 5.0, 10.0, 15.0, 30.0, 45.0, 60.0, 90.0, 120.0, 300.0)
"""Seconds. 30 is what a campaign's file allows if it says nothing."""

SCORE_BUCKETS: Final = tuple(float(score) for score in range(11))
"""One for each score of the longest scale, 0 to 10: with 6 and 8 the net promoter score's groups can be told apart."""

MOST_SERIES: Final = 1000
"""Of one metric. A floor of 50 campaigns and 20 results has as many."""
MOST_HISTOGRAMS: Final = 200
"""Of one metric; each is a series for every bucket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One metric as it is told of."""

    name: str
    kind: str
    """``counter``, ``gauge`` or ``histogram``."""
    help: str
    labels: tuple[str, ...]
    buckets: tuple[float, ...] = ()

    @property
    def series(self) -> dict[str, tuple[str, ...]]:
        """What can be asked for in Prometheus, with its labels."""
        if self.kind != "histogram":
            return {self.name: self.labels}
        sums = {f"{self.name}_{part}": self.labels for part in ("sum", "count")}
        return {f"{self.name}_bucket": (*self.labels, "le"), **sums}


class Families:
    """The metrics, made in the registry that is handed in. Only `observe.Observer` sets them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        # Each counter would have a second series beside it, which says when it began and which nobody asks for.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = registry
        self.described: list[Described] = []
        """All of them, in their order."""

        # ------------------------------------------------------------ calls that we place
        self.attempts = self._counters(
            "vocero_attempts_total", "Attempts closed, by what became of them.", "campaign", "result"
        )
        self.live_answers = self._counters(
            "vocero_live_answers_total", "Attempts in which a person was on the line.", "campaign"
        )
        self.answer_to_agent = self._histograms(
            "vocero_answer_to_agent_seconds",
            "From a person's answer (AMD's verdict where AMD runs) until joined with an agent.",
            ANSWER_TO_AGENT_BUCKETS,
            "campaign",
        )
        self.talk = self._counters("vocero_talk_seconds_total", "Time agents and persons were joined.", "campaign")
        self.hold = self._counters("vocero_hold_seconds_total", "Of that, time the person was on hold.", "campaign")
        self.wrap_up = self._histograms(
            "vocero_wrap_up_seconds", "From the end of a talk until its disposition.", WRAP_UP_BUCKETS, "campaign"
        )
        self.dispositions = self._counters(
            "vocero_dispositions_total",
            "Attempts closed with a disposition of the agent's.",
            "campaign",
            "disposition",
        )
        self.effective_calls = self._counters(
            "vocero_effective_calls_total",
            "Attempts closed effective; over all but those given back: the call effectiveness (P1).",
            "campaign",
        )
        self.amd_verdicts = self._counters(
            "vocero_amd_verdicts_total", "What answering-machine detection said.", "campaign", "verdict"
        )

        # ------------------------------------------------------------ campaigns now
        self.campaign_state = self._gauges(
            "vocero_campaign_state", "1 for the present state of a campaign at work.", "campaign", "state"
        )
        self.campaign_open = self._gauges(
            "vocero_campaign_open",
            "1 while it runs and its hours and the law's let it call; paused, or outside of them, 0.",
            "campaign",
        )
        self.campaign_agents_ready = self._gauges(
            "vocero_campaign_agents_ready", "Agents of the campaign who are free.", "campaign"
        )
        self.calls_in_flight = self._gauges("vocero_calls_in_flight", "Calls placed and not yet over.", "campaign")
        self.leads = self._gauges("vocero_leads", "Leads of the campaign, by state.", "campaign", "state")
        self.hopper_depth = self._gauges("vocero_hopper_depth", "Leads reserved and waiting to be dialed.", "campaign")
        self.callbacks_missed = self._gauges(
            "vocero_callbacks_missed", "Agreed call-backs that nobody made in time.", "campaign"
        )
        self.abandonment = self._gauges(
            "vocero_abandonment_ratio",
            "Abandoned over live answers, in the window of the campaign's promise: what the governor goes by.",
            "campaign",
        )
        self.abandonment_limit = self._gauges(
            "vocero_abandonment_limit_ratio", "What the ratio may not exceed.", "campaign"
        )
        self.abandonment_budget = self._gauges(
            "vocero_abandonment_budget_calls",
            "Calls that may still be abandoned within the limit at the window's live answers; negative: over it.",
            "campaign",
        )
        self.campaign_alarm = self._gauges(
            "vocero_campaign_alarm", "1 while the campaign cannot dial, by why.", "campaign", "alarm"
        )
        self.pacing_placed = self._counters(
            "vocero_pacing_placed_calls_total", "Calls that the pacer decided to place.", "campaign"
        )
        self.pacing_cancelled = self._counters(
            "vocero_pacing_cancelled_calls_total",
            "Ringing calls that the pacer gave up; none before the legal minimum ring.",
            "campaign",
        )
        self.pacing_decisions = self._counters(
            "vocero_pacing_decisions_total",
            "What the pacer decided, by why: what it followed, or the limit that bound it.",
            "campaign",
            "reason",
        )
        self.expected_free_agents = self._gauges(
            "vocero_pacing_expected_free_agents",
            "Agents on whom the latest decision counted, when the calls are answered.",
            "campaign",
        )
        self.expected_answers = self._gauges(
            "vocero_pacing_expected_answers", "Answers on which the latest decision counted.", "campaign"
        )
        self.budget_left = self._gauges(
            "vocero_pacing_budget_left_calls",
            "Abandoned calls that the promise and the law still allow, by the tightest of their windows.",
            "campaign",
        )

        # ------------------------------------------------------------ calls that come in
        self.ivr_calls = self._counters(
            "vocero_ivr_calls_total",
            "Calls that a tree led, by how they ended; who comes back from a queue ends once more.",
            "tree",
            "ending",
        )
        self.ivr_seconds = self._histograms(
            "vocero_ivr_seconds",
            "From a call's beginning until its tree was done with it.",
            QUEUE_WAIT_BUCKETS,
            "tree",
        )
        self.ivr_drop_offs = self._counters(
            "vocero_ivr_drop_offs_total",
            "Calls whose caller hung up in the tree, or that were cut, by the node where they were.",
            "tree",
            "node",
        )
        self.queue_callers = self._counters(
            "vocero_queue_callers_total", "Callers whose call is over, by what became of them.", "queue", "outcome"
        )
        self.queue_in_time = self._counters(
            "vocero_queue_answered_in_time_total",
            "Callers answered within the queue's own time; over all callers: the service level.",
            "queue",
        )
        self.queue_wait = self._histograms(
            "vocero_queue_answer_seconds",
            "How long answered callers waited; its mean is the speed of answer.",
            QUEUE_WAIT_BUCKETS,
            "queue",
        )
        self.queue_talk = self._counters(
            "vocero_queue_talk_seconds_total", "Time agents and callers were joined.", "queue"
        )
        self.queue_waiting = self._gauges("vocero_queue_waiting", "Callers who wait for an agent now.", "queue")
        self.queue_longest = self._gauges(
            "vocero_queue_longest_wait_seconds", "How long the first of them waits already.", "queue"
        )
        self.queue_at_work = self._gauges(
            "vocero_queue_agents_at_work", "Agents who serve the queue and are ready or in a call.", "queue"
        )
        self.queue_ready = self._gauges("vocero_queue_agents_ready", "Of these, those who are ready.", "queue")
        self.queue_answer_within = self._gauges(
            "vocero_queue_answer_within_seconds", "Within what time the queue wants to answer.", "queue"
        )
        self.queue_goal = self._gauges("vocero_queue_service_level_goal_ratio", "What share of its callers.", "queue")

        # ------------------------------------------------------------ surveys, other systems, messages
        self.survey_sittings = self._counters(
            "vocero_survey_sittings_total",
            "Conversations of surveys that are over, by how; once, too, where a call again ended it in the same way.",
            "survey",
            "outcome",
        )
        self.survey_scores = self._histograms(
            "vocero_survey_score",
            "Answers to scales, by what they count as; the unit is the question's own scale.",
            SCORE_BUCKETS,
            "survey",
            "figure",
        )
        self.look_ups = self._counters(
            "vocero_look_ups_total", "Questions to other systems during calls, by what became of them.",
            "name", "outcome",
        )  # fmt: skip
        self.look_up_seconds = self._histograms(
            "vocero_look_up_seconds",
            "How long callers waited for another system's answer, or for its not coming.",
            LOOK_UP_BUCKETS,
            "name",
        )
        self.messages = self._gauges(
            "vocero_messages",
            "Messages, by channel and state; state dead: dead letters, for a person to decide about.",
            "channel",
            "state",
        )
        self.message_overdue = self._gauges(
            "vocero_message_overdue_seconds",
            "How late the message is that should have gone first; 0 where none is.",
            "channel",
        )

        # ------------------------------------------------------------ agents
        self.agents = self._gauges("vocero_agents", "Agents, by state.", "state")
        self.agents_not_ready = self._gauges(
            "vocero_agents_not_ready", "Agents who pause, by the reasons that the settings name.", "reason"
        )
        self.phones_unreachable = self._gauge(
            "vocero_agents_unreachable", "Agents signed in whose softphone is not registered."
        )
        self.live_calls = self._gauges("vocero_live_calls", "Calls now, both ways, by where they are.", "state")

        # ------------------------------------------------------------ telephony
        self.ami_up = self._gauge("vocero_ami_up", "1 while logged in to Asterisk.")
        self.reconciled = self._gauge("vocero_reconciled", "1 once Asterisk's own account was asked after it came up.")
        self.originate_duplicates = self._counter(
            "vocero_originate_duplicates_total",
            "Originates that Asterisk refused because the call was already there; anything but 0 is a fault of ours.",
        )
        self.trunk_state = self._gauges("vocero_trunk_state", "1 for the breaker's present state.", "trunk", "state")
        self.trunk_alarm = self._gauges(
            "vocero_trunk_alarm", "1 while somebody has to see to the trunk, by why.", "trunk", "alarm"
        )
        self.trunk_channels = self._gauges("vocero_trunk_channels", "Channels in use.", "trunk")
        self.trunk_calls = self._counters(
            "vocero_trunk_calls_total", "Calls that went out by the trunk and are over, by what became of them.",
            "trunk", "result",
        )  # fmt: skip
        self.trunk_causes = self._counters(
            "vocero_trunk_causes_total", "The same, by the Q.850 cause that Asterisk told; none: it told none.",
            "trunk", "cause",
        )  # fmt: skip

        # ------------------------------------------------------------ events, streams, reports
        self.outbox_unnumbered = self._gauge(
            "vocero_outbox_unnumbered_events", "Events written that have no number yet: nobody was told of them."
        )
        self.events_unread = self._counter(
            "vocero_events_unread_total", "Events that these metrics could not make sense of."
        )
        self.stream_lag = self._gauges(
            "vocero_stream_lag_events", "Events that the reader (mqtt, webhook:NAME) has not dealt with yet.", "stream"
        )
        self.stream_connected = self._gauges("vocero_stream_connected", "1 while the other side is there.", "stream")
        self.stream_sent = self._counters("vocero_stream_sent_total", "Events that the other side took.", "stream")
        self.deliveries = self._gauges(
            "vocero_webhook_deliveries",
            "Events put aside, by webhook and state; state dead: dead letters, for a person to decide about.",
            "stream",
            "state",
        )
        self.stream_clients = self._gauge("vocero_event_stream_clients", "Clients that follow the events now.")
        self.report_runs = self._gauges(
            "vocero_report_runs",
            "Scheduled reports to each of their readers, by state; in_doubt and failed: for a person to decide about.",
            "report",
            "state",
        )
        self.report_overdue = self._gauges(
            "vocero_report_overdue_seconds",
            "How late the report is that should have gone first; 0 where none is.",
            "report",
        )

        # ------------------------------------------------------------ the process and its store
        self.store_writable = self._gauge("vocero_store_writable", "1 while the store takes writes.")
        self.store_errors = self._counter("vocero_store_errors_total", "Reads and writes that the store refused.")
        self.event_loop_lag = self._gauge(
            "vocero_event_loop_lag_seconds", "Worst delay of the event loop in the last 15 seconds."
        )
        self.event_loop_stalls = self._counter(
            "vocero_event_loop_stalls_total", "Seconds in which the event loop was once later than 0.2 s."
        )
        self.memory_used = self._gauge("vocero_resident_memory_bytes", "Memory of the process that is in use.")
        self.memory_limit = self._gauge("vocero_memory_limit_bytes", "What it may use at most.")
        self.started = self._gauge("vocero_start_time_seconds", "When this process began, Unix time.")

        # ------------------------------------------------------------ the indicators
        self.indicators = {
            name: self._gauges(metric_name(each), f"{each.name_en}: {each.source}.", *LABELS)
            for name, each in INDICATORS.items()
        }
        self.indicator_target = self._gauges(
            f"{PREFIX}_target",
            "What an indicator is to reach, in its own unit; bound good: from there on it is, low: beyond it is bad.",
            "indicator",
            "bound",
        )
        self.indicator_lacking = self._gauges(
            f"{PREFIX}_lacking",
            "1 while no fact was ever recorded of something that it is made of: it is unknown then, and not zero.",
            "indicator",
        )
        self.indicators_behind = self._gauge(
            f"{PREFIX}_lag_events", "Events that are not counted in the indicators yet."
        )

    def _describe(self, name: str, kind: str, says: str, labels: tuple[str, ...], *buckets: float) -> None:
        self.described.append(Described(name=name, kind=kind, help=says, labels=labels, buckets=buckets))

    def _counter(self, name: str, says: str) -> Counter:
        self._describe(name, "counter", says, ())
        return Counter(name, says, registry=self._registry)

    def _gauge(self, name: str, says: str) -> Gauge:
        self._describe(name, "gauge", says, ())
        return Gauge(name, says, registry=self._registry)

    def _counters(self, name: str, says: str, *labels: str) -> Labelled[Counter]:
        self._describe(name, "counter", says, labels)
        return Labelled(Counter(name, says, labels, registry=self._registry), len(labels), MOST_SERIES)

    def _gauges(self, name: str, says: str, *labels: str) -> Standing:
        self._describe(name, "gauge", says, labels)
        return Standing(Gauge(name, says, labels, registry=self._registry), len(labels), MOST_SERIES)

    def _histograms(self, name: str, says: str, buckets: tuple[float, ...], *labels: str) -> Labelled[Histogram]:
        self._describe(name, "histogram", says, labels, *buckets)
        histogram = Histogram(name, says, labels, buckets=buckets, registry=self._registry)
        return Labelled(histogram, len(labels), MOST_HISTOGRAMS)
