"""The dealership's example runs procedure P1 as its page says (the ids are those of its README)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import chain, repeat
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from cti_api.appointments.agreed import booking_of
from cti_api.appointments.weekly import read_weekly, slots_of
from cti_api.campaign_file.parse import parse_campaign
from cti_api.kpi.control_form import form_columns, form_row
from cti_api.law.about import facts_about
from cti_api.law.consent_words import as_law_reads
from cti_api.law.decide import decide
from cti_api.law.facts import OnRecord, RegistryCheck
from cti_api.law.terms import Channel
from cti_api.lead_file.read import open_list
from cti_api.messages.content import Filled, filled_message
from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignSpec, FieldKind, WhenMissed
from cti_api.model.follow_ups import SendMessage, Via
from cti_api.model.ids import CampaignId, ContactId, LeadId
from cti_api.model.leads import Contact, Lead, LeadState, NewLead
from cti_api.model.phone import PhoneNumber
from cti_api.numbers.kinds import in_order
from cti_api.numbers.prefixes import prefix_verdict
from dialer.leads.retry import decide_retry
from dialer.leads.script import fill_script
from tests.support.law import PACKS, bogota
from tests.support.plans import stepped
from tests.support.thoughts import lead
from vocero.demo import SEED
from vocero.lab import surveyed, visitor
from vocero.lab.people import DEMO_MIX, make_customers

FOLDER = Path(__file__).parents[2] / "examples" / "p1_dealership"
MONDAY = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)  # nine in the morning in Bogotá


@pytest.fixture(scope="module")
def campaign() -> CampaignSpec:
    return parse_campaign((FOLDER / "campaign.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def customers(campaign: CampaignSpec) -> list[NewLead]:
    with (FOLDER / "customers.csv").open("rb") as file:
        rows = list(open_list(file, campaign.columns, campaign.region, campaign.hours.timezone).rows)
    assert all(isinstance(row, NewLead) for row in rows)
    return [row for row in rows if isinstance(row, NewLead)]


def test_r1_1_the_whole_list_becomes_leads_that_may_be_called(campaign: CampaignSpec, customers: list[NewLead]) -> None:
    assert len(customers) == 60
    assert sum(len(customer.phones) == 2 for customer in customers) >= 10
    for customer in customers:
        for phone in customer.phones:
            assert prefix_verdict(phone, campaign.allowed_prefixes, campaign.region).allowed
        assert {"placa", "marca", "modelo", "ultimo_servicio", "km"} <= customer.fields.keys()


def test_r1_2_the_guion_says_cost_parts_time_and_staff_of_every_customer(
    campaign: CampaignSpec, customers: list[NewLead]
) -> None:
    for n, customer in enumerate(customers):
        contact = Contact(id=ContactId(n), name=customer.name, phones=customer.phones)
        script = fill_script(campaign, lead(contact=contact, fields=customer.fields))
        assert "sin dato" not in script
        assert "{" not in script
        for column in ("costo", "repuestos", "tiempo", "asesor", "placa"):
            assert customer.fields[column] in script
        assert customer.name in script


def test_r1_3_nobody_is_tried_more_than_three_times_and_the_tries_are_spread_over_the_day(
    campaign: CampaignSpec,
) -> None:
    phones = (PhoneNumber("+576015550100"), PhoneNumber("+573001234567"))
    contact = Contact(id=ContactId(1), name="Ana", phones=in_order(campaign.retry.phones, phones))
    customer = Lead(id=LeadId(1), campaign_id=campaign.id, contact=contact, state=LeadState.READY)
    busy, silent = CallResult.BUSY, CallResult.NO_ANSWER
    told = {
        (): ["Mon 09:00 +573", "Wed 12:00 +576", "Fri 15:00 +573"],
        (busy, busy, busy): [
            "Mon 09:00 +573", "Mon 11:00 +573", "Mon 13:01 +573", "Wed 08:00 +576", "Fri 15:00 +573",
        ],
        ("numero_equivocado",): ["Mon 09:00 +573", "Mon 11:00 +576", "Wed 12:00 +576", "Fri 15:00 +576"],
    }  # fmt: skip
    for results, calls in told.items():
        tried = stepped(campaign, customer, chain(results, repeat(silent)), MONDAY)
        assert [f"{at - timedelta(hours=5):%a %H:%M} {each.phone.e164[:4]}" for each, at in tried] == calls


def test_the_example_says_what_becomes_of_a_missed_callback(campaign: CampaignSpec) -> None:
    assert (campaign.callbacks.missed_after_seconds, campaign.callbacks.when_missed) == (86_400.0, WhenMissed.RETRY)


def test_r1_4_who_declines_is_asked_why(campaign: CampaignSpec) -> None:
    declined = campaign.disposition("no_acepta")
    assert declined is not None
    reason = declined.fields[0]
    assert (reason.kind, reason.required) == (FieldKind.CHOICE, True)
    assert len(reason.choices) >= 5


def test_r1_5_who_never_answered_gets_a_whatsapp_with_the_picture_and_the_telephones(
    campaign: CampaignSpec, customers: list[NewLead]
) -> None:
    [follow_up] = [each for each in campaign.follow_ups if "exhausted" in each.on]
    action = follow_up.action
    assert isinstance(action, SendMessage)
    assert (action.via, len(action.pictures)) == (Via.WHATSAPP, 1)
    for n, customer in enumerate(customers):
        contact = Contact(id=ContactId(n), name=customer.name, phones=customer.phones)
        filled = filled_message(action, lead(contact=contact, fields=customer.fields), campaign, {})
        assert isinstance(filled, Filled)
        said = " ".join(filled.content["parameters"])
        assert "601 742 0000" in said
        assert {customer.name, customer.fields["placa"], customer.fields["costo"]} <= set(filled.content["parameters"])


def test_r1_5_it_goes_to_whoever_authorised_whatsapp_and_to_nobody_else(
    campaign: CampaignSpec, customers: list[NewLead]
) -> None:
    wednesday = bogota("2026-11-25 10:00")
    registry = RegistryCheck(registry="RNE", taken_at=wednesday, listed=frozenset())
    asked = {}
    for customer in customers:
        contact = Contact(id=ContactId(1), name=customer.name, phones=customer.phones)
        known = OnRecord(consents=tuple(as_law_reads(each) for each in customer.consents), registries=(registry,))
        facts = facts_about(lead(contact=contact), customer.phones[0], known, campaign.purpose, Channel.WHATSAPP)
        asked[customer.name] = decide(facts, PACKS, wednesday).allowed
    authorised = {c.name for c in customers if any(each.channel == "whatsapp" for each in c.consents)}
    assert {name for name, allowed in asked.items() if allowed} == authorised
    assert 40 <= len(authorised) < len(customers)


def test_r1_6_an_appointment_has_its_date_and_time_and_is_the_campaigns_success(campaign: CampaignSpec) -> None:
    booked = campaign.disposition("cita_agendada")
    assert booked is not None
    assert (booked.contact, booked.effective, booked.success) == (True, True, True)
    assert (booked.fields[0].kind, booked.fields[0].required) == (FieldKind.DATETIME, True)
    assert [d.code for d in campaign.dispositions if d.success] == ["cita_agendada"]
    reasons_of_no_contact = {d.code for d in campaign.dispositions if not d.contact}
    assert {"no_contesta_titular", "buzon", "numero_equivocado"} <= reasons_of_no_contact


def test_a_wrong_number_is_not_called_again_but_the_other_one_is(
    campaign: CampaignSpec, customers: list[NewLead]
) -> None:
    customer = next(c for c in customers if len(c.phones) == 2)
    contact = Contact(id=ContactId(1), name=customer.name, phones=customer.phones)
    first = Lead(id=LeadId(1), campaign_id=CampaignId("c"), contact=contact, state=LeadState.DIALING)
    move = decide_retry(campaign, first, CallResult.CONNECTED, "numero_equivocado", {}, MONDAY)
    assert (move.state, move.phone_index) == (LeadState.WAITING, 1)
    last = replace(first, phone_index=1, counts={"numero_equivocado": 1})
    assert decide_retry(campaign, last, CallResult.CONNECTED, "numero_equivocado", {}, MONDAY).state is LeadState.CLOSED


def test_r1_6_the_workshop_s_calendar_has_the_hours_that_the_guion_promises(campaign: CampaignSpec) -> None:
    plan = read_weekly((FOLDER / "taller-norte.yaml").read_text(encoding="utf-8"))
    assert campaign.appointments is not None
    assert plan.calendar.name == campaign.appointments.calendar
    zone = ZoneInfo(plan.calendar.timezone)
    slots = list(slots_of(plan))
    locally = [slot.starts_at.astimezone(zone) for slot in slots]
    assert {(at.isoweekday(), at.hour) for at in locally} == {
        *((day, hour) for day in range(1, 6) for hour in (7, 8, 9, 10, 11, 13, 14, 15, 16)),
        *((6, hour) for hour in (8, 9, 10, 11)),
    }
    assert {slot.capacity for slot in slots} == {2}
    closed = {date(2026, 12, 8), date(2026, 12, 24), date(2026, 12, 25), date(2027, 1, 1)}
    assert not closed & {at.date() for at in locally}


def test_r1_6_and_r1_8_the_control_form_finds_plate_brand_and_model_in_the_list(
    campaign: CampaignSpec, customers: list[NewLead]
) -> None:
    headings = [column.heading for column in form_columns(campaign)]
    for n, customer in enumerate(customers):
        contact = Contact(id=ContactId(n), name=customer.name, phones=customer.phones)
        cells = form_row(campaign, lead(contact=contact, fields=customer.fields), customer.external_key, [], [], {})
        row = dict(zip(headings, cells, strict=True))
        fields = customer.fields
        assert (row["Placa"], row["Marca"], row["Modelo"]) == (fields["placa"], fields["marca"], fields["modelo"])
    assert [heading for heading in headings if heading.startswith("Intento ")] == [
        "Intento 1",
        "Intento 2",
        "Intento 3",
    ]


def test_the_demo_s_appointments_need_no_calendar() -> None:
    demo = parse_campaign((FOLDER / "demo.yaml").read_text(encoding="utf-8"))
    booking = booking_of(demo, "cita_agendada", {"fecha_cita": "2026-11-30T15:00:00"})
    assert booking is not None
    assert booking.calendar == ""


def test_a_visitor_of_the_demo_has_people_of_their_own() -> None:
    file = parse_campaign(visitor.CAMPAIGN_FILE.read_text(encoding="utf-8"))
    assert (file.id, file.trunks) == (visitor.CAMPAIGN, (visitor.TRUNK,))
    others = {customer.number for customer in make_customers(DEMO_MIX, Random(SEED))}
    others |= {number.e164 for number in surveyed.people()}
    people = visitor.people()
    assert len({person.number for person in people}) == len(people) == sum(visitor.MIX.values())
    assert others.isdisjoint(person.number for person in people)
