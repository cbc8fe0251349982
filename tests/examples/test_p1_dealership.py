"""The dealership's example runs procedure P1 as its page says (the ids are those of its README)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from pathlib import Path

import pytest

from cti_api.campaign_file.parse import parse_campaign
from cti_api.lead_file.read import open_list
from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignSpec, FieldKind, WhenMissed
from cti_api.model.ids import CampaignId, ContactId, LeadId
from cti_api.model.leads import Contact, Lead, LeadState, NewLead
from cti_api.model.phone import PhoneNumber
from cti_api.numbers.kinds import in_order
from cti_api.numbers.prefixes import prefix_verdict
from dialer.leads.retry import decide_retry
from dialer.leads.script import fill_script
from tests.support.plans import stepped
from tests.support.thoughts import lead

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
