"""The address that an agent's screen opens: whose page it is stands in the file, whatever a list has in it."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_api.campaign_file.parse import parse_campaign
from cti_api.campaign_file.screen_pop import filled, screen_pop
from cti_api.errors import InputError
from tests.support.campaigns import CAMPAIGN_FILE

TEMPLATE = "https://crm.example.com/clientes/{placa}?tel={number}&nombre={nombre del cliente}"


def test_each_field_is_filled_in_so_that_it_stays_one_value() -> None:
    known = {"placa": "A/B ?#1", "number": "+573001234567", "nombre del cliente": "José & Cía"}
    assert filled(TEMPLATE, known) == (
        "https://crm.example.com/clientes/A%2FB%20%3F%231?tel=%2B573001234567&nombre=Jos%C3%A9%20%26%20C%C3%ADa"
    )


def test_what_the_list_has_nothing_in_is_empty_and_no_template_is_no_address() -> None:
    assert filled("https://crm.example.com/?placa={placa}", {}) == "https://crm.example.com/?placa="
    assert filled("", {"placa": "ABC123"}) == ""


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_value_of_a_list_leads_to_another_page_or_adds_a_parameter(plate: str, name: str) -> None:
    address = filled("https://crm.example.com:8443/c/{a}?b={b}&c=1", {"a": plate, "b": name})
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc, parts.path.count("/"), parts.fragment) == (
        "https",
        "crm.example.com:8443",
        2,
        "",
    )
    assert parse_qs(parts.query, keep_blank_values=True) == {"b": [name.strip()], "c": ["1"]}


@pytest.mark.parametrize(
    "wrong",
    [
        "javascript:alert({placa})",
        "crm.example.com/{placa}",
        "ftp://crm.example.com/{placa}",
        "https://{host}/x",
        "https://crm.{brand}.com/x",
        "https://crm.example.com:{port}/",
        "https://ana:secret@crm.example.com/",
        "https:///{placa}",
        "https://crm.example.com/{placa",
        "https://crm.example.com/a b",
        "https://crm.example.com\\@evil.example/",
        "https://crm.example.com/ñ",
        "https://crm.example.com/" + "x" * 2000,
    ],
)
def test_an_address_that_is_none_or_could_become_anothers_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        screen_pop(wrong)


def test_a_campaign_file_may_say_why_people_are_called_and_what_page_opens() -> None:
    spec = parse_campaign(f"{CAMPAIGN_FILE}brief: Le toca el mantenimiento.\nscreen_pop: '{TEMPLATE}'\n")
    assert (spec.brief, spec.screen_pop) == ("Le toca el mantenimiento.", TEMPLATE)
    with pytest.raises(InputError) as refused:
        parse_campaign(f"{CAMPAIGN_FILE}screen_pop: 'https://{{placa}}.example.com/'\n")
    assert [fault.path for fault in refused.value.faults] == ["screen_pop"]
