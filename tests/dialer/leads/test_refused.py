"""What becomes of a lead that the gate refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from cti_api.law.terms import Remedy
from cti_api.model.calls import DialDecision
from cti_api.model.ids import AgentId, ContactId
from cti_api.model.leads import Contact, Lead, LeadState
from cti_api.model.phone import PhoneNumber
from dialer.leads.refused import LOOK_AGAIN, after_refusal
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


def by_law(remedy: Remedy, rule: str = "co-rne") -> DialDecision:
    return replace(refused(rule), remedy=remedy)


def test_what_somebody_has_to_mend_is_asked_again_in_an_hour_and_closes_nobody() -> None:
    move = after_refusal(spec(), lead(), by_law(Remedy.ACT))
    assert (move.state, move.not_before, move.reason) == (LeadState.WAITING, NOW + LOOK_AGAIN, "gate:co-rne")
    assert not move.counts_as_attempt
    agreed = after_refusal(spec(), lead(promised=True, callback_agent=AgentId("ana")), by_law(Remedy.ACT))
    assert (agreed.state, agreed.callback_agent) == (LeadState.CALLBACK, "ana")


def test_a_number_that_the_law_bars_for_good_gives_way_to_the_next_one_that_it_does_not() -> None:
    person = lead(phones=3)
    move = after_refusal(spec(), person, by_law(Remedy.NONE))
    assert (move.state, move.phone_index) == (LeadState.READY, 1)
    second = person.contact.phones[1]
    assert after_refusal(spec(), person, by_law(Remedy.NONE), {second}).phone_index == 2


def test_a_person_all_of_whose_numbers_the_law_bars_is_called_no_more() -> None:
    person = lead(phones=2)
    move = after_refusal(spec(), person, by_law(Remedy.NONE), person.contact.phones)
    assert (move.state, move.reason, move.phone_index) == (LeadState.SUPPRESSED, "gate:co-rne", None)
