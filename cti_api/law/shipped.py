"""The packs that come with Vocero."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final

from cti_api.law.pack_file import parse_pack
from cti_api.law.rules import Pack

SHIPPED: Final = ("co", "pe", "bo", "strict")


@cache
def shipped_packs() -> tuple[Pack, ...]:
    """Every shipped pack, read once. `InputError` here is a broken installation."""
    folder = files("cti_api.law") / "packs"
    return tuple(parse_pack((folder / f"{name}.yaml").read_text(encoding="utf-8")) for name in SHIPPED)
