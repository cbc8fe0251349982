"""A pack with the text it was read from: what is recorded when it comes into force."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from cti_api.errors import InputError
from cti_api.law.pack_file import parse_pack
from cti_api.law.rules import Pack


@dataclass(frozen=True, slots=True)
class WrittenPack:
    pack: Pack
    text: str

    @property
    def name(self) -> str:
        return self.pack.name

    @property
    def version(self) -> str:
        return self.pack.version.isoformat()

    @property
    def digest(self) -> str:
        """SHA-256 of the text, in hexadecimal."""
        return digest_of(self.text)


def digest_of(text: str) -> str:
    return sha256(text.encode("utf-8")).hexdigest()


def written(texts: Iterable[str]) -> tuple[WrittenPack, ...]:
    """Packs from their texts. Raises `InputError` with the faults of the first that has any, or for a name twice."""
    found: dict[str, WrittenPack] = {}
    for text in texts:
        pack = parse_pack(text)
        if pack.name in found:
            raise InputError(f"Two of the packs are called {pack.name}: one name is one pack.")
        found[pack.name] = WrittenPack(pack, text)
    return tuple(found.values())


def with_these(
    present: Sequence[WrittenPack], wanted: Sequence[WrittenPack], *, whole: bool
) -> tuple[WrittenPack, ...]:
    """What would be in force with `wanted` in the place of the packs of their names; `whole`: with them alone."""
    if whole:
        return tuple(wanted)
    names = {each.name for each in wanted}
    return (*(each for each in present if each.name not in names), *wanted)
