from __future__ import annotations

import pytest

from cti_api.errors import InputError, NotFound
from cti_api.model.events import EventKind
from cti_api.model.ids import CampaignId
from cti_api.model.leads import LeadState, NewLead
from cti_api.store.intake import BATCH
from cti_api.store.store import Store
from tests.support.store import CAMPAIGN, T0, at, new_leads, number

OTHER = CampaignId("otra")


def row(name: str, *phones: int, key: str = "", **fields: str) -> NewLead:
    return NewLead(name=name, phones=tuple(number(n) for n in phones), fields=fields, external_key=key)


async def lead_of(store: Store, n: int, campaign: CampaignId = CAMPAIGN):
    return await store.leads.with_number(campaign, number(n))


async def test_a_row_becomes_a_lead_with_its_phones_and_fields(store: Store) -> None:
    done = await store.leads.add(CAMPAIGN, [row("José Muñoz", 1, 2, placa="ABC123")], T0)
    assert (done.added, done.duplicates) == (1, 0)
    lead = await lead_of(store, 2)
    assert lead.contact.name == "José Muñoz"
    assert lead.contact.phones == (number(1), number(2))
    assert lead.fields == {"placa": "ABC123"}
    assert (lead.state, lead.phone, lead.attempts_made, lead.counts) == (LeadState.NEW, number(1), 0, {})


async def test_the_first_of_two_rows_with_one_phone_wins_and_the_other_is_told_by_its_place(store: Store) -> None:
    rows = [row("Ana", 1), row("Luis", 2, 1), row("Eva", 3)]
    done = await store.leads.add(CAMPAIGN, rows, T0)
    assert (done.added, done.twice_in_list, done.already_there) == (2, (1,), ())
    again = await store.leads.add(CAMPAIGN, [row("Noé", 4), *rows], T0)
    assert (again.added, again.twice_in_list, again.already_there, again.duplicates) == (1, (), (1, 2, 3), 3)


async def test_places_are_counted_over_all_batches(store: Store) -> None:
    rows = [*new_leads(BATCH + 10), *new_leads(2)]
    done = await store.leads.add(CAMPAIGN, rows, T0)
    assert (done.added, done.twice_in_list) == (BATCH + 10, (BATCH + 10, BATCH + 11))
    told = await store.outbox.number()
    assert [(e.kind, e.payload["added"]) for e in told] == [
        (EventKind.CAMPAIGN_IMPORTED, BATCH),
        (EventKind.CAMPAIGN_IMPORTED, 10),
    ]


async def test_one_person_in_two_campaigns_is_one_contact_and_each_list_keeps_its_own_columns(store: Store) -> None:
    await store.campaigns.create(OTHER, "Otra", "", T0)
    await store.leads.add(CAMPAIGN, [row("Ana Ríos", 1, placa="ABC", km="10")], T0)
    await store.leads.add(OTHER, [row("ANA RIOS", 2, 1, placa="", km="20")], at(1))
    first, second = await lead_of(store, 1), await lead_of(store, 1, OTHER)
    assert first.contact.id == second.contact.id
    assert first.fields == {"placa": "ABC", "km": "10"}
    assert second.fields == {"placa": "", "km": "20"}
    assert second.contact.phones == (number(1), number(2))
    assert second.phone == number(2), "the list's own first phone is tried first"
    assert first.phone == number(1)


async def test_people_who_share_a_phone_stay_two_people(store: Store) -> None:
    await store.campaigns.create(OTHER, "Otra", "", T0)
    await store.leads.add(CAMPAIGN, [row("Ana", 1)], T0)
    await store.leads.add(OTHER, [row("Luis", 1)], T0)
    assert (await lead_of(store, 1)).contact.name == "Ana"
    assert (await lead_of(store, 1, OTHER)).contact.name == "Luis"


async def test_the_source_systems_key_decides_over_the_name(store: Store) -> None:
    await store.campaigns.create(OTHER, "Otra", "", T0)
    await store.leads.add(CAMPAIGN, [row("Ana", 1, key="77"), row("Luis", 2, key="78")], T0)
    await store.leads.add(OTHER, [row("Ana María", 1, key="77"), row("Luis", 2, key="99")], T0)
    assert (await lead_of(store, 1)).contact.id == (await lead_of(store, 1, OTHER)).contact.id
    assert (await lead_of(store, 2)).contact.id != (await lead_of(store, 2, OTHER)).contact.id


async def test_a_number_on_the_do_not_call_list_is_passed_over_and_a_lead_without_another_is_suppressed(
    store: Store,
) -> None:
    await store.suppression.add([number(1)], "ley", T0)
    await store.leads.add(CAMPAIGN, [row("Ana", 1, 2), NewLead(name="Luis", phones=(number(1),))], T0)
    assert (await lead_of(store, 2)).phone == number(2)
    await store.campaigns.create(OTHER, "Otra", "", T0)
    await store.leads.add(OTHER, [row("Luis", 1)], T0)
    lead = await lead_of(store, 1, OTHER)
    assert (lead.state, lead.waiting_reason) == (LeadState.SUPPRESSED, "do_not_call")


@pytest.mark.parametrize(
    "name",
    [
        "${SHELL(rm -rf /)}",
        "a,CALLERID(num)=1",
        'O"Brien; DROP TABLE leads',
        "línea\r\nAction: Originate",
        "\u202eatsil\u2066",
        "x" * 1_000_000,
        "😀 ñ 中",
    ],
)
async def test_a_hostile_name_is_kept_as_it_is(store: Store, name: str) -> None:
    await store.leads.add(CAMPAIGN, [NewLead(name=name, phones=(number(1),), fields={name[:50]: name})], T0)
    lead = await lead_of(store, 1)
    assert (lead.contact.name, lead.fields) == (name, {name[:50]: name})


@pytest.mark.parametrize("sign", ["\0", "\ud800"])
async def test_a_sign_no_database_keeps_is_replaced_and_the_row_goes_in(store: Store, sign: str) -> None:
    await store.leads.add(CAMPAIGN, [row(f"A{sign}a", 1, nota=f"b{sign}")], T0)
    lead = await lead_of(store, 1)
    assert lead.contact.name.startswith("A\ufffd")
    assert lead.fields["nota"].startswith("b\ufffd")


async def test_a_row_without_a_phone_or_a_campaign_that_is_not_there_changes_nothing(store: Store) -> None:
    with pytest.raises(InputError):
        await store.leads.add(CAMPAIGN, [row("Ana", 1), NewLead(name="Luis", phones=())], T0)
    with pytest.raises(NotFound):
        await store.leads.add(OTHER, [row("Ana", 1)], T0)
    assert await lead_of(store, 1) is None


async def test_leads_are_found_by_id_number_and_name_whatever_case_and_accents(store: Store) -> None:
    await store.campaigns.create(OTHER, "Otra", "", T0)
    await store.leads.add(CAMPAIGN, [row("José MUÑOZ", 1), row("Pepe 100%", 2), row("Pepe 100x", 3)], T0)
    await store.leads.add(OTHER, [row("José Munoz", 1)], T0)
    jose = await lead_of(store, 1)
    assert [lead.id for lead in await store.leads.find("jose munoz", CAMPAIGN)] == [jose.id]
    assert len(await store.leads.find("MUÑOZ")) == 2
    assert [lead.contact.name for lead in await store.leads.find("100%")] == ["Pepe 100%"]
    assert jose.id in [lead.id for lead in await store.leads.find(str(jose.id))]
    assert [lead.id for lead in await store.leads.find("+57 300 0000001", CAMPAIGN)] == [jose.id]
    assert [lead.id for lead in await store.leads.find("0000001", CAMPAIGN)] == [jose.id]
    assert await store.leads.find("  ") == []
    assert await store.leads.find("nobody") == []
    assert len(await store.leads.find("pepe", most=1)) == 1
