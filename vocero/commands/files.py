"""Files that a command reads or writes; what the system says of them as one sentence."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from cti_api.errors import InputError


def read(path: Path) -> bytes:
    """The file's bytes. Raises `InputError` in a person's words."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Where `path` is opened or written: a refusal of the system is an `InputError`."""
    try:
        yield
    except BrokenPipeError:
        raise  # whoever read it has seen enough
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}") from None


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A file that is there under its name once it is complete, and not before: what was there stays until then.

    A device or pipe is written to as it is. Raises `InputError` in a person's words; the block may raise `OSError`s of
    the file alone.
    """
    with writing(path):
        if path.exists() and not stat.S_ISREG(path.stat().st_mode):
            with path.open("wb") as device:
                yield device
            return
        fresh = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            with fresh.open("wb") as file:
                yield file
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)


def refuse_unwritable(path: Path) -> None:
    """Raise `InputError` for a file that could not be written later; it is left as it is."""
    was_there = path.exists()
    with writing(path):
        path.open("ab").close()
        if not was_there:
            path.unlink()
