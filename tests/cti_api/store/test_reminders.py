"""Reminders in the store: told once, and only of what stands."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from cti_api.model.appointments import AppointmentState
from cti_api.model.ids import CampaignId
from cti_api.model.leads import LeadState, NewLead
from cti_api.store.store import Store
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.store import T0, at, number
from tests.support.workshop import HOUR, books, dialled, hour, only, told, with_workshop


@pytest.fixture
async def workshop(store: Store) -> Store:
    """Three hours, with one place each but the last, which has two."""
    return await with_workshop(store)


async def test_a_reminder_is_told_once_and_not_for_what_stands_no_more(workshop: Store) -> None:
    before = timedelta(minutes=30).total_seconds()
    for n in range(3):
        _, attempt = await dialled(workshop, n)
        await books(workshop, attempt, replace(hour(n + 1), remind_before_seconds=before))
    first, second, third = await workshop.appointments.between(T0, at(1e6))
    assert await workshop.appointments.to_remind(at(HOUR - before - 1)) == []
    await workshop.appointments.enter(second.id, AppointmentState.CANCELLED, at(5), "command")
    await workshop.appointments.move(third.id, at(2 * HOUR), at(5), "command")
    due = await workshop.appointments.to_remind(at(2 * HOUR))
    assert [each.id for each in due] == [first.id, third.id]
    now = at(HOUR - before)
    answers = await asyncio.gather(*(workshop.appointments.remind(first.id, now, by="message") for _ in range(5)))
    assert sorted(answers) == [False] * 4 + [True]
    assert not await workshop.appointments.remind(third.id, now, by="message"), "not due yet"
    assert not await workshop.appointments.remind(third.id, at(3 * HOUR), by="message"), "it has begun"
    reminders = [each for each in await told(workshop) if each.kind == "appointment.reminder_due"]
    assert [(each.lead_id, each.payload["by"]) for each in reminders] == [(first.lead_id, "message")]
    assert await workshop.appointments.to_remind(at(1e6)) == []


async def test_who_books_for_soon_is_not_reminded(workshop: Store) -> None:
    _, attempt = await dialled(workshop)
    await books(workshop, attempt, replace(hour(1), remind_before_seconds=86_400.0))
    assert await workshop.appointments.to_remind(at(1e6)) == []


async def test_a_reminder_by_call_is_a_lead_of_another_campaign(workshop: Store) -> None:
    lead, attempt = await dialled(workshop)
    await books(workshop, attempt, replace(hour(2), remind_before_seconds=60.0))
    reminders = CampaignId("recordatorios")
    await workshop.campaigns.create(reminders, "Recordatorios", CAMPAIGN_FILE, T0)
    found = await only(workshop, lead)
    call = (reminders, NewLead(name="Cliente 0", phones=(number(0),), valid_until=found.starts_at))
    for _ in range(2):
        await workshop.appointments.remind(found.id, at(2 * HOUR - 60), call, by="call")
    made = await workshop.leads.with_number(reminders, number(0))
    assert made is not None
    assert (made.state, made.valid_until) == (LeadState.NEW, at(2 * HOUR))
