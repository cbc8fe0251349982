"""Every metric of the product: name, unit, help, labels and buckets, each spelt once, here.

Names follow Prometheus' own advice (prometheus.io/docs/practices/naming): the product's prefix, base units, ``_total``
for counters. Labels hold campaigns, queues, trunks, trees, look-ups, agents' states and call results only: words of our
own, few in number, never a telephone number, an id or a name of a person.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

ANSWER_TO_AGENT_BUCKETS = (0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.0, 5.0)
"""Seconds. 0.1 is our own goal for the 95th percentile, 2.0 the hold limit (16 CFR 310.4(b)(4)(iii))."""

QUEUE_WAIT_BUCKETS = (1.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 300.0, 600.0)
"""Seconds. 20 is where service desks measure by custom (80 % in 20 s); the steps around it are other promises made."""

LOOK_UP_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0)
"""Seconds. From 1.5 on the caller hears that it takes a moment; 3 is the most that is waited."""


class Families:
    """The metrics, made in the registry that is handed in. Only `observe.Observer` sets them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.attempts = Counter(
            "vocero_attempts_total",
            "Attempts closed, by what became of them.",
            ("campaign", "result"),
            registry=registry,
        )
        self.live_answers = Counter(
            "vocero_live_answers_total", "Attempts in which a person was on the line.", ("campaign",), registry=registry
        )
        self.answer_to_agent = Histogram(
            "vocero_answer_to_agent_seconds",
            "From a person's answer (AMD's verdict where AMD runs) until joined with an agent.",
            ("campaign",),
            buckets=ANSWER_TO_AGENT_BUCKETS,
            registry=registry,
        )
        self.talk = Counter(
            "vocero_talk_seconds_total", "Time agents and persons were joined.", ("campaign",), registry=registry
        )
        self.dispositions = Counter(
            "vocero_dispositions_total",
            "Attempts closed with a disposition of the agent's.",
            ("campaign", "disposition"),
            registry=registry,
        )
        self.effective_calls = Counter(
            "vocero_effective_calls_total",
            "Attempts closed effective; over all but those given back: the call effectiveness (P1).",
            ("campaign",),
            registry=registry,
        )

        self.ivr_calls = Counter(
            "vocero_ivr_calls_total",
            "Calls that a tree led, by how they ended; who comes back from a queue ends once more.",
            ("tree", "ending"),
            registry=registry,
        )
        self.ivr_seconds = Histogram(
            "vocero_ivr_seconds",
            "From a call's beginning until its tree was done with it.",
            ("tree",),
            buckets=QUEUE_WAIT_BUCKETS,
            registry=registry,
        )
        self.queue_callers = Counter(
            "vocero_queue_callers_total",
            "Callers whose call is over, by what became of them.",
            ("queue", "outcome"),
            registry=registry,
        )
        self.queue_wait = Histogram(
            "vocero_queue_answer_seconds",
            "How long answered callers waited; its mean is the speed of answer, its buckets the service level.",
            ("queue",),
            buckets=QUEUE_WAIT_BUCKETS,
            registry=registry,
        )
        self.queue_waiting = Gauge(
            "vocero_queue_waiting", "Callers who wait for an agent now.", ("queue",), registry=registry
        )
        self.queue_longest = Gauge(
            "vocero_queue_longest_wait_seconds",
            "How long the first of them waits already.",
            ("queue",),
            registry=registry,
        )

        self.reports = Counter(
            "vocero_reports_total",
            "Reports sent by mail, by what became of each reader's: sent, failed, or in doubt.",
            ("report", "outcome"),
            registry=registry,
        )
        self.look_ups = Counter(
            "vocero_look_ups_total",
            "Questions to other systems during calls, by what became of them.",
            ("name", "outcome"),
            registry=registry,
        )
        self.look_up_seconds = Histogram(
            "vocero_look_up_seconds",
            "How long callers waited for another system's answer, or for its not coming.",
            ("name",),
            buckets=LOOK_UP_BUCKETS,
            registry=registry,
        )

        self.calls_in_flight = Gauge(
            "vocero_calls_in_flight", "Calls placed and not yet over.", ("campaign",), registry=registry
        )
        self.leads = Gauge("vocero_leads", "Leads of the campaign, by state.", ("campaign", "state"), registry=registry)
        self.hopper_depth = Gauge(
            "vocero_hopper_depth", "Leads reserved and waiting to be dialed.", ("campaign",), registry=registry
        )
        self.abandonment = Gauge(
            "vocero_abandonment_ratio",
            "Abandoned over live answers, in the window of the campaign's promise: what the governor goes by.",
            ("campaign",),
            registry=registry,
        )
        self.abandonment_limit = Gauge(
            "vocero_abandonment_limit_ratio", "What the ratio may not exceed.", ("campaign",), registry=registry
        )
        self.abandonment_budget = Gauge(
            "vocero_abandonment_budget_calls",
            "Calls that may still be abandoned within the limit at the window's live answers; negative: over it.",
            ("campaign",),
            registry=registry,
        )
        self.pacing_placed = Counter(
            "vocero_pacing_placed_calls_total", "Calls that the pacer decided to place.", ("campaign",),
            registry=registry,
        )  # fmt: skip
        self.pacing_cancelled = Counter(
            "vocero_pacing_cancelled_calls_total",
            "Ringing calls that the pacer gave up; none before the legal minimum ring.",
            ("campaign",),
            registry=registry,
        )
        self.pacing_decisions = Counter(
            "vocero_pacing_decisions_total",
            "What the pacer decided, by why: what it followed, or the limit that bound it.",
            ("campaign", "reason"),
            registry=registry,
        )
        self.expected_free_agents = Gauge(
            "vocero_pacing_expected_free_agents",
            "Agents on whom the latest decision counted, when the calls are answered.",
            ("campaign",),
            registry=registry,
        )
        self.expected_answers = Gauge(
            "vocero_pacing_expected_answers",
            "Answers on which the latest decision counted.",
            ("campaign",),
            registry=registry,
        )
        self.budget_left = Gauge(
            "vocero_pacing_budget_left_calls",
            "Abandoned calls that the promise and the law still allow, by the tightest of their windows.",
            ("campaign",),
            registry=registry,
        )
        self.campaign_alarm = Gauge(
            "vocero_campaign_alarm",
            "1 while the campaign cannot dial, by why.",
            ("campaign", "alarm"),
            registry=registry,
        )

        self.agents = Gauge("vocero_agents", "Agents, by state.", ("state",), registry=registry)
        self.phones_unreachable = Gauge(
            "vocero_agents_unreachable", "Agents signed in whose softphone is not registered.", registry=registry
        )

        self.messages = Gauge(
            "vocero_messages",
            "Messages, by channel and state; state dead: dead letters, for a person to decide about.",
            ("channel", "state"),
            registry=registry,
        )
        self.message_overdue = Gauge(
            "vocero_message_overdue_seconds",
            "How late the message is that should have gone first; 0 where none is.",
            ("channel",),
            registry=registry,
        )

        self.stream_lag = Gauge(
            "vocero_stream_lag_events",
            "Events that the reader (mqtt, webhook:NAME) has not dealt with yet.",
            ("stream",),
            registry=registry,
        )
        self.stream_connected = Gauge(
            "vocero_stream_connected", "1 while the other side is there.", ("stream",), registry=registry
        )
        self.stream_sent = Counter(
            "vocero_stream_sent_total", "Events that the other side took.", ("stream",), registry=registry
        )
        self.deliveries = Gauge(
            "vocero_webhook_deliveries",
            "Events put aside, by webhook and state; state dead: dead letters, for a person to decide about.",
            ("stream", "state"),
            registry=registry,
        )
        self.stream_clients = Gauge(
            "vocero_event_stream_clients", "Clients that follow the events now.", registry=registry
        )

        self.ami_up = Gauge("vocero_ami_up", "1 while logged in to Asterisk.", registry=registry)
        self.reconciled = Gauge(
            "vocero_reconciled", "1 once Asterisk's own account was asked after it came up.", registry=registry
        )
        self.store_writable = Gauge("vocero_store_writable", "1 while the store takes writes.", registry=registry)
        self.event_loop_lag = Gauge(
            "vocero_event_loop_lag_seconds", "Worst delay of the event loop in the last 15 seconds.", registry=registry
        )
        self.event_loop_stalls = Counter(
            "vocero_event_loop_stalls_total",
            "Seconds in which the event loop was once later than 0.2 s.",
            registry=registry,
        )
        self.memory_used = Gauge(
            "vocero_resident_memory_bytes", "Memory of the process that is in use.", registry=registry
        )
        self.memory_limit = Gauge("vocero_memory_limit_bytes", "What it may use at most.", registry=registry)
        self.trunk_state = Gauge(
            "vocero_trunk_state", "1 for the breaker's present state.", ("trunk", "state"), registry=registry
        )
        self.trunk_alarm = Gauge(
            "vocero_trunk_alarm", "1 while somebody has to see to the trunk, by why.", ("trunk", "alarm"),
            registry=registry,
        )  # fmt: skip
        self.trunk_channels = Gauge("vocero_trunk_channels", "Channels in use.", ("trunk",), registry=registry)
        self.started = Gauge("vocero_start_time_seconds", "When this process began, Unix time.", registry=registry)

        self.originate_duplicates = Counter(
            "vocero_originate_duplicates_total",
            "Originates that Asterisk refused because the call was already there; anything but 0 is a fault of ours.",
            registry=registry,
        )
        self.store_errors = Counter(
            "vocero_store_errors_total", "Reads and writes that the store refused.", registry=registry
        )
