"""A disposition keeps the request that it came with, in the transaction that keeps it, wherever the call stands."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from cti_api.errors import InputError, LinkDown
from cti_api.model.agents import AgentState
from cti_api.model.calls import AttemptState
from cti_api.model.ids import AgentId, AttemptId, CampaignId
from cti_api.model.once import Once
from cti_api.sip_accounts import SipAccounts
from cti_api.store.store import Store
from dialer.engine.port import EnginePort
from tests.support.house import TRUNK, House
from tests.support.shift import retry
from tests.support.store import attempt_for, new_leads

ANA = AgentId("ana")
FIRST = Once(by="person:ana", key="sending-1", digest="1" * 64)
SECOND = replace(FIRST, key="sending-2", digest="2" * 64)
SAID = [{"code": "hablado", "label": "Se habló"}, {"code": "otro", "label": "Otro"}]


@pytest.fixture
def port(house: House) -> EnginePort:
    return EnginePort(house.engine, SipAccounts(Path("none")), house.engine.floor.clock.now())


@pytest.fixture
async def attempt(house: House) -> AttemptId:
    """Ana talks."""
    await house.sign_in("ana")
    rules = retry(otro={"action": "complete"})
    await house.campaign("dichas", new_leads(1, first=100), dispositions=SAID, retry=rules, wrap_up="60 s")
    return AttemptId(await house.talk("ana"))


async def done(store: Store, once: Once) -> tuple[str, int] | None:
    found = await store.dispositions.done(once)
    return None if found is None else (found[1].code, found[1].version)


async def test_in_the_talk_in_wrap_up_and_as_a_correction(house: House, port: EnginePort, attempt: AttemptId) -> None:
    store = house.engine.floor.store
    await port.dispose(ANA, "hablado", {}, attempt, FIRST)
    assert await done(store, FIRST) == ("hablado", 1), "while they talk"
    await port.dispose(ANA, "otro", {}, attempt, SECOND)
    await house.asterisk.ends(attempt)
    await house.until_closed(attempt)
    third = replace(FIRST, key="sending-3")
    await port.dispose(ANA, "hablado", {}, attempt, third)
    assert [await done(store, each) for each in (FIRST, SECOND, third)] == [("hablado", 1), ("otro", 2), ("hablado", 3)]


async def test_the_disposition_that_ends_the_wrap_up_keeps_it_with_the_end(
    house: House, port: EnginePort, attempt: AttemptId
) -> None:
    store = house.engine.floor.store
    await house.asterisk.ends(attempt)
    await house.is_in("ana", AgentState.WRAP_UP)
    with pytest.raises(InputError):
        await port.dispose(ANA, "nada", {}, attempt, FIRST)
    await port.dispose(ANA, "hablado", {}, attempt, SECOND)
    assert await done(store, FIRST) is None, "it was refused"
    assert await done(store, SECOND) == ("hablado", 1)
    assert (await house.until_closed(attempt)).disposition == "hablado"


async def test_one_that_comes_again_while_the_first_is_on_its_way_to_the_disk_waits_for_it(
    house: House, port: EnginePort, attempt: AttemptId
) -> None:
    store = house.engine.floor.store
    await house.asterisk.ends(attempt)
    await house.is_in("ana", AgentState.WRAP_UP)
    await asyncio.gather(*(port.dispose(ANA, "hablado", {}, attempt, FIRST) for _ in range(3)))
    assert await done(store, FIRST) == ("hablado", 1)
    assert len(await store.dispositions.versions(attempt)) == 1


async def test_a_call_of_an_earlier_process_that_is_not_taken_up_yet_is_asked_for_again(
    house: House, port: EnginePort
) -> None:
    """Whoever is refused would not send it again."""
    floor = house.engine.floor
    [lead] = await floor.store.leads.reserve(CampaignId("turno"), 1, floor.clock.now(), floor.clock.now())
    left_open = attempt_for(lead, floor.clock.now(), trunk=TRUNK)
    await floor.store.attempts.open(left_open)
    await floor.store.attempts.mark(replace(left_open, state=AttemptState.CONNECTED, agent_id=ANA))
    with pytest.raises(LinkDown):
        await port.dispose(ANA, "hablado", {}, left_open.id, FIRST)
    assert await done(floor.store, FIRST) is None
