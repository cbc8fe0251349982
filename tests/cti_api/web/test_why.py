"""The sentence that tells why a lead is, or is not, called."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cti_api.model.calls import DialDecision
from cti_api.model.campaigns import CampaignState
from cti_api.model.ids import AgentId, CampaignId, ContactId, LeadId
from cti_api.model.leads import FINAL_LEAD_STATES, Contact, Lead, LeadState
from cti_api.model.phone import PhoneNumber
from cti_api.web.why import why

NOW = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
BOGOTA = ZoneInfo("America/Bogota")
ALLOWED = DialDecision(allowed=True, rule="all", reason="No rule objects.", at=NOW)


def lead(state: LeadState, **facts: Any) -> Lead:
    contact = Contact(id=ContactId(1), name="María", phones=(PhoneNumber("+573001234567"),))
    return Lead(id=LeadId(1), campaign_id=CampaignId("m"), contact=contact, state=state, **facts)


def told(found: Lead, campaign: CampaignState = CampaignState.RUNNING, gate: DialDecision | None = ALLOWED) -> str:
    return " ".join(why(found, campaign, gate, BOGOTA))


@pytest.mark.parametrize("state", LeadState)
def test_every_state_has_a_sentence(state: LeadState) -> None:
    assert told(lead(state, waiting_reason="retry:busy")).endswith(".")


def test_instants_are_told_in_the_campaign_s_own_time() -> None:
    waiting = lead(LeadState.WAITING, attempts_made=2, not_before=NOW, waiting_reason="retry:busy")
    assert told(waiting) == "Tried 2 times; again not before 2026-03-02 09:00:00 (retry:busy)."


def test_a_personal_callback_names_its_agent() -> None:
    agreed = lead(LeadState.CALLBACK, not_before=NOW, callback_agent=AgentId("ana"))
    assert told(agreed) == "Asked to be called back: by ana in person, not before 2026-03-02 09:00:00."


def test_a_campaign_that_does_not_dial_is_named() -> None:
    assert told(lead(LeadState.NEW), CampaignState.PAUSED).endswith("The campaign is paused.")


def test_the_gate_s_rule_is_named_with_when_it_can_change() -> None:
    closed = DialDecision(
        allowed=False, rule="campaign_hours", reason="It is Sunday.", at=NOW, next_open=NOW + timedelta(hours=1)
    )
    assert told(lead(LeadState.NEW), gate=closed).endswith(
        "It may not be dialed now (campaign_hours): It is Sunday. That can change 2026-03-02 10:00:00."
    )


def test_a_rule_of_the_law_is_named_with_what_it_rests_on() -> None:
    refused = DialDecision(
        allowed=False, rule="co-rne", reason="La consulta es vieja.", at=NOW, packs=("co 2026-11-25",), source="SIC"
    )
    assert told(lead(LeadState.NEW), gate=refused).endswith(
        "It may not be dialed now (co-rne): La consulta es vieja. Source: SIC (co 2026-11-25)."
    )


@pytest.mark.parametrize("state", sorted(FINAL_LEAD_STATES))
def test_a_final_lead_is_not_explained_by_campaign_or_gate(state: LeadState) -> None:
    assert "campaign" not in told(lead(state), CampaignState.PAUSED, None)
