"""Appointments in the store: a place is taken with the disposition or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from cti_api.appointments.entered import EnteredResult, Matched
from cti_api.errors import Conflict, NotFound
from cti_api.model.agents import Agent
from cti_api.model.appointments import AppointmentState, Booking, Slot
from cti_api.model.calls import CallResult
from cti_api.model.ids import AgentId, CampaignId
from cti_api.model.leads import LeadState, NewLead
from cti_api.store.store import Store
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.store import CAMPAIGN, T0, at, attempt_for, closed, move, new_leads, number
from tests.support.workshop import HOUR, WORKSHOP, books, dialled, free, hour, only, told, with_workshop


@pytest.fixture
async def workshop(store: Store) -> Store:
    """Three hours, with one place each but the last, which has two."""
    return await with_workshop(store)


async def test_a_disposition_takes_its_place_and_tells_it(workshop: Store) -> None:
    lead, attempt = await dialled(workshop)
    await books(workshop, attempt, replace(hour(1), remind_before_seconds=60.0))
    found = await only(workshop, lead)
    assert (found.state, found.starts_at, found.ends_at) == (AppointmentState.BOOKED, at(HOUR), at(2 * HOUR))
    assert (found.attempt_id, found.name, found.number) == (attempt.id, "Cliente 0", number(0).e164)
    assert await free(workshop) == [0, 1, 2]
    (happened,) = await told(workshop)
    assert (happened.kind, happened.lead_id, happened.attempt_id) == ("appointment.booked", lead.id, attempt.id)
    assert happened.payload["starts_at"] == at(HOUR).isoformat()


async def test_a_full_hour_names_the_nearest_free_ones_and_the_disposition_is_not_stored(workshop: Store) -> None:
    _, first = await dialled(workshop, 0)
    lead, second = await dialled(workshop, 1)
    await books(workshop, first, hour(2))
    with pytest.raises(Conflict) as refused:
        await books(workshop, second, hour(2))
    assert str(refused.value) == (
        "2026-03-02 11:00 is full in taller-norte. Free near it: 2026-03-02 10:00, 2026-03-02 12:00. "
        "Nothing was booked."
    )
    assert (await workshop.attempts.get(second.id)).disposition == ""
    assert await workshop.appointments.of_lead(lead.id) == []


@pytest.mark.parametrize(
    ("booking", "why"),
    [
        (Booking(starts_at=at(HOUR + 600), calendar=WORKSHOP), "is no hour of the calendar"),
        (Booking(starts_at=at(HOUR), calendar="otro"), "There is no calendar otro"),
    ],
)
async def test_an_hour_that_is_none_is_refused(workshop: Store, booking: Booking, why: str) -> None:
    _, attempt = await dialled(workshop)
    with pytest.raises((Conflict, NotFound), match=why):
        await books(workshop, attempt, booking)
    assert (await workshop.attempts.get(attempt.id)).disposition == ""


async def test_an_hour_that_is_over_is_refused(workshop: Store) -> None:
    _, attempt = await dialled(workshop)
    with pytest.raises(Conflict, match="is over"):
        await books(workshop, attempt, hour(1), seconds=HOUR)


async def test_a_correction_moves_the_appointment_or_takes_it_back(workshop: Store) -> None:
    lead, attempt = await dialled(workshop)
    await books(workshop, attempt, hour(1))
    await workshop.attempts.close(closed(attempt, CallResult.CONNECTED, at(2)), move(LeadState.COMPLETED))
    await books(workshop, attempt, hour(2), seconds=3)
    moved = await only(workshop, lead)
    assert (moved.state, moved.starts_at, moved.sequence) == (AppointmentState.MOVED, at(2 * HOUR), 1)
    assert await free(workshop) == [1, 0, 2]
    await books(workshop, attempt, None, "no_acepta", seconds=4)
    assert (await only(workshop, lead)).state is AppointmentState.CANCELLED
    assert await free(workshop) == [1, 1, 2]
    await books(workshop, attempt, hour(1), seconds=5)
    states = [each.state for each in await workshop.appointments.of_lead(lead.id)]
    assert states == [AppointmentState.CANCELLED, AppointmentState.BOOKED]
    kinds = [each.kind.value for each in await told(workshop)]
    assert kinds == ["appointment.booked", "appointment.moved", "appointment.cancelled", "appointment.booked"]


async def test_a_correction_to_a_full_hour_changes_nothing(workshop: Store) -> None:
    _, other = await dialled(workshop, 1)
    await books(workshop, other, hour(2))
    lead, attempt = await dialled(workshop, 0)
    await books(workshop, attempt, hour(1))
    with pytest.raises(Conflict, match="is full"):
        await books(workshop, attempt, hour(2), seconds=2)
    assert (await only(workshop, lead)).starts_at == at(HOUR)
    assert await free(workshop) == [0, 0, 2]


async def test_without_a_calendar_the_closing_makes_the_appointment(store: Store) -> None:
    lead, attempt = await dialled(store)
    record = closed(attempt, CallResult.CONNECTED, at(2), disposition="cita", disposition_fields={"fecha": "x"})
    await store.attempts.close(record, move(LeadState.COMPLETED), booking=Booking(starts_at=at(90)))
    found = await only(store, lead)
    assert (found.state, found.calendar, found.ends_at) == (AppointmentState.BOOKED, "", None)


@pytest.mark.parametrize(
    "state", [LeadState.NEW, LeadState.RESERVED, LeadState.WAITING, LeadState.CALLBACK, LeadState.EXHAUSTED]
)
async def test_who_books_by_their_link_is_called_no_more(workshop: Store, state: LeadState) -> None:
    await workshop.leads.add(CAMPAIGN, new_leads(1), T0)
    (lead,) = await workshop.leads.reserve(CAMPAIGN, 1, T0, at(3600))
    if state is LeadState.NEW:
        await workshop.leads.release([lead.id], T0)
    elif state is not LeadState.RESERVED:
        waits = {} if state is LeadState.EXHAUSTED else {"not_before": at(10)}
        await workshop.leads.move(lead.id, move(state, **waits), T0)
    booked = await workshop.appointments.book(lead.id, replace(hour(1), source="link"), at(1))
    assert (booked.source, booked.attempt_id) == ("link", None)
    after = await workshop.leads.get(lead.id)
    assert (after.state, after.waiting_reason) == (LeadState.COMPLETED, "completed:appointment")
    with pytest.raises(Conflict, match="cannot be dialled"):
        await workshop.attempts.open(attempt_for(lead), by_hand=True)


async def test_who_said_no_to_all_calls_and_books_stays_as_they_are(workshop: Store) -> None:
    await workshop.leads.add(CAMPAIGN, new_leads(1), T0)
    (lead,) = await workshop.leads.reserve(CAMPAIGN, 1, T0, at(3600))
    await workshop.leads.move(lead.id, move(LeadState.SUPPRESSED), T0)
    await workshop.appointments.book(lead.id, replace(hour(1), source="link"), at(1))
    assert (await workshop.leads.get(lead.id)).state is LeadState.SUPPRESSED


async def test_who_books_while_they_are_dialled_is_not_called_again(workshop: Store) -> None:
    lead, attempt = await dialled(workshop)
    await workshop.appointments.book(lead.id, replace(hour(1), source="link"), at(1))
    assert (await workshop.leads.get(lead.id)).state is LeadState.DIALING
    retry = move(LeadState.WAITING, not_before=at(60))
    await workshop.attempts.close(closed(attempt, CallResult.NO_ANSWER, at(2)), retry)
    after = await workshop.leads.get(lead.id)
    assert (after.state, after.attempts_made) == (LeadState.COMPLETED, 1)
    (record,) = await workshop.attempts.history(lead.id)
    assert (record.lead_state, record.lead_reason) == ("completed", "completed:appointment")


async def test_what_the_person_then_says_to_an_agent_stands_above_their_link(workshop: Store) -> None:
    lead, attempt = await dialled(workshop)
    await workshop.appointments.book(lead.id, replace(hour(1), source="link"), at(1))
    await books(workshop, attempt, hour(2), seconds=2)
    found = await only(workshop, lead)
    assert (found.state, found.starts_at, found.attempt_id) == (AppointmentState.MOVED, at(2 * HOUR), attempt.id)
    record = closed(attempt, CallResult.CONNECTED, at(3), disposition="volver")
    await workshop.attempts.close(record, move(LeadState.CALLBACK, not_before=at(60)))
    assert (await workshop.leads.get(lead.id)).state is LeadState.CALLBACK


async def test_fewer_places_never_put_anybody_out(workshop: Store) -> None:
    _, attempt = await dialled(workshop)
    await books(workshop, attempt, hour(3))
    assert (
        await workshop.calendars.put_slots(WORKSHOP, [Slot(starts_at=at(3 * HOUR), ends_at=at(4 * HOUR), capacity=0)])
        == 0
    )
    assert await workshop.calendars.close_times(WORKSHOP, [(at(HOUR + 60), at(2 * HOUR + 60))]) == 2
    found = await workshop.calendars.slots(WORKSHOP, T0, at(1e6))
    assert [(slot.capacity, slot.taken) for slot in found] == [(0, 0), (0, 0), (1, 1)]
    assert await workshop.calendars.slots(WORKSHOP, T0, at(1e6), only_free=True) == []


async def test_what_became_of_it_is_entered_later_and_a_slip_is_corrected(workshop: Store) -> None:
    lead, attempt = await dialled(workshop)
    await books(workshop, attempt, hour(1))
    found = await only(workshop, lead)
    for state in (AppointmentState.KEPT, AppointmentState.KEPT, AppointmentState.NOT_KEPT):
        assert (await workshop.appointments.enter(found.id, state, at(9), "command")).state is state
    with pytest.raises(Conflict, match="is not_kept: it cannot become cancelled"):
        await workshop.appointments.enter(found.id, AppointmentState.CANCELLED, at(9), "command")
    again = await workshop.appointments.move(found.id, at(2 * HOUR), at(9), "command")
    assert again.state is AppointmentState.MOVED
    assert await free(workshop) == [0, 0, 2], "nobody else had the hour that was not kept"
    assert [each.kind.value for each in await told(workshop)] == [
        "appointment.booked", "appointment.kept", "appointment.missed", "appointment.moved",
    ]  # fmt: skip
    assert await workshop.appointments.counts(CAMPAIGN) == {AppointmentState.MOVED: 1}
    with pytest.raises(NotFound):
        await workshop.appointments.enter(99, AppointmentState.KEPT, at(9), "command")


async def test_rows_of_a_file_are_found_by_plate_or_number_and_day(workshop: Store) -> None:
    for n, key in enumerate(("ABC-123", "DEF456")):
        await workshop.leads.add(CAMPAIGN, [NewLead(name=f"Cliente {n}", phones=(number(n),), external_key=key)], T0)
        lead = await workshop.leads.with_number(CAMPAIGN, number(n))
        assert lead is not None
        await workshop.appointments.book(lead.id, hour(n + 1), at(1))
    kept, missed = AppointmentState.KEPT, AppointmentState.NOT_KEPT
    rows = [
        EnteredResult(line=2, state=kept, key="abc 123", day=date(2026, 3, 2)),
        EnteredResult(line=3, state=missed, number=number(1)),
        EnteredResult(line=4, state=kept, key="ABC123"),
        EnteredResult(line=5, state=kept, key="ZZZ999", number=number(77)),
        EnteredResult(line=6, state=kept, key="DEF456", day=date(2026, 3, 3)),
        EnteredResult(line=7, state=AppointmentState.MOVED, key="DEF456", to=at(99 * HOUR)),
        EnteredResult(line=8, state=AppointmentState.MOVED, key="DEF456", to=at(3 * HOUR)),
        EnteredResult(line=9, state=AppointmentState.MOVED, key="DEF456", day=date(2026, 3, 1), to=at(3 * HOUR)),
    ]
    answers = await workshop.appointments.enter_rows(rows, at(2), "file")
    assert [(each.line, each.matched) for each in answers] == [
        (2, Matched.DONE),
        (3, Matched.DONE),
        (4, Matched.SAME),
        (5, Matched.UNKNOWN),
        (6, Matched.UNKNOWN),
        (7, Matched.REFUSED),
        (8, Matched.DONE),
        (9, Matched.SAME),
    ]
    assert "Free near it" in answers[5].reason
    found = await workshop.appointments.between(T0, at(1e6))
    assert [each.state for each in found] == [AppointmentState.KEPT, AppointmentState.MOVED]


async def test_two_that_fit_are_told_apart_by_their_day_in_the_workshop(store: Store) -> None:
    other = CampaignId("otra")
    for campaign_id, later in ((CAMPAIGN, 0), (other, 86_400)):
        if campaign_id == other:
            await store.campaigns.create(other, "Otra", CAMPAIGN_FILE, T0)
        await store.campaigns.replace_spec(campaign_id, "x", CAMPAIGN_FILE, T0)
        await store.leads.add(campaign_id, new_leads(1), T0)
        lead = await store.leads.with_number(campaign_id, number(0))
        assert lead is not None
        await store.appointments.book(lead.id, Booking(starts_at=at(12 * HOUR + later)), T0)
    row = EnteredResult(line=2, state=AppointmentState.KEPT, number=number(0))
    (answer,) = await store.appointments.enter_rows([row], at(1), "file")
    assert answer.matched is Matched.SEVERAL
    assert answer.reason == "2 appointments fit (2026-03-02, 2026-03-03): say the day"
    (answer,) = await store.appointments.enter_rows([replace(row, day=date(2026, 3, 3))], at(1), "file")
    assert answer.matched is Matched.DONE


async def test_the_end_of_the_call_books_nothing_a_second_time(workshop: Store) -> None:
    lead, attempt = await dialled(workshop)
    booking = hour(1)
    await books(workshop, attempt, booking)
    fields = {"fecha": booking.starts_at.isoformat()}
    record = closed(attempt, CallResult.CONNECTED, at(2), disposition="cita", disposition_fields=fields)
    for _ in range(2):
        await workshop.attempts.close(record, move(LeadState.COMPLETED), booking=booking)
    assert (await only(workshop, lead)).sequence == 0
    assert await free(workshop) == [0, 1, 2]


async def test_what_is_told_says_whose_it_is_whoever_tells_it(store: Store) -> None:
    await store.campaigns.replace_spec(CAMPAIGN, "x", CAMPAIGN_FILE, T0)
    await store.agents.add(Agent(id=AgentId("ana"), name="Ana", campaigns=(CAMPAIGN,)), T0)
    listed = (await store.lists.begin(CAMPAIGN, "a" * 64, "noviembre.csv", T0)).id
    row = replace(new_leads(1)[0], fields={"marca": " Kia "})
    await store.leads.add(CAMPAIGN, [row], T0, listed)
    (lead,) = await store.leads.reserve(CAMPAIGN, 1, T0, at(60))
    attempt = attempt_for(lead)
    await store.attempts.open(attempt)
    record = closed(attempt, CallResult.CONNECTED, at(2), disposition="cita", disposition_fields={}, agent_id="ana")
    await store.attempts.close(record, move(LeadState.COMPLETED), booking=Booking(starts_at=at(90)))
    await store.appointments.enter((await only(store, lead)).id, AppointmentState.KEPT, at(95), "command")
    whose = [(each.agent_id, each.payload["brand"], each.payload["list"]) for each in await told(store)]
    assert whose == [("ana", "Kia", "noviembre.csv")] * 2
