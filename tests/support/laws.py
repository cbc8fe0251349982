"""Shipped packs with something changed in them, as texts and as packs."""

from __future__ import annotations

from cti_api.law.rules import Pack
from cti_api.law.shipped import shipped_written
from cti_api.law.written import WrittenPack, written

SHIPPED = {each.name: each for each in shipped_written()}
LATER = ("version: 2026-11-25", "version: 2026-12-01")
"""A pack whose rules change needs another version."""
SATURDAY_LONGER = ("sat: 08:00-15:00", "sat: 08:00-18:00")
SATURDAY_SHORTER = ("sat: 08:00-15:00", "sat: 08:00-12:00")


def text_with(name: str, *changes: tuple[str, str]) -> str:
    """The shipped pack's text with each of these replaced; a text that is not in it is a mistake of the test."""
    text = SHIPPED[name].text
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def changed(name: str, *changes: tuple[str, str]) -> WrittenPack:
    (pack,) = written([text_with(name, *changes)])
    return pack


def law_with(pack: WrittenPack) -> tuple[Pack, ...]:
    """The shipped packs with this one in the place of its name."""
    return tuple(pack.pack if each.name == pack.name else each.pack for each in shipped_written())
