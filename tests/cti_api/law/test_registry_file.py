"""A copy of a public list, read line by line: in doubt the person is listed on every channel."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cti_api.law.registry_file import LONGEST_LINE, RefusedLine, RegistryEntry, read_registry
from cti_api.law.terms import Channel
from cti_api.model.phone import PhoneNumber

NUMBER = PhoneNumber("+573001234567")
ALL = frozenset(Channel)


def read(*lines: str) -> list[RegistryEntry | RefusedLine]:
    return list(read_registry(lines, "CO"))


@pytest.mark.parametrize(
    "line", ["3001234567", "+57 300 123 4567", '"300-123-4567"', "3001234567;", "\ufeff3001234567", " 573001234567,,"]
)
def test_a_number_in_any_form_is_listed_on_every_channel(line: str) -> None:
    assert read(line) == [RegistryEntry(NUMBER, ALL)]


@pytest.mark.parametrize(
    ("cell", "channels"),
    [
        ("sms", {Channel.SMS}),
        ("SMS WhatsApp", {Channel.SMS, Channel.WHATSAPP}),
        ("voice|email", {Channel.VOICE, Channel.EMAIL}),
        ("llamadas", ALL),
        ("sms y otros", ALL),
    ],
)
def test_channels_are_those_named_and_all_where_one_is_not_known(cell: str, channels: set[Channel]) -> None:
    assert read(f"3001234567;{cell}") == [RegistryEntry(NUMBER, frozenset(channels))]


def test_the_day_counts_to_its_end_in_every_zone() -> None:
    [entry] = read("3001234567,voice,2024-04-10")
    assert entry == RegistryEntry(NUMBER, frozenset({Channel.VOICE}), datetime(2024, 4, 11, 12, tzinfo=UTC))
    assert read("3001234567,voice,10/04/2024") == [RegistryEntry(NUMBER, frozenset({Channel.VOICE}))]
    assert read("3001234567,voice,2024-02-31") == [RegistryEntry(NUMBER, frozenset({Channel.VOICE}))]


def test_a_heading_and_empty_lines_name_nobody() -> None:
    assert read("número;canales", "", "3001234567") == [RegistryEntry(NUMBER, ALL)]


def test_a_line_without_a_number_is_told_with_its_place() -> None:
    told = read("3001234567", "no hay", "123", "9" * (LONGEST_LINE + 1))
    assert [each.line for each in told if isinstance(each, RefusedLine)] == [2, 3, 4]
