"""A campaign file made to hurt: refused with a sentence, quickly, whatever it is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_api.campaign_file.parse import parse_campaign
from cti_api.errors import InputError
from tests.support.whole_campaign import WHOLE

K = 256 * 1024


def refusal(text: str) -> str:
    with pytest.raises(InputError) as refused:
        parse_campaign(text)
    return str(refused.value)


BILLION_LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a" * (K + 1), "larger than 256 KiB"),
        ("é" * (K - 1), "larger than 256 KiB"),
        ("[" * K, "nested more than 12 levels"),
        ("{" * K, "nested more than 12 levels"),
        ("? " * 20_000, "nested more than 12 levels"),
        ("- " * 20_000, "nested more than 12 levels"),
        ("a: b\n" * (K // 5), "more than 10000 entries"),
        ("[" + "a," * (K // 2 - 1) + "]", "more than 10000 entries"),
        (BILLION_LAUGHS, "an alias (*) is not allowed"),
        ("id: !!python/object/apply:os.system [id]\n", "a tag (!) is not allowed"),
        ("? [a, b]\n: c\n", "not a list or section"),
        ("a: b: c", "line 1: this is not YAML"),
        ("a: 'b", "this is not YAML"),
        ("a: \x00", "this is not YAML"),
        ("a:\n\tb: c", "line 2"),
        ("", "a list of names with values"),
        ("# nothing\n", "a list of names with values"),
        ("- a\n- b\n", "a list of names with values"),
        ("just text", "a list of names with values"),
        ("id: a\n---\nid: b\n", "a second `---`"),
        ("\ud800: a", "this is not YAML"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else None,
)
def test_a_hostile_file_is_refused_with_a_sentence(text: str, message: str) -> None:
    told = refusal(text)
    assert message in told
    assert len(told) < 20_000


def test_a_byte_order_mark_and_windows_line_ends_are_no_fault() -> None:
    assert parse_campaign("\ufeff" + WHOLE.replace("\n", "\r\n")).id == "mantenimiento-noviembre"


pieces = st.sampled_from(
    [*WHOLE.splitlines(keepends=True), "\t", "- ", "{", "]", "&a ", "*a", "'", '"', ": ", "? ", "|\n"]
)


@settings(max_examples=150)
@given(st.lists(pieces, max_size=60) | st.text(max_size=200).map(lambda text: [text]))
def test_any_text_is_a_campaign_or_a_refusal(parts: list[str]) -> None:
    try:
        parse_campaign("".join(parts))
    except InputError as error:
        assert error.faults
        assert all(fault.message for fault in error.faults)


@settings(max_examples=150)
@given(st.integers(0, len(WHOLE)), st.integers(0, 40), st.text(max_size=10))
def test_a_damaged_file_is_a_campaign_or_a_refusal(at: int, cut: int, instead: str) -> None:
    try:
        parse_campaign(WHOLE[:at] + instead + WHOLE[at + cut :])
    except InputError as error:
        assert error.faults
