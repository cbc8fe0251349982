"""Indicators: the figures of a report are those of its attempts."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from cti_api.kpi.campaign import CampaignReport, CampaignTally
from cti_api.model.calls import Attempt, AttemptState, CallResult, DialDecision
from cti_api.model.campaigns import (
    CampaignHours,
    CampaignSpec,
    ColumnMap,
    DailyHours,
    Disposition,
    DispositionField,
    FieldKind,
    PacingMode,
    RetryAction,
    RetryPolicy,
    RetryRule,
)
from cti_api.model.ids import AgentId, CampaignId, LeadId, TrunkId
from cti_api.model.phone import PhoneNumber
from tests.support.ids import new_attempt_id

NOW = datetime(2025, 11, 22, 14, 0, tzinfo=UTC)
NUMBER = PhoneNumber("+573001234567")
SPEC = CampaignSpec(
    id=CampaignId("mantenimiento"),
    title="Mantenimiento",
    region="CO",
    mode=PacingMode.PROGRESSIVE,
    trunks=(TrunkId("claro"),),
    caller_id=NUMBER,
    hours=CampaignHours(timezone="America/Bogota", days=(DailyHours(weekday=0, start=time(8), end=time(18)),)),
    retry=RetryPolicy(max_attempts=3, min_gap_seconds=60, rules={"default": RetryRule(action=RetryAction.RETRY)}),
    dispositions=(
        Disposition(code="cita", label="Cita agendada", effective=True, contact=True, success=True),
        Disposition(
            code="sin_cita",
            label="No agenda",
            effective=True,
            contact=True,
            fields=(
                DispositionField(
                    name="motivo", label="Motivo", kind=FieldKind.CHOICE, choices=("precio", "ya lo hizo")
                ),
                DispositionField(name="nota", label="Nota", kind=FieldKind.TEXT, required=False),
            ),
        ),
        Disposition(code="equivocado", label="Número equivocado"),
    ),
    columns=ColumnMap(name="nombre", phones=("telefono",)),
)


def attempt(
    result: CallResult | None,
    disposition: str = "",
    *,
    lead: int = 1,
    agent: str | None = None,
    talk: float = 0.0,
    after: float = 0.0,
    **fields: str,
) -> Attempt:
    created = NOW + timedelta(seconds=after)
    return Attempt(
        id=new_attempt_id(),
        campaign_id=SPEC.id,
        lead_id=LeadId(lead),
        number=NUMBER,
        trunk=TrunkId("claro"),
        state=AttemptState.CLOSED if result else AttemptState.CONNECTED,
        decision=DialDecision(allowed=True, rule="all", reason="", at=created),
        created_at=created,
        result=result,
        agent_id=AgentId(agent) if agent else None,
        connected_at=created if agent else None,
        ended_at=created + timedelta(seconds=talk),
        disposition=disposition,
        disposition_fields=fields,
    )


def report(*attempts: Attempt) -> CampaignReport:
    tally = CampaignTally(SPEC)
    for each in attempts:
        tally.add(each)
    return tally.report()


def test_effectiveness_is_effective_calls_over_calls_made() -> None:
    found = report(
        attempt(CallResult.CONNECTED, "cita", agent="ana", talk=30),
        attempt(CallResult.CONNECTED, "equivocado", agent="ana", talk=10, lead=2),
        attempt(CallResult.BUSY, lead=3),
        attempt(CallResult.NO_ANSWER, lead=3),
    )
    assert (found.effective, found.calls_made, found.effectiveness) == (1, 4, 0.25)
    assert (found.contacts, found.contact_rate, found.successes, found.leads_tried) == (1, 0.25, 1, 3)
    assert found.talk_seconds == 40.0


def test_attempts_given_back_are_no_calls_made() -> None:
    found = report(attempt(CallResult.TRUNK_FAILED), attempt(CallResult.NEVER_DIALED), attempt(CallResult.BUSY))
    assert (found.attempts, found.calls_made) == (3, 1)
    assert found.attempts_by_result == {"trunk_failed": 1, "never_dialed": 1, "busy": 1}


def test_abandonment_is_over_live_answers() -> None:
    found = report(
        attempt(CallResult.ABANDONED), attempt(CallResult.CALLER_HUNG_UP), attempt(CallResult.CONNECTED, agent="ana"),
        attempt(CallResult.MACHINE),
    )  # fmt: skip
    assert (found.abandoned, found.live_answers) == (1, 3)
    assert found.abandonment_rate == pytest.approx(1 / 3)


def test_reasons_are_counted_most_frequent_first() -> None:
    found = report(
        attempt(CallResult.CONNECTED, "sin_cita", motivo="precio", nota="caro"),
        attempt(CallResult.CONNECTED, "sin_cita", motivo="ya lo hizo"),
        attempt(CallResult.CONNECTED, "sin_cita", motivo="ya lo hizo"),
    )
    (reasons,) = found.reasons
    assert (reasons.label, list(reasons.counts.items())) == ("Motivo", [("ya lo hizo", 2), ("precio", 1)])


def test_each_agent_has_a_line() -> None:
    found = report(
        attempt(CallResult.CONNECTED, "cita", agent="luis", talk=60),
        attempt(CallResult.CONNECTED, "equivocado", agent="ana", talk=5),
        attempt(CallResult.CONNECTED, "sin_cita", agent="ana", talk=25, motivo="precio"),
    )
    assert [(a.agent_id, a.calls, a.talk_seconds, a.effective, a.successes) for a in found.agents] == [
        ("ana", 2, 30.0, 1, 0),
        ("luis", 1, 60.0, 1, 1),
    ]


def test_open_attempts_and_an_empty_campaign_give_no_rates() -> None:
    found = report(attempt(None, agent="ana"))
    assert (found.attempts, found.agents) == (0, ())
    assert (found.effectiveness, found.contact_rate, found.abandonment_rate) == (None, None, None)


def test_a_disposition_that_left_the_file_is_still_counted() -> None:
    found = report(attempt(CallResult.CONNECTED, "antigua"))
    assert [(d.code, d.label, d.count) for d in found.dispositions] == [("antigua", "antigua", 1)]


def test_the_report_spans_its_attempts() -> None:
    found = report(attempt(CallResult.BUSY, after=600), attempt(CallResult.BUSY), attempt(CallResult.BUSY, after=60))
    assert (found.first_at, found.last_at) == (NOW, NOW + timedelta(seconds=600))


def test_who_was_only_in_attempts_that_were_given_back_was_not_called() -> None:
    found = report(
        attempt(CallResult.TRUNK_FAILED), attempt(CallResult.NEVER_DIALED, lead=2), attempt(CallResult.BUSY, lead=2)
    )
    assert found.leads_tried == 1
