"""Somebody says no while they are about to be dialled: who is first on the disk decides, and nobody is dialled after.

Both transactions hold the lead while they tell their event, so the events' order is that in which they were committed.
"""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from cti_api.errors import Conflict
from cti_api.model.events import Event, EventKind
from cti_api.model.leads import Lead, LeadState, NewLead
from cti_api.store.store import Store
from tests.support.store import CAMPAIGN, T0, at, attempt_for, event, number

RACES = 1000
AT_ONCE = 20


async def load(store: Store) -> list[Lead]:
    """Reserved leads, every other one with a second phone to go on to."""
    rows = [NewLead(name=f"Cliente {n}", phones=(number(n), number(RACES + n))[: 1 + n % 2]) for n in range(RACES)]
    await store.leads.add(CAMPAIGN, rows, T0)
    leads = await store.leads.reserve(CAMPAIGN, RACES, T0, at(3600))
    assert len(leads) == RACES
    return leads


async def dial(store: Store, lead: Lead, turns: int) -> bool:
    for _ in range(turns):
        await asyncio.sleep(0)
    try:
        await store.attempts.open(
            attempt_for(lead, at(1)), event(EventKind.CALL_ORIGINATED, campaign_id=CAMPAIGN, lead_id=lead.id)
        )
    except Conflict:
        return False
    return True


async def say_no(store: Store, lead: Lead, turns: int) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)
    await store.suppression.add([lead.phone], "llamada", at(1))


async def told(store: Store) -> list[Event]:
    events: list[Event] = []
    while more := await store.outbox.number():
        events += more
    return events


async def test_nobody_is_dialled_after_they_said_no_in_a_thousand_races(store: Store) -> None:
    leads, random = await load(store), Random(3)
    dialled: list[bool] = []
    for first in range(0, RACES, AT_ONCE):
        racing = leads[first : first + AT_ONCE]
        calls = [asyncio.create_task(dial(store, lead, random.randrange(40))) for lead in racing]
        await asyncio.gather(*(say_no(store, lead, random.randrange(40)) for lead in racing))
        dialled += await asyncio.gather(*calls)
    assert 0 < sum(dialled) < RACES, "both sides win some"
    originated: dict[int, int] = {}
    refused: dict[str, int] = {}
    for place, each in enumerate(await told(store)):
        if each.kind is EventKind.CALL_ORIGINATED and each.lead_id is not None:
            originated[each.lead_id] = place
        elif each.kind is EventKind.NUMBER_SUPPRESSED:
            refused[each.payload["number"]] = place
    assert {lead.id for lead, was in zip(leads, dialled, strict=True) if was} == set(originated)
    late = [lead for lead in leads if originated.get(lead.id, -1) > refused[lead.phone.e164]]
    assert late == []


async def test_a_no_that_is_written_down_is_seen_by_every_dial_after_it(store: Store) -> None:
    leads = (await load(store))[:50]
    await asyncio.gather(*(say_no(store, lead, 0) for lead in leads))
    assert not any(await asyncio.gather(*(dial(store, lead, 0) for lead in leads)))
    for lead in leads:
        after = await store.leads.get(lead.id)
        assert after.state is (LeadState.RESERVED if len(lead.contact.phones) > 1 else LeadState.SUPPRESSED)
        with pytest.raises(Conflict, match="do-not-call"):
            await store.attempts.open(attempt_for(lead, at(2)), by_hand=True)
