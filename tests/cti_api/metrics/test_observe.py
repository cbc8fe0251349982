"""Figures: what a scrape says after events happened and snapshots were taken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf
from random import Random
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from cti_api.metrics.families import MOST_HISTOGRAMS, Families
from cti_api.metrics.observe import Observer
from cti_api.model.agents import Agent, AgentState, AgentStatus
from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignState
from cti_api.model.events import Event, EventKind
from cti_api.model.follow_ups import Via
from cti_api.model.ids import AgentId, CampaignId, InboundId, QueueId
from cti_api.model.messages import MessageCounts, MessageState
from cti_api.model.queues import QueueSpec
from cti_api.ports import AgentView, CallerView, CampaignStatus, PacingStatus, QueueView, StreamStanding, SystemStatus
from tests.support.counted_life import Life
from tests.support.dialer_port import a_lead, pacing_decision
from tests.support.hostile_life import hostile

NOW = datetime(2025, 11, 22, 14, 0, tzinfo=UTC)
LABELS = {
    "alarm", "bound", "campaign", "cause", "channel", "disposition", "ending", "figure", "indicator", "le", "name",
    "node", "outcome", "period", "queue", "reason", "report", "result", "scope", "state", "stream", "survey", "tree",
    "trunk", "verdict",
}  # fmt: skip
"""The only labels there may be: each has few values, all of our own making."""


MAINTENANCE = {"campaign_id": "mantenimiento", "attempt_id": "0" * 32}


class Scrape:
    def __init__(self, *pause_reasons: str) -> None:
        self.registry = CollectorRegistry()
        self.observer = Observer(Families(self.registry), pause_reasons)

    def value(self, name: str, /, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)

    def closed(self, result: str, seq: int | None = None, of: dict[str, str] = MAINTENANCE, **payload: object) -> None:
        self.happened(EventKind.ATTEMPT_CLOSED, seq, of, result=result, **payload)

    def happened(
        self, kind: EventKind, seq: int | None = None, of: dict[str, str] = MAINTENANCE, **payload: object
    ) -> None:
        self.observer.happened(Event(event_id="e", seq=seq, kind=kind, occurred_at=NOW, payload=payload, **of))

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


def queue(*, waits: tuple[float, ...], at_work: int, ready: int) -> QueueView:
    callers = tuple(
        CallerView(
            caller_id=InboundId(f"c{n}"), number="+573001234567", state="waiting", waited_seconds=seconds, position=n,
            agent_id=None,
        )
        for n, seconds in enumerate(waits)
    )  # fmt: skip
    spec = QueueSpec(id=QueueId("soporte"), title="Soporte", region="CO", timezone="America/Bogota")
    return QueueView(spec=spec, agents_at_work=at_work, agents_ready=ready, callers=callers)


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
        scrape.happened(EventKind.CALL_CONNECTED, **payload)
    name = "vocero_answer_to_agent_seconds_bucket"
    assert scrape.value(name, campaign="mantenimiento", le="0.1") == 1
    assert scrape.value(name, campaign="mantenimiento", le="0.5") == 2
    assert scrape.value("vocero_answer_to_agent_seconds_count", campaign="mantenimiento") == 2


def test_every_kind_of_event_is_taken(scrape: Scrape) -> None:
    for kind in EventKind:
        scrape.happened(kind)
    scrape.closed("busy")
    assert scrape.value("vocero_attempts_total", campaign="mantenimiento", result="busy") == 1


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
    assert {
        label for each in Families(CollectorRegistry()).described for labels in each.series.values() for label in labels
    } == LABELS
    assert all(family.name.startswith("vocero_") and family.documentation for family in families)
    for private in ("3001234567", "María", "ana", "0" * 32):
        assert private not in text


def test_whether_a_campaign_may_call_now_and_with_how_many_agents_is_told_of_each_at_work(scrape: Scrape) -> None:
    scrape.stands([replace(campaign("abierta"), is_open=True, agents_ready=3), campaign("cerrada")])
    assert scrape.value("vocero_campaign_open", campaign="abierta") == 1
    assert scrape.value("vocero_campaign_open", campaign="cerrada") == 0
    assert scrape.value("vocero_campaign_agents_ready", campaign="abierta") == 3
    assert scrape.value("vocero_campaign_agents_ready", campaign="cerrada") == 0


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
    scrape.happened(EventKind.CALLER_JOINED, queue="soporte", waited_seconds=12.5)
    scrape.happened(EventKind.CALLER_JOINED, queue="soporte")
    scrape.happened(EventKind.CALLER_CLOSED, queue="soporte", outcome="answered", in_time=True, talk_seconds=40.0)
    scrape.happened(EventKind.CALLER_CLOSED, queue="soporte", outcome="caller_abandoned", in_time=False)
    scrape.happened(EventKind.CALLER_CLOSED, queue="soporte", outcome="")  # of one that was never to be counted
    assert scrape.value("vocero_queue_answer_seconds_count", queue="soporte") == 1
    assert scrape.value("vocero_queue_answer_seconds_sum", queue="soporte") == 12.5
    assert scrape.value("vocero_queue_callers_total", queue="soporte", outcome="caller_abandoned") == 1
    assert scrape.value("vocero_queue_answered_in_time_total", queue="soporte") == 1
    assert scrape.value("vocero_queue_talk_seconds_total", queue="soporte") == 40


def test_a_queue_says_who_waits_and_who_could_answer(scrape: Scrape) -> None:
    scrape.observer.queues_stand([queue(waits=(4.0, 90.0), at_work=3, ready=1)])
    assert scrape.value("vocero_queue_waiting", queue="soporte") == 2
    assert scrape.value("vocero_queue_longest_wait_seconds", queue="soporte") == 90
    assert scrape.value("vocero_queue_agents_at_work", queue="soporte") == 3
    assert scrape.value("vocero_queue_agents_ready", queue="soporte") == 1
    assert scrape.value("vocero_queue_answer_within_seconds", queue="soporte") == 20
    assert scrape.value("vocero_queue_service_level_goal_ratio", queue="soporte") == 0.8
    assert scrape.value("vocero_queue_callers_total", queue="soporte", outcome="answered") == 0
    scrape.observer.queues_stand([])
    assert scrape.value("vocero_queue_waiting", queue="soporte") is None


def test_calls_are_told_by_their_trunk_with_what_became_of_them_and_their_cause(scrape: Scrape) -> None:
    for result, cause in (("busy", 17), ("busy", 17), ("connected", 16), ("trunk_failed", None)):
        scrape.happened(EventKind.CALL_CLEARED, trunk="claro", result=result, cause=cause)
    assert scrape.value("vocero_trunk_calls_total", trunk="claro", result="busy") == 2
    assert scrape.value("vocero_trunk_causes_total", trunk="claro", cause="17") == 2
    assert scrape.value("vocero_trunk_causes_total", trunk="claro", cause="none") == 1


def test_where_callers_hang_up_in_a_tree_is_counted_and_where_it_led_them_is_not(scrape: Scrape) -> None:
    for node, ending in (("menu", "hung_up"), ("menu", "hung_up"), ("cedula", "cut"), ("fin", "finished")):
        scrape.happened(EventKind.IVR_ENDED, tree="ventas", node=node, ending=ending, seconds=30.0)
    assert scrape.value("vocero_ivr_drop_offs_total", tree="ventas", node="menu") == 2
    assert scrape.value("vocero_ivr_drop_offs_total", tree="ventas", node="cedula") == 1
    assert scrape.value("vocero_ivr_drop_offs_total", tree="ventas", node="fin") is None
    assert scrape.value("vocero_ivr_calls_total", tree="ventas", ending="finished") == 1


def test_conversations_of_surveys_are_counted_with_their_scores(scrape: Scrape) -> None:
    scrape.observer.surveys_stand(["servicio"])
    scores = [{"figure": "nps", "value": 9}, {"figure": "csat", "value": 4, "satisfied": True}]
    scrape.happened(EventKind.SURVEY_ENDED, survey="servicio", outcome="finished", scores=scores)
    scrape.happened(EventKind.SURVEY_ENDED, survey="servicio", outcome="silent")
    assert scrape.value("vocero_survey_sittings_total", survey="servicio", outcome="finished") == 1
    assert scrape.value("vocero_survey_sittings_total", survey="servicio", outcome="refused") == 0
    assert scrape.value("vocero_survey_score_bucket", survey="servicio", figure="nps", le="8.0") == 0
    assert scrape.value("vocero_survey_score_bucket", survey="servicio", figure="nps", le="9.0") == 1
    assert scrape.value("vocero_survey_score_sum", survey="servicio", figure="csat") == 4


def test_a_conversation_that_ends_again_is_counted_with_what_is_new(scrape: Scrape) -> None:
    before: str | None = None
    for outcome, news in (("partial", (True, True)), ("partial", (False, False)), ("finished", (False, True))):
        scores = [{"figure": "nps", "value": 9, "new": new} for new in news]
        scrape.happened(
            EventKind.SURVEY_ENDED, survey="servicio", outcome=outcome, outcome_before=before, scores=scores
        )
        before = outcome
    for outcome in ("partial", "finished"):
        assert scrape.value("vocero_survey_sittings_total", survey="servicio", outcome=outcome) == 1
    assert scrape.value("vocero_survey_score_count", survey="servicio", figure="nps") == 3


def test_pauses_are_told_by_the_reasons_of_the_settings_and_no_other() -> None:
    scrape = Scrape("almuerzo", "reunión")
    paused = [agent(f"a{n}", AgentState.NOT_READY) for n in range(4)]
    said = ("almuerzo", "reunión", "technical", "llamar a María 3001234567")
    scrape.observer.agents_stand(
        replace(view, status=replace(view.status, reason=reason)) for view, reason in zip(paused, said, strict=True)
    )
    for reason in ("almuerzo", "reunión", "technical", "other"):
        assert scrape.value("vocero_agents_not_ready", reason=reason) == 1
    assert "María" not in generate_latest(scrape.registry).decode()


def test_an_event_that_nothing_can_be_made_of_is_counted_as_that_and_ends_nothing(scrape: Scrape) -> None:
    scrape.closed("eaten_by_the_dog", seq=1)
    scrape.happened(EventKind.IVR_ENDED, tree="ventas")
    scrape.happened(EventKind.CALL_CONNECTED, answer_to_agent_seconds="soon")
    scrape.closed("busy", seq=2)
    assert scrape.value("vocero_events_unread_total") == 3
    assert scrape.value("vocero_attempts_total", campaign="mantenimiento", result="busy") == 1


def test_a_life_that_was_told_badly_ends_nothing_and_leaves_few_series(scrape: Scrape) -> None:
    life = Life(first=NOW, days=1, calls=300)
    events = [*hostile(life.events(), Random(3), NOW)]
    for event in events:
        scrape.observer.happened(replace(event, seq=None))
    understood = sum(
        sample.value
        for family in scrape.registry.collect()
        if family.name == "vocero_attempts"
        for sample in family.samples
    )
    told = sum(event.kind is EventKind.ATTEMPT_CLOSED for event in events)
    assert 0 < told - understood <= (scrape.value("vocero_events_unread_total") or 0)


def test_scheduled_reports_are_told_by_state_and_how_late_the_first_of_them_is(scrape: Scrape) -> None:
    runs = {("p1-mensual", "sent"): 3, ("p1-mensual", "failed"): 1}
    scrape.observer.reports_stand(runs, {"p1-mensual": NOW - timedelta(minutes=2)}, NOW)
    assert scrape.value("vocero_report_runs", report="p1-mensual", state="failed") == 1
    assert scrape.value("vocero_report_overdue_seconds", report="p1-mensual") == 120
    scrape.observer.reports_stand(runs, {"p1-mensual": NOW + timedelta(days=2)}, NOW)
    assert scrape.value("vocero_report_overdue_seconds", report="p1-mensual") == 0


def test_what_waits_to_be_told_and_to_be_counted_is_shown(scrape: Scrape) -> None:
    scrape.observer.outbox_stands(unnumbered=3, uncounted=40)
    assert scrape.value("vocero_outbox_unnumbered_events") == 3
    assert scrape.value("vocero_kpi_lag_events") == 40


def test_readers_outside_are_told_of_while_the_settings_name_them(scrape: Scrape) -> None:
    hook = StreamStanding(
        name="webhook:crm", connected=True, seq=8, lag=2, sent=5, waiting=1, dead=3
    )  # fmt: skip
    scrape.observer.streams_stand([hook, replace(hook, name="mqtt", waiting=None, dead=None)], clients=4)
    assert scrape.value("vocero_stream_lag_events", stream="webhook:crm") == 2
    assert scrape.value("vocero_webhook_deliveries", stream="webhook:crm", state="dead") == 3
    assert scrape.value("vocero_webhook_deliveries", stream="mqtt", state="dead") is None
    scrape.observer.streams_stand([replace(hook, sent=9)], clients=0)
    assert scrape.value("vocero_stream_sent_total", stream="webhook:crm") == 9
    assert scrape.value("vocero_stream_lag_events", stream="mqtt") is None


def test_calls_are_told_by_where_they_are(scrape: Scrape) -> None:
    scrape.observer.calls_stand([])
    assert scrape.value("vocero_live_calls", state="led") == 0


HOSTILE = ("+573001234567", "3001234567", "María Pérez", "Cita", "a b", 'x"} 1\n', "ñ" * 500, "a" * 81, "-", "{}")


def test_series_stay_few_whatever_events_tell(scrape: Scrape) -> None:
    """Each of the events is well-formed; the words in it are whatever somebody may have written."""
    for number in range(2 * MOST_HISTOGRAMS + 100):
        hostile_call(scrape, number)
    text = generate_latest(scrape.registry).decode()
    for value in HOSTILE:
        assert f'"{value}"' not in text
    histograms = {
        each.name: len({*each.buckets, inf}) + 2 for each in Families(CollectorRegistry()).described if each.buckets
    }
    found = series(scrape)
    one = histograms["vocero_answer_to_agent_seconds"]
    assert found["vocero_answer_to_agent_seconds"] == one * MOST_HISTOGRAMS, "the bound was reached"
    assert all(found[name] <= one * (MOST_HISTOGRAMS + 1) for name, one in histograms.items())
    assert scrape.value("vocero_events_unread_total") == 0


@pytest.mark.long
def test_series_are_the_same_after_100_000_hostile_calls(scrape: Scrape) -> None:
    for number in range(20_000):
        hostile_call(scrape, number)
    before = series(scrape)
    for number in range(20_000, 100_000):
        hostile_call(scrape, number)
    assert series(scrape) == before


def hostile_call(scrape: Scrape, number: int) -> None:
    """One call, of whose words each is another one every time."""
    word = HOSTILE[number % len(HOSTILE)] if number % 2 else f"w{number}"
    of = {"campaign_id": word}
    scrape.closed("connected", disposition=word, talk_seconds=1.0, wrap_up_seconds=1.0, of=of)
    scrape.happened(EventKind.CALL_CLEARED, of=of, trunk=word, result="busy", cause=number)
    scrape.happened(EventKind.CALL_CONNECTED, of=of, answer_to_agent_seconds=0.1)
    scrape.happened(EventKind.CALL_AMD_VERDICT, of=of, verdict="human")
    scrape.happened(EventKind.CALLER_JOINED, queue=word, waited_seconds=1.0)
    scrape.happened(EventKind.CALLER_CLOSED, queue=word, outcome="answered", talk_seconds=1.0)
    scrape.happened(EventKind.IVR_ENDED, tree=word, node=word, ending="hung_up", seconds=1.0)
    scores = [{"figure": "nps", "value": 9}]
    scrape.happened(EventKind.SURVEY_ENDED, survey=word, outcome="finished", scores=scores)
    scrape.observer.looked_up(word, word, 0.1)


def series(scrape: Scrape) -> dict[str, int]:
    """How many series each family has."""
    return {family.name: len(family.samples) for family in scrape.registry.collect()}
