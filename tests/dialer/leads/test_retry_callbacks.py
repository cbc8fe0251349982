"""The retry rule where a callback was agreed on: when it comes, and whose it is."""

from datetime import datetime, timedelta

import pytest

from cti_api.model.calls import CallResult
from cti_api.model.campaigns import (
    CampaignHours,
    RetryAction,
)
from cti_api.model.ids import AgentId
from cti_api.model.leads import LeadState
from dialer.leads.retry import attempts_allowed, decide_retry
from tests.support.law import bogota
from tests.support.thoughts import NOW, OFFICE, lead, rule, spec

ANA = AgentId("ana")


def callback(
    text: str, *, now: datetime = NOW, hours: CampaignHours = OFFICE, personal: bool = False, **facts: object
) -> tuple[datetime | None, str | None, LeadState]:
    campaign = spec({"volver_a_llamar": rule(RetryAction.CALLBACK, personal=personal)}, hours=hours, gap_minutes=600)
    move = decide_retry(
        campaign, lead(**facts), CallResult.CONNECTED, "volver_a_llamar", {"fecha": text}, now, agent=ANA
    )
    return move.not_before, move.callback_agent, move.state


def test_a_callback_comes_at_the_time_agreed_on_whatever_the_minimum_gap() -> None:
    assert callback("2026-11-23T16:30") == (bogota("2026-11-23T16:30"), None, LeadState.CALLBACK)
    assert callback("2026-11-23 16:30")[0] == bogota("2026-11-23T16:30")
    assert callback("2026-11-23T21:30:00Z")[0] == bogota("2026-11-23T16:30")


def test_a_personal_callback_is_kept_for_its_agent() -> None:
    assert callback("2026-11-24T10:00", personal=True)[1] == ANA


def test_a_callback_outside_of_the_hours_moves_to_the_next_opening() -> None:
    assert callback("2026-11-22T10:00", now=bogota("2026-11-20T10:00"))[0] == bogota("2026-11-23T08:00")


def test_a_callback_in_the_past_is_due_now() -> None:
    assert callback("2026-11-20T10:00")[0] == NOW


@pytest.mark.parametrize("text", ["", "mañana", "2026-13-01T10:00", "9999-12-31T23:59:59", "0001-01-01T00:00"])
def test_no_entered_text_breaks_the_closing_of_an_attempt(text: str) -> None:
    not_before, _, state = callback(text)
    assert state is LeadState.CALLBACK
    assert not_before is not None
    assert NOW <= not_before <= NOW + timedelta(days=380)


def test_who_asks_on_the_last_attempt_to_be_called_is_called() -> None:
    campaign = spec({"volver_a_llamar": rule(RetryAction.CALLBACK)}, most=3)
    person = lead(attempts_made=2)
    move = decide_retry(campaign, person, CallResult.CONNECTED, "volver_a_llamar", {"fecha": "2026-11-24T10:00"}, NOW)
    assert move.state is LeadState.CALLBACK
    afterwards = lead(attempts_made=3, counts={"volver_a_llamar": 1, "connected": 1})
    assert attempts_allowed(campaign, afterwards) == 4
    assert decide_retry(campaign, afterwards, CallResult.NO_ANSWER, None, {}, NOW).state is LeadState.EXHAUSTED
