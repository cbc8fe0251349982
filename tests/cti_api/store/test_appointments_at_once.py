"""Appointments that many want at once: never one place too many, and nobody is called who is expected."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from random import Random

import pytest
import sqlalchemy as sa

from cti_api.clock import SystemClock
from cti_api.errors import Conflict
from cti_api.model.appointments import STANDING, AppointmentState, Slot
from cti_api.model.calls import Attempt, CallResult
from cti_api.model.leads import Lead, LeadState
from cti_api.store.appointment_tables import slots
from cti_api.store.opening import open_database
from cti_api.store.store import Store
from tests.support.store import CAMPAIGN, T0, at, attempt_for, closed, move, new_leads, number
from tests.support.workshop import HOUR, WORKSHOP, books, dialled, free, hour, only, told, with_workshop


@pytest.fixture
async def workshop(store: Store) -> Store:
    """Three hours, with one place each but the last, which has two."""
    return await with_workshop(store)


async def test_fifty_at_once_for_the_last_place_and_one_gets_it(workshop: Store) -> None:
    calls = [await dialled(workshop, n) for n in range(50)]
    answers = await asyncio.gather(*(books(workshop, attempt, hour(1)) for _, attempt in calls), return_exceptions=True)
    assert sorted(type(each).__name__ for each in answers) == ["Conflict"] * 49 + ["int"]
    assert await free(workshop) == [0, 1, 2]
    assert len(await workshop.appointments.between(T0, at(1e6), calendar=WORKSHOP)) == 1


async def test_the_database_itself_holds_the_places_and_the_one_appointment(url: str, workshop: Store) -> None:
    database = await open_database(url, SystemClock())
    try:
        with pytest.raises(Conflict, match="no place left"):
            await database.write(lambda tx: tx.execute(sa.update(slots).values(taken=slots.c.capacity + 1)))
    finally:
        await database.close()


async def test_crossing_moves_neither_block_each_other_nor_lose_a_place(workshop: Store) -> None:
    kept = []
    for n in range(4):
        lead, attempt = await dialled(workshop, n)
        await books(workshop, attempt, hour(3 if n > 1 else n + 1))
        kept.append(await only(workshop, lead))
    await workshop.calendars.put_slots(
        WORKSHOP, [Slot(starts_at=at(n * HOUR), ends_at=at((n + 1) * HOUR), capacity=4) for n in (1, 2, 3)]
    )
    for turn in range(5):
        await asyncio.gather(
            *(
                workshop.appointments.move(each.id, at((1 + (n + turn) % 3) * HOUR), at(5), "command")
                for n, each in enumerate(kept)
            )
        )
    assert sum(await free(workshop)) == 12 - 4


async def test_a_link_and_a_dialler_that_race_leave_nobody_to_be_called_again(workshop: Store) -> None:
    races, random = 40, Random(7)
    await workshop.calendars.put_slots(WORKSHOP, [Slot(starts_at=at(9 * HOUR), ends_at=at(10 * HOUR), capacity=races)])
    await workshop.leads.add(CAMPAIGN, new_leads(races), T0)
    leads = await workshop.leads.reserve(CAMPAIGN, races, T0, at(3600))

    async def dial(lead: Lead) -> Attempt | None:
        for _ in range(random.randrange(20)):
            await asyncio.sleep(0)
        attempt = attempt_for(lead, at(1))
        try:
            await workshop.attempts.open(attempt)
        except Conflict:
            return None
        return attempt

    async def click(lead: Lead) -> None:
        for _ in range(random.randrange(20)):
            await asyncio.sleep(0)
        await workshop.appointments.book(lead.id, replace(hour(9), source="link"), at(1))

    calls = [asyncio.create_task(dial(lead)) for lead in leads]
    await asyncio.gather(*(click(lead) for lead in leads))
    placed = [attempt for attempt in await asyncio.gather(*calls) if attempt is not None]
    assert 0 < len(placed) < races, "both sides win some"
    for attempt in placed:
        retry = move(LeadState.WAITING, not_before=at(60))
        await workshop.attempts.close(closed(attempt, CallResult.BUSY, at(2)), retry)
    states = {(await workshop.leads.get(lead.id)).state for lead in leads}
    assert states == {LeadState.COMPLETED}
    assert await free(workshop) == [1, 1, 2, 0]


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_done_at_once_the_places_taken_are_the_people_expected(workshop: Store, seed: int) -> None:
    random = Random(seed)
    await workshop.leads.add(CAMPAIGN, new_leads(8), T0)
    leads = [await workshop.leads.with_number(CAMPAIGN, number(n)) for n in range(8)]

    async def act() -> None:
        lead = random.choice(leads)
        assert lead is not None
        wanted = hour(random.randrange(1, 4))
        booked = [each for each in await workshop.appointments.of_lead(lead.id) if each.state in STANDING]
        try:
            if booked and random.random() < 0.4:
                await workshop.appointments.enter(booked[0].id, AppointmentState.CANCELLED, at(5), "command")
            elif booked and random.random() < 0.5:
                await workshop.appointments.move(booked[0].id, wanted.starts_at, at(5), "command")
            else:
                await workshop.appointments.book(lead.id, wanted, at(5))
        except Conflict:
            return  # full, or somebody was quicker

    for _ in range(8):
        await asyncio.gather(*(act() for _ in range(12)))
    expected = Counter(
        each.starts_at for each in await workshop.appointments.between(T0, at(1e6)) if each.state in STANDING
    )
    found = await workshop.calendars.slots(WORKSHOP, T0, at(1e6))
    assert {slot.starts_at: slot.taken for slot in found if slot.taken} == dict(expected)
    assert all(slot.taken <= slot.capacity for slot in found)
    events = Counter(each.kind for each in await told(workshop))
    assert events["appointment.booked"] - events["appointment.cancelled"] == expected.total()
