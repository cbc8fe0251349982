"""The packs on disk: the shipped ones, or those of a folder of its own. What a system's first start goes by."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from cti_api.errors import InputError, SettingsError
from cti_api.law.pack_file import PACK_FILE, parse_pack
from cti_api.law.rules import Pack
from cti_api.law.shipped import shipped_written
from cti_api.law.written import WrittenPack

PATTERN: Final = "*.yaml"


def packs_on_disk(folder: Path | None) -> tuple[Pack, ...]:
    """The packs that `written_on_disk` finds."""
    return tuple(each.pack for each in written_on_disk(folder))


def written_on_disk(folder: Path | None) -> tuple[WrittenPack, ...]:
    """The packs of `folder`, by the names of their files; None: the shipped ones.

    A folder takes the place of the shipped packs as a whole, so that nobody goes by rules they did not see: a country
    without a pack in it is one whose rules are not known. Raises `SettingsError` naming file, line and entry of every
    fault; there is no half of the law.
    """
    if folder is None:
        return shipped_written()
    files = sorted(folder.glob(PATTERN)) if folder.is_dir() else []
    if not files:
        raise SettingsError(
            f"law.folder: there is no pack of rules (a file {PATTERN}) in {folder}: copy those of cti_api/law/packs, "
            "or leave law.folder empty to go by the shipped ones"
        )
    packs: dict[str, WrittenPack] = {}
    faults: list[str] = []
    for file in files:
        try:
            text = _text(file)
            pack = parse_pack(text)
        except InputError as error:
            faults += [f"{file} {fault}" for fault in error.faults] or [f"{file}: {error}"]
            continue
        if pack.name in packs:
            faults.append(f"{file} pack: {pack.name} is the name of another file's pack in this folder")
        packs[pack.name] = WrittenPack(pack, text)
    if faults:
        raise SettingsError("\n".join(faults))
    return tuple(packs.values())


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > PACK_FILE.largest_bytes:
            raise InputError(f"it is larger than {PACK_FILE.largest_bytes // 1024} KiB: that is no pack of rules")
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"it cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise InputError("it is not UTF-8") from None
