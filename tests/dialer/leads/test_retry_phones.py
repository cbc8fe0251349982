"""The retry rule among a person's phones: the next one, one that is dropped, one that trunks say is wrong."""

from dataclasses import replace

import pytest

from cti_api.model.calls import CallResult
from cti_api.model.campaigns import (
    CampaignSpec,
    RetryAction,
)
from cti_api.model.ids import TrunkId
from cti_api.model.leads import Lead, LeadMove, LeadState
from dialer.leads.retry import decide_retry
from dialer.leads.wrong_number import trunks_for
from tests.support.thoughts import NOW, counted, lead, minutes, rule, spec


def test_next_phone_goes_round_the_contacts_phones() -> None:
    campaign = spec({"no_answer": rule(RetryAction.NEXT_PHONE)}, most=9)
    moves = [
        decide_retry(campaign, lead(phones=3, phone_index=n), CallResult.NO_ANSWER, None, {}, NOW) for n in range(3)
    ]
    assert [move.phone_index for move in moves] == [1, 2, 0]


def test_a_dropped_phone_is_never_dialled_again() -> None:
    campaign = spec({"no_answer": rule(RetryAction.NEXT_PHONE), "equivocado": rule(RetryAction.DROP_PHONE)}, most=99)
    person = lead(phones=3)
    dialled = []
    for result, disposition in (
        (CallResult.NO_ANSWER, None),
        (CallResult.CONNECTED, "equivocado"),
        (CallResult.NO_ANSWER, None),
        (CallResult.NO_ANSWER, None),
    ):
        dialled.append(person.phone_index)
        move = decide_retry(campaign, person, result, disposition, {}, NOW)
        person = counted(person, result, disposition, move.phone_index or 0)
    assert dialled == [0, 1, 2, 2]


def test_dropping_the_last_phone_closes_the_lead() -> None:
    campaign = spec({"equivocado": rule(RetryAction.DROP_PHONE)})
    person = lead(phones=2, phone_index=1, counts={"equivocado": 1, "dropped:0": 1})
    move = decide_retry(campaign, person, CallResult.CONNECTED, "equivocado", {}, NOW)
    assert (move.state, move.reason) == (LeadState.CLOSED, "closed:equivocado")


def test_a_wrong_last_phone_leaves_the_good_one_before_it() -> None:
    campaign = spec({"equivocado": rule(RetryAction.DROP_PHONE)})
    move = decide_retry(campaign, lead(phones=2, phone_index=1), CallResult.CONNECTED, "equivocado", {}, NOW)
    assert (move.state, move.phone_index, move.counted_as) == (
        LeadState.WAITING,
        0,
        (CallResult.CONNECTED, "dropped:1"),
    )


ONE, TWO = TrunkId("uno"), TrunkId("dos")


def unknown(campaign: CampaignSpec, person: Lead, trunk: TrunkId) -> tuple[LeadMove, Lead]:
    """`trunk` says that it does not know the number: the move, and the person after it."""
    move = decide_retry(campaign, person, CallResult.INVALID_NUMBER, None, {}, NOW, trunk=trunk)
    assert move.counted_as is not None
    counts = dict(person.counts)
    for word in move.counted_as:
        counts[word] = counts.get(word, 0) + 1
    index = person.phone_index if move.phone_index is None else move.phone_index
    return move, replace(person, counts=counts, phone_index=index, attempts_made=person.attempts_made + 1)


@pytest.mark.parametrize("action", [RetryAction.DROP_PHONE, RetryAction.CLOSE])
def test_a_number_is_wrong_when_the_only_trunk_said_so_twice(action: RetryAction) -> None:
    campaign = spec({"invalid_number": rule(action, minutes=30)}, trunks=(ONE,), most=9)
    first, person = unknown(campaign, lead(), ONE)
    assert (first.state, first.reason, first.not_before) == (
        LeadState.WAITING,
        "retry:invalid_number",
        NOW + minutes(30),
    )
    assert first.counts_as_attempt
    second, _ = unknown(campaign, person, ONE)
    assert (second.state, second.reason) == (LeadState.CLOSED, "closed:invalid_number")


def test_of_several_trunks_two_must_say_so_and_the_other_one_is_asked_next() -> None:
    campaign = spec({"invalid_number": rule(RetryAction.DROP_PHONE)}, trunks=(ONE, TWO), most=9)
    assert trunks_for(campaign, lead()) == (ONE, TWO)
    _, person = unknown(campaign, lead(), ONE)
    assert trunks_for(campaign, person) == (TWO, ONE)
    again, person = unknown(campaign, person, ONE)
    assert again.state is LeadState.WAITING
    assert unknown(campaign, person, TWO)[0].state is LeadState.CLOSED


def test_each_phone_of_a_person_is_given_its_two_times() -> None:
    rules = {"invalid_number": rule(RetryAction.DROP_PHONE), "no_answer": rule(RetryAction.NEXT_PHONE)}
    campaign = spec(rules, trunks=(ONE,), most=9)
    dialled, person = [], lead(phones=2)
    for _ in range(4):
        dialled.append(person.phone_index)
        move, person = unknown(campaign, person, ONE)
    assert dialled == [0, 0, 1, 1]
    assert move.state is LeadState.CLOSED


def test_a_phone_that_was_called_wrong_once_may_be_dialled_again() -> None:
    rules = {"invalid_number": rule(RetryAction.DROP_PHONE), "no_answer": rule(RetryAction.NEXT_PHONE)}
    campaign = spec(rules, trunks=(ONE,), most=9)
    _, person = unknown(campaign, lead(phones=2), ONE)
    person = replace(person, phone_index=1)
    assert decide_retry(campaign, person, CallResult.NO_ANSWER, None, {}, NOW).phone_index == 0
    _, person = unknown(campaign, replace(person, phone_index=0), ONE)
    assert decide_retry(campaign, person, CallResult.NO_ANSWER, None, {}, NOW).phone_index == 1
