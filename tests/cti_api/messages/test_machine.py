"""The life of a message: what the table allows, and what no order of reports can bring about."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from cti_api.messages.machine import LONGEST_PAUSE, TABLE, Step, after, pause
from cti_api.model.messages import WAITING, MessageState

S = MessageState
WENT = {S.SENDING, S.UNKNOWN, S.ACCEPTED, S.DELIVERED, S.READ}
BY_A_PERSON = {Step.RETRY, Step.DROP}


def test_only_what_waits_is_begun() -> None:
    assert {state for state, step in TABLE if step is Step.BEGIN} == WAITING


def test_what_nobody_knows_of_goes_again_only_by_a_persons_decision() -> None:
    """From `unknown`, no way leads to `sending` but over `dead` and a person."""
    reached, todo = set(), [S.UNKNOWN]
    while todo:
        state = todo.pop()
        for (before, step), then in TABLE.items():
            if before is state and step not in BY_A_PERSON and then not in reached:
                reached.add(then)
                todo.append(then)
    assert S.SENDING not in reached
    assert reached == {S.ACCEPTED, S.DELIVERED, S.READ, S.DEAD}


@given(st.lists(st.sampled_from([Step.SENT, Step.DELIVERED, Step.READ, Step.UNDELIVERED]), min_size=1))
def test_reports_in_any_order_and_number_end_where_the_furthest_says(reports: list[Step]) -> None:
    state = S.UNKNOWN
    for step in reports:
        state = after(state, step) or state
    if Step.READ in reports:
        assert state is S.READ
    elif Step.DELIVERED in reports:
        assert state is S.DELIVERED
    elif reports[-1] is Step.SENT or Step.UNDELIVERED not in reports:
        assert state is S.ACCEPTED
    else:
        assert state is S.DEAD


@given(st.lists(st.sampled_from(Step)))
def test_a_message_that_arrived_is_never_sent_again(steps: list[Step]) -> None:
    state, arrived = S.PLANNED, False
    for step in steps:
        then = after(state, step)
        if then is None:
            continue
        assert not (arrived and then is S.SENDING)
        arrived = arrived or then in (S.DELIVERED, S.READ)
        state = then


def test_pauses_grow_and_a_provider_may_ask_for_longer_ones_up_to_a_bound() -> None:
    minutes = [pause(tries) / timedelta(minutes=1) for tries in range(1, 6)]
    assert minutes == [1, 5, 25, 125, 240]
    assert pause(1, timedelta(minutes=7)) == timedelta(minutes=7)
    assert pause(2, timedelta(seconds=1)) == timedelta(minutes=5)
    assert pause(1, timedelta(days=9)) == LONGEST_PAUSE
