"""Figures: what a scrape says after events happened and snapshots were taken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from cti_api.metrics.families import Families
from cti_api.metrics.observe import Observer
from cti_api.model.agents import Agent, AgentState, AgentStatus
from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignState
from cti_api.model.events import Event, EventKind
from cti_api.model.follow_ups import Via
from cti_api.model.ids import AgentId, CampaignId
from cti_api.model.messages import MessageCounts, MessageState
from cti_api.ports import AgentView, CampaignStatus, PacingStatus, SystemStatus
from tests.support.dialer_port import a_lead, pacing_decision

NOW = datetime(2025, 11, 22, 14, 0, tzinfo=UTC)
LABELS = {"campaign", "queue", "outcome", "result", "disposition", "state", "alarm", "trunk", "channel", "reason", "le"}
"""The only labels there may be: each has few values, all of our own making."""


class Scrape:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.observer = Observer(Families(self.registry))

    def value(self, name: str, /, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)

    def closed(self, result: str, seq: int | None = None, **payload: object) -> None:
        self.observer.happened(
            Event(
                event_id=f"{seq}",
                seq=seq,
                kind=EventKind.ATTEMPT_CLOSED,
                occurred_at=NOW,
                campaign_id="mantenimiento",
                attempt_id="0" * 32,
                payload={"result": result, **payload},
            )
        )

    def stands(
        self,
        campaigns: Iterable[CampaignStatus] = (),
        agents: Iterable[AgentView] = (),
        trunks: dict[str, str] | None = None,
        **facts: Any,
    ) -> None:
        system = SystemStatus(
            started_at=NOW,
            link_up=True,
            reconciled=False,
            store_writable=True,
            trunks=trunks or {},
            channels_by_trunk=dict.fromkeys(trunks or {}, 3),
            worst_loop_lag_seconds=0.004,
            **facts,
        )
        self.observer.system_stands(system)
        self.observer.campaigns_stand([*campaigns])
        self.observer.agents_stand(agents)


@pytest.fixture
def scrape() -> Scrape:
    return Scrape()


def campaign(name: str = "mantenimiento", *, live: int = 100, abandoned: int = 2, alarm: str = "") -> CampaignStatus:
    return CampaignStatus(
        campaign_id=CampaignId(name),
        title="Mantenimiento",
        state=CampaignState.RUNNING,
        leads=60,
        leads_by_state={"new": 50, "completed": 10},
        attempts=12,
        attempts_by_result={"busy": 2, "connected": 10},
        calls_in_flight=4,
        live_answers=live,
        abandoned=abandoned,
        abandonment_limit=0.03,
        hopper_depth=8,
        last_decision="1 agent free",
        alarm=alarm,
    )


def agent(name: str, state: AgentState, *, reachable: bool = True) -> AgentView:
    return AgentView(
        agent=Agent(id=AgentId(name), name=name.title(), campaigns=()),
        status=AgentStatus(agent_id=AgentId(name), state=state, since=NOW),
        phone_reachable=reachable,
        number="+573001234567",
        lead=a_lead("María Pérez", "+573001234567"),
    )


def test_attempts_are_counted_by_result(scrape: Scrape) -> None:
    scrape.closed("busy")
    scrape.closed("connected", talk_seconds=30.5, disposition="cita", effective=True)
    scrape.closed("abandoned")
    assert scrape.value("vocero_attempts_total", campaign="mantenimiento", result="busy") == 1
    assert scrape.value("vocero_live_answers_total", campaign="mantenimiento") == 2
    assert scrape.value("vocero_talk_seconds_total", campaign="mantenimiento") == 30.5
    assert scrape.value("vocero_effective_calls_total", campaign="mantenimiento") == 1
    assert scrape.value("vocero_dispositions_total", campaign="mantenimiento", disposition="cita") == 1


def test_an_event_seen_twice_counts_once(scrape: Scrape) -> None:
    for seq in (1, 2, 1, 2, 3):
        scrape.closed("busy", seq=seq)
    assert scrape.value("vocero_attempts_total", campaign="mantenimiento", result="busy") == 3


def test_answer_to_agent_fills_the_buckets(scrape: Scrape) -> None:
    for payload in ({"answer_to_agent_seconds": 0.02}, {"answer_to_agent_seconds": 0.3}, {}):
        scrape.observer.happened(
            Event(
                event_id="e",
                kind=EventKind.CALL_CONNECTED,
                occurred_at=NOW,
                campaign_id="mantenimiento",
                payload=dict(payload),
            )
        )
    name = "vocero_answer_to_agent_seconds_bucket"
    assert scrape.value(name, campaign="mantenimiento", le="0.1") == 1
    assert scrape.value(name, campaign="mantenimiento", le="0.5") == 2
    assert scrape.value("vocero_answer_to_agent_seconds_count", campaign="mantenimiento") == 2


def test_every_kind_of_event_is_taken(scrape: Scrape) -> None:
    for kind in EventKind:
        scrape.observer.happened(Event(event_id="e", kind=kind, occurred_at=NOW, payload={"result": "busy"}))


def test_gauges_say_what_is_so_now(scrape: Scrape) -> None:
    scrape.stands(
        [campaign(alarm="no_trunks")],
        [
            agent("ana", AgentState.READY),
            agent("luis", AgentState.BUSY, reachable=False),
            agent("eva", AgentState.LOGGED_OFF, reachable=False),
        ],
        {"claro": "open"},
    )
    assert scrape.value("vocero_ami_up") == 1
    assert scrape.value("vocero_reconciled") == 0
    assert scrape.value("vocero_event_loop_lag_seconds") == 0.004
    assert scrape.value("vocero_agents", state="ready") == 1
    assert scrape.value("vocero_agents", state="wrap_up") == 0
    assert scrape.value("vocero_agents_unreachable") == 1
    assert scrape.value("vocero_trunk_state", trunk="claro", state="open") == 1
    assert scrape.value("vocero_trunk_state", trunk="claro", state="closed") == 0
    assert scrape.value("vocero_trunk_channels", trunk="claro") == 3
    assert scrape.value("vocero_leads", campaign="mantenimiento", state="completed") == 10
    assert scrape.value("vocero_campaign_alarm", campaign="mantenimiento", alarm="no_trunks") == 1


@pytest.mark.parametrize(
    ("live", "abandoned", "ratio", "budget"), [(0, 0, 0.0, 0.0), (100, 2, 0.02, 1.0), (100, 5, 0.05, -2.0)]
)
def test_the_abandonment_budget_is_what_the_limit_still_allows(
    scrape: Scrape, live: int, abandoned: int, ratio: float, budget: float
) -> None:
    scrape.stands([campaign(live=live, abandoned=abandoned)])
    assert scrape.value("vocero_abandonment_ratio", campaign="mantenimiento") == pytest.approx(ratio)
    assert scrape.value("vocero_abandonment_limit_ratio", campaign="mantenimiento") == 0.03
    assert scrape.value("vocero_abandonment_budget_calls", campaign="mantenimiento") == pytest.approx(budget)


def paced(placed: int, reasons: dict[str, int]) -> CampaignStatus:
    return replace(
        campaign(),
        pacing=PacingStatus(latest=pacing_decision(NOW, budget_left=1.5), placed=placed, cancelled=1, reasons=reasons),
    )


def test_what_the_pacer_decided_is_counted_and_what_it_counts_on_is_so_now(scrape: Scrape) -> None:
    name = "mantenimiento"
    scrape.stands([paced(3, {"risk": 4})])
    scrape.stands([paced(5, {"risk": 4, "lines": 2})])
    assert scrape.value("vocero_pacing_placed_calls_total", campaign=name) == 5
    assert scrape.value("vocero_pacing_cancelled_calls_total", campaign=name) == 1
    assert scrape.value("vocero_pacing_decisions_total", campaign=name, reason="risk") == 4
    assert scrape.value("vocero_pacing_decisions_total", campaign=name, reason="lines") == 2
    assert scrape.value("vocero_pacing_expected_free_agents", campaign=name) == 2.5
    assert scrape.value("vocero_pacing_expected_answers", campaign=name) == 1.25
    assert scrape.value("vocero_pacing_budget_left_calls", campaign=name) == 1.5
    scrape.stands([paced(2, {"risk": 1})])  # started anew
    assert scrape.value("vocero_pacing_placed_calls_total", campaign=name) == 7
    assert scrape.value("vocero_pacing_decisions_total", campaign=name, reason="risk") == 5
    scrape.stands([paced(9, {"hopper": 8})])  # once more, and busier since
    assert scrape.value("vocero_pacing_placed_calls_total", campaign=name) == 16
    scrape.stands([campaign()])
    assert scrape.value("vocero_pacing_budget_left_calls", campaign=name) is None


def test_what_is_gone_leaves_the_scrape(scrape: Scrape) -> None:
    scrape.stands([campaign()], trunks={"claro": "closed"})
    scrape.stands()
    assert scrape.value("vocero_calls_in_flight", campaign="mantenimiento") is None
    assert scrape.value("vocero_trunk_channels", trunk="claro") is None


def test_faults_of_our_own_are_counted_from_the_engine_and_from_others(scrape: Scrape) -> None:
    scrape.stands(originate_duplicates=1, store_errors=2)
    scrape.stands(originate_duplicates=1, store_errors=3)
    scrape.observer.store_error()
    assert scrape.value("vocero_originate_duplicates_total") == 1
    assert scrape.value("vocero_store_errors_total") == 4


def test_a_scrape_parses_and_has_neither_numbers_nor_persons_nor_unbounded_labels(scrape: Scrape) -> None:
    for result in CallResult:
        scrape.closed(result.value, disposition="cita")
    scrape.stands(trunks={"claro": "open"}, trunk_alarms={"claro": "locked_out"})
    assert scrape.value("vocero_trunk_alarm", trunk="claro", alarm="locked_out") == 1
    scrape.stands([campaign(alarm="store")], [agent("ana", AgentState.BUSY)], {"claro": "closed"})
    text = generate_latest(scrape.registry).decode()
    families = list(text_string_to_metric_families(text))
    assert {label for family in families for sample in family.samples for label in sample.labels} <= LABELS
    assert all(family.name.startswith("vocero_") and family.documentation for family in families)
    for private in ("3001234567", "María", "ana", "0" * 32):
        assert private not in text


def test_each_result_of_a_campaign_at_work_is_counted_from_0(scrape: Scrape) -> None:
    scrape.stands([campaign()])
    for result in CallResult:
        assert scrape.value("vocero_attempts_total", campaign="mantenimiento", result=result.value) == 0
    scrape.closed("busy")
    scrape.stands([campaign()])
    assert scrape.value("vocero_attempts_total", campaign="mantenimiento", result="busy") == 1


def test_messages_are_told_by_channel_and_state_and_how_late_the_first_of_them_is() -> None:
    scrape = Scrape()
    counts = MessageCounts(
        by_state={(Via.WHATSAPP, MessageState.DEAD): 3},
        oldest_due={Via.WHATSAPP: NOW - timedelta(seconds=90), Via.SMS: NOW + timedelta(hours=1)},
    )
    scrape.observer.messages_stand(counts, NOW)
    assert scrape.value("vocero_messages", channel="whatsapp", state="dead") == 3
    assert scrape.value("vocero_message_overdue_seconds", channel="whatsapp") == 90
    assert scrape.value("vocero_message_overdue_seconds", channel="sms") == 0
    scrape.observer.messages_stand(MessageCounts(by_state={}, oldest_due={}), NOW)
    assert scrape.value("vocero_messages", channel="whatsapp", state="dead") is None


def test_look_ups_are_counted_by_what_became_of_them(scrape: Scrape) -> None:
    for outcome, seconds in (("found", 0.2), ("late", 3.0), ("late", 3.0)):
        scrape.observer.looked_up("cuenta", outcome, seconds)
    assert scrape.value("vocero_look_ups_total", name="cuenta", outcome="late") == 2
    assert scrape.value("vocero_look_up_seconds_count", name="cuenta") == 3
    assert scrape.value("vocero_look_up_seconds_sum", name="cuenta") == pytest.approx(6.2)


def test_callers_are_counted_by_queue_and_their_waits_kept(scrape: Scrape) -> None:
    for seq, (kind, payload) in enumerate(
        [
            (EventKind.CALLER_JOINED, {"queue": "soporte", "waited_seconds": 12.5}),
            (EventKind.CALLER_JOINED, {"queue": "soporte"}),
            (EventKind.CALLER_CLOSED, {"queue": "soporte", "outcome": "answered"}),
            (EventKind.CALLER_CLOSED, {"queue": "soporte", "outcome": "caller_abandoned"}),
        ],
        start=1,
    ):
        scrape.observer.happened(Event(event_id=f"{seq}", seq=seq, kind=kind, occurred_at=NOW, payload=payload))
    assert scrape.value("vocero_queue_answer_seconds_count", queue="soporte") == 1
    assert scrape.value("vocero_queue_answer_seconds_sum", queue="soporte") == 12.5
    assert scrape.value("vocero_queue_callers_total", queue="soporte", outcome="caller_abandoned") == 1
