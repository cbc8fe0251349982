"""Events that a webhook could not be told: in their order, at their time, dead in the end."""

from __future__ import annotations

import pytest

from cti_api.errors import NotFound
from cti_api.store.deliveries import Delivery, DeliveryState
from cti_api.store.store import Store
from tests.support.store import T0, at

CRM = "crm"


def delivery(seq: int, key: str = "lead:1", seconds: float = 0, hook: str = CRM, dead: bool = False) -> Delivery:
    state = DeliveryState.DEAD if dead else DeliveryState.WAITING
    return Delivery(
        hook=hook, seq=seq, order_key=key, state=state, tries=1, due_at=at(seconds), reason="It answered 500.", since=T0
    )


async def test_the_first_of_each_thing_is_due_and_no_later_one_overtakes_it(store: Store) -> None:
    parked = (
        delivery(4, "lead:2"), delivery(1, seconds=60), delivery(3), delivery(2, "lead:3"), delivery(5, hook="other"),
    )  # fmt: skip
    for each in parked:
        await store.deliveries.park(each)
    assert await store.deliveries.waiting_keys(CRM) == {"lead:1", "lead:2", "lead:3"}
    assert await store.deliveries.known(CRM, 2) == {3, 4}
    assert [each.seq for each in await store.deliveries.due(CRM, at(1), 10)] == [2, 4]
    assert [each.seq for each in await store.deliveries.due(CRM, at(60), 2)] == [1, 2]
    await store.deliveries.delivered(CRM, 1)
    assert [each.seq for each in await store.deliveries.due(CRM, at(1), 10)] == [2, 3, 4]


async def test_a_dead_letter_waits_for_a_person_and_holds_up_nothing(store: Store) -> None:
    await store.deliveries.park(delivery(1, dead=True))
    await store.deliveries.park(delivery(2))
    assert [each.seq for each in await store.deliveries.due(CRM, at(1), 10)] == [2]
    assert [each.seq for each in await store.deliveries.dead(None, 10)] == [1]
    assert await store.deliveries.dead("other", 10) == []
    assert await store.deliveries.counts() == {(CRM, DeliveryState.DEAD): 1, (CRM, DeliveryState.WAITING): 1}
    assert await store.deliveries.retry(CRM, 1, at(2)) == 1
    (first,) = await store.deliveries.due(CRM, at(2), 10)
    assert (first.seq, first.tries, first.since) == (1, 0, at(2))


async def test_a_person_decides_about_dead_letters_alone(store: Store) -> None:
    await store.deliveries.park(delivery(1, dead=True))
    await store.deliveries.park(delivery(2, dead=True))
    await store.deliveries.park(delivery(3))
    with pytest.raises(NotFound, match="no dead letter 3"):
        await store.deliveries.drop(CRM, 3)
    assert await store.deliveries.drop(CRM, None) == 2
    with pytest.raises(NotFound, match="no dead letter"):
        await store.deliveries.retry(CRM, None, T0)
    assert await store.deliveries.counts() == {(CRM, DeliveryState.WAITING): 1}
