"""The pictures that messages show: files of one folder, named by campaigns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

LARGEST_BYTES: Final = 5 * 1024 * 1024
"""What WhatsApp takes of an image."""

KINDS: Final = {".jpg": "jpeg", ".jpeg": "jpeg", ".png": "png"}
_BEGIN: Final = {"jpeg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n"}


@dataclass(frozen=True, slots=True)
class Picture:
    name: str
    kind: str
    """``jpeg`` or ``png``."""
    bytes: bytes


class NoPicture(Exception):
    """There is no such picture; its text is a sentence for a person."""


def read_picture(folder: Path | None, name: str) -> Picture:
    """Raises `NoPicture`."""
    if folder is None:
        raise NoPicture(f"The picture {name} cannot be found: messages.pictures is not set.")
    path = folder / name
    kind = KINDS.get(path.suffix.lower(), "")
    if path.parent != folder or not kind:
        raise NoPicture(f"{name} is no picture of {folder}.")
    try:
        with path.open("rb") as file:
            found = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise NoPicture(f"The picture {path} cannot be read ({error.strerror}).") from None
    if len(found) > LARGEST_BYTES or not found.startswith(_BEGIN[kind]):
        raise NoPicture(f"{path} is no {kind.upper()} picture of 5 MB at most.")
    return Picture(name, kind, found)


def version_of(folder: Path | None, name: str) -> int:
    """Another number once the picture is another one; 0 for one that is not there."""
    try:
        return (folder / name).stat().st_mtime_ns if folder is not None else 0
    except OSError:
        return 0
