"""A callback that nobody made is followed by what the campaign's file says, once, though no call ended."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cti_api.clock import SystemClock
from cti_api.messages.planner import Planner
from cti_api.model.events import Event
from cti_api.model.leads import LeadState
from cti_api.store.callbacks import MissedCallback
from cti_api.store.store import Store
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.messages import people
from tests.support.store import CAMPAIGN, T0, at, move


@pytest.fixture(params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """What is asked here is the same on both."""
    yield str(request.param)


async def missed(store: Store, text: str, then: LeadState, due: float = 100.0) -> list[Event]:
    """A lead whose callback was missed, in a campaign with that file; what was told."""
    await store.campaigns.replace_spec(CAMPAIGN, "Mantenimiento", CAMPAIGN_FILE + text, T0)
    [lead] = await people(store, 1)
    await store.leads.move(lead.id, move(LeadState.CALLBACK, not_before=at(due), agreed_at=at(due)), T0)
    goes = move(then, "callback_missed", not_before=at(due) if then is LeadState.CALLBACK else None)
    one = MissedCallback(lead_id=lead.id, due_at=at(due), agent_id=None, action="follow_up", move=goes)
    assert await store.callbacks.miss([one], at(due + 3600)) == 1
    return await store.outbox.number()


async def planned(store: Store, told: list[Event]) -> list[str]:
    """Texts of the tasks after the planner has seen all of it twice."""
    planner = Planner(store, SystemClock())
    await planner.plan([*told, *told])
    await planner.plan(told)
    return sorted(task.text for task in await store.follow_ups.tasks())


async def test_whoever_is_exhausted_by_it_gets_what_the_exhausted_get_once(store: Store) -> None:
    text = "follow_ups:\n  - {name: a, on: exhausted, task: {text: agotado}}\n"
    assert await planned(store, await missed(store, text, LeadState.EXHAUSTED)) == ["agotado"]


async def test_it_has_a_word_of_its_own_whatever_becomes_of_the_lead(store: Store) -> None:
    text = (
        "follow_ups:\n  - {name: a, on: callback.missed, each_time: true, task: {text: perdida}}\n"
        "  - {name: b, on: exhausted, task: {text: agotado}}\n"
    )
    told = await missed(store, text, LeadState.CALLBACK)
    assert await planned(store, told) == ["perdida"]
    told = await missed(store, text, LeadState.CALLBACK, due=9000.0)
    assert await planned(store, told) == ["perdida", "perdida"], "agreed anew, and missed anew"
