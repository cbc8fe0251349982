"""A list brought again is the same list: what it put in is counted once, whoever was there before is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cti_api.errors import NotFound
from cti_api.model.calls import CallResult
from cti_api.model.campaigns import ColumnMap
from cti_api.model.consents import Channel, Consent
from cti_api.model.events import EventKind
from cti_api.model.ids import CampaignId
from cti_api.model.leads import LeadState, NewLead
from cti_api.store.intake import BATCH, Known
from cti_api.store.store import Store
from tests.support.store import CAMPAIGN, T0, at, attempt_for, closed, event, move, number

DIGEST = "a" * 64


def rows(count: int, first: int = 0, **facts: object) -> list[NewLead]:
    return [NewLead(name=f"Cliente {n}", phones=(number(n),), line=n + 2, **facts) for n in range(first, first + count)]


async def begin(store: Store, digest: str = DIGEST, name: str = "lista.csv") -> int:
    return (await store.lists.begin(CAMPAIGN, digest, name, T0)).id


async def test_a_list_cut_off_in_the_middle_ends_as_if_nothing_had_happened(store: Store) -> None:
    whole = rows(BATCH + 50)
    first = await begin(store)
    await store.leads.add(CAMPAIGN, whole[:BATCH], T0, first)
    again = await begin(store)
    done = [await store.leads.add(CAMPAIGN, whole[k : k + BATCH], at(9), again) for k in (0, BATCH)]
    assert again == first
    assert [(each.added, each.resumed, each.duplicates) for each in done] == [(0, BATCH, 0), (50, 0, 0)]
    assert (await store.campaigns.counts(CAMPAIGN)).leads == BATCH + 50


async def test_a_batch_that_changes_nothing_tells_nothing(store: Store) -> None:
    listed = await begin(store)
    await store.leads.add(CAMPAIGN, rows(3), T0, listed)
    await store.leads.add(CAMPAIGN, rows(3), T0, listed)
    told = await store.outbox.number()
    assert [event.kind for event in told] == [EventKind.CAMPAIGN_IMPORTED]


async def test_whoever_is_there_from_another_list_is_told_with_the_line_of_the_first(store: Store) -> None:
    await store.leads.add(CAMPAIGN, rows(2), T0, await begin(store))
    other = await begin(store, "b" * 64, "otra.csv")
    done = await store.leads.add(CAMPAIGN, rows(3), T0, other)
    lead = await store.leads.with_number(CAMPAIGN, number(1))
    assert (done.added, done.already_there) == (1, (0, 1))
    assert lead is not None
    assert done.known[1] == Known(lead.id, "lista.csv", 3, by_key=False)


async def test_one_person_with_another_phone_is_known_by_the_key(store: Store) -> None:
    await store.leads.add(CAMPAIGN, [replace(rows(1)[0], external_key="77")], T0)
    done = await store.leads.add(CAMPAIGN, [replace(rows(1, first=5)[0], external_key="77")], T0)
    assert [known.by_key for known in done.known.values()] == [True]
    other = CampaignId("otra")
    await store.campaigns.create(other, "Otra", "", T0)
    assert (await store.leads.add(other, [replace(rows(1, first=5)[0], external_key="77")], T0)).added == 1


async def test_the_same_row_of_the_same_list_with_two_people_of_one_number_is_still_itself(store: Store) -> None:
    """A contact of an older list has the numbers of two rows: both went in at once, and both are known again."""
    other = CampaignId("otra")
    await store.campaigns.create(other, "Otra", "", T0)
    await store.leads.add(other, [NewLead(name="Ana", phones=(number(1), number(2)))], T0)
    both = [NewLead(name="Ana", phones=(number(1),), line=2), NewLead(name="Eva", phones=(number(2),), line=3)]
    listed = await begin(store)
    first = await store.leads.add(CAMPAIGN, both, T0, listed)
    again = await store.leads.add(CAMPAIGN, both, T0, listed)
    assert (first.added, again.resumed, again.duplicates) == (2, 2, 0)


async def test_a_list_is_finished_once_and_is_one_in_each_campaign(store: Store) -> None:
    listed = await store.lists.begin(CAMPAIGN, DIGEST, "lista.csv", T0)
    assert listed.finished_at is None
    await store.lists.finish(listed.id, at(5))
    await store.lists.finish(listed.id, at(9))
    assert (await store.lists.begin(CAMPAIGN, DIGEST, "lista.csv", at(10))).finished_at == at(5)
    await store.campaigns.create(CampaignId("otra"), "Otra", "", T0)
    assert (await store.lists.begin(CampaignId("otra"), DIGEST, "lista.csv", T0)).id != listed.id
    with pytest.raises(NotFound):
        await store.lists.begin(CampaignId("nadie"), DIGEST, "lista.csv", T0)


async def test_the_columns_of_a_source_are_remembered_and_renewed(store: Store) -> None:
    columns = ColumnMap(name="Nombre", phones=("Móvil", "Fijo"), timezone="Zona")
    assert await store.lists.source("spiga") is None
    await store.lists.save_source("spiga", columns, T0)
    await store.lists.save_source("otro", columns, T0)
    await store.lists.save_source("spiga", replace(columns, phones=("Móvil",)), at(1))
    assert [each.name for each in await store.lists.sources()] == ["otro", "spiga"]
    source = await store.lists.source("spiga")
    assert source is not None
    assert (source.columns, source.updated_at) == (replace(columns, phones=("Móvil",)), at(1))


async def test_what_a_row_says_of_its_person_goes_with_the_lead(store: Store) -> None:
    begins, ends = at(3600), at(7200)
    (row,) = rows(1, timezone="America/La_Paz", valid_from=begins, valid_until=ends)
    await store.leads.add(CAMPAIGN, [row], T0)
    lead = await store.leads.with_number(CAMPAIGN, number(0))
    assert lead is not None
    assert (lead.timezone, lead.valid_from, lead.valid_until) == ("America/La_Paz", begins, ends)
    assert await store.leads.reserve(CAMPAIGN, 1, at(10), at(60)) == []
    assert await store.leads.next_due(CAMPAIGN, at(10)) == begins
    assert [each.id for each in await store.leads.reserve(CAMPAIGN, 1, begins, ends)] == [lead.id]


async def test_a_lead_whose_time_is_over_is_closed_and_told_and_nobody_waits_for_it(store: Store) -> None:
    await store.leads.add(CAMPAIGN, rows(2, valid_until=at(60)) + rows(1, first=2), T0)
    await store.outbox.number()
    (taken,) = await store.leads.reserve(CAMPAIGN, 5, at(61), at(120))
    assert taken.phone == number(2)
    over = await store.leads.with_number(CAMPAIGN, number(0))
    assert over is not None
    assert (over.state, over.waiting_reason) == (LeadState.CLOSED, "expired")
    told = await store.outbox.number()
    assert [event.payload["lead_reason"] for event in told if event.kind is EventKind.LEAD_MOVED] == ["expired"] * 2


async def test_a_lead_that_waits_beyond_its_time_is_closed_when_that_is_over(store: Store) -> None:
    await store.leads.add(CAMPAIGN, rows(1, valid_until=at(60)), T0)
    (lead,) = await store.leads.reserve(CAMPAIGN, 1, T0, at(30))
    await store.leads.move(lead.id, move(not_before=at(9_000)), at(1))
    assert await store.leads.next_due(CAMPAIGN, at(2)) == at(60)
    assert await store.leads.reserve(CAMPAIGN, 1, at(61), at(90)) == []
    assert await store.leads.all_final(CAMPAIGN)
    assert await store.leads.next_due(CAMPAIGN, at(62)) is None


async def test_a_row_whose_time_is_over_already_goes_in_closed(store: Store) -> None:
    await store.leads.add(CAMPAIGN, rows(1, valid_until=T0 - timedelta(days=1)), T0)
    lead = await store.leads.with_number(CAMPAIGN, number(0))
    assert lead is not None
    assert (lead.state, lead.waiting_reason) == (LeadState.CLOSED, "expired")
    assert await store.leads.all_final(CAMPAIGN)


async def test_a_consent_is_kept_once_for_each_number_with_its_proof(store: Store) -> None:
    agreed = Consent(channel=Channel.WHATSAPP, at=at(-60), evidence="formulario 77", purpose="mercadeo")
    row = NewLead(name="Ana", phones=(number(1), number(2)), consents=(agreed,), line=2)
    listed = await begin(store)
    await store.leads.add(CAMPAIGN, [row], T0, listed)
    await store.campaigns.create(CampaignId("otra"), "Otra", "", T0)
    later = Consent(channel=Channel.CALL, at=at(0))
    await store.leads.add(CampaignId("otra"), [replace(row, consents=(agreed, later))], T0)
    assert await store.consents.of(number(1)) == await store.consents.of(number(2)) == [agreed, later]
    assert await store.consents.of(number(3)) == []


async def test_a_consent_of_somebody_who_is_there_already_is_kept_too(store: Store) -> None:
    row = NewLead(name="Ana", phones=(number(1),), line=2)
    await store.leads.add(CAMPAIGN, [row], T0)
    agreed = Consent(channel=Channel.CALL, at=at(-60), evidence="formulario 77", purpose="mercadeo")
    added = await store.leads.add(CAMPAIGN, [replace(row, consents=(agreed,))], T0)
    assert added.already_there == (0,)
    assert await store.consents.of(number(1)) == [agreed]


async def test_a_later_list_may_say_how_the_person_came_and_none_takes_it_back(store: Store) -> None:
    """Ley 32323 of Peru wants it; the first list may not have known."""
    row = NewLead(name="Ana", phones=(number(1),), line=2)
    agreed = Consent(channel=Channel.CALL, at=at(-60), evidence="formulario 77", purpose="mercadeo")
    came = replace(agreed, own_initiative="formulario web 4711")
    for consent in (agreed, came, agreed, replace(agreed, own_initiative="otra cosa")):
        await store.leads.add(CAMPAIGN, [replace(row, consents=(consent,))], T0)
    assert await store.consents.of(number(1)) == [came]


async def test_a_leads_department_is_kept(store: Store) -> None:
    people = [NewLead(name="Ana", phones=(number(1),), department="L"), NewLead(name="Luis", phones=(number(2),))]
    await store.leads.add(CAMPAIGN, people, T0)
    ana, luis = [await store.leads.with_number(CAMPAIGN, number(nth)) for nth in (1, 2)]
    assert ana is not None
    assert luis is not None
    assert (ana.department, luis.department) == ("L", "")


@pytest.mark.parametrize(("name", "shown"), [("lista.csv", "lista.csv"), ("", "#1")])
async def test_what_is_told_of_a_lead_names_its_list(store: Store, name: str, shown: str) -> None:
    await store.leads.add(CAMPAIGN, rows(1), T0, await begin(store, name=name))
    await store.leads.add(CAMPAIGN, rows(1, first=1), T0)
    for lead in await store.leads.reserve(CAMPAIGN, 2, T0, at(60)):
        attempt = attempt_for(lead)
        await store.attempts.open(attempt)
        over = event(EventKind.ATTEMPT_CLOSED, attempt_id=attempt.id)
        await store.attempts.close(closed(attempt, CallResult.BUSY, at(2)), move(LeadState.COMPLETED), over)
    told = [each.payload["list"] for each in await store.outbox.number()]
    assert told == [shown, "", shown, ""]
