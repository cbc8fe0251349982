"""Hold and retrieve are the softphone's: told, counted, and nobody is joined with one that holds."""

from __future__ import annotations

from typing import Any

from cti_api.model.agents import AgentState
from cti_api.model.events import Event, EventKind
from cti_api.model.ids import AgentId
from tests.dialer.engine.test_callers import CALLER, joined, queue
from tests.support.house import House

ANA = AgentId("ana")


async def told(house: House, *kinds: EventKind) -> list[Event]:
    """Events of these kinds, in order."""
    floor = house.engine.floor
    await floor.recorder.drained()
    await floor.store.outbox.number(1000)
    return [event for event in await floor.store.outbox.since(0, 1000) if event.kind in kinds]


def held_since(house: House) -> Any:
    return house.engine.floor.board.seat(ANA).held_since


async def test_a_person_on_hold_is_told_and_so_is_how_long(house: House) -> None:
    await house.sign_in("ana")
    attempt = await house.talk("ana")
    await house.asterisk.holds("ana")
    await house.until(lambda: held_since(house) is not None, "ana holds")
    assert house.state("ana") is AgentState.BUSY
    await house.asterisk.retrieves("ana")
    await house.until(lambda: held_since(house) is None, "ana holds no more")
    held, retrieved = await told(house, EventKind.CALL_HELD, EventKind.CALL_RETRIEVED)
    assert (held.kind, held.attempt_id, held.agent_id) == (EventKind.CALL_HELD, attempt, "ana")
    assert retrieved.attempt_id == attempt
    assert retrieved.payload["held_seconds"] >= 0


async def test_of_a_caller_the_event_says_whom(house: House) -> None:
    queue(house)
    await house.sign_in("ana")
    await house.asterisk.calls_in(CALLER, "soporte")
    await joined(house, CALLER, "ana")
    await house.asterisk.holds("ana")
    await house.until(lambda: held_since(house) is not None, "ana holds")
    (held,) = await told(house, EventKind.CALL_HELD)
    assert (held.call_id, held.attempt_id) == (CALLER, None)


async def test_a_person_who_leaves_while_on_hold_ends_it_and_nobody_is_joined_with_a_telephone_that_holds_on(
    house: House,
) -> None:
    await house.sign_in("ana")
    attempt = await house.talk("ana")
    await house.asterisk.holds("ana")
    await house.until(lambda: held_since(house) is not None, "ana holds")
    await house.asterisk.ends(attempt)
    await house.is_in("ana", AgentState.WRAP_UP)
    assert len(await told(house, EventKind.CALL_RETRIEVED)) == 1
    house.engine.desk.make_ready(ANA)
    assert not house.engine.floor.board.seat(ANA).can_take_calls
    closed = (await told(house, EventKind.ATTEMPT_CLOSED))[0]
    assert closed.payload["held_seconds"] > 0
    calls = len(house.asterisk.calls)
    await house.asterisk.retrieves("ana")
    await house.until(lambda: len(house.asterisk.calls) > calls, "ana is dialled for again")


async def test_what_is_not_known_over_a_new_link_keeps_nobody_from_work(house: House) -> None:
    await house.sign_in("ana")
    await house.asterisk.holds("ana")
    await house.until(lambda: held_since(house) is not None, "ana holds")
    house.asterisk.cut()
    await house.until(lambda: held_since(house) is None, "nobody knows whether she holds")
    await house.until(lambda: house.engine.floor.reconciled, "the truth is asked")
    assert house.engine.floor.board.seat(ANA).can_take_calls
