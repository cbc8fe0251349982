"""What the store will not have is logged and left out: it takes nothing else that follows with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from cti_api.clock import SystemClock
from cti_api.messages.planner import Planner
from cti_api.model.events import EventKind
from cti_api.store.store import Store
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.messages import people
from tests.support.store import CAMPAIGN, T0, event

FOLLOW_UPS = (
    "follow_ups:\n"
    "  - {name: uno, on: closed, task: {text: uno}}\n"
    "  - {name: malo, on: closed, task: {text: malo}}\n"
    "  - {name: dos, on: closed, task: {text: dos}}\n"
)
REFUSED = """
CREATE TRIGGER refused BEFORE INSERT ON tasks WHEN NEW.text = 'malo' BEGIN SELECT RAISE(ABORT, 'not this one'); END
"""


@pytest.fixture(params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """The fault is a trigger of SQLite."""
    yield str(request.param)


async def test_one_action_that_cannot_be_written_down_leaves_the_others(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    await store.campaigns.replace_spec(CAMPAIGN, "Mantenimiento", CAMPAIGN_FILE + FOLLOW_UPS, T0)
    first, second = await people(store, 2)
    await store._database.write(lambda tx: tx.execute(sa.text(REFUSED)))
    told = [
        event(EventKind.LEAD_MOVED, campaign_id=CAMPAIGN, lead_id=lead.id, payload={"lead_state": "closed"})
        for lead in (first, second)
    ]
    assert await Planner(store, SystemClock()).plan(told) == 4
    tasks = await store.follow_ups.tasks()
    assert sorted((task.lead_id, task.text) for task in tasks) == [
        (first.id, "dos"), (first.id, "uno"), (second.id, "dos"), (second.id, "uno"),
    ]  # fmt: skip
    said = [each for each in caplog.records if each.getMessage() == "what follows an event cannot be written down"]
    assert [each.__dict__["event_id"] for each in said] == [each.event_id for each in told]
