"""Who asked for the end of a talk goes with what is told of the end."""

from __future__ import annotations

import pytest

from cti_api.model.agents import AgentState
from cti_api.model.events import EventKind
from cti_api.model.ids import AgentId
from tests.dialer.engine.test_callers import CALLER, joined, queue
from tests.dialer.engine.test_holding import told
from tests.support.house import House

ANA = AgentId("ana")


@pytest.mark.parametrize("by_agent", [True, False])
async def test_of_a_call_that_we_placed(house: House, by_agent: bool) -> None:
    await house.sign_in("ana")
    attempt = await house.talk("ana")
    await (house.engine.desk.hang_up(ANA) if by_agent else house.asterisk.ends(attempt))
    await house.is_in("ana", AgentState.WRAP_UP)
    (cleared,) = await told(house, EventKind.CALL_CLEARED)
    assert cleared.payload.get("ended_by") == ("agent" if by_agent else None)


@pytest.mark.parametrize("by_agent", [True, False])
async def test_of_a_caller(house: House, by_agent: bool) -> None:
    queue(house)
    await house.sign_in("ana")
    await house.asterisk.calls_in(CALLER, "soporte")
    await joined(house, CALLER, "ana")
    caller = house.engine.floor.callers.get(CALLER)
    assert caller is not None
    house.engine.callers.dispose(caller, "resuelto", {})
    await (house.engine.desk.hang_up(ANA) if by_agent else house.asterisk.ends(CALLER))
    await house.is_in("ana", AgentState.READY)
    (closed,) = await told(house, EventKind.CALLER_CLOSED)
    assert closed.payload.get("ended_by") == ("agent" if by_agent else None)
