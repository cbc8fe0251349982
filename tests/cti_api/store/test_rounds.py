"""Leads that come back: for another round, or into another campaign; once each, whatever breaks off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from cti_api.campaign_file.parse import parse_campaign
from cti_api.clock import SystemClock
from cti_api.errors import Conflict, NotFound
from cti_api.model.appointments import AppointmentState, Booking
from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignState
from cti_api.model.events import Event, EventKind
from cti_api.model.ids import CampaignId, LeadId
from cti_api.model.leads import Lead, LeadState, NewLead
from cti_api.recycling import COMES_BACK, Choice, choose
from cti_api.store import rounds
from cti_api.store.rounds import BATCH, RecycledBatch
from cti_api.store.schema import leads, outbox
from cti_api.store.store import Store
from tests.support.plans import PLANNED
from tests.support.store import CAMPAIGN, T0, at, attempt_for, closed, move, new_leads

OTHER = CampaignId("otra")
SPEC = parse_campaign(PLANNED)
SILENT = choose(SPEC, [CallResult.NO_ANSWER], [], [])


async def ended(
    store: Store,
    *rows: NewLead,
    result: CallResult = CallResult.NO_ANSWER,
    state: LeadState = LeadState.EXHAUSTED,
    **facts: Any,
) -> list[Lead]:
    """These people, each called once, with that end."""
    await store.leads.add(CAMPAIGN, list(rows), T0)
    for lead in await store.leads.reserve(CAMPAIGN, len(rows), at(1), at(99)):
        attempt = attempt_for(lead, at(2))
        await store.attempts.open(attempt)
        await store.attempts.close(closed(attempt, result, at(60), **facts), move(state, state.value))
    return [await lead_of(store, row) for row in rows]


async def lead_of(store: Store, row: NewLead, campaign: CampaignId = CAMPAIGN) -> Lead:
    lead = await store.leads.with_number(campaign, row.phones[0])
    assert lead is not None
    return lead


async def recycle(store: Store, choice: Choice = SILENT, **more: Any) -> tuple[int, dict[str, int]]:
    """Everything, batch by batch: how many came back, and why others stay."""
    recycled, stayed, after = 0, dict[str, int](), LeadId(0)
    while True:
        batch: RecycledBatch = await store.rounds.recycle(CAMPAIGN, choice, after, at(100_000), **more)
        recycled += batch.recycled
        stayed |= {why: stayed.get(why, 0) + n for why, n in batch.stayed.items()}
        if batch.last is None:
            return recycled, stayed
        after = batch.last


async def told(store: Store, kind: EventKind) -> list[Event]:
    return [event for event in await events_of(store) if event.kind is kind]


async def events_of(store: Store) -> list[Event]:
    """Everything that was told, in order."""
    rows = await store._database.read(lambda tx: tx.execute(sa.select(outbox).order_by(outbox.c.id)).all())
    return [
        Event(event_id=row.event_id, kind=EventKind(row.kind), occurred_at=row.occurred_at, payload=row.payload)
        for row in rows
    ]


@pytest.fixture
async def other(store: Store) -> AsyncIterator[Store]:
    await store.campaigns.create(OTHER, "Otra", "id: otra\n", T0)
    yield store


async def test_a_lead_comes_back_with_a_fresh_count_and_its_old_attempts_stay(store: Store) -> None:
    (before,) = await ended(store, *new_leads(1))
    assert before.attempts_made == 1
    assert await recycle(store) == (1, {})
    lead = await store.leads.get(before.id)
    assert (lead.state, lead.attempts_made, lead.counts, lead.waiting_reason) == (
        LeadState.READY, 0, {}, "recycled:2",
    )  # fmt: skip
    assert len(await store.attempts.history(lead.id)) == 1
    (over,) = await store.rounds.of_lead(lead.id)
    assert (over.round, over.state, over.attempts_made) == (1, LeadState.EXHAUSTED, 1)
    assert len((await store.record.of([lead.phone], lead.phone, at(100_000))).history) == 1, "the law still counts it"
    (taken,) = await store.leads.reserve(CAMPAIGN, 5, at(100_000), at(100_060))
    assert taken.id == lead.id


async def test_running_it_twice_changes_nothing_the_second_time(store: Store) -> None:
    leads_before = await ended(store, *new_leads(3))
    assert await recycle(store) == (3, {})
    before = await events_of(store)
    assert await recycle(store) == (0, {})
    assert await events_of(store) == before
    assert [len(await store.rounds.of_lead(lead.id)) for lead in leads_before] == [1, 1, 1]


async def test_a_third_round_is_told_apart_from_the_second(store: Store) -> None:
    (row,) = new_leads(1)
    await ended(store, row)
    await recycle(store)
    (lead,) = await store.leads.reserve(CAMPAIGN, 1, at(100_000), at(100_060))
    attempt = attempt_for(lead, at(100_001))
    await store.attempts.open(attempt)
    await store.attempts.close(
        closed(attempt, CallResult.NO_ANSWER, at(100_030)), move(LeadState.EXHAUSTED, "exhausted")
    )
    assert await recycle(store) == (1, {})
    assert [each.round for each in await store.rounds.of_lead(lead.id)] == [1, 2]
    assert (await lead_of(store, row)).waiting_reason == "recycled:3"


async def test_only_those_asked_for_come_back_and_never_who_must_not(store: Store) -> None:
    silent, booked, no, busy, wrong = new_leads(5)
    await ended(store, silent)
    await ended(store, booked, result=CallResult.CONNECTED, disposition="cita", state=LeadState.COMPLETED)
    await ended(store, no)
    await ended(store, busy, result=CallResult.BUSY)
    await ended(store, wrong)
    await store.suppression.add(no.phones, "asked", at(70))
    everybody = choose(SPEC, [], [], [LeadState.EXHAUSTED, LeadState.COMPLETED, LeadState.CLOSED])
    assert await recycle(store, dry_run=True) == (2, {"no_number": 1})
    assert (await lead_of(store, silent)).state is LeadState.EXHAUSTED, "counted only"
    assert await recycle(store) == (2, {"no_number": 1})
    assert await recycle(store, everybody) == (1, {"booked": 1, "no_number": 1})
    assert (await lead_of(store, no)).state is LeadState.EXHAUSTED
    assert (await lead_of(store, booked)).state is LeadState.COMPLETED


async def test_a_lead_called_a_moment_ago_waits_for_the_campaigns_gap(store: Store) -> None:
    (lead,) = await ended(store, *new_leads(1))
    hours = replace(SILENT, min_gap_seconds=7200.0)
    await store.rounds.recycle(CAMPAIGN, hours, LeadId(0), at(100))
    assert (await store.leads.get(lead.id)).not_before == at(60 + 7200)


async def test_a_completed_campaign_opens_again_with_the_first_of_them(store: Store) -> None:
    await ended(store, *new_leads(2))
    await store.campaigns.set_state(CAMPAIGN, CampaignState.COMPLETED, at(70))
    await recycle(store, choose(SPEC, [CallResult.BUSY], [], []))
    assert (await store.campaigns.get(CAMPAIGN)).state is CampaignState.COMPLETED, "nobody came back"
    await recycle(store)
    assert (await store.campaigns.get(CAMPAIGN)).state is CampaignState.READY
    assert [event.payload for event in await told(store, EventKind.CAMPAIGN_RECYCLED)] == [{"leads": 2, "into": None}]
    assert [event.payload["state"] for event in await told(store, EventKind.CAMPAIGN_STATE)] == ["ready"]


async def test_they_are_copied_to_another_campaign_but_for_who_is_there(other: Store) -> None:
    ana, eva, luz = new_leads(3)
    await ended(other, ana, eva, luz)
    await other.leads.add(OTHER, [replace(eva, name="Eva, del otro lado")], at(70))  # by her number: another contact
    assert await recycle(other, into=OTHER) == (2, {"already_there": 1})
    assert (await lead_of(other, ana)).state is LeadState.EXHAUSTED, "what became of it stays on record"
    copy = await lead_of(other, ana, OTHER)
    assert (copy.state, copy.attempts_made, copy.fields) == (LeadState.NEW, 0, ana.fields)
    assert copy.contact == (await lead_of(other, ana)).contact
    assert await recycle(other, into=OTHER) == (0, {"already_there": 3})
    counts = await other.campaigns.counts(OTHER)
    assert counts.leads == 3


@pytest.mark.parametrize("into", [None, OTHER])
@pytest.mark.parametrize(
    ("became", "comes_back"),
    [
        (None, False),
        (AppointmentState.KEPT, False),
        (AppointmentState.NOT_KEPT, True),
        (AppointmentState.CANCELLED, True),
    ],
)
async def test_whoever_is_expected_or_came_is_not_called_again(
    other: Store, became: AppointmentState | None, comes_back: bool, into: CampaignId | None
) -> None:
    """They booked by their link, long after the last call."""
    (lead,) = await ended(other, *new_leads(1))
    booked = await other.appointments.book(lead.id, Booking(starts_at=at(5000)), at(100))
    if became is not None:
        await other.appointments.enter(booked.id, became, at(6000), "file")
    expected = (1, {}) if comes_back else (0, {"booked": 1})
    over = choose(SPEC, [], [], [LeadState.EXHAUSTED, LeadState.COMPLETED])
    assert await recycle(other, over, into=into) == expected
    assert [each.state for each in await other.appointments.of_lead(lead.id)] == [became or AppointmentState.BOOKED]


@pytest.mark.parametrize("into", [None, OTHER])
async def test_an_erased_lead_never_comes_back_whatever_is_asked_for(
    url: str, tmp_path: Path, other: Store, into: CampaignId | None
) -> None:
    (row,) = new_leads(1)
    (lead,) = await ended(other, row)
    async with Store.open(url, clock=SystemClock(), erasure_key=tmp_path / "key") as store:
        await store.erasures.erase(row.phones[0].e164, [row.phones[0].e164], "mesa", "pedido", at(100))
        for choice in (SILENT, *(choose(SPEC, [], [], [state]) for state in COMES_BACK)):
            recycled, _ = await recycle(store, choice, into=into)
            assert recycled == 0
        assert await recycle(store, SILENT, into=into) == (0, {"erased": 1})
        found = await store.leads.get(lead.id)
        assert (found.state, found.waiting_reason) == (LeadState.EXHAUSTED, "erased")
        assert (await store.campaigns.counts(OTHER)).leads == 0


async def test_the_copy_is_of_the_same_department(other: Store) -> None:
    """Whose holidays close a Bolivian's day is no less known of a copy."""
    (row,) = new_leads(1, department="L")
    await ended(other, row)
    assert await recycle(other, into=OTHER) == (1, {})
    assert (await lead_of(other, row, OTHER)).department == "L"


async def test_a_campaign_that_is_not_there_or_was_given_up_takes_nobody(other: Store) -> None:
    await ended(other, *new_leads(1))
    await other.campaigns.set_state(OTHER, CampaignState.CANCELLED, at(70))
    with pytest.raises(Conflict, match="cancelled"):
        await recycle(other, into=OTHER)
    with pytest.raises(NotFound):
        await recycle(other, into=CampaignId("ninguna"))


async def test_what_breaks_off_goes_on_where_it_was(store: Store) -> None:
    """More than a batch, and the second one killed: what was written stays, the rest comes with the next call."""
    count = BATCH + 20
    await store.leads.add(CAMPAIGN, new_leads(count), T0)
    await store._database.write(
        lambda tx: tx.execute(sa.update(leads).values(state=LeadState.EXHAUSTED.value, reason="exhausted"))
    )
    everybody = choose(SPEC, [], [], [LeadState.EXHAUSTED])
    first = await store.rounds.recycle(CAMPAIGN, everybody, LeadId(0), at(100))
    assert (first.recycled, first.last) == (BATCH, LeadId(BATCH))
    cut_off = asyncio.create_task(store.rounds.recycle(CAMPAIGN, everybody, LeadId(BATCH), at(100)))
    await asyncio.sleep(0)
    cut_off.cancel()
    await asyncio.wait([cut_off])
    recycled, _ = await recycle(store, everybody)
    assert recycled in (0, 20), "it happened whole or not at all"
    counts = await store.campaigns.counts(CAMPAIGN)
    assert counts.leads_by_state == {LeadState.READY: count}
    total = await store._database.read(
        lambda tx: tx.execute(sa.select(sa.func.count()).select_from(rounds.lead_rounds)).scalar_one()
    )
    assert total == count, "one round over for each"
