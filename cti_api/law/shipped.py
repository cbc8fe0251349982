"""The packs that come with Vocero."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final

from cti_api.law.rules import Pack
from cti_api.law.written import WrittenPack, written

SHIPPED: Final = ("co", "pe", "bo", "strict")


@cache
def shipped_written() -> tuple[WrittenPack, ...]:
    """Every shipped pack with its text, read once. `InputError` here is a broken installation."""
    folder = files("cti_api.law") / "packs"
    return written((folder / f"{name}.yaml").read_text(encoding="utf-8") for name in SHIPPED)


def shipped_packs() -> tuple[Pack, ...]:
    """Every shipped pack."""
    return tuple(each.pack for each in shipped_written())
