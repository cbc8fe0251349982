"""What goes out to one lead, and who gets it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cti_api.campaign_file.parse import parse_campaign
from cti_api.messages.content import Filled, Unsendable, filled_message, filled_webhook
from cti_api.messages.no_words import says_no
from cti_api.model.follow_ups import CallWebhook, SendMessage, Via
from cti_api.model.ids import ContactId
from cti_api.model.leads import Contact
from cti_api.model.phone import PhoneNumber
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.thoughts import lead

SPEC = parse_campaign(CAMPAIGN_FILE)
MOBILE, FIXED = PhoneNumber("+573001234567"), PhoneNumber("+576015550100")


def person(*phones: PhoneNumber, **fields: str) -> Any:
    contact = Contact(id=ContactId(1), name="Ana Díaz", phones=phones or (MOBILE,))
    return lead(contact=contact, fields={"placa": "ABC123", **fields})


def test_every_text_has_the_leads_own_data_in_it_and_what_else_there_is() -> None:
    action = SendMessage(
        via=Via.WHATSAPP, template="t", language="es", parameters=("{nombre}", "{placa}: {booking_link}")
    )
    filled = filled_message(action, person(), SPEC, {"booking_link": "https://c/1"})
    assert isinstance(filled, Filled)
    assert filled.content["parameters"] == ["Ana Díaz", "ABC123: https://c/1"]
    assert (filled.recipient, filled.number) == (MOBILE.e164, MOBILE)


def test_nobody_gets_a_message_with_a_gap_in_it() -> None:
    action = SendMessage(via=Via.SMS, text="Su {placa} con {km} km")
    assert filled_message(action, person(km=" "), SPEC, {}) == Unsendable(
        "The list has nothing in the column km for this lead."
    )


def test_a_text_that_the_leads_data_makes_too_long_goes_to_nobody() -> None:
    action = SendMessage(via=Via.SMS, text="Nota: {nota}")
    assert filled_message(action, person(nota="x" * 1600), SPEC, {}) == Unsendable(
        "With this lead's data the text is longer than 1530 signs."
    )


def test_a_parameter_is_one_line_without_runs_of_spaces() -> None:
    action = SendMessage(via=Via.WHATSAPP, template="t", language="es", parameters=("{nota}",))
    filled = filled_message(action, person(nota="uno\n\tdos      tres"), SPEC, {})
    assert isinstance(filled, Filled)
    assert filled.content["parameters"] == ["uno dos tres"]


def test_a_message_goes_to_a_mobile_from_the_number_whose_turn_it_is() -> None:
    other = PhoneNumber("+573109876543")
    action = SendMessage(via=Via.SMS, text="Hola")

    def recipient(*phones: PhoneNumber, index: int = 0) -> str:
        filled = filled_message(action, replace(person(*phones), phone_index=index), SPEC, {})
        return filled.recipient if isinstance(filled, Filled) else filled.reason

    assert recipient(FIXED, MOBILE) == MOBILE.e164
    assert recipient(MOBILE, other, index=1) == other.e164
    assert recipient(MOBILE, FIXED, index=1) == MOBILE.e164
    assert recipient(FIXED) == "None of the lead's telephones is a mobile."


@pytest.mark.parametrize("address", ["", "ana", "ana@", "ana@x y", "ana@x.co\nBcc: todos@x.co", "añá@x.co", "a,b@x.co"])
def test_what_is_no_address_gets_no_mail(address: str) -> None:
    action = SendMessage(via=Via.EMAIL, to="{correo}", subject="S", text="T")
    assert isinstance(filled_message(action, person(correo=address), SPEC, {}), Unsendable)


def test_a_mail_counts_as_a_contact_of_the_person_whose_telephone_is_known() -> None:
    action = SendMessage(via=Via.EMAIL, to="{correo}", subject="S\nX", text="T")
    filled = filled_message(action, person(FIXED, correo="ana@example.com"), SPEC, {})
    assert isinstance(filled, Filled)
    assert (filled.recipient, filled.number, filled.content["subject"]) == ("ana@example.com", FIXED, "S X")


def test_another_system_is_told_who_it_is_and_what_happened() -> None:
    filled = filled_webhook(CallWebhook(name="crm"), person(), "exhausted", "a1")
    assert filled.content["on"] == "exhausted"
    assert filled.content["lead"]["phones"] == [MOBILE.e164]
    assert filled.number is None


@pytest.mark.parametrize(
    "text",
    ["no", "NO.", "No, gracias", "¡BAJA!", "baja por favor", "Stop", "no me llamen", "No me llamen más!!", "no  mas"],
)
def test_a_no_is_understood_however_it_is_written(text: str) -> None:
    assert says_no(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sí",
        "no puedo hoy, mañana sí",
        "no sé",
        "¿baja el precio?",
        "gracias",
        "cancelar mi cita",
        "nono",
        "👍",
        "n o",
    ],
)
def test_what_says_more_than_no_is_no_opt_out(text: str) -> None:
    assert not says_no(text)
