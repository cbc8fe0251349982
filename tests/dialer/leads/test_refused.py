"""What becomes of a lead that the gate refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from cti_api.model.calls import DialDecision
from cti_api.model.ids import AgentId, ContactId
from cti_api.model.leads import Contact, Lead, LeadState
from cti_api.model.phone import PhoneNumber
from dialer.leads.refused import after_refusal
from tests.support.thoughts import NOW, lead, minutes, spec

SPAIN, BOGOTA = PhoneNumber("+34600123456"), PhoneNumber("+573001234500")


def refused(rule: str, next_open: datetime | None = None) -> DialDecision:
    return DialDecision(allowed=False, rule=rule, reason="No.", at=NOW, next_open=next_open)


def with_phones(*phones: PhoneNumber, **facts: object) -> Lead:
    return replace(lead(**facts), contact=Contact(id=ContactId(1), name="Ana", phones=phones))


def test_what_can_change_is_waited_for() -> None:
    move = after_refusal(spec(), lead(), refused("campaign_hours", NOW + minutes(60)))
    assert (move.state, move.not_before, move.counts_as_attempt) == (LeadState.WAITING, NOW + minutes(60), False)
    assert move.reason == "gate:campaign_hours"


@pytest.mark.parametrize("whose", [AgentId("ana"), None])
def test_a_callback_stays_a_callback(whose: AgentId | None) -> None:
    promised = lead(promised=True, callback_agent=whose)
    move = after_refusal(spec(), promised, refused("one_call_per_number", NOW + minutes(1)))
    assert (move.state, move.callback_agent) == (LeadState.CALLBACK, whose)


def test_a_number_that_the_campaign_may_not_call_gives_way_to_the_persons_next_one() -> None:
    move = after_refusal(spec(), with_phones(SPAIN, BOGOTA), refused("allowed_prefix"))
    assert (move.state, move.phone_index) == (LeadState.READY, 1)
    back = after_refusal(spec(), with_phones(BOGOTA, SPAIN, phone_index=1), refused("allowed_prefix"))
    assert (back.state, back.phone_index) == (LeadState.READY, 0)


def test_a_person_none_of_whose_numbers_may_be_called_is_closed() -> None:
    move = after_refusal(spec(), with_phones(SPAIN, SPAIN), refused("allowed_prefix"))
    assert (move.state, move.reason) == (LeadState.CLOSED, "gate:allowed_prefix")


def test_a_number_on_the_do_not_call_list_is_left_to_the_store_which_knows_of_the_others() -> None:
    assert after_refusal(spec(), lead(phones=2), refused("do_not_call")).state is LeadState.READY


def test_somebody_without_attempts_left_is_exhausted() -> None:
    assert after_refusal(spec(), lead(), refused("attempts_left")).state is LeadState.EXHAUSTED
