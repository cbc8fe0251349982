"""The hopper's order."""

from datetime import timedelta
from random import Random

from cti_api.model.leads import Lead, LeadState
from dialer.leads.order import hopper_key
from tests.support.thoughts import NOW, lead


def waiting_since(minutes_ago: float, **more: object) -> Lead:
    return lead(state=LeadState.CALLBACK, not_before=NOW - timedelta(minutes=minutes_ago), **more)


def test_callbacks_due_come_first_then_priority_then_fewest_attempts_then_the_oldest() -> None:
    in_order = [
        waiting_since(30, id=9),
        waiting_since(5, id=8, priority=5),
        lead(id=7, state=LeadState.NEW, priority=2, attempts_made=2),
        lead(id=3, state=LeadState.NEW, attempts_made=0),
        lead(id=6, state=LeadState.WAITING, not_before=NOW - timedelta(hours=9)),
        lead(id=1, state=LeadState.WAITING, attempts_made=1),
        lead(id=2, state=LeadState.NEW, priority=-1),
    ]
    shuffled = in_order[:]
    Random(7).shuffle(shuffled)
    assert sorted(shuffled, key=lambda each: hopper_key(each, NOW)) == in_order


def test_a_callback_that_is_not_due_has_no_precedence() -> None:
    later = waiting_since(-5, id=1)
    assert hopper_key(later, NOW) > hopper_key(waiting_since(0, id=2), NOW)
    assert hopper_key(later, NOW)[0] == 1
