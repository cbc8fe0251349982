"""A file to which lines are added, each once, whatever ends the process and whoever takes the file away.

Beside it stands a second one that says how far it is true: which file, how long it is, and what its writer knew then.
What is in it beyond that was written by a process that died before it could say so; it is cut off at the next start,
and written anew by whoever begins again from what was known.

A file that was moved away (logrotate) goes on under its name as a new one. One that was emptied, or to which somebody
else has added, goes on at its end.
"""

from __future__ import annotations

import json
import logging
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any, Final

MODE: Final = 0o640
"""Its group may read it: programs that make statistics run as others."""
LARGEST_KEPT: Final = 64 * 1024 * 1024
"""Bytes."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How far the file is true."""

    seq: int
    """Of the last event that is in it."""
    known: Any
    """What its writer knew then; JSON."""
    inode: int = 0
    size: int = 0


class LogFile:
    """One file. Nothing in here is quick: it waits for the disk. Every method raises `OSError`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._beside = path.with_name(f".{path.name}.kept")
        self._file: int | None = None
        self._kept = Kept(seq=0, known=None)
        self._turn = Lock()

    def begin(self, otherwise: Kept) -> Kept:
        """Cut off what nobody said was true, and say from where to go on; `otherwise`: where nothing was ever said."""
        with self._turn:
            self._close()
            self._kept = self._read() or otherwise
            if (cut := self._of(self._kept)) is not None:
                with suppress(FileNotFoundError):
                    if cut.stat().st_size > self._kept.size:
                        log.info("lines of a process that died are written anew", extra={"path": str(cut)})
                        os.truncate(cut, self._kept.size)
            return self._kept

    def add(self, lines: tuple[str, ...], seq: int, known: Any) -> None:
        """These lines, and that everything up to event `seq` is in the file with them."""
        with self._turn:
            inode, size = self._ready()
            if lines and (self._kept.inode, self._kept.size) != (inode, size):
                # another file, or another length: said before there is a line that might have to be cut off
                self._say(replace(self._kept, inode=inode, size=size))
            written = "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")
            size += self._write(written, size)
            self._say(Kept(seq=seq, known=known, inode=inode, size=size))

    def close(self) -> None:
        """What is being written by another thread is written first."""
        with self._turn:
            self._close()

    def _close(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            os.close(file)

    def _ready(self) -> tuple[int, int]:
        """Which file has its name now, and how long it is."""
        if self._file is not None and not self._is_named():
            self._close()
        if self._file is None:
            self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, MODE)
        found = os.fstat(self._file)
        return found.st_ino, found.st_size

    def _is_named(self) -> bool:
        assert self._file is not None
        try:
            named, ours = self.path.stat(), os.fstat(self._file)
        except FileNotFoundError:
            return False
        return (named.st_dev, named.st_ino) == (ours.st_dev, ours.st_ino)

    def _write(self, written: bytes, size: int) -> int:
        assert self._file is not None
        left = memoryview(written)
        try:
            while left:
                left = left[os.write(self._file, left) :]
            os.fsync(self._file)
        except OSError:
            with suppress(OSError):  # a disk that is full keeps no half of a line
                os.ftruncate(self._file, size)
            raise
        return len(written)

    def _of(self, kept: Kept) -> Path | None:
        """The file that was written, wherever it is now in its folder; None: gone, or packed."""
        for path in (self.path, *sorted(self.path.parent.glob(f"{self.path.name}*"))):
            with suppress(FileNotFoundError):
                if path.stat().st_ino == kept.inode:
                    return path
        return None

    def _say(self, kept: Kept) -> None:
        fresh = self._beside.with_name(f"{self._beside.name}.new")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(asdict(kept), file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._beside)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        self._kept = kept

    def _read(self) -> Kept | None:
        try:
            with self._beside.open(encoding="utf-8") as file:
                found = json.loads(file.read(LARGEST_KEPT))
            return Kept(seq=int(found["seq"]), known=found["known"], inode=int(found["inode"]), size=int(found["size"]))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            log.warning(
                "what is said of a file cannot be read", extra={"path": str(self._beside), "reason": str(error)}
            )
            return None
